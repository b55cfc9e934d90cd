"""Bad input, want of descriptors, and every fault of the list once: the proxy answers clearly and lives on.
usage: hard.py PROOFLOAD SOURCE"""
import contextlib
import json
import pathlib
import re
import select
import shlex
import socket
import ssl
import sys
import threading
import time

import rig
from rig import check

FILES = (300, 301)   # Open files of the proxies that have few: each connection needs two, so that one more is left.
CLIENTS = 2000       # That come to it, from several addresses.
PAYLOAD = bytes([1, 2, 255]) + bytes(range(32, 127)) * 40  # Of no protocol that a fault knows.
WATCHED = 0.5        # Seconds that a connection is listened to.


def refused(proxy, method, path, body, status, *words):
    got, _, answer = proxy.raw(method, path, body)
    check(got == status, f"{method} {path} {str(body)[:80]} is answered with {status}", got, answer[:300])
    for word in words:
        check(word in answer.decode(), f"the answer says {word!r}", answer[:300])


def bad_bodies(proxy, port):
    """Whatever is sent to the API: an answer, and the proxy is as it was."""
    before = proxy.raw("GET", "/proxies")[2]
    refused(proxy, "POST", "/proxies", b"\xff\xfe\x00", 400, "bad request body: not JSON")
    refused(proxy, "POST", "/proxies", b"[" * 100_000, 400, "bad request body")
    refused(proxy, "POST", "/populate", b'{"a":' * 100_000, 400, "bad request body")
    for body in ("[]", "1", '"text"', "true"):
        refused(proxy, "POST", "/proxies", body, 400, "bad request body: a proxy must be an object")
        refused(proxy, "POST", "/proxies/base", body, 400, "bad request body: a proxy must be an object")
        refused(proxy, "POST", "/proxies/base/toxics", body, 400, "bad request body: a toxic must be an object")
    refused(proxy, "POST", "/populate", '[{"name":1}]', 400, "name")
    refused(proxy, "POST", "/populate", "[[]]", 400, "bad request body: a proxy must be an object")
    for field, value in (("name", []), ("listen", 1), ("upstream", {}), ("enabled", "yes"), ("toxics", {}),
                         ("max_connections", -1), ("max_connections", 1.5), ("refuse_when_down", 1), ("tls", 7)):
        body = {"name": "bad", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:1", field: value}
        refused(proxy, "POST", "/proxies", json.dumps(body), 400, field)
    for listen in ("127.0.0.1:99999", "127.0.0.1:-1", "127.0.0.1:x", "1.2.3.4.5:1", "[::1:1", "192.0.2.1:0"):
        body = json.dumps({"name": "bad", "listen": listen, "upstream": "127.0.0.1:1"})
        refused(proxy, "POST", "/proxies", body, 500, "listen tcp")
    refused(proxy, "POST", "/proxies/base/toxics", json.dumps({"type": "noop", "toxicity": "x"}), 400, "toxicity")
    refused(proxy, "POST", "/proxies/base/toxics", json.dumps({"type": "noop", "attributes": []}), 400, "attributes")
    start = time.monotonic()
    many = "".join(f'"k{i}":1,' for i in range(500_000))
    refused(proxy, "POST", "/proxies", "{" + many + '"upstream":"x:1"}', 400, "missing required field: name")
    toxics = [{"type": "noop", "name": f"n{i}"} for i in range(50_000)]
    body = {"name": "bad", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:1", "toxics": toxics}
    refused(proxy, "POST", "/proxies", json.dumps(body), 400, "a proxy has at most 64 toxics")
    check(rig.since(start) < 10, "long bodies keep it busy for a moment", rig.since(start))
    check(proxy.raw("GET", "/proxies")[2] == before, "nothing is left of what was refused")
    for i in range(64):
        proxy.toxic("base", "noop", name=f"n{i}")
    refused(proxy, "POST", "/proxies/base/toxics", '{"type":"noop","name":"more"}', 400, "at most 64 toxics")
    with rig.join(port) as client:
        client.sendall(PAYLOAD * 20)
        check(rig.hear_all(client, len(PAYLOAD) * 20) == PAYLOAD * 20, "as many as there may be pass all")
    proxy.ask("POST", "/reset", status=204)
    with rig.join(port) as client:
        client.sendall(b"x")
        check(rig.hear(client) == b"x", "the proxy serves on")


def bad_http(proxy):
    """What is no request gets 4xx or an end; none of it is waited for."""
    for text in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
                 b"POST /proxies HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                 b"POST /proxies HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
                 b"POST /proxies HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                 b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n"):
        with rig.join(proxy.port) as client, contextlib.suppress(ConnectionError):
            client.sendall(text)
            if not text.startswith(b"\x16"):
                check(b"HTTP/1.1 4" in client.recv(1000) or b"HTTP/1.1 5", "it is refused", text[:40])
    proxy.alive()


def browsers(proxy):
    """The API is on loopback alone, and no page can read or change it: not even by asking first."""
    with socket.socket() as other:
        check(other.connect_ex(("127.0.0.2", proxy.port)) != 0, "127.0.0.1 alone is listened to")
    page = {"Origin": "http://example.com", "Access-Control-Request-Method": "POST"}
    for method in ("OPTIONS", "GET", "POST", "DELETE"):
        status, headers, _ = proxy.raw(method, "/proxies/base", None, page)
        allows = [name for name in headers if name.lower().startswith("access-control")]
        check(status == 403 and not allows, f"{method} of a page is refused", status, allows)
    check(proxy.ask("GET", "/proxies/base")["enabled"], "and has changed nothing")


def memory(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) << 10


def with_files(work, files):
    """A proxy that may have so many files open."""
    proofload = work.proofload
    script = work.write(f"files_{files}", f'#!/bin/sh\nulimit -n {files} && exec {shlex.quote(proofload)} "$@"\n')
    script.chmod(0o755)
    work.proofload = str(script)
    proxy = rig.Proxy(work)
    work.proofload = proofload
    return proxy


def idle_clients_of_the_api(work, echo, files):
    """More connections to the API than the proxy may have files: relay and API go on."""
    proxy = with_files(work, files)
    port = proxy.create("lives", echo.port)
    with rig.join(port) as old:
        idle = [rig.join(proxy.port) for _ in range(files + 50)]
        for _ in range(3):
            check(proxy.raw("GET", "/version")[0] == 200, "the API answers")
            with rig.join(port) as new:
                for client in (old, new):
                    client.sendall(b"x")
                    check(rig.hear(client) == b"x", "the relay too")
            time.sleep(0.2)
        for client in idle:
            client.close()
    said = proxy.started.err_path.read_text()
    check("control API: too many connections" in said and said.count("\n") < 5, "it is said, not for each", said)


def want_of_descriptors(work, echo, files):
    """Far more clients than the proxy may have files: each is served or let go, and the API answers."""
    proxy = with_files(work, files)
    port = proxy.create("full", echo.port)
    pid = proxy.started.pid
    before = memory(pid)
    clients, poll = {}, select.poll()
    for number in range(CLIENTS):
        client = socket.socket()
        client.bind((f"127.0.0.{2 + number % 8}", 0))
        client.setblocking(False)
        client.connect_ex(("127.0.0.1", port))
        clients[client.fileno()] = client
        poll.register(client, select.POLLOUT)
    waiting = dict(clients)
    end = time.monotonic() + rig.PATIENCE
    served, gone = set(), set()
    while len(served) + len(gone) < CLIENTS and time.monotonic() < end:
        for number, events in poll.poll(100):
            client = waiting[number]
            try:
                if events & select.POLLIN:
                    (served if client.recv(10) else gone).add(number)
                    poll.unregister(number)
                elif events & (select.POLLERR | select.POLLHUP):
                    gone.add(number)
                    poll.unregister(number)
                else:
                    client.send(b"x")
                    poll.modify(number, select.POLLIN)
            except OSError:
                gone.add(number)
                poll.unregister(number)
        proxy.ask("GET", "/proxies/full")
    check(len(served) + len(gone) == CLIENTS, "each is served or let go, none hangs", len(served), len(gone))
    check(files // 4 < len(served) < files // 2, "as many are served as there are files for", len(served))
    check(len(proxy.connections("full")) == len(served), "the API knows them")
    check(f"limit of {files} open files" in proxy.started.err_path.read_text(), "and it is said why")
    lines = proxy.started.err_path.read_text().count("\n")
    check(lines < 30, "not for each", lines)
    check(memory(pid) - before < 16 << 20, "memory is bounded", before, memory(pid))
    for client in clients.values():
        client.close()
    rig.harness.wait_for(lambda: not proxy.connections("full"), rig.PATIENCE, "all are gone")
    for _ in range(50):
        with rig.join(port) as client:
            client.sendall(b"x")
            check(rig.hear(client) == b"x", "then all is well")
    proxy.alive()


def rows(page):
    """The list's rows: the part they stand in, name, the example's attributes, the ranges of numbers."""
    for part in re.split(r"^## ", page.split("\n## Proxies")[0], flags=re.M)[1:]:
        title, sections = part.split("\n", 1)
        for section in sections.split("### ")[1:]:
            name = section.split("\n", 1)[0]
            example = {key: number_or_text(value) for key, value in re.findall(r" -a (\w+)=(\S+)", section)}
            ranges = re.findall(r"^\| (\w+) \| [^|]*\| (-?[\d.]+) to (-?[\d.]+)(?:, whole)? \|", section, re.M)
            yield title, name, example, ranges


def number_or_text(value):
    try:
        return json.loads(value)
    except ValueError:
        return value


def open_client(port, tls):
    client = rig.join(port)
    if not tls:
        return client
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    client.settimeout(WATCHED)
    return context.wrap_socket(client)


def exchange(client, payload):
    """Says something and listens: how many bytes came back, and then "open", "end" or "reset"."""
    got = b""
    end = time.monotonic() + WATCHED
    try:
        client.sendall(payload)
        while len(got) < len(payload) and (left := end - time.monotonic()) > 0:
            client.settimeout(left)
            if not (part := client.recv(65536)):
                return got, "end"
            got += part
    except TimeoutError:
        pass
    except OSError:
        return got, "reset"
    return got, "open"


ENDS = ("end", "reset")
# What an exchange comes to while a fault is in force, where it is not as without: for a new connection.
EFFECTS = {
    "timeout": lambda got, how: got == b"" and how in ENDS,
    "reset_peer": lambda got, how: how == "reset",
    "limit_data": lambda got, how: got == PAYLOAD[:100] and how in ENDS,
    "packet_loss": lambda got, how: len(got) <= len(PAYLOAD),
    "cut_after": lambda got, how: got in (b"", PAYLOAD),
    "corrupt": lambda got, how: len(got) == len(PAYLOAD),
    "refuse": lambda got, how: got == b"" and how == "reset",
    "reset": lambda got, how: how == "reset",
    "silent": lambda got, how: got == b"" and how == "open",
    "stall": lambda got, how: got == PAYLOAD[:256] and how == "open",
    "cut": lambda got, how: got == PAYLOAD[:256] and how in ENDS,
    "tls_certificate": lambda got, how: got == PAYLOAD,
    "tls_stall": lambda got, how: got == b"" and how == "open",
    "tls_old": lambda got, how: got == b"" and how == "reset",
}
# Those end connections that are open, whatever they speak; every other one leaves them as they are, or says so above.
ENDING = ("postgres_failover",)


def meet(port, tls):
    try:
        with open_client(port, tls) as client:
            return exchange(client, PAYLOAD)
    except TimeoutError:
        return b"", "open"
    except OSError:
        return b"", "reset"


def make_and_change(proxy, path, name, attributes, ranges, while_in_force):
    """Through the whole life of a toxic."""
    made = proxy.ask("POST", path, {"type": name, "attributes": attributes})
    check(all(str(made["attributes"][key]) == str(value) for key, value in attributes.items()), f"{name}: as asked", made)
    check([one["name"] for one in proxy.ask("GET", path)] == [made["name"]], f"{name}: it is listed")
    while_in_force()
    one = f"{path}/{made['name']}"
    for key, low, high in ranges:
        for value in (float(low) - 1, float(high) + max(1, abs(float(high)))):
            refused(proxy, "PATCH", one, json.dumps({"attributes": {key: value}}), 400, "bad request body: ", key)
    again = proxy.ask("PATCH", one, {"attributes": made["attributes"], "toxicity": 1})
    check(again == made, f"{name}: an update with what it has", again)
    check(proxy.ask("GET", one + "/effect")["fault"] == name, f"{name}: its effect is told")
    proxy.ask("DELETE", one, status=204)
    check(proxy.ask("GET", path) == [], f"{name}: it is gone")


# What a query for the example's name is answered while a fault is in force: code and records, or nothing in time.
DNS_EFFECTS = {"dns_nxdomain": (3, 0), "dns_servfail": (2, 0), "dns_timeout": None, "dns_slow": None, "dns_wrong": (0, 1)}
DNS_QUESTION = b"\x02db\x07example\x03com\x00\x00\x01\x00\x01"


def ask_name(port):
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(WATCHED)
        client.sendto(b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + DNS_QUESTION, ("127.0.0.1", port))
        try:
            answer = client.recv(512)
        except TimeoutError:
            return None
        return answer[3] & 15, int.from_bytes(answer[6:8], "big")


def answer_names(server):
    """A name server that knows every name and has no record of it."""
    with contextlib.suppress(OSError):
        while True:
            query, client = server.recvfrom(512)
            server.sendto(query[:2] + b"\x81\x80" + query[4:], client)


def dns_faults(proxy, found):
    with socket.socket(type=socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        threading.Thread(target=answer_names, args=(server,), daemon=True).start()
        port = proxy.create("names", server.getsockname()[1], protocol="dns")
        for title, name, attributes, ranges in found:
            if "DNS" not in title:
                continue
            check(ask_name(port) == (0, 0), f"{name}: an answer before")

            def effect(name=name):
                answer = ask_name(port)
                check(answer == DNS_EFFECTS.get(name, answer), f"{name}: what it says is done", answer)

            make_and_change(proxy, "/proxies/names/toxics", name, attributes, ranges, effect)
            check(ask_name(port) == (0, 0), f"{name}: an answer as before")


def one_fault(proxy, port, name, tls, attributes, ranges):
    with open_client(port, tls) as old:
        check(exchange(old, PAYLOAD)[0] == PAYLOAD, f"{name}: traffic before")

        def effect():
            got, how = meet(port, tls)
            expected = EFFECTS.get(name, lambda got, how: (got, how) == (PAYLOAD, "open"))
            check(expected(got, how), f"{name}: what it says is done", len(got), how)

        path = f"/proxies/{'base_tls' if tls else 'base'}/toxics"
        make_and_change(proxy, path, name, attributes, ranges, effect)
        lives = name not in EFFECTS and name not in ENDING
        check(not lives or exchange(old, PAYLOAD) == (PAYLOAD, "open"), f"{name}: who was there is served on")
    check(meet(port, tls) == (PAYLOAD, "open"), f"{name}: traffic as before")


def every_fault(work, proxy, echo, port):
    secure = proxy.create("base_tls", echo.port, tls={"listen": True})
    found = list(rows(work.run("proxy", "faults", limit=20).out))
    names = {name for _, name, *_ in found}
    check(len(found) > 20 and names >= set(EFFECTS) | set(DNS_EFFECTS), "the list is read", found)
    toxics = [name for title, name, *_ in found if title.startswith("Toxics")]
    for title, name, attributes, ranges in found:
        if "DNS" in title or (name in toxics and not title.startswith("Toxics")):
            continue  # the latter's name means the toxic
        one_fault(proxy, secure if name.startswith("tls_") else port, name, name.startswith("tls_"), attributes, ranges)
    dns_faults(proxy, found)
    proxy.alive()


def test(work):
    proxy = rig.Proxy(work)
    echo = rig.Server(rig.echo, backlog=4096)
    port = proxy.create("base", echo.port)
    bad_bodies(proxy, port)
    bad_http(proxy)
    browsers(proxy)
    every_fault(work, proxy, echo, port)
    for files in FILES:
        want_of_descriptors(work, echo, files)
    idle_clients_of_the_api(work, echo, min(FILES))
    proxy.alive()


if __name__ == "__main__":
    sys.exit(rig.main(test))
