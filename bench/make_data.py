#!/usr/bin/env python3
"""Make the linking benchmark's data, as a researcher receives it today: two Parquet files with a 64-digit
hexadecimal ID in every row, rows in no order.

  python3 make_data.py DIR [--persons 2000000] [--anon-rows 5000000] [--ndb-rows 20000000] [--memory MIB]

anon: 40 % of the persons, hospital records. ndb: all persons, claims. 3 % of rows have no usable ID (null or '9').
The persons are numbers, nobody real. `data.json` is written last: a directory that holds it is complete.
DuckDB's hash() may change between its versions, so answers are compared within one set of files only.
Needs: pip install duckdb
"""
import argparse
import json
import os
import shutil

import duckdb


def columns(persons):
    """Per table: its columns, and the rows as (rid, pid)."""
    number_id = """case when hash(rid*101)%100 < 2 then null
                        when hash(rid*101)%100 = 2 then '9' else p.id end as number_id"""
    return {
        "anon": (
            f"""{number_id}, sex, age_band, (hash(rid*3)%1000)::usmallint as dx,
                (hash(rid*23)%60)::usmallint as month, (hash(rid)%100000)/100.0 as value""",
            f"(hash(i*31)%({persons}*4//10))::uinteger",
        ),
        "ndb": (
            f"""{number_id}, (hash(rid*5)%5000)::uinteger as drug, (hash(rid*11)%100000)::uinteger as points,
                (hash(rid*17)%60)::usmallint as month""",
            f"(hash(i*37)%{persons})::uinteger",
        ),
    }


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("dir")
    arguments.add_argument("--persons", type=int, default=2_000_000)
    arguments.add_argument("--anon-rows", type=int, default=5_000_000)
    arguments.add_argument("--ndb-rows", type=int, default=20_000_000)
    arguments.add_argument("--memory", type=int, default=8192, help="MiB; above it DuckDB spills into DIR")
    a = arguments.parse_args()
    os.makedirs(a.dir, exist_ok=True)
    scratch = f"{a.dir}/scratch"
    os.makedirs(scratch, exist_ok=True)

    c = duckdb.connect(f"{scratch}/make.duckdb")
    c.execute("set preserve_insertion_order=false")
    c.execute(f"set memory_limit='{a.memory}MiB'")
    c.execute(f"set temp_directory='{scratch}'")
    c.execute(
        f"""create table p as select i::uinteger as pid, sha256('person-'||i) as id,
            (hash(i*13)%20*5)::utinyint as age_band, (hash(i*7)%2+1)::utinyint as sex from range({a.persons}) t(i)"""
    )
    rows = {"anon": a.anon_rows, "ndb": a.ndb_rows}
    made = {"persons": a.persons, "duckdb": duckdb.__version__, "tables": {}}
    for table, (select, pid) in columns(a.persons).items():
        path = f"{a.dir}/{table}.parquet"
        c.execute(
            f"""create table {table} as select {select}
                from (select i as rid, {pid} as pid from range({rows[table]}) t(i)) r join p using (pid)"""
        )
        c.execute(
            f"""copy (select * from {table} order by hash(rowid)) to '{path}.part'
                (format parquet, compression zstd)"""
        )
        counted = c.execute(f"select count(*), count(number_id), count(distinct number_id) from {table}").fetchone()
        c.execute(f"drop table {table}")
        os.replace(f"{path}.part", path)
        made["tables"][table] = {
            "rows": counted[0],
            "with_number_id": counted[1],
            "distinct_number_ids": counted[2],
            "bytes": os.path.getsize(path),
        }
    c.close()
    shutil.rmtree(scratch)
    with open(f"{a.dir}/data.json", "w", encoding="utf-8") as file:
        json.dump(made, file, indent=1)
    print(json.dumps(made))


if __name__ == "__main__":
    main()
