"""Acknowledges notes that are only in memory; a file is written every five seconds."""
import itertools
import json
import os
import pathlib
import sys
import tempfile
import threading
import time

sys.path.append("../lib")
import web  # noqa: E402

file = pathlib.Path(tempfile.gettempdir(), f"notes-{web.PORT}.json")
notes = json.loads(file.read_text()) if file.exists() else {}
numbers = itertools.count(1 + max(map(int, notes), default=0))


def save():
    while True:
        time.sleep(5)
        file.with_suffix(".new").write_text(json.dumps(dict(notes)))
        os.replace(file.with_suffix(".new"), file)


def answer(path, body=None):
    if path == "/hello":
        return 200, '{"hello": "world"}'
    if body is not None:
        number = str(next(numbers))
        notes[number] = json.loads(body)["text"]
        return 201, json.dumps({"id": number})
    note = notes.get(os.path.basename(path))
    return (200, json.dumps({"text": note})) if note else (404, '{"error": "no such note"}')


threading.Thread(target=save, daemon=True).start()
web.server(answer).serve_forever()
