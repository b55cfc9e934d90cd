"""The faults on MySQL before a real MariaDB: the mariadb client, with TLS asked for and without, and mysql2 from npm.
usage: mysql_faults.py PROOFLOAD SOURCE BUILD_FOLDER"""
import contextlib
import os
import pathlib
import pwd
import shutil
import subprocess
import sys
import tempfile
import time

import node_client
import rig
from rig import check

HERE = pathlib.Path(__file__).resolve().parent
SECRET = "secret"
CONNECTIONS = 10  # At once, over all; the server takes one more from its administrator.


def binary(*names):
    for name in names:
        if path := shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin"):
            return path
    raise AssertionError(f"there is no {names[0]}")


@contextlib.contextmanager
def maria(*settings):
    """A server of its own with a database `shop` and a user `app`; its port. `settings`: more arguments."""
    user = pwd.getpwuid(os.getuid()).pw_name
    with tempfile.TemporaryDirectory(prefix="pl-maria-") as name:
        data, port = pathlib.Path(name) / "data", rig.free_port()
        subprocess.run([binary("mariadb-install-db", "mysql_install_db"), "--no-defaults", f"--datadir={data}", f"--user={user}",
                        "--auth-root-authentication-method=normal", "--skip-test-db"], check=True, stdout=subprocess.DEVNULL)
        start = pathlib.Path(name) / "start.sql"
        start.write_text("".join(one + ";\n" for one in (
            "CREATE DATABASE shop", f"CREATE USER app@'127.0.0.1' IDENTIFIED BY '{SECRET}'",
            "GRANT ALL ON shop.* TO app@'127.0.0.1'",
            "CREATE TABLE shop.orders (id int primary key, note longtext) engine=innodb",
            "CREATE TABLE shop.other (id int primary key) engine=innodb")))
        server = subprocess.Popen(
            [binary("mariadbd", "mysqld"), "--no-defaults", f"--datadir={data}", f"--user={user}", f"--port={port}",
             "--bind-address=127.0.0.1", f"--socket={name}/socket", f"--init-file={start}", f"--max-connections={CONNECTIONS}",
             "--max-allowed-packet=64M", "--local-infile=1", "--skip-name-resolve", f"--pid-file={name}/pid", *settings],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            rig.harness.wait_for(lambda: rig.harness.answers(port), 60, "MariaDB listens")
            yield port
        finally:
            server.terminate()
            server.wait()


def fault(proxy, name, **parameters):
    return rig.in_force(proxy, "mysql", name, parameters)


def client(port, sql, *more):
    """What the mariadb client says: its output, or its error."""
    done = subprocess.run([binary("mariadb", "mysql"), "--no-defaults", "-h127.0.0.1", f"-P{port}", "-uapp", f"-p{SECRET}", "-N",
                           "-B", *more, "shop"], input=sql, capture_output=True, text=True, timeout=60)
    return done.stdout.strip() if done.returncode == 0 else done.stderr.strip()


def command_line(proxy, port):
    said = client(port, "insert into orders values (1, 'a'); select count(*) from orders;")
    check(said == "1", "without a fault", said)
    with fault(proxy, "mysql_error", statement="select", table="orders") as effect:
        check(client(port, "select 1; insert into other values (1);") == "1", "others are carried out")
        said = client(port, "select * from orders;")
        check("ERROR 1205 (HY000)" in said and "Lock wait timeout exceeded" in said, "the server's words", said)
        check(effect()["acted"] == 1, "counted", effect())
    with fault(proxy, "mysql_error", code=1213, table="other"):
        for more in ((), ("--compress",)):
            said = client(port, "begin; update orders set note = 'lost'; update other set id = 2;", *more)
            check("ERROR 1213 (40001)" in said, "a deadlock", said)
    check(client(port, "select note from orders;") == "a", "has undone the transaction")
    with fault(proxy, "mysql_error", code=1290):
        for sql in ("create table more (id int);", "insert into other values (9);", "replace into orders values (1, 'b');"):
            said = client(port, sql)
            check("ERROR 1290 (HY000)" in said and "read-only" in said, "nothing is written", said)
        said = client(port, "set @a = 1; begin; select note from orders for update; commit; select 3 into @a; select @a;")
        check(said == "a\n3", "and all else is as on a server that is read-only", said)
    with fault(proxy, "mysql_slow", delay=300, statement="insert"):
        start = time.monotonic()
        check(client(port, "insert into other values (7);") == "" and rig.since(start) > 0.3, "slow")
    with fault(proxy, "mysql_refuse_new") as effect:
        said = client(port, "select 1;")
        check("1040" in said and "Too many connections" in said and effect()["acted"] == 1, "refused", said)
    with fault(proxy, "mysql_kill_in_transaction"):
        check(client(port, "select 1;") == "1", "outside a transaction nothing happens")
        said = client(port, "start transaction; insert into other values (8); commit;")
        check("ERROR 2013" in said or "ERROR 2006" in said, "within one the connection ends", said)
    check(client(port, "select count(*) from other where id = 8;") == "0", "and nothing was written")


def big_and_many(proxy, port, folder):
    rows = folder / "rows.csv"
    rows.write_text("".join(f"{i}\tline {i}\n" for i in range(1000, 60_000)))
    with fault(proxy, "mysql_error", table="nothing"):
        said = client(port, f"load data local infile '{rows}' into table orders; select count(*) from orders where id > 9;",
                      "--local-infile=1")
        check(said == "59000", "a file passes", said)
        said = client(port, "select id from orders where id > 9 order by id;")
        check(said.split() == [str(i) for i in range(1000, 60_000)], "and many rows", len(said.split()))
        said = client(port, f"insert into orders values (5, '{'x' * 20_000_000}'); select length(note) from orders where id = 5;",
                      "--max-allowed-packet=64M")
        check(said == "20000000", "and a statement of several packets", said[:200])
    with fault(proxy, "mysql_error", table="orders", statement="insert"):
        said = client(port, f"insert into orders values (6, '{'x' * 20_000_000}');", "--max-allowed-packet=64M")
        check("ERROR 1205" in said, "which fails whole", said[:200])
    check(client(port, "delete from orders where id > 4; select count(*) from orders;") == "1", "the rest is intact")


def as_the_server(proxy, port, direct):
    """The refusal is what the server itself says to one too many."""
    with contextlib.ExitStack() as stack:
        joined = [stack.enter_context(rig.join(direct)) for _ in range(CONNECTIONS + 2)]
        real = rig.hear(joined[-1])
    with fault(proxy, "mysql_refuse_new"), rig.join(port) as one:
        check(rig.hear(one) == real, "byte for byte", real)
        check(rig.hear(one) == b"", "and then the end")
    rig.harness.wait_for(lambda: client(direct, "select 1;") == "1", rig.PATIENCE, "the server has room again")


def test(work):
    binary("mariadbd", "mysqld")
    node_path, build = node_client.node(work.source), pathlib.Path(work.more[0])
    node_client.install(build, node_path, "mysql_faults.mjs")
    with maria() as server:
        proxy = rig.Proxy(work)
        port = proxy.create("mysql", server)
        command_line(proxy, port)
        big_and_many(proxy, port, work.folder)
        as_the_server(proxy, port, server)
        done = subprocess.run([node_path, "mysql_faults.mjs", proxy.url, str(port), SECRET], cwd=build, timeout=120,
                              capture_output=True, text=True)
        check(done.returncode == 0, "mysql2 sees what MariaDB would say", done.stdout, done.stderr)
        proxy.alive()


if __name__ == "__main__":
    sys.exit(rig.main(test))
