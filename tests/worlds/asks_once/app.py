"""One statement for all notes of a page, bound values, and a limit. Three settings are read one by one, always."""
import notes


def of_owner(owner):
    for name in ("title", "colour", "size"):
        notes.pool.query("SELECT $1 AS setting", name)
    return [one[0] for one in notes.pool.query("SELECT text FROM notes WHERE owner = $1 ORDER BY id DESC LIMIT 20", owner)]


def search(words):
    return notes.pool.query("SELECT text FROM notes WHERE text LIKE '%' || $1 || '%' LIMIT 20", words)


def everything():
    return notes.pool.query("SELECT id FROM notes ORDER BY id DESC LIMIT 200")


notes.serve(of_owner, search, everything)
