"""The faults on Redis before a real one: a plain client that says both versions of the protocol, redis-cli, and ioredis
from npm. usage: redis_faults.py PROOFLOAD SOURCE BUILD_FOLDER"""
import binascii
import contextlib
import pathlib
import shutil
import subprocess
import sys
import threading
import time

import node_client
import rig
from rig import check

HERE = pathlib.Path(__file__).resolve().parent
LOADING = "LOADING Redis is loading the dataset in memory"


class Client:
    """One connection; replies as Python values, errors as texts that begin with a minus."""

    def __init__(self, port):
        self.socket = rig.join(port)
        self.file = self.socket.makefile("rb")

    def send(self, *commands):
        for words in commands:
            parts = [word.encode() if isinstance(word, str) else word for word in words]
            self.socket.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(one), one) for one in parts))

    def reply(self):
        line = self.file.readline()
        if not line:
            return "the end"
        kind, text = line[:1], line[1:-2].decode()
        if kind in b"$=":
            return None if text == "-1" else self.file.read(int(text) + 2)[:-2]
        if kind in b"*~>":
            return None if text == "-1" else [self.reply() for _ in range(int(text))]
        if kind == b"%":
            return {str(self.reply()): self.reply() for _ in range(int(text))}
        return {b"_": None, b"-": "-" + text, b":": int(text) if kind == b":" else 0}.get(kind, text)

    def ask(self, *words):
        self.send(words)
        return self.reply()

    def close(self):
        self.file.close()
        self.socket.close()


@contextlib.contextmanager
def redis_server(folder):
    port = rig.free_port()
    server = subprocess.Popen(["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir",
                               str(folder)], stdout=subprocess.DEVNULL)
    try:
        rig.harness.wait_for(lambda: rig.harness.answers(port), rig.PATIENCE, "Redis listens")
        yield port
    finally:
        server.terminate()
        server.wait()


def fault(proxy, name, **parameters):
    return rig.in_force(proxy, "redis", name, parameters)


def errors(proxy, port):
    old = Client(port)
    check(old.ask("SET", "k", "1") == "OK", "no fault, no effect")
    with fault(proxy, "redis_error") as effect:
        for client in (old, Client(port)):
            check(client.ask("GET", "k") == "-" + LOADING, "an open connection and a new one")
            check("redis_version" in client.ask("INFO", "server").decode(), "INFO is carried out")
            check(client.ask("SELECT", "0") == "OK", "so is SELECT")
        check(effect()["acted"] == 2, "counted", effect())
    check(old.ask("GET", "k") == b"1", "and back")
    with fault(proxy, "redis_error", kind="readonly", key="k*"):
        check(old.ask("SET", "k", "2") == "-READONLY You can't write against a read only replica.", "a write")
        check(old.ask("SET", "other", "2") == "OK" and old.ask("GET", "k") == b"1", "another key, and a read")
        check(old.ask("SET", "kk", b"x" * 3_000_000).startswith("-READONLY"), "a big value")
        check(old.ask("MULTI") == "OK" and old.ask("SET", "other", "3") == "QUEUED", "a transaction")
        check(old.ask("SET", "k", "3").startswith("-READONLY"), "an error in it")
        check(old.ask("EXEC") == "-EXECABORT Transaction discarded because of previous errors.", "ends it")
        check(old.ask("EXEC") == "-ERR EXEC without MULTI" and old.ask("GET", "other") == b"2", "with nothing done")
    with fault(proxy, "redis_error", kind="moved", address="127.0.0.1:1"):
        slot = binascii.crc_hqx(b"user1000", 0) % 16384
        check(old.ask("GET", "{user1000}.x") == f"-MOVED {slot} 127.0.0.1:1", "the slot of a hash tag")
    status, _, text = proxy.raw("POST", "/proxies/redis/toxics", '{"type": "redis_error", "attributes": {"kind": "lodaing"}}')
    check(status == 400 and b"loading, readonly, oom" in text, "an unknown kind is refused with the list", status, text)
    with fault(proxy, "redis_error"):
        status, _, text = proxy.raw("POST", "/proxies/redis/toxics/one", '{"attributes": {"kind": "lodaing"}}')
        check(status == 400 and b"loading, readonly, oom" in text, "in an update too", status, text)
    old.close()


