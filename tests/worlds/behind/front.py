"""Sound: passes on what the application behind it answers, says 502 where that is away, and finishes on TERM."""
import os
import signal
import threading

import web


def answer(path):
    try:
        return 200, web.ask(int(os.environ["APP_PORT"]), timeout=10)
    except web.AWAY:
        return 502, '{"error": "bad gateway"}'


with web.server(answer) as server:
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
