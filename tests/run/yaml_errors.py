"""A mistake in proofload.yaml is one line with file, line, column and what is wrong; nothing is started.
usage: yaml_errors.py PROOFLOAD SOURCE"""
import re
import sys

import harness
from harness import check

# Name, text, line, column, and words that the message must have.
MISTAKES = [
    ("unknown key", "run: sleep 9\nreddy: http://127.0.0.1:1/\n", 2, 1, ["reddy"]),
    ("unknown key, deep", "run: sleep 9\ntraffic:\n  journeys:\n    - name: a\n      stepps: []\n", 5, 7, ["stepps", "steps"]),
    ("wrong type", "run: sleep 9\ntraffic:\n  journeys: seven\n", 3, 13, ["journeys"]),
    ("wrong length of time", "run: sleep 9\nready_timeout: soon\n", 2, 16, ["ready_timeout", "soon"]),
    ("number for a list", "run: sleep 9\negress: 5\n", 2, 9, ["egress"]),
    ("duplicate", "run: sleep 9\nready_timeout: 3s\nrun: sleep 8\n", 3, 1, ["run"]),
    ("unclosed bracket", "run: [sleep, 9\n", None, None, []),
    ("foreign address", "run: sleep 9\ntraffic: { target: https://example.org/ }\n", 2, 20, ["target"]),
]


def test(work):
    for name, text, line, column, words in MISTAKES:
        expect(work, name, text, line, column, words)
    tab = "run: sleep 9\ntraffic:\n\ttarget: http://127.0.0.1:1\n"
    expect(work, "tab", tab, 3, None, [])
    expect(work, "no YAML at all", "\0\1\2", None, None, [])
    harness.one_line(work.run("run", "--config", work.folder / "none.yaml"), 2, "none.yaml")
    harness.one_line(work.run("run", work.folder / "none"), 2, "none")
    (work.folder / "empty").mkdir()
    harness.one_line(work.run("run", work.folder / "empty"), 2, "proofload.yaml")


def expect(work, name, text, line, column, words):
    folder = work.folder / name.replace(" ", "-")
    folder.mkdir()
    (folder / "proofload.yaml").write_text(text)
    for args, cwd in ((["run"], folder), (["run", "--out", "new", "--", "sleep", "9"], folder), (["run", folder], work.folder)):
        ended = work.run(*args, cwd=cwd, limit=10)
        harness.one_line(ended, 2, "proofload.yaml", *words)
        place = re.search(r"proofload\.yaml:(\d+):(\d+): ", ended.err)
        check(place or line is None, f"{name}: line and column are there", ended.err)
        if line is not None:
            check(int(place[1]) == line, f"{name}: line {line}", ended.err)
        if column is not None:
            check(int(place[2]) == column, f"{name}: column {column}", ended.err)
        check(not (folder / "new").exists() and not (cwd / "runs").exists(), f"{name}: no run folder is made")


if __name__ == "__main__":
    sys.exit(harness.main(test))
