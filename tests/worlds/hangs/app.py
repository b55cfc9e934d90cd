"""No time limit on the call to the backend: while it is silent, customers wait."""
import web


def answer(path):
    if path == "/hello":
        return 200, '{"hello": "world"}'
    try:
        return 200, web.ask_backend()
    except web.AWAY:
        return 503, '{"error": "the backend is away"}', "Retry-After: 1"


web.server(answer).serve_forever()
