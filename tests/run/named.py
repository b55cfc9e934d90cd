"""`proofload sandbox` shows what ran and on what it depends; a program that others became by exec has its own name, however
fast they follow each other. usage: named.py PROOFLOAD SOURCE"""
import json
import signal
import sys

import harness
from harness import check

TIMES = 15


def graph(work, command, port):
    """The graph of a command, stopped by Ctrl-C once it has answered."""
    run = work.start("sandbox", "--json", "--", *command, env={"PORT": port})
    harness.wait_for(lambda: harness.answers(port) or not run.running(), 20, "the application answers")
    run.signal(signal.SIGINT, group=True)
    ended = run.wait(10)
    check(ended.err == "" and ended.out, "a graph is printed", ended)
    return json.loads(ended.out)


def test(work):
    for number in range(TIMES):
        shown = graph(work, ["sh", "-c", f"exec {harness.PYTHON} {work.app('pages.py')}"], harness.free_port())
        names = [component["name"] for component in shown["components"]]
        check(names == ["pages.py"], f"time {number + 1}: the one component is pages.py", json.dumps(shown)[:1000])


if __name__ == "__main__":
    sys.exit(harness.main(test))
