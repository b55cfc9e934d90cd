"""Looks for its backend before it listens, and never again: where that was not there it answers, and fails for ever."""
import time

import web


def find_backend():
    """One that is started beside the application may need a moment."""
    for _ in range(20):
        try:
            return web.ask_backend(timeout=1)
        except web.AWAY:
            time.sleep(0.1)
    return None


found = find_backend()


def answer(path):
    if path != "/price":
        return 200, '{"hello": "world"}'
    if found is None:
        return 500, '{"oops": true}'
    return 200, web.ask_backend(timeout=1)


web.server(answer).serve_forever()
