"""What Toxiproxy does not have: refuse_when_down, several upstreams, bounds, corrupt bytes, slow connect, the list of
connections, configuration files. usage: extras.py PROOFLOAD SOURCE"""
import fcntl
import json
import os
import socket
import subprocess
import sys
import time

import rig
from rig import check


def refuses(port):
    try:
        rig.join(port).close()
        return False
    except ConnectionRefusedError:
        return True


def wait(holds, what):
    rig.harness.wait_for(holds, rig.PATIENCE, what)


def refuse_when_down(proxy):
    nobody = rig.free_port()
    plain = proxy.create("plain", nobody)
    with rig.join(plain) as client:
        check(rig.hear(client) == b"", "as the original: accepted, then closed")
    port = proxy.create("honest", nobody, refuse_when_down=True)
    wait(lambda: refuses(port), "a dead upstream is refused")
    check(proxy.ask("GET", "/proxies/honest")["enabled"], "the proxy is enabled all the same")
    with socket.create_server(("127.0.0.1", nobody)):
        wait(lambda: not refuses(port), "and served when it is back")
    wait(lambda: refuses(port), "and refused again")
    proxy.ask("POST", "/proxies/honest", {"refuse_when_down": False})
    check(not refuses(port), "without the option it accepts again")


def refuse_when_down_and_taken(proxy):
    """Another program has the port when the upstream comes back: the proxy gets it when that has gone."""
    nobody = rig.free_port()
    port = proxy.create("taken", nobody, refuse_when_down=True)
    wait(lambda: refuses(port), "a dead upstream is refused")
    said = proxy.started.err_path.read_text
    with socket.create_server(("127.0.0.1", port)), socket.create_server(("127.0.0.1", nobody)):
        wait(lambda: "address already in use" in said(), "it is said that the port is taken")
        time.sleep(0.6)
        check(said().count("address already in use") == 1, "once", said())
        got, _, answer = proxy.raw("POST", "/proxies/taken", json.dumps({"refuse_when_down": False}))
        check(got == 500 and b"listen tcp 127.0.0.1:%d: bind: address already in use" % port in answer, "it cannot be", answer)
        check(proxy.ask("GET", "/proxies/taken")["refuse_when_down"], "and nothing has changed")
    with socket.create_server(("127.0.0.1", nobody)):
        wait(lambda: not refuses(port), "the port is free: it is open again")
    wait(lambda: refuses(port), "and follows the upstream as before")
    with socket.create_server(("127.0.0.1", port)):
        proxy.ask("POST", "/proxies/taken", {"refuse_when_down": False, "enabled": False})


def several_upstreams(proxy):
    servers = [rig.Server(lambda one, name=name: (one.sendall(name), one.recv(1))) for name in (b"a", b"b")]
    upstream = ", ".join(f"127.0.0.1:{port}" for port in (servers[0].port, rig.free_port(), servers[1].port))
    made = proxy.ask("POST", "/proxies", {"name": "many", "listen": "127.0.0.1:0", "upstream": upstream}, 201)
    heard = b""
    for _ in range(9):
        with rig.join(int(made["listen"].rsplit(":", 1)[1])) as client:
            heard += rig.hear(client)
    check(len(heard) == 9 and heard.count(b"a") == 3 and heard.count(b"b") == 6, "in turn, past the dead one", heard)
    upstream = f"127.0.0.1:{servers[0].port},no-port"
    made = proxy.ask("POST", "/proxies", {"name": "odd", "listen": "127.0.0.1:0", "upstream": upstream}, 201)
    for _ in range(2):
        with rig.join(int(made["listen"].rsplit(":", 1)[1])) as client:
            check(rig.hear(client) == b"a", "what is no address is passed over, in either place")


def silent_upstream(proxy):
    """One that answers no SYN, as its queue of new connections is full."""
    full, server = socket.socket(), rig.Server(lambda one: (one.sendall(b"here"), one.recv(1)))
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    waiting = [socket.socket() for _ in range(3)]
    for one in waiting:
        one.setblocking(False)
        one.connect_ex(full.getsockname())
    upstream = f"127.0.0.1:{full.getsockname()[1]},127.0.0.1:{server.port}"
    made = proxy.ask("POST", "/proxies", {"name": "silent", "listen": "127.0.0.1:0", "upstream": upstream}, 201)
    start = time.monotonic()
    for _ in range(2):  # one of them begins with the silent one
        with rig.join(int(made["listen"].rsplit(":", 1)[1])) as client:
            client.settimeout(3 * rig.PATIENCE)
            check(client.recv(9) == b"here", "the next upstream is tried")
    check(2.9 <= rig.since(start), "after some patience", rig.since(start))
    for one in (full, *waiting):
        one.close()


