"""TLS that begins inside PostgreSQL's and MySQL's protocols, before real servers: psql, the mariadb client and the pg and
mysql2 packages of npm. usage: starttls.py PROOFLOAD SOURCE BUILD_FOLDER"""
import os
import pathlib
import pwd
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

import mysql_faults
import node_client
import postgres_faults
import rig
import tls
from rig import check

SECRET = mysql_faults.SECRET
ERROR = {"sqlstate": "40001", "table": "orders"}


class Servers:
    """A certificate of their own, and both servers with it; PostgreSQL asks for passwords by SCRAM."""

    def __init__(self, folder, run_by):
        self.files = tls.Files(folder)
        self.folder = folder / "served"
        self.folder.mkdir(mode=0o755)
        for path in (self.files.cert, self.files.key):
            copy = shutil.copy(path, self.folder)
            os.chmod(copy, 0o600)
            if os.geteuid() == 0:
                os.chown(copy, run_by.pw_uid, run_by.pw_gid)
        self.cert, self.key = self.folder / "own.pem", self.folder / "own.key"


def psql(port, ca, script, mode="verify-full", **settings):
    """What psql says of a script, after the word of an exit code that is not 0."""
    words = dict(host="localhost", port=port, user="me", password=SECRET, dbname="postgres", sslmode=mode, sslrootcert=ca,
                 channel_binding="disable", connect_timeout=5) | settings
    line = " ".join(f"{key}={value}" for key, value in words.items())
    done = subprocess.run(["psql", "-X", "-A", "-t", "-q", "-v", "VERBOSITY=verbose", line], input=script, capture_output=True,
                          text=True, timeout=60)
    return (f"exit {done.returncode}: " if done.returncode else "") + (done.stdout + done.stderr).strip()


ENCRYPTED = "select ssl from pg_stat_ssl where pid = pg_backend_pid()"


def sides(proxy, postgres, ca, files):
    """Each side by itself, and both."""
    upstream = {"ca": files.cert}
    both = proxy.create("both", postgres.port, tls={"starttls": "postgres", "listen": True, "upstream": upstream})
    check(psql(both, ca, ENCRYPTED) == "t", "TLS on both sides")
    check("SSL connection" in psql(both, ca, "\\conninfo"), "as psql sees it too")
    check(psql(both, ca, ENCRYPTED, "disable") == "t", "a client that asks for none gets none, the server does")
    check(psql(both, ca, ENCRYPTED, "verify-full", sslrootcert=files.cert).startswith("exit 2"), "who does not know whom to trust does not")
    listen = proxy.create("listen", postgres.port, tls={"starttls": "postgres", "listen": True})
    check(psql(listen, ca, ENCRYPTED) == "f" and "SSL connection" in psql(listen, ca, "\\conninfo"), "towards the client alone")
    connect = proxy.create("connect", postgres.port, tls={"starttls": "postgres", "upstream": upstream})
    check(psql(connect, ca, ENCRYPTED, "prefer") == "t", "towards the server alone: one that would rather gets on without")
    check("does not support SSL" in psql(connect, ca, ENCRYPTED), "one that must does not")
    check(proxy.ask("GET", "/proxies/both")["tls"]["starttls"] == "postgres", "it is told")
    return both


def bound(proxy, postgres, ca, files, work):
    """SCRAM can be bound to the server's certificate (RFC 5929), which a proxy has only if it is given it."""
    said = psql(proxy, ca, ENCRYPTED, channel_binding="prefer")
    check(said.startswith("exit 2") and "channel binding" in said, "a certificate of the proxy's own shows", said)
    same = work.create("same", postgres.port, tls={
        "starttls": "postgres", "listen": {"certificate": files.cert, "key": files.key}, "upstream": {"ca": files.cert}})
    check(psql(same, files.cert, ENCRYPTED, channel_binding="require") == "t", "the server's own does not")


def postgres_inside(proxy, both, ca):
    psql(both, ca, "create table orders (n int)")
    with rig.in_force(proxy, "both", "postgres_error", ERROR) as effect:
        said = psql(both, ca, "select * from orders; select 1")
        check("40001" in said and said.startswith("1"), "an error inside TLS, and only where it was asked for", said)
        check(effect()["acted"] == 1 and effect()["opaque"] == 0, "and it was measured", effect())
    check("40001" not in psql(both, ca, "select * from orders"), "all is as before")
    with rig.in_force(proxy, "both", "postgres_refuse_new", {}):
        check("starting up" in psql(both, ca, "select 1"), "new ones are refused")
    with rig.in_force(proxy, "both", "tls_certificate", {"kind": "expired"}) as effect:
        check("certificate verify failed" in psql(both, ca, "select 1"), "a wrong certificate is met")
        check(effect()["acted"] == 1, "and counted", effect())
    with rig.in_force(proxy, "both", "tls_stall", {}):
        check("timeout expired" in psql(both, ca, "select 1", connect_timeout=2), "a handshake that stalls")
    check(psql(both, ca, "select 1") == "1", "until it is gone")


