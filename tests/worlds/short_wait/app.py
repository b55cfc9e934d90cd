"""Sound: waits for the backend 0.3 s at most, and answers what is under way on TERM."""
import signal
import threading

import web


def answer(path):
    if path == "/hello":
        return 200, '{"hello": "world"}'
    try:
        return 200, web.ask_backend(timeout=0.3)
    except web.AWAY:
        return 503, '{"error": "try again"}', "Retry-After: 1"


with web.server(answer) as server:
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
