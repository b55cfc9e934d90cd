"""Keeps the last price for 15 s: customers see that the backend is away only when the cache has run dry."""
import time

import web

KEEPS = 15
known = {}


def answer(path):
    if path == "/hello":
        return 200, '{"hello": "world"}'
    try:
        known["price"], known["at"] = web.ask_backend(timeout=0.3), time.monotonic()
    except web.AWAY:
        pass
    if known and time.monotonic() - known["at"] < KEEPS:
        return 200, known["price"]
    return 500, '{"error": "no price"}'


web.server(answer).serve_forever()