def cancelled(both, ca):
    """A request to cancel comes on a connection of its own, which asks for nothing."""
    line = f"host=localhost port={both} user=me password={SECRET} dbname=postgres sslmode=verify-full sslrootcert={ca} channel_binding=disable"
    client = subprocess.Popen(["psql", "-X", "-A", "-t", "-q", line], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
    client.stdin.write("select 'ready';\nselect pg_sleep(60);\n")
    client.stdin.flush()
    check(client.stdout.readline() == "ready\n", "psql is there")
    rig.harness.wait_for(lambda: psql(both, ca, "select count(*) from pg_stat_activity where query = 'select pg_sleep(60);'") == "1",
                         rig.PATIENCE, "it sleeps")
    client.send_signal(signal.SIGINT)
    _, errors = client.communicate(timeout=rig.PATIENCE)
    check("canceling statement due to user request" in errors, "and is woken", errors)


def without_tls(proxy, work):
    """A server that offers none is said to."""
    plain = postgres_faults.Postgres(work.folder / "plain")
    try:
        port = proxy.create("none", plain.port, tls={"starttls": "postgres", "upstream": {"verify": False}})
        check(psql(port, "none", "select 1", "disable").startswith("exit 2"), "nothing comes of it")
        log = proxy.started.err_path
        rig.harness.wait_for(lambda: "proxy none: TLS with the upstream: it offers none" in log.read_text(), rig.PATIENCE, "and why")
    finally:
        plain.end()


def maria(port, sql, ca, *more):
    return mysql_faults.client(port, sql, "--ssl", f"--ssl-ca={ca}", "--ssl-verify-server-cert", "-hlocalhost", "--protocol=tcp", *more)


CIPHER = "show status like 'Ssl_cipher';"


def mysql_inside(proxy, server, ca, files):
    port = proxy.create("mysql", server, tls={"starttls": "mysql", "listen": True, "upstream": {"ca": files.cert}})
    check("TLS" in maria(port, CIPHER, ca), "TLS on both sides")
    said = mysql_faults.client(port, CIPHER, "--skip-ssl")
    check(said == "Ssl_cipher", "and on none where the client asks for none", said)
    check("ERROR 2026" in maria(port, CIPHER, files.cert), "who does not know whom to trust does not")
    with mysql_faults.fault(proxy, "mysql_error", table="orders") as effect:
        check("ERROR 1205" in maria(port, "select * from orders;", ca), "an error inside TLS")
        check("ERROR 1205" in mysql_faults.client(port, "select * from orders;", "--skip-ssl"), "and outside")
        check(maria(port, "select 1;", ca) == "1" and "TLS" in maria(port, CIPHER, ca), "the rest is as it was")
        check(effect()["acted"] == 2 and effect()["opaque"] == 0, "and it was measured", effect())
    with mysql_faults.fault(proxy, "mysql_refuse_new"):
        said = maria(port, "select 1;", ca)
        check("1040 - Too many connections" in said, "new ones are refused before TLS begins, as the server does", said)
    with rig.in_force(proxy, "mysql", "tls_certificate", {"kind": "expired"}):
        check("ERROR 2026" in maria(port, "select 1;", ca), "a wrong certificate is met")
    check(maria(port, "select * from orders;", ca) == "", "all is as before")
    return port


def gone(proxy):
    """A server that ends just when TLS is asked for, its last words unread: the proxy lives on."""
    for turn in range(5):
        go = threading.Event()

        def serve(one):
            one.sendall(b"greeting")
            go.wait(rig.PATIENCE)
            one.sendall(b"last words")
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with rig.join(proxy.create(f"gone{turn}", rig.Server(serve).port, tls={
                "starttls": "mysql", "listen": True, "upstream": {"verify": False}})) as client:
            check(rig.hear_all(client, 8) == b"greeting", "the greeting comes in clear")
            proxy.started.signal(signal.SIGSTOP)
            client.sendall(b"\x20\0\0\1\0\x0a\0\0" + bytes(28))
            go.set()
            time.sleep(0.1)  # both are there when it goes on
            proxy.started.signal(signal.SIGCONT)
            while rig.hear(client) not in (b"", "reset"):
                pass
        proxy.alive()


def refusals(proxy):
    for wanted, words in (({"starttls": "smtp", "listen": True}, "mysql or postgres"), ({"starttls": "postgres"}, "listen, upstream or both"),
                          ({"starttls": "mysql", "listen": True}, "both listen and upstream"), ({"starttls": 1, "listen": True}, "starttls")):
        status, _, answer = proxy.raw("POST", "/proxies", rig.json.dumps({
            "name": "bad", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:1", "tls": wanted}))
        check(status == 400 and words in answer.decode(), "one clear line", wanted, status, answer)


def test(work):
    node_path, build = node_client.node(work.source), pathlib.Path(work.more[0])
    node_client.install(build, node_path, "starttls.mjs")
    run_by = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.getuid())
    served = Servers(work.folder, run_by)
    (work.folder / "plain").mkdir(mode=0o755)
    postgres = postgres_faults.Postgres(work.folder, "-c", "ssl=on", "-c", f"ssl_cert_file={served.cert}", "-c",
                                        f"ssl_key_file={served.key}", secret=SECRET)
    own = tls.Files(work.folder / "plain")
    with mysql_faults.maria(f"--ssl-cert={own.cert}", f"--ssl-key={own.key}") as mysql:
        try:
            proxy = rig.Proxy(work)
            ca = str(work.write("authority.pem", proxy.raw("GET", "/tls/authority")[2].decode()))
            both = sides(proxy, postgres, ca, served.files)
            bound(both, postgres, ca, served.files, proxy)
            postgres_inside(proxy, both, ca)
            cancelled(both, ca)
            without_tls(proxy, work)
            port = mysql_inside(proxy, mysql, ca, own)
            gone(proxy)
            refusals(proxy)
            proxy.toxic("both", "postgres_error", ERROR)
            proxy.toxic("mysql", "mysql_error", {"table": "orders"})
            done = subprocess.run([node_path, "starttls.mjs", str(both), str(port), ca, SECRET], cwd=build, timeout=120,
                                  capture_output=True, text=True)
            check(done.returncode == 0, "the packages of npm are content", done.stdout, done.stderr)
            proxy.alive()
        finally:
            postgres.end()


if __name__ == "__main__":
    sys.exit(rig.main(test))
