"""A server whose /story is an event stream of 800 ms, and which keeps connections."""
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import web


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        story = self.path == "/story"
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if story else "application/json")
        if not story:
            body = b'{"hello": "world"}'
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            return self.wfile.write(body)
        self.send_header("Connection", "close")
        self.end_headers()
        for word in range(8):
            self.wfile.write(f"data: word {word}\n\n".encode())
            time.sleep(0.1)
        self.wfile.write(b"event: done\ndata: {}\n\n")

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = False  # server_close() waits for the streams that are under way.

    def handle_error(self, *_):
        pass  # Clients that went away.


def server():
    return Server(("127.0.0.1", web.PORT), Handler)
