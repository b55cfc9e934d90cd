"""Applications that cannot be measured. usage: misbehaves.py exits | waits | accepts | fails | takes"""
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


def takes():
    """Wants a port that somebody else may have."""
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Fails).serve_forever()


globals()[sys.argv[1]]()
