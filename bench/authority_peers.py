#!/usr/bin/env python3
"""The peers of the authority's look-up: PostgreSQL 15 with pgcrypto, and Python with `hmac` and a dict.

  python3 authority_peers.py postgres DIR OUT
  python3 authority_peers.py python   DIR OUT

DIR holds what `renketsu-bench-authority peers` writes. The register is loaded at once; then every line on standard input
is one request: DIR/asked.csv in, OUT out with row, number_id, kana_id. One JSON object on standard output for the load
and for each request. The end of standard input ends the peer and takes away everything but OUT.

Both are spared what costs us most: canonical forms, looser forms of a number, several persons of one number, the
encoding of what is hashed, encryption at rest, Parquet. Their answers are those of ours all the same, and are compared.
"""
import csv
import gc
import glob
import hashlib
import hmac
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time

NUMBER, KANA = b"\x02", b"\x01"


def keys(directory):
    """Subject key and provision key of both kinds, from the secrets of the measurement (HKDF-SHA-256)."""
    with open(os.path.join(directory, "keys.json"), encoding="ascii") as file:
        given = json.load(file)
    root, provision_root, salt = (bytes.fromhex(given[name]) for name in ("root", "provision_root", "salt"))
    code = given["code"].encode()
    pseudorandom = hmac.digest(salt, provision_root, "sha256")

    def of(kind):
        subject = b"renketsu/v1/subject\0" + kind + given["epoch"].to_bytes(4, "big")
        provision = b"renketsu/v1/provision\0" + kind + len(code).to_bytes(2, "big") + code
        return hmac.digest(root, subject + b"\1", "sha256"), hmac.digest(pseudorandom, provision + b"\1", "sha256")

    return of(NUMBER), of(KANA)


