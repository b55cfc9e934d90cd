"""Sound: a session is a signed token, which every instance can check."""
import hashlib
import hmac
import json
import secrets
import sys

sys.path.append("../lib")
import web  # noqa: E402

KEY = b"the same for all instances, from the configuration"


def sign(text):
    return hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()


def answer(path, body=None):
    if body is not None:
        number = secrets.token_hex(8)
        return 200, json.dumps({"token": f"{number}.{sign(number)}"})
    if path.startswith("/me"):
        number, _, signature = path.partition("token=")[2].partition(".")
        known = hmac.compare_digest(signature, sign(number))
        return (200, '{"name": "visitor"}') if known else (401, '{"error": "log in"}')
    return 200, '{"hello": "world"}'


web.server(answer).serve_forever()