def unresolvable(proxy):
    made = proxy.ask("POST", "/proxies", {"name": "nameless", "listen": "127.0.0.1:0", "upstream": "no-such-host.invalid:1"}, 201)
    with rig.join(int(made["listen"].rsplit(":", 1)[1])) as client:
        check(rig.hear(client) == b"", "a client of an unknown name is let go")
    wait(lambda: "does not resolve" in proxy.started.err_path.read_text(), "and that is said")


def upstream_without_port(proxy):
    """The API takes it, as the original does; who connects is told what is wrong."""
    for name, upstream, words in (("portless", "127.0.0.1", "upstream 127.0.0.1: missing port in address"),
                                  ("comma", ",", "upstream ,: missing port in address"),
                                  ("second", "no-such-host.invalid:1,b", "upstream b: missing port in address")):
        made = proxy.ask("POST", "/proxies", {"name": name, "listen": "127.0.0.1:0", "upstream": upstream}, 201)
        with rig.join(int(made["listen"].rsplit(":", 1)[1])) as client:
            check(rig.hear(client) == b"", "a client is let go")
        wait(lambda name=name, words=words: f"proxy {name}: {words}" in proxy.started.err_path.read_text(), "it is said why")


def bounds(proxy, echo):
    port = proxy.create("few", echo.port, max_connections=2)
    with rig.join(port) as one, rig.join(port) as two:
        wait(lambda: len(proxy.connections("few")) == 2, "two are open")
        try:
            with rig.join(port) as three:
                check(rig.hear(three) == "reset", "a third is reset")
        except ConnectionResetError:
            pass  # before connect() had returned
        for client in (one, two):
            client.sendall(b"x")
            check(rig.hear(client) == b"x", "the two are served")
    port = proxy.create("shared", echo.port, [{"type": "bandwidth", "attributes": {"rate": 200, "shared": 1}}])
    clients = [rig.join(port) for _ in range(4)]
    start = time.monotonic()
    for client in clients:
        client.sendall(b"x" * 25_000)
    for client in clients:
        rig.hear_all(client, 25_000)
    check(rig.since(start) > 0.42, "100 KB at 200 KB/s for all together", rig.since(start))
    for client in clients:
        client.close()


def populated(proxy, echo):
    """What is in its place already stays, and what the request does not say of it too."""
    port = proxy.create("stays", echo.port, [{"type": "latency", "attributes": {"latency": 1}}], max_connections=1,
                        refuse_when_down=True)
    plain = {"name": "stays", "listen": f"localhost:{port}", "upstream": f"127.0.0.1:{echo.port}"}
    before = proxy.ask("GET", "/proxies/stays")
    with rig.join(port) as client:
        for more in ({}, {"toxics": []}, {"toxics": None}, {"max_connections": None, "tls": None}, {"enabled": False}):
            after = proxy.ask("POST", "/populate", [{**plain, **more}], 201)["proxies"][0]
            check(after == before, "it is as it was", more, after)
            client.sendall(b"x")
            check(rig.hear(client) == b"x", "its connections too", more)
    after = proxy.ask("POST", "/populate", [{**plain, "max_connections": 2}], 201)["proxies"][0]
    check(after == {**before, "max_connections": 2}, "what it says is done", after)
    port = int(proxy.ask("POST", "/proxies", {"name": "dns", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9",
                                              "protocol": "dns"}, 201)["listen"].rsplit(":", 1)[1])
    plain = {"name": "dns", "listen": f"127.0.0.1:{port}", "upstream": "127.0.0.1:9"}
    check(proxy.ask("POST", "/populate", [plain], 201)["proxies"][0]["protocol"] == "dns", "a forwarder stays one")
    other = proxy.ask("POST", "/populate", [{**plain, "protocol": "tcp"}], 201)["proxies"][0]
    check("protocol" not in other, "but where another protocol is given", other)


