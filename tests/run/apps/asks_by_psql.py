"""A web application that asks its database by psql, for each request anew. The port comes from PORT."""
import os
import subprocess
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STATEMENTS = ["SELECT count(*) FROM pg_class WHERE relname = 'a customer'",
              "SELECT generate_series(1, 7); SELECT 'second'",
              "COPY (SELECT 1) TO STDOUT",
              "PREPARE one AS SELECT $1::int; EXECUTE one(3)"]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        args = [word for one in STATEMENTS for word in ("-c", one)]
        ended = subprocess.run(["psql", "-X", "-At", *args], stdin=subprocess.DEVNULL, capture_output=True)
        self.send_response(200 if ended.returncode == 0 else 500)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(ended.stdout)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 256

    def handle_error(self, *_):
        pass


Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
