"""Waits at its start until the backend is there."""
import time

import web

while True:
    try:
        web.ask_backend(timeout=1)
        break
    except web.AWAY:
        time.sleep(0.2)


def answer(path):
    if path != "/price":
        return 200, '{"hello": "world"}'
    try:
        return 200, web.ask_backend(timeout=1)
    except web.AWAY:
        return 503, '{"error": "try again"}', "Retry-After: 1"


web.server(answer).serve_forever()
