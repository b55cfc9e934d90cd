"""A DNS forwarder between clients and a name server of the test's own: plain datagrams, and Node's resolver.
usage: dns.py PROOFLOAD SOURCE"""
import contextlib
import json
import pathlib
import socket
import struct
import subprocess
import sys
import threading
import time

import node_client
import rig
from rig import check

A, TXT, AAAA = 1, 16, 28
ADDRESSES = {A: bytes([10, 0, 0, 7]), AAAA: bytes(15) + b"\7"}
SHORT = 0.3  # Seconds in which nothing is to come.


def query(name, kind=A, number=0x1234, extended=False):
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split(".") if part)
    opt = b"\0" + struct.pack(">HHIH", 41, 4096, 0x8000, 0) if extended else b""
    return struct.pack(">6H", number, 0x100, 1, 0, 0, int(extended)) + labels + struct.pack(">BHH", 0, kind, 1) + opt


def question_of(message):
    end = 12
    while message[end]:
        end += 1 + message[end]
    return message[12:end + 5]


class NameServer:
    """Answers every name, by UDP and TCP; `quiet`: keeps what it hears instead."""

    def __init__(self):
        self.tcp = rig.Server(self.by_tcp)
        self.port = self.tcp.port
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", self.port))
        self.quiet, self.heard = False, []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                message, asker = self.udp.recvfrom(65535)
                self.heard.append((message, asker))
                if not self.quiet:
                    self.udp.sendto(self.answer(message), asker)

    @staticmethod
    def answer(message):
        if len(message) < 17 or message[2] & 0x78:
            return message[:2] + b"\x80\x04" + bytes(8)  # NOTIMP
        question = question_of(message)
        kind = struct.unpack(">H", question[-4:-2])[0]
        address = ADDRESSES.get(kind)
        record = b"\xc0\x0c" + question[-4:] + struct.pack(">IH", 60, len(address)) + address if address else b""
        return message[:2] + struct.pack(">5H", 0x8180, 1, int(bool(address)), 0, 0) + question + record

    def by_tcp(self, connection):
        head = rig.hear_all(connection, 2)
        if len(head) < 2:
            return  # connected, and gone again without a query
        answer = self.answer(rig.hear_all(connection, struct.unpack(">H", head)[0]))
        connection.sendall(struct.pack(">H", len(answer)) + answer)


def ask_by_tcp(port, name, seconds=rig.PATIENCE):
    """An answer on a connection of its own, or None."""
    with rig.join(port) as connection:
        message = query(name)
        connection.sendall(struct.pack(">H", len(message)) + message)
        connection.settimeout(seconds)
        with contextlib.suppress(TimeoutError):
            size = struct.unpack(">H", rig.hear_all(connection, 2))[0]
            return rig.hear_all(connection, size)


class Client:
    def __init__(self, port, host="127.0.0.1"):
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.connect((host, port))

    def hear(self, seconds=rig.PATIENCE):
        """An answer, or None."""
        self.udp.settimeout(seconds)
        try:
            return self.udp.recv(65535)
        except TimeoutError:
            return None

    def ask(self, name, kind=A, seconds=rig.PATIENCE, **more):
        message = query(name, kind, **more)
        self.udp.send(message)
        answer = self.hear(seconds)
        check(answer is None or answer[:2] == message[:2], "the id is the asker's", answer)
        check(answer is None or question_of(answer) == question_of(message), "the question comes back", answer)
        return answer


def code(answer):
    return answer[3] & 15


def forwarder(proxy, name, server, **more):
    return proxy.create(name, server.port, protocol="dns", **more)


def counts(proxy, name):
    text = proxy.raw("GET", "/metrics")[2].decode()
    return [int(line.rsplit(" ", 1)[1]) for what in ("queries", "answered", "acted") for line in text.splitlines()
            if line.startswith(f'proofload_proxy_dns_{what}_total{{proxy="{name}"}}')]