def pipelines(proxy, port):
    client = Client(port)
    client.ask("DEL", "list")
    with fault(proxy, "redis_error", kind="oom", command="RPUSH", nth=500):
        client.send(*[("RPUSH", "list", str(i)) for i in range(1000)], ("LRANGE", "list", "0", "-1"))
        got = [client.reply() for _ in range(1000)]
        check(got[499].startswith("-OOM") and got[498] == 499 and got[500] == 500, "in its place", got[495:505])
        check([int(one) for one in client.reply()] == [i for i in range(1000) if i != 499], "and the others all")
    with fault(proxy, "redis_slow", delay=200, command="get") as effect:
        start = time.monotonic()
        client.send(("PING",), ("GET", "a"), ("PING",))
        check(client.reply() == "PONG" and rig.since(start) < 0.15, "one before is not late")
        check(client.reply() is None and rig.since(start) > 0.19, "the slow one is")
        check(client.reply() == "PONG" and effect()["added_p50_ns"] >= 200e6, "counted", effect())
    client.close()


def switched_under_way(proxy, port):
    """Commands are under way at any time when the fault comes and goes: each reply is its command's own."""
    client, over = Client(port), threading.Event()
    for number in range(100):
        client.ask("SET", f"n{number}", str(number))

    def switch():
        while not over.is_set():
            with fault(proxy, "redis_error", share=0.5, key="n*"):
                over.wait(0.01)
            over.wait(0.005)

    switching = threading.Thread(target=switch)
    switching.start()
    refused = 0
    for _ in range(200):
        # A window of eight, which is empty again after fifty.
        for number in range(58):
            if number < 50:
                client.send(("GET", f"n{number}"))
            if number >= 8:
                reply = client.reply()
                check(reply in (str(number - 8).encode(), "-" + LOADING), "the reply to this command", number - 8, reply)
                refused += isinstance(reply, str)
    over.set()
    switching.join()
    check(refused > 50, "the fault acted", refused)
    client.close()


def nothing_found(proxy, port, direct):
    made = (("SET", "s", "1"), ("HSET", "h", "f", "1"), ("SADD", "set", "a"), ("ZADD", "z", "1", "a"), ("RPUSH", "l", "a"),
            ("XADD", "x", "*", "a", "b"),
            ("GEOADD", "g", "0", "0", "a", "0", "0", "b"))
    for command in made:
        direct.ask(*command)
    asked = (("GET", "s"), ("MGET", "s", "t"), ("GETEX", "s"), ("GETRANGE", "s", "0", "1"), ("STRLEN", "s"), ("TYPE", "s"),
             ("TTL", "s"), ("EXISTS", "s"), ("DUMP", "s"), ("HGET", "h", "f"), ("HMGET", "h", "f", "g"), ("HGETALL", "h"),
             ("HKEYS", "h"), ("HLEN", "h"), ("HSCAN", "h", "0"), ("SMEMBERS", "set"), ("SISMEMBER", "set", "a"),
             ("SMISMEMBER", "set", "a", "b"), ("SCARD", "set"), ("ZSCORE", "z", "a"), ("ZMSCORE", "z", "a"), ("ZRANK", "z", "a"),
             ("ZRANGE", "z", "0", "-1"), ("LRANGE", "l", "0", "-1"), ("LINDEX", "l", "0"), ("LLEN", "l"), ("XLEN", "x"),
             ("XRANGE", "x", "-", "+"), ("ZCARD", "z"), ("ZCOUNT", "z", "0", "9"), ("SSCAN", "set", "0"),
             ("SRANDMEMBER", "set"), ("SRANDMEMBER", "set", "2"), ("HRANDFIELD", "h"), ("HRANDFIELD", "h", "2", "WITHVALUES"),
             ("ZRANDMEMBER", "z"), ("ZRANDMEMBER", "z", "-3"), ("LPOS", "l", "a"), ("LPOS", "l"), ("LCS", "a", "b"), ("SORT", "l"), ("GEOPOS", "g", "a", "b"),
             ("GEOHASH", "g", "a"), ("GEODIST", "g", "a", "b"), ("GEOPOS", "g"),
             ("GEORADIUS_RO", "g", "0", "0", "1", "m"), ("GEORADIUSBYMEMBER_RO", "g", "a", "1", "m"))
    for version in ("2", "3"):
        empty, faulty = Client(direct.socket.getpeername()[1]), Client(port)
        check(isinstance(empty.ask("HELLO", version), (dict, list)), "HELLO")
        check(empty.ask("SELECT", "9") == "OK", "an empty database")
        with fault(proxy, "redis_nil"):
            check(isinstance(faulty.ask("HELLO", version), (dict, list)), "HELLO")
            for command in asked:
                raw = []
                for client in (empty, faulty):
                    client.send(command)
                    raw.append(client.socket.recv(4096))
                check(raw[0] == raw[1], f"{command[0]} in version {version} as Redis says it", raw)
        check(faulty.ask("GET", "s") == b"1", "and all is there again")
        empty.close()
        faulty.close()


