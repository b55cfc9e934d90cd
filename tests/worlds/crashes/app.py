"""Ends when the backend does not answer, and nobody starts it again."""
import os
import sys

import web


def answer(path):
    if path == "/hello":
        return 200, '{"hello": "world"}'
    try:
        return 200, web.ask_backend(timeout=1)
    except web.AWAY as reason:
        print(f"fatal: {reason}", file=sys.stderr, flush=True)
        os._exit(1)


web.server(answer).serve_forever()
