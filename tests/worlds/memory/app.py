"""Keeps its sessions in memory: a second instance does not know who logged in at the first."""
import json
import secrets
import sys

sys.path.append("../lib")
import web  # noqa: E402

sessions = set()


def answer(path, body=None):
    if body is not None:
        token = secrets.token_hex(8)
        sessions.add(token)
        return 200, json.dumps({"token": token})
    if path.startswith("/me"):
        known = path.partition("token=")[2] in sessions
        return (200, '{"name": "visitor"}') if known else (401, '{"error": "log in"}')
    return 200, '{"hello": "world"}'


web.server(answer).serve_forever()
