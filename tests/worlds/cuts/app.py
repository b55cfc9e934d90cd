"""Ends at once on TERM: whoever waits for an answer gets none."""
import web


def answer(path):
    return (200, '{"hello": "world"}') if path == "/hello" else (200, web.ask_backend(timeout=10))


web.server(answer).serve_forever()
