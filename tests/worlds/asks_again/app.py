"""Asks for each note by a statement of its own, builds SQL from what it was sent, and shows all notes at once."""
import notes


def of_owner(owner):
    ids = notes.pool.query("SELECT id FROM notes WHERE owner = $1 ORDER BY id DESC LIMIT 20", owner)
    return [notes.pool.query("SELECT text FROM notes WHERE id = $1", one[0])[0][0] for one in ids]


def search(words):
    return notes.pool.query(f"SELECT text FROM notes WHERE text LIKE '%{words}%' LIMIT 20")


def everything():
    return notes.pool.query("SELECT id FROM notes")


notes.serve(of_owner, search, everything)
