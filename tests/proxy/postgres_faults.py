"""The faults on PostgreSQL before a real one: psql and the pg package of npm meet each of them, and all is as before when
it is gone. usage: postgres_faults.py PROOFLOAD SOURCE BUILD_FOLDER"""
import os
import pathlib
import pwd
import shutil
import struct
import subprocess
import sys
import threading
import time

import node_client
import rig
from rig import check


def programs():
    """The folder of the highest version that is installed."""
    found = [path for path in pathlib.Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    if not found or not shutil.which("psql"):
        raise AssertionError("there is no PostgreSQL")
    return max(found, key=lambda path: int(path.parent.name))


class Postgres:
    """A throw-away server; as root it runs as nobody, since it refuses to run as root. `settings`: more arguments.
    `secret`: the password that it asks TCP clients for, by SCRAM."""

    def __init__(self, folder, *settings, secret=None):
        self.port, bin_folder, data = rig.free_port(), programs(), folder / "postgres"
        data.mkdir(mode=0o700)
        prefix = []
        if os.geteuid() == 0:
            user = pwd.getpwnam("nobody")
            os.chown(data, user.pw_uid, user.pw_gid)
            prefix = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--"]
        subprocess.run([*prefix, bin_folder / "initdb", "-D", data / "data", "-A", "trust", "-U", "me", "-N"], check=True,
                       cwd=data, stdout=subprocess.DEVNULL)
        self.process = subprocess.Popen(
            [*prefix, bin_folder / "postgres", "-D", data / "data", "-p", str(self.port), "-k", data, "-h", "127.0.0.1", "-F",
             *settings],
            cwd=data, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        rig.harness.wait_for(lambda: psql(self.port, "select 1").returncode == 0, rig.PATIENCE, "PostgreSQL answers")
        if secret:
            psql(self.port, f"alter role me password '{secret}'")
            (data / "data/pg_hba.conf").write_text("host all all 127.0.0.1/32 scram-sha-256\n")
            self.process.send_signal(1)  # reads it again
            rig.harness.wait_for(lambda: psql(self.port, "select 1").returncode != 0, rig.PATIENCE, "it asks for a password")

    def end(self):
        self.process.send_signal(2)  # without waiting for its clients
        self.process.wait(rig.PATIENCE)


def psql(port, script, **more):
    """A script by psql; errors stand with their SQLSTATE."""
    argv = ["psql", "-X", "-A", "-t", "-q", "-h", "127.0.0.1", "-p", str(port), "-U", "me", "-v", "VERBOSITY=verbose", "postgres"]
    return subprocess.run(argv, input=script, capture_output=True, text=True, timeout=60, **more)


def in_background(work):
    thread = threading.Thread(target=work)
    thread.start()
    return thread


class Edge:
    """A proxy before the server, with one fault at a time."""

    def __init__(self, proxy, postgres):
        self.proxy, self.port = proxy, proxy.create("db", postgres.port)

    def psql(self, script):
        return psql(self.port, script)

    def says(self, script, *words):
        """What psql says, which must have these words."""
        done = self.psql(script)
        for word in words:
            check(word in done.stdout + done.stderr, f"psql says {word!r}", script, done.stdout, done.stderr)
        return done.stdout

    def under(self, kind, attributes, work):
        self.proxy.toxic("db", kind, attributes, name="it")
        work()
        effect = self.proxy.ask("GET", "/proxies/db/toxics/it/effect")
        self.proxy.ask("DELETE", "/proxies/db/toxics/it", status=204)
        check(effect["acted"] > 0, "it has acted", kind, effect)


def errors(edge):
    edge.says("select * from orders", "40001: could not serialize access")
    check(edge.says("select 1") == "1\n", "the rest is served")
    seen = edge.says("begin;\ninsert into log values (1);\nselect * from orders;\ninsert into log values (2);\ncommit;\n"
                     "select count(*) from log;", "40001", "25P02: current transaction is aborted")
    check(seen == "0\n", "the transaction was rolled back", seen)
    seen = edge.says("begin;\nsavepoint s;\nselect * from orders;\nrollback to s;\ninsert into log values (3);\ncommit;\n"
                     "select count(*) from log;", "40001")
    check(seen == "1\n", "a savepoint saves", seen)
    lines = "".join(f"{i}\t{'x' * 100}\n" for i in range(50_000))
    seen = edge.says(f"copy bulk from stdin;\n{lines}\\.\nselect count(*), sum(length(t)) from bulk;")
    check(seen == "50000|5000000\n", "five million bytes of COPY pass", seen)
    seen = edge.says("copy bulk to stdout;")
    check(seen == lines, "and back", len(seen))


def slow(edge):
    start = time.monotonic()
    edge.says("select count(*) from orders")
    check(rig.since(start) >= 0.4, "a matching statement is late", rig.since(start))


def limited(edge):
    start = time.monotonic()
    threads = [in_background(lambda: edge.says("select pg_sleep(0.3)")) for _ in range(3)]
    for thread in threads:
        thread.join()
    check(rig.since(start) >= 0.9, "three statements in turn", rig.since(start))


def few_connections(edge):
    holds = in_background(lambda: edge.says("select pg_sleep(2)"))
    rig.harness.wait_for(lambda: edge.proxy.connections("db"), rig.PATIENCE, "one is open")
    time.sleep(0.3)
    edge.says("select 1", "sorry, too many clients already")
    holds.join()
    rig.harness.wait_for(lambda: edge.psql("select 1").returncode == 0, rig.PATIENCE, "there is room again")


def killed(edge):
    check(edge.says("select 1") == "1\n", "outside of a transaction nothing happens")
    edge.says("begin;\nselect 1;", "57P01: terminating connection due to administrator command")


def killed_unannounced(edge):
    done = edge.psql("begin;\nselect 1;")
    check("57P01" not in done.stderr and "connection" in done.stderr, "the connection is reset", done.stderr)


def failover(edge, begun):
    begun.join()
    edge.says("select 1", "the database system is starting up")
    rig.harness.wait_for(lambda: edge.psql("select 1").returncode == 0, rig.PATIENCE, "it comes back")
    edge.says("insert into log values (4)", "25006: cannot execute INSERT in a read-only transaction")
    rig.harness.wait_for(lambda: "25006" not in edge.psql("insert into log values (4)").stderr, rig.PATIENCE, "as before")


READ_ONLY = (
    "select * from orders", "insert into log values (1)", "with x as (select 1) insert into log select 1",
    "with x as (delete from log returning n) select * from x", "select 1; update log set n = 2", "select * into other from log",
    "select * from log for update", "select * from log for key share", "explain insert into log values (1)",
    "explain analyze insert into log values (1)", "explain (analyze, costs off) select * from log for share",
    "prepare p as insert into log values ($1)", "prepare p (int) as insert into log values ($1);\nexecute p(1)",
    "prepare p as select 1;\nexecute p", "create table other as select 1", "create unique index on log (n)", "truncate log",
    "grant select on log to public", "drop table log", "lock table log", "notify a", "listen a", "analyze log",
    "copy (select * from log for update) to stdout", "declare c cursor for select 1", "set work_mem = '4MB'",
)


def as_read_only(edge, direct):
    """What fails, and with which words, is what the server itself says within a read-only transaction."""
    def refusals(done):
        return [line for line in done.stderr.splitlines() if "25006" in line]

    for statement in READ_ONLY:
        real = refusals(psql(direct, f"begin read only;\n{statement};"))
        injected = refusals(edge.psql(f"begin;\n{statement};"))
        check(injected == real, statement, real, injected)


def message(kind, *parts):
    body = b"".join(part.encode() + b"\0" if isinstance(part, str) else part for part in parts)
    return kind + struct.pack(">I", 4 + len(body)) + body


def run(*statements):
    """Messages of the extended protocol, with one Sync behind them."""
    bind, execute = message(b"B", "", "", bytes(6)), message(b"E", "", bytes(4))
    return b"".join(message(b"P", "", text, bytes(2)) + bind + execute for text in statements) + message(b"S")


def raw_answers(port, *asked):
    """The SQLSTATEs and states of transactions that come back, of each that is asked."""
    with rig.join(port) as connection:
        start = struct.pack(">I", 3 << 16) + b"user\0me\0database\0postgres\0\0"
        connection.sendall(struct.pack(">I", 4 + len(start)) + start)
        seen = []
        for bytes_of_run in (b"", *asked):
            connection.sendall(bytes_of_run)
            seen.append("")
            kind = b""
            while kind != b"Z":
                kind, size = struct.unpack(">cI", rig.hear_all(connection, 5))
                body = rig.hear_all(connection, size - 4)
                if kind == b"E":
                    seen[-1] += next(part[1:] for part in body.split(b"\0") if part.startswith(b"C")).decode() + " "
            seen[-1] += body.decode()
        return seen[1:]


def undone_up_to_the_sync(edge, direct):
    """What an error undoes is what PostgreSQL undoes: a run up to its Sync, and no other."""
    count = "select count(*) from log where n = 7"
    insert, fails = "insert into log values (7)", "select * from orders"
    seen = raw_answers(edge.port, run(insert, fails, insert), run(insert), run(insert, "begin", insert, fails),
                       run(insert), run("commit"), run("begin", fails, "commit"), run("commit"))
    real = raw_answers(direct, run(insert, "select 1 / 0", insert), run(insert), run(insert, "begin", insert, "select 1 / 0"),
                       run(insert), run("commit"), run("begin", "select 1 / 0", "commit"), run("commit"))
    check(seen == [state.replace("22012", "40001") for state in real], "states are the server's", seen, real)
    check(psql(direct, count).stdout == "2\n", "one of each stays", psql(direct, count).stdout)
    psql(direct, "delete from log where n = 7")


def commit_fails(edge, direct):
    insert = "insert into log values (7)"
    seen = raw_answers(edge.port, run("begin", insert, "commit"), run("select 1"))
    check(seen == ["40001 I", "I"], "a commit that fails ends the transaction", seen)
    check(psql(direct, "select count(*) from log where n = 7").stdout == "0\n", "and rolls it back")


def by_psql(proxy, postgres):
    edge = Edge(proxy, postgres)
    edge.says("create table orders (n int); create table log (n int); create table bulk (n int, t text)")
    edge.under("postgres_error", {"sqlstate": "40001", "table": "orders"}, lambda: errors(edge))
    edge.under("postgres_error", {"sqlstate": "40001", "table": "orders"}, lambda: undone_up_to_the_sync(edge, postgres.port))
    edge.under("postgres_error", {"sqlstate": "40001", "statement": "transaction", "nth": 2},
               lambda: commit_fails(edge, postgres.port))
    edge.under("postgres_error", {"sqlstate": "53300"}, lambda: edge.says("select 1", "FATAL:  53300", "too many clients"))
    edge.under("postgres_error", {"sqlstate": "25006"}, lambda: as_read_only(edge, postgres.port))
    edge.under("postgres_slow", {"delay": 400, "table": "orders"}, lambda: slow(edge))
    edge.under("postgres_limit", {"at_once": 1}, lambda: limited(edge))
    edge.under("postgres_refuse_new", {}, lambda: edge.says("select 1", "the database system is starting up"))
    edge.under("postgres_connections", {"most": 1}, lambda: few_connections(edge))
    edge.under("postgres_kill_in_transaction", {}, lambda: killed(edge))
    edge.under("postgres_kill_in_transaction", {"announced": 0}, lambda: killed_unannounced(edge))
    ended = in_background(lambda: edge.says("select pg_sleep(30)", "57P01"))
    rig.harness.wait_for(lambda: edge.proxy.connections("db"), rig.PATIENCE, "one is open")
    time.sleep(0.3)
    edge.under("postgres_failover", {"down": 1000, "read_only": 3000}, lambda: failover(edge, ended))
    check(edge.says("select count(*) from orders") == "0\n", "all is as before")
    status, _, answer = proxy.raw("POST", "/proxies/db/toxics", '{"type": "postgres_error", "attributes": {"sqlstate": "x"}}')
    check(status == 400 and b"sqlstate must be" in answer, "what is no SQLSTATE is refused", status, answer)


def test(work):
    node_path, build = node_client.node(work.source), pathlib.Path(work.more[0])
    node_client.install(build, node_path, "postgres.mjs")
    postgres = Postgres(work.folder)
    try:
        proxy = rig.Proxy(work)
        by_psql(proxy, postgres)
        done = subprocess.run([node_path, "postgres.mjs", proxy.url, str(postgres.port)], cwd=build, timeout=120,
                              capture_output=True, text=True)
        check(done.returncode == 0, "the pg package is content", done.stdout, done.stderr)
        proxy.alive()
    finally:
        postgres.end()


if __name__ == "__main__":
    sys.exit(rig.main(test))
