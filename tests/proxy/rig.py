"""What the tests of `proofload proxy` share: a running one, its API, and plain servers and clients on sockets.
usage of every test: TEST.py PROOFLOAD SOURCE"""
import contextlib
import http.client
import json
import pathlib
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "run"))
import harness  # noqa: E402
from harness import check  # noqa: E402

PATIENCE = 20  # Seconds; no wait of a test is longer.
free_port = harness.free_port


class Proxy:
    """A running `proofload proxy` and its API."""

    def __init__(self, work, *args):
        self.started = work.start("proxy", "--port", "0", *args)
        harness.wait_for(lambda: "API on http://" in self.started.out() or not self.started.running(), PATIENCE,
                         "the proxy says where its API is")
        check(self.started.running(), "the proxy runs", self.started.err_path.read_text())
        self.port = int(self.started.out().split("http://")[1].split(",")[0].rsplit(":", 1)[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def raw(self, method, path, body=None, headers=()):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    def ask(self, method, path, body=None, status=200):
        """The JSON of an answer that must have this status."""
        text = json.dumps(body) if body is not None else None
        got, _, answer = self.raw(method, path, text)
        check(got == status, f"{method} {path} is answered with {status}", got, answer)
        return json.loads(answer) if answer else None

    def create(self, name, upstream, toxics=(), **more):
        body = {"name": name, "listen": "127.0.0.1:0", "upstream": f"127.0.0.1:{upstream}", **more}
        if toxics:
            body["toxics"] = list(toxics)
        return int(self.ask("POST", "/proxies", body, 201)["listen"].rsplit(":", 1)[1])

    def toxic(self, proxy, kind, attributes=None, **more):
        return self.ask("POST", f"/proxies/{proxy}/toxics", {"type": kind, "attributes": attributes or {}, **more})

    def connections(self, proxy):
        return self.ask("GET", f"/proxies/{proxy}/connections")["connections"]

    def alive(self):
        check(self.started.running() and self.raw("GET", "/version")[0] == 200, "the proxy lives on",
              self.started.err_path.read_text())


@contextlib.contextmanager
def in_force(proxy, where, kind, parameters):
    """A fault on a proxy's connections, until the end of the block; gives what tells its effect."""
    proxy.toxic(where, kind, parameters, name="one")
    try:
        yield lambda: proxy.ask("GET", f"/proxies/{where}/toxics/one/effect")
    finally:
        proxy.raw("DELETE", f"/proxies/{where}/toxics/one")


class Server:
    """Threads that serve each connection with a function of its socket."""

    def __init__(self, serve, backlog=128):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=backlog)
        self.port = self.listener.getsockname()[1]
        self.serve = serve
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.settimeout(PATIENCE)
            threading.Thread(target=self.one, args=(connection,), daemon=True).start()

    def one(self, connection):
        with connection, contextlib.suppress(OSError):
            self.serve(connection)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def echo(connection):
    while data := connection.recv(65536):
        connection.sendall(data)


def after_fin(connection):
    """Answers only when the client has said all: what it said, backwards."""
    text = b""
    while data := connection.recv(65536):
        text += data
    connection.sendall(text[::-1])


def swallow(connection):
    while connection.recv(65536):
        pass


def join(port):
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def hear(connection, count=65536):
    """Some bytes, b"" for FIN, "reset" for RST."""
    try:
        return connection.recv(count)
    except ConnectionError:
        return "reset"


def hear_all(connection, count):
    text = b""
    while len(text) < count:
        part = hear(connection, count - len(text))
        if part in (b"", "reset"):
            return text
        text += part
    return text


def silent_for(connection, seconds):
    """Whether nothing is heard for a time."""
    connection.settimeout(seconds)
    try:
        connection.recv(1)
        return False
    except TimeoutError:
        return True
    finally:
        connection.settimeout(PATIENCE)


def since(start):
    return time.monotonic() - start


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def main(test):
    """Runs test(work), and ends in order what it has started."""
    def whole(work):
        test(work)
        for one in work.started:
            one.signal(2)
            check(one.wait(10).code in (0, 2), "Ctrl-C ends a proxy in order", one.err_path.read_text())
    return harness.main(whole)
