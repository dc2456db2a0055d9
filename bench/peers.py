#!/usr/bin/env python3
"""The peers of the linking benchmark. One process is one engine and one measurement, so that memory and caches are
its own; `cargo xtask bench` starts them alternately with ours.

  python3 peers.py versions                                                 of the engines
  python3 peers.py describe DIR                                             how much data is in DIR
  python3 peers.py prepare ENGINE DIR WORK --threads N --memory MIB         import once, into the empty directory WORK
  python3 peers.py ask     ENGINE DIR WORK QUESTION --threads N             one run to warm up, one run measured

duckdb           straight from the delivered Parquet files (what a researcher does first); nothing to prepare
duckdb-prepared  after an import into a DuckDB database, cleaned and sorted by ID
duckdb-persons   the same, and IDs replaced by dense 32-bit person numbers, as an expert would (the strongest peer)
polars           straight from the files, streaming engine; nothing to prepare

Each prints one JSON object; bench/README.md says what stands in it.
Needs: pip install duckdb polars pyarrow
"""
import argparse
import hashlib
import json
import os
import platform
import sys
import time

from queries import CLEAN, QUERIES

STRAIGHT = ("duckdb", "polars")
PREPARED = ("duckdb-prepared", "duckdb-persons")
TABLES = ("anon", "ndb")


