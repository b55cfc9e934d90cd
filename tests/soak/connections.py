"""As many idle connections through `proofload proxy` as are asked for, or as the machine allows: every one is served,
and the memory for each is told. usage: connections.py PROOFLOAD SOURCE [COUNT]; needs the right to raise the file limit."""
import multiprocessing
import pathlib
import re
import resource
import select
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "proxy"))
import rig  # noqa: E402
from rig import check  # noqa: E402

COUNT = 100_000
SPARE_FILES = 1000
PER_ADDRESS = 20_000    # Connections from one source address, and to one: each pair has its own ports.
AT_ONCE = 500
MOST_BYTES = 4096       # Of the relay's memory for an idle connection.


def raise_files(wanted):
    with open("/proc/sys/fs/nr_open", encoding="ascii") as most:
        wanted = min(wanted, int(most.read()))
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
    except ValueError:
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def echo_all(listeners):
    """One process that sends back what it hears on any number of connections."""
    poll, known = select.epoll(), {one.fileno(): one for one in listeners}
    for number in known:
        poll.register(number, select.EPOLLIN)
    while True:
        for number, _ in poll.poll():
            if known[number] in listeners:
                connection = known[number].accept()[0]
                known[connection.fileno()] = connection
                poll.register(connection, select.EPOLLIN)
            elif data := known[number].recv(100):
                known[number].send(data)
            else:
                poll.unregister(number)
                known.pop(number).close()


def memory(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) << 10


def test(work):
    wanted = int(work.more[0]) if work.more else COUNT
    files = raise_files(2 * wanted + SPARE_FILES)
    count = min(wanted, (files - SPARE_FILES) // 2)
    addresses = -(-count // PER_ADDRESS)
    listeners = [socket.create_server((f"127.0.1.{1 + i}", 0), backlog=4096) for i in range(addresses)]
    server = multiprocessing.Process(target=echo_all, args=(listeners,), daemon=True)
    server.start()
    try:
        proxy = rig.Proxy(work)
        ports = []
        for i, listener in enumerate(listeners):
            made = proxy.ask("POST", "/proxies", {"name": f"p{i}", "listen": "127.0.0.1:0", "upstream": "%s:%d" %
                                                  listener.getsockname()}, 201)
            ports.append(int(made["listen"].rsplit(":", 1)[1]))
        pid = proxy.started.pid
        before, start = memory(pid), time.monotonic()
        clients = []
        while len(clients) < count:
            turn = []
            for i in range(len(clients), min(count, len(clients) + AT_ONCE)):
                client = socket.socket()
                client.bind((f"127.0.0.{2 + i // PER_ADDRESS}", 0))
                client.settimeout(rig.PATIENCE)
                client.connect(("127.0.0.1", ports[i // PER_ADDRESS]))
                client.send(b"x")
                turn.append(client)
            check(all(client.recv(1) == b"x" for client in turn), "each is served", len(clients))
            clients += turn
        each = (memory(pid) - before) / count
        print(f"{count} of {wanted} connections in {rig.since(start):.1f} s, {each:.0f} bytes each; "
              f"files allowed: {files}")
        asked = time.monotonic()
        proxy.ask("GET", "/proxies")
        check(rig.since(asked) < 1, "the API answers meanwhile", rig.since(asked))
        check(each <= MOST_BYTES, f"an idle connection takes at most {MOST_BYTES} bytes", each)
        for client in clients:
            client.close()
        rig.harness.wait_for(lambda: not proxy.connections("p0"), rig.PATIENCE, "all are gone")
        with rig.join(ports[0]) as client:
            client.sendall(b"x")
            check(rig.hear(client) == b"x", "then all is well")
    finally:
        server.terminate()
        server.join()


if __name__ == "__main__":
    sys.exit(rig.main(test))
