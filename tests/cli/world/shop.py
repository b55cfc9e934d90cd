# The application: /ask needs the clock and says honestly when it is not there; / needs nothing.
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path != "/ask":
            return self.answer(200, b'{"shop": "open"}')
        try:
            with urllib.request.urlopen("http://127.0.0.1:18432/", timeout=20) as clock:
                self.answer(200, clock.read())
        except OSError:
            self.answer(500, b'{"error": "no clock"}')

    def log_message(self, *words):
        pass


ThreadingHTTPServer(("127.0.0.1", 18431), Handler).serve_forever()
