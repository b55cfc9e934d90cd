"""Asks the backend, and where that is away its standby: either may be lost, not both."""
import subprocess

import web

spare = subprocess.Popen(["python3", "spare.py"], stdout=subprocess.PIPE, text=True)
spare_port = int(spare.stdout.readline())


def answer(path):
    if path == "/hello":
        return 200, '{"hello": "world"}'
    for port in (web.BACKEND_PORT, spare_port):
        try:
            return 200, web.ask(port, timeout=0.3)
        except web.AWAY:
            pass
    return 500, '{"error": "no price"}'


web.server(answer).serve_forever()
