"""What goes wrong in Toxiproxy and must not here: one function for each known defect.
usage: defects.py PROOFLOAD SOURCE"""
import socket
import sys
import threading
import time

import rig
from rig import check


def slicer_without_attributes(proxy, echo):
    port = proxy.create("slicer", echo.port, [{"type": "slicer"}])
    with rig.join(port) as client:
        client.sendall(b"x")
        check(rig.hear(client) == b"x", "a slicer without attributes passes bytes")
    proxy.alive()


def toxicity_zero(proxy, echo):
    port = proxy.create("unhurt", echo.port, [{"type": "reset_peer", "toxicity": 0}])
    for _ in range(20):
        with rig.join(port) as client:
            client.sendall(b"x")
            check(rig.hear(client) == b"x", "it is served")
            client.shutdown(socket.SHUT_WR)
            check(rig.hear(client) == b"", "reset_peer with toxicity 0 resets nobody")


def reset_of_open_and_idle(proxy, echo):
    port = proxy.create("reset", echo.port)
    with rig.join(port) as idle, rig.join(port) as used:
        used.sendall(b"x")
        check(rig.hear(used) == b"x", "it is served")
        start = time.monotonic()
        proxy.toxic("reset", "reset_peer", {"timeout": 200})
        for client in (idle, used):
            check(rig.hear(client) == "reset", "an open connection is reset, data or not")
        check(rig.since(start) >= 0.18, "not before its timeout")
    with rig.join(port) as fresh:
        check(rig.silent_for(fresh, 0.4), "a new connection waits for its first data")
        fresh.sendall(b"x")
        check(rig.hear(fresh) == "reset", "and is reset after it")


def black_hole():
    """A listener whose queue is full: a connect to it gets no answer at all."""
    hole = socket.socket()
    hole.bind(("127.0.0.1", 0))
    hole.listen(0)
    fillers = []
    for _ in range(8):
        filler = socket.socket()
        filler.setblocking(False)
        filler.connect_ex(hole.getsockname())
        fillers.append(filler)
    return hole, fillers


def black_holed_upstream(proxy, echo):
    hole, fillers = black_hole()
    port = proxy.create("hole", hole.getsockname()[1])
    good = proxy.create("good", echo.port)
    lost = [rig.join(port) for _ in range(5)]
    harness_wait(lambda: len(proxy.connections("hole")) == 5, "the five are taken")
    states = {one["state"] for one in proxy.connections("hole")}
    check(states == {"connecting"}, "their upstream does not answer", states)
    start = time.monotonic()
    with rig.join(good) as client:
        client.sendall(b"x")
        check(rig.hear(client) == b"x", "other proxies serve on")
    proxy.ask("POST", "/proxies/hole", {"enabled": False})
    proxy.ask("DELETE", "/proxies/hole", status=204)
    proxy.ask("GET", "/proxies")
    check(rig.since(start) < 5, "nothing waits for it", rig.since(start))
    for one in lost + fillers + [hole]:
        one.close()


def harness_wait(holds, what):
    rig.harness.wait_for(holds, rig.PATIENCE, what)


def busy_connection_times_out(proxy, echo):
    for kind, attribute in (("timeout", "timeout"), ("cut_after", "time")):
        port = proxy.create(kind, echo.port, [{"type": kind, "stream": "upstream", "attributes": {attribute: 300}}])
        start = time.monotonic()
        with rig.join(port) as client:
            client.settimeout(0.05)
            while rig.since(start) < rig.PATIENCE:
                try:
                    client.sendall(b"busy")
                    if client.recv(100) == b"":
                        break
                except TimeoutError:
                    pass
                except ConnectionError:
                    break
        check(0.28 <= rig.since(start) < rig.PATIENCE, f"{kind}: a busy connection ends", rig.since(start))


def timeout_removed(proxy, echo):
    port = proxy.create("removed", echo.port, [{"type": "timeout"}])
    with rig.join(port) as client:
        client.sendall(b"x")
        check(rig.silent_for(client, 0.5), "a timeout of 0 never ends, and nothing comes")
        proxy.ask("DELETE", "/proxies/removed/toxics/timeout_downstream", status=204)
        check(rig.hear(client) in (b"", "reset"), "removing it closes")


