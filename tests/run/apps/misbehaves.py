"""Applications that cannot be measured. usage: misbehaves.py exits | waits | accepts | fails | lacks | takes"""
import os
import socket
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def exits():
    print("reading the settings", flush=True)
    sys.exit("fatal: no setting SHOP_KEY")


def waits():
    print("waiting for somebody", flush=True)
    time.sleep(600)


def accepts():
    """Takes connections and never says a word."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    kept = []
    while True:
        kept.append(listener.accept())


class Fails(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(500, "no database")

    def log_message(self, *_):
        pass


def fails():
    ThreadingHTTPServer(("127.0.0.1", 0), Fails).serve_forever()


PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>Error</title><style>body { margin: 0; padding: 2em 10em; font: 16px sans-serif; color: #222 }
pre { white-space: pre-wrap; background: #eee; border: 1px solid #ccc }</style></head>
<body><pre>StockError: no stock without the &quot;shelf&quot; service<br> &nbsp; at stock</pre></body></html>"""


class Lacks(Fails):
    def do_GET(self):
        """Asks a service that is not there, as often as it is asked."""
        try:
            socket.create_connection(("127.0.0.1", int(os.environ["SHELF_PORT"])))
        except OSError as error:
            print("Error: asked in vain,", error.strerror.lower(), file=sys.stderr, flush=True)
        self.send_response(500)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE.encode())


def lacks():
    ThreadingHTTPServer(("127.0.0.1", 0), Lacks).serve_forever()


def takes():
    """Wants a port that somebody else may have."""
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Fails).serve_forever()


globals()[sys.argv[1]]()
