"""Ends when the backend is not there, and nobody starts it again."""
import os
import sys
import time

import web


def answer(path):
    if path != "/price":
        return 200, '{"hello": "world"}'
    for _ in range(20):  # a backend that is only busy comes back within a second
        try:
            return 200, web.ask_backend(timeout=10)
        except web.AWAY as reason:
            last = reason
            time.sleep(0.05)
    print(f"fatal: {last}", file=sys.stderr, flush=True)
    os._exit(1)


web.server(answer).serve_forever()
