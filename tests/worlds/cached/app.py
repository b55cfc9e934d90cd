"""Sound: answers with the last price that it knows while the backend is away."""
import web

known = {}


def answer(path):
    if path == "/hello":
        return 200, '{"hello": "world"}'
    try:
        known["price"] = web.ask_backend(timeout=0.3)
    except web.AWAY:
        pass
    return (200, known["price"]) if known else (503, '{"error": "no price yet"}', "Retry-After: 1")


web.server(answer).serve_forever()