def digest(rows):
    """The answer in 16 hexadecimal digits: SHA-256 over rows of whole numbers, null as nothing."""
    lines = (",".join("" if value is None else str(int(value)) for value in row) for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def peak_rss_mib():
    """Of this program only: ru_maxrss would count what the process was before exec."""
    with open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return round(int(line.split()[1]) / 1024, 1)
    raise RuntimeError("/proc/self/status holds no VmHWM")


def measured(act):
    wall, cpu = time.perf_counter(), time.process_time()
    result = act()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return result, {"wall_s": round(wall, 6), "cpu_s": round(cpu, 6), "peak_rss_mib": peak_rss_mib()}


def duckdb_database(work):
    return os.path.join(work, "peer.duckdb")


def duckdb_prepare(engine, directory, work, threads, memory):
    import duckdb

    connection = duckdb.connect(duckdb_database(work))
    connection.execute(f"set threads={threads}")
    connection.execute(f"set memory_limit='{memory}MiB'")

    def act():
        if engine == "duckdb-persons":
            each = " union all ".join(f"select number_id from '{directory}/{t}.parquet' where {CLEAN}" for t in TABLES)
            connection.execute(
                f"""create table person as select number_id, (row_number() over () - 1)::uinteger as person
                    from (select distinct number_id from ({each}))"""
            )
            for table in TABLES:
                connection.execute(
                    f"""create table {table} as select person as number_id, t.* exclude (number_id)
                        from '{directory}/{table}.parquet' t join person using (number_id) order by person"""
                )
            connection.execute("drop table person")
        else:
            for table in TABLES:
                connection.execute(
                    f"""create table {table} as select * from '{directory}/{table}.parquet'
                        where {CLEAN} order by number_id"""
                )
        connection.execute("checkpoint")

    _, measurement = measured(act)
    connection.close()
    measurement["bytes"] = os.path.getsize(duckdb_database(work))
    return measurement


def duckdb_question(engine, directory, work, question, threads):
    import duckdb

    if engine == "duckdb":
        connection = duckdb.connect()
        for table in TABLES:
            connection.execute(f"create view {table} as select * from '{directory}/{table}.parquet' where {CLEAN}")
    else:
        connection = duckdb.connect(duckdb_database(work), read_only=True)
    connection.execute(f"set threads={threads}")
    statement = QUERIES[question].format(id="number_id")
    return lambda: connection.execute(statement).fetchall()


def polars_question(directory, question, threads):
    os.environ["POLARS_MAX_THREADS"] = str(threads)
    import polars as pl

    person = "number_id"
    usable = pl.col(person).is_not_null() & (pl.col(person) != "9")
    anon = pl.scan_parquet(f"{directory}/anon.parquet").filter(usable)
    ndb = pl.scan_parquet(f"{directory}/ndb.parquet").filter(usable)

    def persons(frame):
        return frame.select(person).unique()

    def first_month(frame, name):
        return frame.group_by(person).agg(pl.col("month").min().cast(pl.Int32).alias(name))

    points = pl.col("points").cast(pl.Int64).sum()
    plan = {
        "overlap": lambda: persons(anon).join(persons(ndb), on=person).select(pl.len().alias("persons")),
        "profile": lambda: anon.join(ndb, on=person)
        .group_by("sex", "age_band")
        .agg(pl.len().alias("rows"), points)
        .sort("sex", "age_band"),
        "cohort": lambda: ndb.filter(pl.col("drug").is_between(1000, 1999))
        .join(persons(anon.filter(pl.col("dx").is_between(100, 149))), on=person)
        .group_by("month")
        .agg(pl.col(person).n_unique())
        .sort("month"),
        "burden": lambda: ndb.join(persons(anon), on=person)
        .group_by(person)
        .agg(points)
        .select((pl.col("points") // 100000).clip(upper_bound=20).alias("bin"))
        .group_by("bin")
        .agg(pl.len().alias("persons"))
        .sort("bin"),
        "missing": lambda: persons(anon).join(persons(ndb), on=person, how="anti").select(pl.len().alias("persons")),
        "onset": lambda: first_month(anon.filter(pl.col("dx") < 50), "a")
        .join(first_month(ndb.filter(pl.col("drug") < 500), "b"), on=person)
        .filter(pl.col("b") >= pl.col("a"))
        .select((pl.col("b") - pl.col("a")).alias("lag"))
        .group_by("lag")
        .agg(pl.len().alias("persons"))
        .sort("lag"),
    }[question]
    return lambda: plan().collect(engine="streaming").rows()


def ask(engine, directory, work, question, threads):
    if engine == "polars":
        run = polars_question(directory, question, threads)
    else:
        run = duckdb_question(engine, directory, work, question, threads)
    run()
    rows, measurement = measured(run)
    return measurement | {"digest": digest(rows), "rows": len(rows)}


def versions():
    import duckdb
    import polars
    import pyarrow

    return {
        "duckdb": duckdb.__version__,
        "polars": polars.__version__,
        "pyarrow": pyarrow.__version__,
        "python": platform.python_version(),
    }


def describe(directory):
    import pyarrow.parquet

    paths = {table: f"{directory}/{table}.parquet" for table in TABLES}
    return {
        table: {"rows": pyarrow.parquet.read_metadata(path).num_rows, "bytes": os.path.getsize(path)}
        for table, path in paths.items()
    }


def arguments():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("versions")
    described = commands.add_parser("describe")
    described.add_argument("dir")
    prepared = commands.add_parser("prepare")
    prepared.add_argument("engine", choices=PREPARED)
    prepared.add_argument("dir")
    prepared.add_argument("work")
    prepared.add_argument("--threads", type=int, required=True)
    prepared.add_argument("--memory", type=int, required=True, help="MiB")
    asked = commands.add_parser("ask")
    asked.add_argument("engine", choices=STRAIGHT + PREPARED)
    asked.add_argument("dir")
    asked.add_argument("work")
    asked.add_argument("question", choices=list(QUERIES))
    asked.add_argument("--threads", type=int, required=True)
    return parser.parse_args()


def main():
    a = arguments()
    try:
        if a.command == "versions":
            found = versions()
        elif a.command == "describe":
            found = describe(a.dir)
        elif a.command == "prepare":
            os.makedirs(a.work, exist_ok=True)
            found = duckdb_prepare(a.engine, a.dir, a.work, a.threads, a.memory)
        else:
            found = ask(a.engine, a.dir, a.work, a.question, a.threads)
    except ModuleNotFoundError as missing:
        sys.exit(
            f"the Python module `{missing.name}` is missing: install with `pip install duckdb polars pyarrow`, "
            "or name another interpreter in RENKETSU_PYTHON"
        )
    print(json.dumps(found))


if __name__ == "__main__":
    main()