def forwards(proxy, server):
    port = forwarder(proxy, "plain", server)
    check(proxy.ask("GET", "/proxies/plain")["protocol"] == "dns", "the protocol is told")
    client = Client(port)
    check(client.ask("db.test")[-4:] == ADDRESSES[A], "an address comes back")
    check(client.ask("db.test", AAAA, extended=True)[-16:] == ADDRESSES[AAAA], "and one of IPv6, with EDNS")
    check(code(client.ask("dB.tEsT", TXT)) == 0, "letter case stays")
    other = query("db.test")[:2] + b"\x28" + query("db.test")[3:]
    client.udp.send(other)
    check(client.hear() == other[:2] + b"\x80\x04" + bytes(8), "another operation passes too")
    for junk in (b"", b"x", b"\x12\x34", query("db.test")[:11], client.ask("db.test"), bytes(11) + b"\xff"):
        client.udp.send(junk)
    client.hear(SHORT)  # the last of them is a query with a head alone
    check(client.ask("db.test")[-4:] == ADDRESSES[A], "what is no query harms nothing")
    ids = {message[:2] for message, _ in server.heard}
    check(len(ids) >= 6 and ids != {b"\x12\x34"}, "ids towards the name server are its own", ids)
    with rig.join(port) as connection:
        message = query("db.test")
        connection.sendall(struct.pack(">H", len(message)) + message)
        check(rig.hear_all(connection, 2 + len(message) + 16)[-4:] == ADDRESSES[A], "connections are relayed")
    check(counts(proxy, "plain") == [7, 7, 0], "what came and went is counted", counts(proxy, "plain"))


def by_tcp(proxy, server):
    port = forwarder(proxy, "stream", server)
    proxy.toxic("stream", "dns_nxdomain", {"name": "gone.test"}, name="gone")
    proxy.toxic("stream", "dns_wrong", {"name": "wrong.test", "address4": "203.0.113.9"}, name="wrong")
    proxy.toxic("stream", "dns_slow", {"name": "slow.test", "delay": 400}, name="slow")
    proxy.toxic("stream", "dns_timeout", {"name": "lost.test"}, name="lost")
    check(code(ask_by_tcp(port, "gone.test")) == 3, "no such name")
    check(ask_by_tcp(port, "wrong.test")[-4:] == bytes([203, 0, 113, 9]), "a wrong address")
    began = time.monotonic()
    check(ask_by_tcp(port, "slow.test")[-4:] == ADDRESSES[A] and time.monotonic() - began >= 0.4, "a slow answer")
    check(ask_by_tcp(port, "lost.test", SHORT) is None, "none")
    check(ask_by_tcp(port, "here.test")[-4:] == ADDRESSES[A], "others are answered")
    effect = proxy.ask("GET", "/proxies/stream/toxics/slow/effect")
    check(effect["acted"] == 1 == effect["delayed"] and effect["asked_p50_ns"] >= 399_000_000, "the effect", effect)
    proxy.ask("DELETE", "/proxies/stream", status=204)