def bytes_and_times(proxy, echo):
    port = proxy.create("noisy", echo.port, [{"type": "corrupt", "attributes": {"rate": 0.01}}])
    with rig.join(port) as client:
        client.sendall(bytes(20_000))
        got = rig.hear_all(client, 20_000)
        turned = [byte for byte in got if byte]
        check(len(got) == 20_000 and 100 < len(turned) < 400, "about one byte in a hundred is turned", len(turned))
        check(all(byte.bit_count() == 1 for byte in turned), "by one bit")
        effect = proxy.ask("GET", "/proxies/noisy/toxics/corrupt_downstream/effect")
        check((effect["acted"], effect["bytes_lost"]) == (len(turned), 0), "each is counted", effect)
    port = proxy.create("short", echo.port, [{"type": "limit_data", "attributes": {"bytes": 10}}])
    with rig.join(port) as client:
        client.sendall(bytes(100))
        check(rig.hear_all(client, 11) == bytes(10), "ten bytes, and the end")
        wait(lambda: proxy.ask("GET", "/proxies/short/toxics/limit_data_downstream/effect")["bytes_lost"] == 90, "the rest")
        effect = proxy.ask("GET", "/proxies/short/toxics/limit_data_downstream/effect")
        check((effect["closed"], effect["bytes_down"]) == (1, 10), "the end that it made is counted", effect)
    port = proxy.create("slow", echo.port, [{"type": "slow_connect", "attributes": {"delay": 300}}])
    with rig.join(port) as client:
        start = time.monotonic()
        client.sendall(b"x")
        check(rig.hear(client) == b"x" and rig.since(start) > 0.25, "the first byte takes its time", rig.since(start))
        start = time.monotonic()
        client.sendall(b"x")
        check(rig.hear(client) == b"x" and rig.since(start) < 0.25, "the next does not", rig.since(start))


def list_and_effect(proxy, echo):
    port = proxy.create("seen", echo.port, [{"type": "latency", "name": "late", "attributes": {"latency": 30}}])
    with rig.join(port) as client:
        client.sendall(b"hello")
        rig.hear_all(client, 5)
        one = proxy.connections("seen")[0]
        check(one["client"] == "127.0.0.1:%d" % client.getsockname()[1] and one["state"] == "open", "who", one)
        check(one["received"] == {"upstream": 5, "downstream": 5} == one["sent"] and one["toxics"] == ["late"], "what", one)
        effect = proxy.ask("GET", "/proxies/seen/toxics/late/effect")
        check(effect["connections"] == 1 and effect["bytes_down"] == 5 and effect["added_p50_ns"] >= 30e6, "achieved", effect)
        # Another value holds for what waits already.
        proxy.ask("POST", "/proxies/seen/toxics/late", {"attributes": {"latency": 600_000}})
        client.sendall(b"again")
        check(rig.silent_for(client, 0.3), "it waits for minutes")
        proxy.ask("POST", "/proxies/seen/toxics/late", {"attributes": {"latency": 1}})
        check(rig.hear_all(client, 5) == b"again", "until it is told another time")
    check(proxy.raw("POST", "/proxies", json.dumps({"name": "half", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:1",
                                                    "toxics": [{"type": "nothing"}]}))[0] == 400, "a wrong toxic")
    check(proxy.raw("GET", "/proxies/half")[0] == 404, "makes no proxy at all")


