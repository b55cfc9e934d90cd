"""Notes on PostgreSQL. A world says how they are listed, searched and shown all together."""
import json
import urllib.parse

import postgres
import web

pool = postgres.Pool()


def serve(of_owner, search, everything):
    """Each function gets a value (everything: none) and gives a list."""
    pool.query("CREATE TABLE IF NOT EXISTS notes (id serial PRIMARY KEY, owner text, text text);"
               "CREATE INDEX IF NOT EXISTS notes_owner ON notes (owner)")

    def answer(path, body=None):
        url = urllib.parse.urlsplit(path)
        values = {name: value for name, value in urllib.parse.parse_qsl(url.query)}
        try:
            if body is not None:
                note = json.loads(body)
                made = pool.query("INSERT INTO notes (owner, text) VALUES ($1, $2) RETURNING id", note["owner"], note["text"])
                return 201, json.dumps({"id": made[0][0]})
            if url.path == "/":
                return 200, '{"notes": "/all"}'
            if url.path == "/all":
                return 200, json.dumps({"notes": everything()})
            found = search(values["q"]) if url.path == "/search" else of_owner(values["owner"])
            return 200, json.dumps({"notes": found})
        except postgres.Error as error:
            print(error, flush=True)
            return 500, '{"error": "internal"}'

    web.server(answer).serve_forever()