def acts(proxy, server):
    port = forwarder(proxy, "acts", server)
    client = Client(port)
    proxy.toxic("acts", "dns_nxdomain", {"name": "*.gone.test"}, name="gone")
    answer = client.ask("a.GONE.test", extended=True)
    check(code(answer) == 3 and answer[-11:] == b"\0" + struct.pack(">HHIH", 41, 1232, 0x8000, 0), "no such name", answer)
    check(code(client.ask("a.here.test")) == 0, "other names are")
    proxy.ask("POST", "/proxies/acts/toxics/gone", {"attributes": {"name": "", "type": "AAAA"}})
    check(code(client.ask("a.gone.test")) == 0 and code(client.ask("any", AAAA)) == 3, "an update acts at once")
    effect = proxy.ask("GET", "/proxies/acts/toxics/gone/effect")
    check(effect["acted"] == 2 and effect["requests"] == 4, "the effect", effect)
    proxy.ask("PATCH", "/proxies/acts/toxics/gone", {"toxicity": 0})
    check(code(client.ask("any", AAAA)) == 0, "of no query")
    proxy.raw("DELETE", "/proxies/acts/toxics/gone")
    proxy.toxic("acts", "dns_servfail", {"nth": 2})
    check([code(client.ask("a.test")) for _ in range(3)] == [0, 2, 0], "the second alone fails")
    proxy.ask("POST", "/reset", status=204)
    check(proxy.ask("GET", "/proxies/acts/toxics") == [], "reset takes them away")
    proxy.toxic("acts", "dns_wrong")
    check(client.ask("a.test")[-4:] == bytes([192, 0, 2, 1]), "a wrong address")
    check(client.ask("a.test", AAAA)[-16:] == bytes.fromhex("20010db8" + "0" * 23 + "1"), "also of IPv6")
    check(code(client.ask("a.test", TXT)) == 0, "other types pass")
    proxy.toxic("acts", "dns_timeout", {"name": "lost.test"})
    check(client.ask("lost.test")[-4:] == bytes([192, 0, 2, 1]), "the toxic before it decides")
    proxy.raw("DELETE", "/proxies/acts/toxics/dns_wrong_downstream")
    check(client.ask("lost.test", seconds=SHORT) is None, "no answer")
    check(counts(proxy, "acts")[0] == counts(proxy, "acts")[1] + 1, "all others were answered")


def slow(proxy, server):
    port = forwarder(proxy, "slow", server, toxics=[{"type": "dns_slow", "attributes": {"delay": 200}}])
    client = Client(port)
    start = time.monotonic()
    check(client.ask("a.test")[-4:] == ADDRESSES[A], "a slow answer")
    check(0.2 <= rig.since(start) < 2, "comes after the delay", rig.since(start))
    proxy.toxic("slow", "dns_nxdomain", {"name": "b.test"})
    start = time.monotonic()
    check(code(client.ask("b.test")) == 3 and rig.since(start) >= 0.2, "and so does that of a toxic behind it")
    effect = proxy.ask("GET", "/proxies/slow/toxics/dns_slow_downstream/effect")
    check(effect["delayed"] == 2 and effect["added_p50_ns"] >= 195_000_000, "the delay is told", effect)
    proxy.ask("POST", "/proxies/slow/toxics/dns_slow_downstream", {"attributes": {"delay": 60_000}})
    check(client.ask("a.test", seconds=SHORT) is None, "it waits")
    proxy.ask("POST", "/proxies/slow/toxics/dns_slow_downstream", {"attributes": {"delay": 200}})
    check(client.hear()[-4:] == ADDRESSES[A], "and goes on when it has waited for less than that")
    proxy.ask("POST", "/proxies/slow/toxics/dns_slow_downstream", {"attributes": {"delay": 60_000}})
    check(client.ask("a.test", seconds=SHORT) is None, "another waits")
    proxy.ask("POST", "/proxies/slow/toxics/dns_slow_downstream", {"toxicity": 0})
    check(client.hear()[-4:] == ADDRESSES[A], "and goes on when the toxic does not meet it any more")
    proxy.ask("POST", "/proxies/slow/toxics/dns_slow_downstream", {"toxicity": 1})
    check(client.ask("a.test", seconds=SHORT) is None, "a third waits")
    proxy.raw("DELETE", "/proxies/slow/toxics/dns_slow_downstream")
    check(client.hear()[-4:] == ADDRESSES[A], "and goes on when the toxic is gone")