def ends_and_others(proxy, port):
    with fault(proxy, "redis_disconnect", command="GET"):
        client = Client(port)
        check(client.ask("SET", "a", "1") == "OK" and client.ask("GET", "a") == "the end", "FIN at the command")
        client = Client(port)
        client.socket.sendall(b"GET b\r\n")
        check(rig.hear(client.socket) != b"", "a line of text is not yet Redis' own")
        client.socket.sendall(b"SET a 2\r\nINCR a\r\nGET a\r\nSET a 9\r\n")
        client.socket.settimeout(rig.PATIENCE)
        seen = b""
        while part := client.socket.recv(100):
            seen += part
        check(seen == b"+OK\r\n:3\r\n", "and behind the replies to what came before", seen)
    with fault(proxy, "redis_disconnect", reset=1):
        client = Client(port)
        client.send(("GET", "a"))
        check(rig.hear(client.socket) == "reset", "RST at the command")
    with fault(proxy, "redis_error"):
        watcher, sender = Client(port), Client(port)
        check(watcher.ask("SUBSCRIBE", "c") == [b"subscribe", b"c", 1], "SUBSCRIBE passes")
        check(watcher.ask("PING") == [b"pong", b""], "and what follows")
        check(sender.ask("GET", "a") == "-" + LOADING, "another connection does not")
        for client in (watcher, sender):
            client.close()


def command_line(proxy, port):
    def cli(*words):
        done = subprocess.run(["redis-cli", "-p", str(port), *words], capture_output=True, text=True, timeout=20)
        return done.stdout.strip()

    check(cli("SET", "c", "1") == "OK", "redis-cli without a fault")
    with fault(proxy, "redis_error", kind="readonly"):
        check(cli("SET", "c", "2") == "READONLY You can't write against a read only replica.", "redis-cli is told")
        check(cli("GET", "c") == "1", "and reads")
    with fault(proxy, "redis_nil"):
        check(cli("-3", "GET", "c") == "" and cli("GET", "c") == "", "redis-cli finds nothing")


def test(work):
    if not shutil.which("redis-server") or not shutil.which("redis-cli"):
        raise AssertionError("there is no redis-server")
    node_path, build = node_client.node(work.source), pathlib.Path(work.more[0])
    node_client.install(build, node_path, "redis_faults.mjs")
    with redis_server(work.folder) as redis:
        proxy = rig.Proxy(work)
        port = proxy.create("redis", redis)
        direct = Client(redis)
        errors(proxy, port)
        pipelines(proxy, port)
        switched_under_way(proxy, port)
        nothing_found(proxy, port, direct)
        ends_and_others(proxy, port)
        command_line(proxy, port)
        done = subprocess.run([node_path, "redis_faults.mjs", proxy.url, str(port)], cwd=build, timeout=120,
                              capture_output=True, text=True)
        check(done.returncode == 0, "ioredis sees what Redis would say", done.stdout, done.stderr)
        proxy.alive()
        direct.close()


if __name__ == "__main__":
    sys.exit(rig.main(test))
