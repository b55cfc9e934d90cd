"""Counts visits in Redis. usage: PORT=... REDIS_PORT=... counter.py"""
import os
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

local = threading.local()


def count():
    """INCR over a connection per thread; a new one where there is none or it broke."""
    if getattr(local, "redis", None) is None:
        local.redis = socket.create_connection(("127.0.0.1", int(os.environ["REDIS_PORT"])), timeout=1)
    local.redis.sendall(b"INCR visits\r\n")
    answer = local.redis.recv(64)
    if not answer.startswith(b":"):
        raise OSError("redis has gone")
    return answer[1:].strip().decode()


class Counter(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        try:
            status, body = 200, f'{{"visits": {count()}}}'
        except OSError:
            local.redis, status, body = None, 503, '{"error": "away"}'
        head = f"HTTP/1.1 {status} \r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nRetry-After: 1\r\n\r\n"
        self.wfile.write((head + body).encode())

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 256


Server(("127.0.0.1", int(os.environ["PORT"])), Counter).serve_forever()