def refusals(proxy, server):
    def refused(path, body, word, status=400):
        answer = proxy.ask("POST", path, body, status)
        check(word in answer["error"], f"{body} is refused with {word}", answer)

    body = {"name": "bad", "listen": "127.0.0.1:0", "upstream": f"127.0.0.1:{server.port}", "protocol": "dns"}
    refused("/proxies", {**body, "protocol": "udp"}, "protocol")
    for upstream in ("localhost:53", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:53,127.0.0.2:53", "dns"):
        refused("/proxies", {**body, "upstream": upstream}, "name server")
    refused("/proxies", {**body, "tls": {"listen": True}}, "tls")
    refused("/proxies", {**body, "refuse_when_down": True}, "refuse_when_down")
    refused("/proxies", {**body, "toxics": [{"type": "latency"}]}, "without")
    refused("/proxies", {**body, "protocol": "tcp", "toxics": [{"type": "dns_slow"}]}, "with \"protocol\"")
    refused("/populate", [{**body, "toxics": [{"type": "reset"}]}], "without")
    proxy.create("streams", server.port)
    refused("/proxies/streams/toxics", {"type": "dns_nxdomain"}, "with \"protocol\"")
    forwarder(proxy, "names", server)
    refused("/proxies/names/toxics", {"type": "latency"}, "without")
    refused("/proxies/names/toxics", {"type": "http_status"}, "without")
    refused("/proxies/names/toxics", {"type": "dns_wrong", "attributes": {"address4": "::1"}}, "IPv4")
    refused("/proxies/names/toxics", {"type": "dns_slow", "attributes": {"type": "B"}}, "one of")
    refused("/proxies/names", {"protocol": "tcp"}, "cannot be changed")
    refused("/proxies/names", {"upstream": "localhost:53"}, "name server")
    proxy.toxic("names", "dns_wrong")
    refused("/proxies/names/toxics/dns_wrong_downstream", {"attributes": {"address6": "x"}}, "IPv6")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", rig.free_port()))
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        refused("/proxies", {**body, "listen": listen}, "listen udp", 500)


def places(proxy, server):
    """Enabled, disabled, moved, replaced, on every address, and to a name server that is not there."""
    port = forwarder(proxy, "place", server)
    client = Client(port)
    proxy.ask("POST", "/proxies/place", {"enabled": False})
    with contextlib.suppress(ConnectionRefusedError):
        check(client.ask("a.test", seconds=SHORT) is None, "a disabled one says nothing")
    proxy.ask("POST", "/proxies/place", {"enabled": True, "listen": f"127.0.0.1:{port}"})
    client = Client(port)
    check(client.ask("a.test")[-4:] == ADDRESSES[A], "an enabled one does")
    nobody = rig.free_port()
    proxy.ask("POST", "/proxies/place", {"upstream": f"127.0.0.1:{nobody}"})
    check(client.ask("a.test", seconds=SHORT) is None and client.ask("a.test", seconds=SHORT) is None, "nobody answers")
    rig.harness.wait_for(lambda: "place: upstream: connection refused" in proxy.started.err_path.read_text(),
                         rig.PATIENCE, "that is said")
    body = {"name": "place", "listen": f"127.0.0.1:{port}", "upstream": f"127.0.0.1:{server.port}", "protocol": "dns",
            "toxics": [{"type": "dns_nxdomain", "name": "none"}]}
    proxy.ask("POST", "/populate", [body], 201)
    check(code(client.ask("a.test")) == 3, "populate replaces it")
    del body["toxics"]
    proxy.ask("POST", "/populate", [body], 201)
    check(code(client.ask("a.test")) == 3, "and leaves it with its toxics where it is the same")
    proxy.ask("POST", "/populate", [{**body, "protocol": "tcp"}], 201)
    check(proxy.ask("GET", "/proxies/place")["toxics"] == [], "another protocol is another proxy")
    proxy.ask("DELETE", "/proxies/place", status=204)
    body = {"name": "any", "listen": ":0", "upstream": f"127.0.0.1:{server.port}", "protocol": "dns"}
    made = proxy.ask("POST", "/proxies", body, 201)
    port = int(made["listen"].rsplit(":", 1)[1])
    for host in ("127.0.0.1", "127.0.0.2"):
        check(Client(port, host).ask("a.test")[-4:] == ADDRESSES[A], "on every address, and from it", host, made)
    port = rig.free_port()
    itself = f"127.0.0.1:{port}"
    proxy.ask("POST", "/proxies", {**body, "name": "itself", "listen": itself, "upstream": itself}, 201)
    check(Client(port).ask("a.test", seconds=SHORT) is None, "nobody asks himself")
    check(counts(proxy, "itself") == [1, 0, 0], "for ever", counts(proxy, "itself"))


def bounds(proxy, server):
    """Queries that are never answered: the oldest are forgotten."""
    client = Client(forwarder(proxy, "many", server))
    server.quiet, server.heard = True, []
    try:
        for number in range(4200):
            client.udp.send(query(f"n{number}.test", number=number))
            if number % 50 == 49:
                rig.harness.wait_for(lambda: len(server.heard) == number + 1, rig.PATIENCE, "all are asked", 0.001)
        first, last = server.heard[0], server.heard[-1]
        check(len({message[:2] for message, _ in server.heard[-4096:]}) == 4096, "no two have the same id")
        server.udp.sendto(server.answer(first[0]), first[1])
        server.udp.sendto(first[0][:2] + server.answer(last[0])[2:], last[1])
        server.udp.sendto(last[0][:2] + server.answer(query("other.test"))[2:], last[1])
        check(client.hear(SHORT) is None, "neither the oldest, nor a wrong id, nor a wrong question")
        server.udp.sendto(server.answer(last[0]), last[1])
        check(client.hear()[:2] == struct.pack(">H", 4199), "the last one's answer comes")
    finally:
        server.quiet = False
    check("the oldest is forgotten" in proxy.started.err_path.read_text(), "that is said")


def by_node(work, proxy, server):
    port = forwarder(proxy, "node", server)
    for kind, attributes in (("nxdomain", {}), ("servfail", {}), ("timeout", {}), ("slow", {"delay": 300}),
                             ("wrong", {"address4": "203.0.113.9"})):
        proxy.toxic("node", f"dns_{kind}", {"name": f"{kind}.test", **attributes})
    here = pathlib.Path(__file__).resolve().parent
    done = subprocess.run([node_client.node(work.source), here / "dns.mjs", str(port)], timeout=120,
                          capture_output=True, text=True)
    check(done.returncode == 0, "Node is content", done.stdout, done.stderr)
    print(done.stdout)


def by_file_and_orders(work, server):
    config = work.folder / "dns.json"
    body = {"name": "filed", "listen": "127.0.0.1:0", "upstream": f"127.0.0.1:{server.port}", "protocol": "dns",
            "toxics": [{"type": "dns_servfail", "attributes": {"name": "bad.*"}}]}
    config.write_text(json.dumps([body]))
    proxy = rig.Proxy(work, "--config", str(config))
    client = Client(int(proxy.ask("GET", "/proxies/filed")["listen"].rsplit(":", 1)[1]))
    check(code(client.ask("bad.test")) == 2 and code(client.ask("good.test")) == 0, "a proxy of a file")

    def order(*args):
        ended = work.run("proxy", *args, env={"TOXIPROXY_URL": proxy.url}, limit=20)
        check(ended.code == 0, f"{args}", ended)
        return ended.out

    order("create", "--protocol", "dns", "-l", "127.0.0.1:0", "-u", f"127.0.0.1:{server.port}", "ordered")
    order("toxic", "add", "-t", "dns_wrong", "-a", "address4=203.0.113.9", "-a", "name=a.test", "ordered")
    client = Client(int(proxy.ask("GET", "/proxies/ordered")["listen"].rsplit(":", 1)[1]))
    check(client.ask("a.test")[-4:] == bytes([203, 0, 113, 9]), "one that was ordered")
    check("203.0.113.9" in order("inspect", "ordered"), "and it is shown")


def test(work):
    server = NameServer()
    proxy = rig.Proxy(work)
    for one in (forwards, acts, by_tcp, slow, refusals, places, bounds):
        one(proxy, server)
        proxy.alive()
    by_node(work, proxy, server)
    by_file_and_orders(work, server)
    proxy.alive()


if __name__ == "__main__":
    sys.exit(rig.main(test))
