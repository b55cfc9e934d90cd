"""Sound: waits for the backend one second at most, then says 503 and when to come back. Its health check tells the truth."""
import web


def answer(path):
    if path == "/hello":
        return 200, '{"hello": "world"}'
    try:
        price = web.ask_backend(timeout=1)
    except web.AWAY:
        return 503, '{"error": "the backend is away"}', "Retry-After: 1"
    return 200, '{"status": "ok"}' if path == "/healthz" else price


web.server(answer).serve_forever()