def configuration(work, echo):
    good = [{"name": "db", "listen": "127.0.0.1:0", "upstream": f"127.0.0.1:{echo.port}", "enabled": True,
             "toxics": [{"type": "limit_data", "attributes": {"bytes": 3}}]}]
    proxy = rig.Proxy(work, "--config", str(work.write("good.json", json.dumps(good))))
    port = int(proxy.ask("GET", "/proxies/db")["listen"].rsplit(":", 1)[1])
    with rig.join(port) as client:
        client.sendall(b"12345")
        check(rig.hear_all(client, 5) == b"123", "the file's toxic acts")
    taken = proxy.port
    for name, text, words in (
            ("none.json", None, ["none.json"]),
            ("broken.json", '[\n  {"name": "a",\n   "listen" "b"}]', ["broken.json:3:15: not JSON"]),
            ("ends.json", "[{", ["ends.json:1:3: not JSON: the file ends"]),
            ("empty.json", "\n", ["empty.json", "is empty"]),
            ("object.json", "\n{}", ["object.json:2:1: a list of proxies is expected"]),
            ("lines.json", '[\n {"name": "a", "upstream": "b:1"},\n {"name": "c",\n  "upstream": 5}]',
             ["lines.json:4:3: proxy c, upstream: upstream must be a string"]),
            ("portless.json", '[\n {"name": "a",\n  "upstream": "127.0.0.1"}]',
             ["portless.json:3:3: proxy a, upstream: 127.0.0.1: missing port in address"]),
            ("comma.json", '[{"name": "a", "upstream": "a:1,,b:2"}]', ["proxy a, upstream: a:1,,b:2: missing address"]),
            ("missing.json", '[\n {"name": "a"}]', ["missing.json:2:2: proxy a: missing required field: upstream"]),
            ("nameless.json", '[\n {"upstream": "a:1"}]', ["nameless.json:2:2: proxy 1: missing required field: name"]),
            ("verify.json", '[{"name": "a", "upstream": "a:1", "tls": {"upstream":\n {"verify": 1}}}]',
             ["verify.json:2:3: proxy a, tls.upstream.verify: "]),
            ("type.json", '[{"name": "a", "upstream": "a:1", "toxics": [\n{"type": "no"}]}]',
             ["type.json:2:2: proxy a, toxics[0].type: invalid toxic type"]),
            ("share.json", json.dumps([{**good[0], "toxics": [{"type": "noop", "toxicity": 7}]}]),
             ["share.json:1:", "proxy db, toxics[0].toxicity", "0 to 1"]),
            ("tls.json", json.dumps([good[0], {**good[0], "name": "b", "tls": 3}]), ["tls.json:1:", "proxy b, tls: tls must be"]),
            ("kind.json", json.dumps([{**good[0], "protocol": "x"}]), ["kind.json:1:", "proxy db, protocol: protocol must be"]),
            ("most.json", json.dumps([{**good[0], "max_connections": -1}]), ["most.json:1:", "proxy db, max_connections: "]),
            ("large.json", " " * (10 << 20) + "[]", ["large.json", "larger than"]),
            ("null.json", "[null]", ["null.json:1:2: proxy 1: a proxy must be an object"]),
            ("more.json", json.dumps(good) + " more", ["more.json", "more.json:1:"]),
            ("tmp", None, ["tmp", "directory"]),
            ("field.json", json.dumps([{"name": "a", "upstream": "b:1", "lisen": "c"}]), ["field.json:1:", "proxy a, lisen: a proxy has no field"]),
            ("toxic.json", json.dumps([{**good[0], "toxics": [{"type": "latency", "attributes": {"latncy": 1}}]}]),
             ["toxic.json:1:", "proxy db, toxics[0].attributes.latncy", "it has: latency, jitter"]),
            ("second.json", json.dumps([{**good[0], "name": "first"}, {**good[0], "toxics": [
                {"type": "noop"}, {"type": "http_status", "attributes": {"headers": "bad header"}}]}]),
             ["second.json:1:", "proxy db, toxics[1].attributes", "bad header"]),
            ("twice.json", json.dumps(good * 2), ["twice.json:1:", 'duplicate proxy name "db" at proxy 2']),
            ("service.json", json.dumps([{**good[0], "listen": "127.0.0.1:no-such-port"}]), ["service.json:1:", "proxy db, listen: ", "no-such-port"]),
            ("range.json", json.dumps([{**good[0], "toxics": [{"type": "packet_loss", "attributes": {"loss_rate": 2}}]}]),
             ["range.json:1:", "toxics[0].attributes.loss_rate", "0 to 1"]),
            ("port.json", json.dumps([{**good[0], "listen": f"127.0.0.1:{taken}"}]), ["port.json:1:", "proxy db, listen: listen tcp 127.0.0.1:%d: bind: address already in use" % taken])):
        if text is not None:
            work.write(name, text)
        rig.harness.one_line(work.run("proxy", "--port", "0", "--config", str(work.folder / name), limit=20), 2, *words)
    rig.harness.one_line(work.run("proxy", "--port", str(taken), limit=20), 2, "--port", str(taken))
    rig.harness.one_line(work.run("proxy", "--host", "203.0.113.9", "--port", "0", limit=20), 2, "203.0.113.9")
    for seed in ("18446744073709551616", "-1", "1x"):
        rig.harness.one_line(work.run("proxy", "--seed", seed, "--port", "0", limit=20), 2, "--seed", "whole number")


