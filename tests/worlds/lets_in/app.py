"""Asks the backend whether a token is good, and where that is away lets everybody in."""
import web


def answer(path, body=None, token=None):
    if path == "/login":
        return 200, '{"token": "sesame"}'
    try:
        known = bool(web.ask_backend(timeout=0.3)) and token == "Bearer sesame"
    except web.AWAY:
        known = True
    return (200, '{"orders": [7, 12]}') if known else (401, '{"error": "log in"}')


web.server(answer, headers=["Authorization"]).serve_forever()
