"""Gives up at its start when the backend is not there."""
import sys
import time

import web

for _ in range(20):  # its backend is started beside it, and may need a moment
    try:
        web.ask_backend(timeout=1)
        break
    except web.AWAY:
        time.sleep(0.1)
else:
    sys.exit("fatal: no backend")


def answer(path):
    if path != "/price":
        return 200, '{"hello": "world"}'
    try:
        return 200, web.ask_backend(timeout=1)
    except web.AWAY:
        return 503, '{"error": "try again"}', "Retry-After: 1"


web.server(answer).serve_forever()