def long_latency_under_load(proxy, _):
    """More than 1024 x 32 KiB pass within one delay, and the memory stays bounded."""
    size = 48 << 20
    block = b"z" * (1 << 20)

    def pour(connection):
        for _ in range(size >> 20):
            connection.sendall(block)
        connection.recv(1)

    source = rig.Server(pour)
    port = proxy.create("late", source.port, [{"type": "latency", "attributes": {"latency": 3000}}])
    with rig.join(port) as client:
        harness_wait(lambda: proxy.connections("late") and proxy.connections("late")[0]["received"]["downstream"] == size,
                     "48 MiB are taken in within the delay")
        check(rig.hear(client, 1) == b"z", "and come later")
        check(len(rig.hear_all(client, size - 1)) == size - 1, "all of them")
    slow = proxy.create("hold", rig.Server(lambda one: [one.sendall(block) for _ in range(200)]).port,
                        [{"type": "latency", "attributes": {"latency": 60000}}])
    with rig.join(slow):
        harness_wait(lambda: b"proofload_held_stops_total 0\n" not in proxy.raw("GET", "/metrics")[2],
                     "at 64 MiB the sender is stopped, and that is reported")
        waiting = proxy.connections("hold")[0]["waiting"]["downstream"]
        check(60 << 20 <= waiting <= 70 << 20, "64 MiB wait", waiting)


def half_close(proxy, _):
    server = rig.Server(rig.after_fin)
    port = proxy.create("half", server.port, [{"type": "latency", "attributes": {"latency": 50}}])
    with rig.join(port) as client:
        client.sendall(b"question")
        client.shutdown(socket.SHUT_WR)
        check(rig.hear_all(client, 8) == b"noitseuq" and rig.hear(client) == b"", "the reply comes after FIN")


def bytes_are_counted_live(proxy, echo):
    port = proxy.create("live", echo.port)
    with rig.join(port) as client:
        client.sendall(b"12345")
        rig.hear_all(client, 5)
        metrics = proxy.raw("GET", "/metrics")[2].decode()
        line = [one for one in metrics.splitlines() if "sent_bytes" in one and 'direction="downstream"' in one and '"live"' in one]
        check(len(line) == 1 and line[0].endswith(" 5"), "bytes of an open connection are counted", line)


def seed_repeats(work, echo):
    """Twice the same seed: the same connections are met; another one: others."""
    seen = {}
    for name, seed in (("first", 42), ("again", 42), ("other", 43)):
        proxy = rig.Proxy(work, "--seed", str(seed))
        port = proxy.create("seeded", echo.port, [{"type": "limit_data", "toxicity": 0.5}])
        pattern = ""
        for _ in range(40):
            with rig.join(port) as client:
                client.sendall(b"x")
                pattern += "." if rig.hear(client) == b"x" else "F"
        seen[name] = pattern
    check(seen["first"] == seen["again"] and seen["first"] != seen["other"], "a seed repeats a run", seen)
    check(8 <= seen["first"].count("F") <= 32, "about half is met", seen["first"])


def half_duplex_stream(proxy, echo):
    """Toggling faults under a stream: every byte comes once, in order."""
    port = proxy.create("toggled", echo.port)
    sent = bytes(range(256)) * 8192
    with rig.join(port) as client:
        speaker = threading.Thread(target=client.sendall, args=(sent,))
        speaker.start()
        got = b""
        for kind, attributes in (("latency", {"latency": 20}), ("bandwidth", {"rate": 50000}), ("slicer", {"average_size": 1000}),
                                 ("slow_close", {"delay": 10}), ("noop", {})):
            proxy.toxic("toggled", kind, attributes, stream="upstream")
            got += rig.hear_all(client, 200_000)
            proxy.ask("POST", f"/proxies/toggled/toxics/{kind}_upstream", {"attributes": {"jitter": 5}})
            proxy.ask("DELETE", f"/proxies/toggled/toxics/{kind}_upstream", status=204)
        got += rig.hear_all(client, len(sent) - len(got))
        speaker.join()
        check(got == sent, "no byte is lost, doubled or reordered", len(got))


def test(work):
    proxy = rig.Proxy(work)
    echo = rig.Server(rig.echo)
    for defect in (slicer_without_attributes, toxicity_zero, reset_of_open_and_idle, black_holed_upstream,
                   busy_connection_times_out, timeout_removed, long_latency_under_load, half_close,
                   bytes_are_counted_live, half_duplex_stream):
        print(defect.__name__, flush=True)
        defect(proxy, echo)
    proxy.alive()
    seed_repeats(work, echo)


if __name__ == "__main__":
    sys.exit(rig.main(test))
