"""What psql asks PostgreSQL is understood by who looks on: each statement, how often, how many rows; and no value of it is
kept. usage: statements.py PROOFLOAD SOURCE"""
import re
import shutil
import sys

import harness
from harness import check

STAGES = ("probe", "chaos", "writes", "capacity", "terminate", "absent")
CONFIG = """run: python3 asks_by_psql.py
provide: {{ postgres: {{}} }}
traffic:
  target: http://127.0.0.1:{port}
  journeys:
    - name: ask
      steps: [ {{ get: /, expect: {{ status: 200, contains: "second" }} }} ]
"""
KINDS = {"select count(*) from pg_class where relname = ?": "select",
         "select generate_series(?, ?); select ?": "several",
         "copy (select ?) to stdout": "copy",
         "prepare one as select $1::int; execute one(?)": "several"}


def field(line, name):
    """A field of a line of `proofload log`, as text."""
    found = re.search(rf' {name}=("(?:[^"\\]|\\.)*"|\[[^\]]*\]|\S+)', line)
    return found.group(1).strip('"') if found else ""


def numbers(line, name):
    return [int(one) for one in field(line, name).strip("[]").split(",") if one]


def test(work):
    if not shutil.which("psql"):
        raise AssertionError("there is no psql")
    port = harness.free_port()
    work.app("asks_by_psql.py")
    work.write("proofload.yaml", CONFIG.format(port=port))
    skip = [word for stage in STAGES for word in ("--skip", stage)]
    ended = work.run("run", *skip, "--budget", "60s", "--out", work.folder / "run", work.folder, limit=120, env={"PORT": port})
    print(ended)
    seen = work.run("log", work.folder / "run", "--kind", "statement_seen").out.splitlines()
    kinds = {field(line, "text"): field(line, "kind") for line in seen}
    check(kinds == KINDS, "the statements of psql, and no others", kinds)
    texts = {field(line, "statement") or "0": field(line, "text") for line in seen}
    executions, rows = dict.fromkeys(KINDS, 0), dict.fromkeys(KINDS, 0)
    for line in work.run("log", work.folder / "run", "--kind", "statement_second").out.splitlines():
        for number, count, sent in zip(*(numbers(line, name) for name in ("statements", "executions", "rows"))):
            executions[texts[str(number)]] += count
            rows[texts[str(number)]] += sent
    made = next(iter(executions.values()))
    check(made > 50, "the load came to the database", executions)
    check(max(executions.values()) - min(executions.values()) <= 64, "psql sends each as often as the others", executions)
    count, several, copy, prepared = KINDS
    for text, each in ((count, 1), (several, 8), (prepared, 1), (copy, 0)):
        check(rows[text] == each * executions[text], f"{each} rows of {text}", rows, executions)
    said = [line for line in work.run("log", work.folder / "run").out.splitlines() if " statement" in line[:60]]
    check(said and not any("a customer" in line for line in said), "no value is in what is said of statements", said[:9])


if __name__ == "__main__":
    sys.exit(harness.main(test))