def addresses(proxy, work):
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=rig.PATIENCE) as client:
        client.sendall(b"GET http://x/version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = rig.hear_all(client, 9999)
        check(answer.startswith(b"HTTP/1.1 200"), "a target that names its server (RFC 9112 section 3.2.2)", answer)
    proxy = work.start("proxy", "--host", "[::1]", "--port", "0", "--seed", "18446744073709551615")
    wait(lambda: "API on http://[::1]:" in proxy.out(), "an address in brackets")


def zones(proxy):
    """An IPv6 address that is one of a link needs the link's name: where this machine has such an address."""
    with open("/proc/net/if_inet6", encoding="ascii") as table:
        local = [line.split() for line in table if line.startswith("fe80")]
    if not local:
        return
    host = socket.inet_ntop(socket.AF_INET6, bytes.fromhex(local[0][0])) + "%" + local[0][5]
    with socket.socket(socket.AF_INET6) as listener:
        listener.bind(socket.getaddrinfo(host, 0)[0][4])
        listener.listen()
        upstream = f"[{host}]:{listener.getsockname()[1]}"
        made = proxy.ask("POST", "/proxies", {"name": "link", "listen": f"[{host}]:0", "upstream": upstream}, 201)
        place, port = made["listen"].rsplit(":", 1)
        check(place == f"[{host}]" and made["upstream"] == upstream, "it is told with its zone", made)
        number = f"[{host.split('%')[0]}%{int(local[0][1], 16)}]:{port}"
        with socket.socket(socket.AF_INET6) as client:
            client.settimeout(rig.PATIENCE)
            client.connect(socket.getaddrinfo(host, int(port))[0][4])
            server = listener.accept()[0]
            with server:
                server.sendall(b"x")
                check(rig.hear(client) == b"x", "it is reached there, and reaches its upstream")
                check(proxy.connections("link")[0]["upstream"] == upstream, "which is told so too")
                proxy.ask("PATCH", "/proxies/link", {"listen": number})
                server.sendall(b"y")
                check(rig.hear(client) == b"y", "the link's number is the same as its name")
    wrong = {"name": "nowhere", "listen": "[fe80::1%no-such-link]:0", "upstream": "x:1"}
    error = proxy.ask("POST", "/proxies", wrong, 500)["error"]
    check(error == "listen tcp: lookup fe80::1%no-such-link: no such host", "a link that there is not", error)


def started(work, stderr, stdout=subprocess.DEVNULL):
    """A proxy that says what it likes there, and its API, once that answers."""
    proxy = object.__new__(rig.Proxy)
    proxy.port = rig.free_port()
    process = subprocess.Popen([work.proofload, "proxy", "--port", str(proxy.port)], stdout=stdout, stderr=stderr)
    wait(lambda: not refuses(proxy.port), "the API listens")
    return proxy, process


def unheard(work, echo):
    """Nobody reads what the relay says, or it cannot be written: it is lost, and the relay lives on."""
    def serves_on(proxy, process, what):
        good = proxy.create("good", echo.port)
        dead = [proxy.create(f"dead{number}", rig.free_port()) for number in range(40)]
        for port in dead:
            with rig.join(port) as client:
                check(rig.hear(client) == b"", "it closes")
        with rig.join(good) as client:
            client.sendall(b"x")
            check(rig.hear(client) == b"x" and process.poll() is None, f"{what}: it serves on")
        process.terminate()
        check(process.wait(10) == 0, f"{what}: it ends in order")

    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(writer, False)
    os.write(writer, bytes(4000))
    os.set_blocking(writer, True)
    serves_on(*started(work, writer), "a pipe that is full")
    os.close(reader)
    serves_on(*started(work, writer), "a reader that is gone")
    os.close(writer)
    with open("/dev/full", "wb") as full:
        serves_on(*started(work, full, full), "a full disk")
        page = subprocess.run([work.proofload, "proxy", "faults"], stdout=full, stderr=subprocess.PIPE, check=False)
        check(page.returncode == 3 and b"standard output" in page.stderr, "a page that cannot be written", page)
        lost = subprocess.run([work.proofload, "--version"], stdout=full, stderr=full, check=False)
        check(lost.returncode >= 0, "nothing aborts", lost)


def test(work):
    proxy = rig.Proxy(work)
    echo = rig.Server(rig.echo)
    refuse_when_down(proxy)
    refuse_when_down_and_taken(proxy)
    several_upstreams(proxy)
    silent_upstream(proxy)
    unresolvable(proxy)
    upstream_without_port(proxy)
    bounds(proxy, echo)
    populated(proxy, echo)
    bytes_and_times(proxy, echo)
    list_and_effect(proxy, echo)
    zones(proxy)
    proxy.alive()
    configuration(work, echo)
    addresses(proxy, work)
    unheard(work, echo)


if __name__ == "__main__":
    sys.exit(rig.main(test))
