"""Sound: a note is in its file before it is acknowledged."""
import itertools
import json
import os
import pathlib
import sys
import tempfile

sys.path.append("../lib")
import web  # noqa: E402

notes = pathlib.Path(tempfile.gettempdir(), f"notes-{web.PORT}")
notes.mkdir(exist_ok=True)
numbers = itertools.count(1 + max((int(path.name) for path in notes.iterdir()), default=0))


def answer(path, body=None):
    if path == "/hello":
        return 200, '{"hello": "world"}'
    if body is not None:
        number = next(numbers)
        (notes / str(number)).write_text(json.loads(body)["text"])
        return 201, json.dumps({"id": number})
    note = notes / os.path.basename(path)
    return (200, json.dumps({"text": note.read_text()})) if note.is_file() else (404, '{"error": "no such note"}')


web.server(answer).serve_forever()
