"""What the worlds share: a small web server, and a question to the backend. Ports come from PORT and BACKEND_PORT."""
import http.client
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT, BACKEND_PORT = int(os.environ.get("PORT", 8080)), int(os.environ.get("BACKEND_PORT", 8081))
AWAY = (OSError, http.client.HTTPException)  # What ask_backend raises where the backend is away.


def ask(port, timeout=None):
    """The text of what listens there, over a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", "/")
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def ask_backend(timeout=None):
    """The backend's text."""
    return ask(BACKEND_PORT, timeout)


def need_backend(otherwise):
    """Ends the program with `otherwise` where there is no backend; one that is started beside it may need a moment."""
    for _ in range(20):
        try:
            ask_backend(timeout=1)
            return
        except AWAY:
            time.sleep(0.1)
    sys.exit(otherwise)


def honest(path):
    """/price is the backend's; where that is away, 503 and when to come back. Anything else needs no backend."""
    if path != "/price":
        return 200, '{"hello": "world"}'
    try:
        return 200, ask_backend(timeout=1)
    except AWAY:
        return 503, '{"error": "try again"}', "Retry-After: 1"


def server(answer, port=PORT, headers=()):
    """A server that calls answer(path), or answer(path, body) for a POST: status, text and further header fields.
    With `headers`, their values (None: absent) follow the body, which is None for a GET."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.reply(*(answer(self.path, None, *self.values()) if headers else answer(self.path)))

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.reply(*answer(self.path, body, *self.values()))

        def values(self):
            return [self.headers[name] for name in headers]

        def reply(self, status, text, *fields):
            body = text.encode()
            lines = [f"HTTP/1.0 {status} {self.responses[status][0]}", "Content-Type: application/json",
                     f"Content-Length: {len(body)}", *fields]
            self.wfile.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)  # One write: no waiting for an ACK.

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 256
        daemon_threads = False  # server_close() waits for the requests that are under way.

        def handle_error(self, *_):
            pass  # Clients that went away.

    return Server(("127.0.0.1", port), Handler)
