"""A shop of a few pages that link to each other. usage: pages.py"""
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LINKS = '<a href="/">home</a> <a href="/goods">goods</a> <a href="/about">about</a>'
PAGES = {
    "/": f"<title>Shop</title><h1>Welcome to the corner shop</h1>{LINKS}",
    "/goods": f'<title>Goods</title><h1>Bread, milk and honey</h1><a href="/goods/bread">bread</a>{LINKS}',
    "/goods/bread": f"<title>Bread</title><h1>A loaf of rye bread</h1>{LINKS}",
    "/about": f"<title>About</title><h1>Open from nine to five</h1>{LINKS}",
}


class Pages(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = PAGES.get(self.path, "no such page").encode()
        self.send_response(200 if self.path in PAGES else 404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def setup(self):
        super().setup()
        self.connection.setsockopt(6, 1, 1)  # TCP_NODELAY: head and body are two writes

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 256


Server(("127.0.0.1", int(os.environ.get("PORT", 0))), Pages).serve_forever()