def peak_mib(pids):
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/status", encoding="utf-8") as status:
                total += sum(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
        except FileNotFoundError:
            pass
    return -(-total // 1024)


class Python:
    """A dict from number to the rows that had it."""

    def __init__(self, directory, out):
        self.asked, self.out = os.path.join(directory, "asked.csv"), out
        self.keys = keys(directory)
        self.persons, self.numbers = [], {}
        with open(os.path.join(directory, "persons.csv"), newline="", encoding="utf-8") as file:
            for birth, sex, number, kana in csv.reader(file):
                self.persons.append((birth + sex, bytes.fromhex(number), bytes.fromhex(kana)))
        with open(os.path.join(directory, "numbers.csv"), newline="", encoding="utf-8") as file:
            for insurer, symbol, number, branch, first, last, person in csv.reader(file):
                key = f"{insurer},{symbol},{number},{branch}"
                held = (int(first), int(last), int(person))
                self.numbers[key] = self.numbers.get(key, ()) + (held,)
        self.loaded = {"wall_s": time.perf_counter(), "cpu_s": self.cpu(), "peak_mib": peak_mib(self.pids())}

    def cpu(self):
        return time.process_time()

    def pids(self):
        return [os.getpid()]

    def answer(self):
        (subject_number, id_number), (subject_kana, id_kana) = self.keys
        numbers, persons, digest = self.numbers, self.persons, hmac.digest
        with open(self.asked, newline="", encoding="utf-8") as asked, open(self.out, "w", encoding="ascii") as out:
            for row, insurer, symbol, number, branch, birth, sex, first, last, kana in csv.reader(asked):
                number_id, message = "", bytes.fromhex(kana)
                first, last = int(first), int(last)
                for begins, ends, person in numbers.get(f"{insurer},{symbol},{number},{branch}", ()):
                    if begins <= last and first <= ends:
                        born, of_number, of_kana = persons[person]
                        if born == birth + sex:
                            subject = digest(subject_number, of_number, "sha256")
                            number_id = digest(id_number, b"\1\2" + subject, "sha256").hex()
                            message = of_kana
                kana_id = ""
                if message:
                    subject = digest(subject_kana, message, "sha256")
                    kana_id = digest(id_kana, b"\1\1" + subject, "sha256").hex()
                out.write(f"{row},{number_id},{kana_id}\n")

    def close(self):
        pass


class Postgres:
    """A cluster of its own on a socket, as a user without privileges; everything in it goes when it is closed."""

    SETTINGS = {
        "listen_addresses": "''", "shared_buffers": "1GB", "work_mem": "512MB", "maintenance_work_mem": "1GB",
        "max_parallel_workers_per_gather": "0", "max_parallel_maintenance_workers": "0", "jit": "off",
        "random_page_cost": "1.1", "effective_cache_size": "8GB", "max_wal_size": "8GB", "autovacuum": "off",
        "fsync": "off", "full_page_writes": "off", "wal_level": "minimal", "max_wal_senders": "0",
    }

    def __init__(self, directory, out):
        programs = sorted(glob.glob("/usr/lib/postgresql/15/bin")) or [os.path.dirname(shutil.which("initdb") or "")]
        self.bin = programs[0]
        if not os.access(os.path.join(self.bin, "initdb"), os.X_OK):
            raise SystemExit("no PostgreSQL 15: Debian packages postgresql-15 and postgresql-contrib")
        given = sum(os.path.getsize(os.path.join(directory, name)) for name in ("numbers.csv", "persons.csv"))
        wanted, free = 5 * given, shutil.disk_usage(directory).free
        if free < wanted:
            raise SystemExit(f"PostgreSQL would need {wanted >> 20} MiB of disk, and {free >> 20} are free")
        self.user = None
        if os.geteuid() == 0:
            known = {entry.pw_name for entry in pwd.getpwall()}
            self.user = "postgres" if "postgres" in known else "nobody"
        self.directory, self.out = directory, out
        self.socket = tempfile.mkdtemp(prefix="renketsu-pg-")
        self.data = os.path.join(directory, "postgres")
        for path in (self.socket, self.data):
            os.makedirs(path, exist_ok=True)
            if self.user:
                shutil.chown(path, self.user)
        self.run("initdb", "-D", self.data, "-A", "trust", "-U", "bench", "--locale=C", "-E", "UTF8", "--no-sync")
        options = " ".join(f"-c {name}={value}" for name, value in self.SETTINGS.items())
        log = os.path.join(self.data, "log")
        self.run("pg_ctl", "-D", self.data, "-w", "-l", log, "-o", f"-k {self.socket} {options}", "start")
        with open(os.path.join(self.data, "postmaster.pid"), encoding="ascii") as file:
            self.postmaster = int(file.readline())
        self.psql = subprocess.Popen(
            [os.path.join(self.bin, "psql"), "-h", self.socket, "-U", "bench", "-d", "postgres", "-qAtX",
             "-v", "ON_ERROR_STOP=1"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.backend = int(self.sql("SELECT pg_backend_pid();"))
        # Read and written by the server itself, so that no client's time is counted.
        self.place = os.path.join(self.data, "exchange")
        os.makedirs(self.place)
        for name in ("numbers.csv", "persons.csv", "asked.csv"):
            os.link(os.path.join(directory, name), os.path.join(self.place, name))
        if self.user:
            shutil.chown(self.place, self.user)
        self.load()

    def run(self, program, *arguments):
        subprocess.run([os.path.join(self.bin, program), *arguments], check=True, user=self.user, cwd=self.socket,
                       group=self.user and pwd.getpwnam(self.user).pw_gid, extra_groups=[] if self.user else None,
                       stdout=subprocess.DEVNULL, env={"PATH": os.environ["PATH"], "LC_ALL": "C"})

    def sql(self, text):
        self.psql.stdin.write(text + "\nSELECT 'done';\n")
        self.psql.stdin.flush()
        lines = []
        for line in self.psql.stdout:
            if line == "done\n":
                return "".join(lines).strip()
            lines.append(line)
        raise SystemExit("PostgreSQL ended")

    def load(self):
        (self.subject_number, self.id_number), (self.subject_kana, self.id_kana) = keys(self.directory)
        self.sql(f"""
            CREATE EXTENSION pgcrypto;
            CREATE UNLOGGED TABLE numbers (insurer int, symbol text, number text, branch text, first int, last int,
                                           person int);
            COPY numbers FROM '{self.place}/numbers.csv' (FORMAT csv, FORCE_NOT_NULL (symbol, branch));
            CREATE UNLOGGED TABLE persons (id int, birth int, sex int, number bytea, kana bytea);
            CREATE TEMP TABLE given (birth int, sex int, number text, kana text);
            COPY given FROM '{self.place}/persons.csv' (FORMAT csv);
            INSERT INTO persons SELECT row_number() OVER () - 1, birth, sex, decode(number, 'hex'), decode(kana, 'hex')
              FROM given;
            DROP TABLE given;
            CREATE INDEX ON numbers (insurer, symbol, number, branch) INCLUDE (first, last, person);
            CREATE UNIQUE INDEX ON persons (id);
            VACUUM (FREEZE, ANALYZE) numbers;
            VACUUM (FREEZE, ANALYZE) persons;
        """)
        self.loaded = {"wall_s": time.perf_counter(), "cpu_s": self.cpu(), "peak_mib": peak_mib(self.pids())}
        # The planner's own choice, or the index alone: whichever takes less is measured.
        plans = ["RESET enable_hashjoin; RESET enable_mergejoin;",
                 "SET enable_hashjoin = off; SET enable_mergejoin = off;"]
        taken = []
        for plan in plans:
            self.sql(plan)
            self.answer()
            before = self.cpu()
            self.answer()
            taken.append((self.cpu() - before, plan))
        self.plan = min(taken)[1]
        self.sql(self.plan)

    def answer(self):
        out = os.path.join(self.place, "answer.csv")
        name = lambda key: f"'\\x{key.hex()}'::bytea"
        subject = lambda message, key: f"hmac({message}, {name(key)}, 'sha256')"
        self.sql(f"""
            CREATE TEMP TABLE asked (row_ref bigint, insurer int, symbol text, number text, branch text, birth int,
                                     sex int, first int, last int, kana text);
            COPY asked FROM '{self.place}/asked.csv' (FORMAT csv, FORCE_NOT_NULL (symbol, branch));
            ANALYZE asked;
            COPY (SELECT a.row_ref,
                    encode(hmac('\\x0102'::bytea || {subject('p.number', self.subject_number)},
                                {name(self.id_number)}, 'sha256'), 'hex'),
                    encode(hmac('\\x0101'::bytea || {subject("coalesce(p.kana, decode(a.kana, 'hex'))",
                                                             self.subject_kana)},
                                {name(self.id_kana)}, 'sha256'), 'hex')
                  FROM asked a
                  LEFT JOIN (numbers n JOIN persons p ON p.id = n.person)
                    ON n.insurer = a.insurer AND n.symbol = a.symbol AND n.number = a.number AND n.branch = a.branch
                   AND n.first <= a.last AND a.first <= n.last AND p.birth = a.birth AND p.sex = a.sex)
              TO '{out}' (FORMAT csv);
            DROP TABLE asked;
        """)

    def pids(self):
        found = []
        for status in glob.glob("/proc/[0-9]*/stat"):
            try:
                with open(status, encoding="utf-8", errors="replace") as file:
                    pid, rest = file.read().split(" ", 1)
            except (FileNotFoundError, ProcessLookupError):
                continue
            parent = int(rest.rsplit(")", 1)[1].split()[1])
            if int(pid) == self.postmaster or parent == self.postmaster:
                found.append(int(pid))
        return found

    def cpu(self):
        """Of every process of the cluster."""
        ticks = 0
        for pid in self.pids():
            try:
                with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                    fields = file.read().rsplit(")", 1)[1].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def close(self):
        self.psql.stdin.close()
        self.psql.wait()
        self.run("pg_ctl", "-D", self.data, "-w", "-m", "immediate", "stop")
        answer = os.path.join(self.place, "answer.csv")
        if os.path.exists(answer):
            shutil.copyfile(answer, self.out)
        shutil.rmtree(self.data)
        shutil.rmtree(self.socket)


def main():
    _, engine, directory, out = sys.argv
    # It would walk millions of tuples again and again, and none of them is ever part of a cycle.
    gc.disable()
    wall = time.perf_counter()
    peer = {"postgres": Postgres, "python": Python}[engine](os.path.abspath(directory), os.path.abspath(out))
    told = {**peer.loaded, "wall_s": peer.loaded["wall_s"] - wall}
    if engine == "postgres":
        told["version"] = peer.sql("SHOW server_version;")
        told["plan"] = peer.plan
    else:
        told["version"] = sys.version.split()[0]
    print(json.dumps(told), flush=True)
    try:
        for _ in sys.stdin:
            wall, cpu = time.perf_counter(), peer.cpu()
            peer.answer()
            told = {"wall_s": time.perf_counter() - wall, "cpu_s": peer.cpu() - cpu, "peak_mib": peak_mib(peer.pids())}
            print(json.dumps(told), flush=True)
    finally:
        peer.close()


if __name__ == "__main__":
    main()
