"""A port that somebody else serves: one line, exit code 2, the somebody is left alone. usage: port_taken.py PROOFLOAD SOURCE"""
import http.server
import sys
import threading

import harness
from harness import check


class Somebody(http.server.BaseHTTPRequestHandler):
    asked = 0

    def do_GET(self):
        Somebody.asked += 1
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"somebody else")

    def log_message(self, *_):
        pass


def target_served(work, port):
    """The configuration names a target where somebody answers already: else that would be measured."""
    config = work.write("target.yaml", f"traffic: {{ target: 'http://127.0.0.1:{port}' }}\n")
    command = ["--", "touch", str(work.folder / "was-started")]
    ended = work.run("run", "--config", config, "--out", work.folder / "out", *command, limit=20)
    harness.one_line(ended, 2, str(port))
    check(not (work.folder / "was-started").exists(), "the application is not started")
    check(not (work.folder / "out").exists(), "no run folder is left")


def application_fails(work, port):
    """No configuration: the application itself finds its port taken, and ends."""
    command = ["--", harness.PYTHON, work.app("misbehaves.py"), "takes"]
    ended = work.run("run", "--out", work.folder / "out", *command, env={"PORT": port}, limit=30)
    harness.one_line(ended, 2, "port")
    check(not (work.folder / "out").exists(), "no run folder is left")


def test(work):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Somebody) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            target_served(work, server.server_port)
            application_fails(work, server.server_port)
        finally:
            server.shutdown()
    check(Somebody.asked == 0, "somebody else is sent nothing", f"{Somebody.asked} requests")


if __name__ == "__main__":
    sys.exit(harness.main(test))
