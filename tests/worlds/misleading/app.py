"""Says "no such price" when it could not ask for the price, and its health check says that all is well."""
import web


def answer(path):
    if path in ("/hello", "/healthz"):
        return 200, '{"status": "ok"}'
    try:
        return 200, web.ask_backend(timeout=1)
    except web.AWAY:
        return 404, '{"error": "no such price"}'


web.server(answer).serve_forever()
