"""Ctrl-C in the first moments, while supervisor and sandbox come up: 130, or ended by the signal before there is anything.
usage: stopped_early.py PROOFLOAD SOURCE"""
import signal
import sys
import time

import harness
from harness import check

STEPS, STEP = 20, 0.008  # Seconds: from the first instruction to an application that runs.


def test(work):
    for number in range(STEPS):
        out = work.folder / f"out-{number}"
        run = work.start("run", "--out", out, "--", harness.PYTHON, work.app("pages.py"))
        time.sleep(number * STEP)
        run.signal(signal.SIGINT, group=True)
        ended = run.wait(10)
        after = f"Ctrl-C after {1000 * number * STEP:.0f} ms"
        print(f"{after}: exit {ended.code} {ended.err.strip()}", flush=True)
        if ended.code == -signal.SIGINT:
            check(not out.exists(), f"{after}: ended by the signal, before it made a run folder", ended)
        else:
            check(ended.code == 130 and ended.err == "", f"{after}: exit code 130 and no error expected", ended)
            check(work.run("verify", out).code == 0, f"{after}: the partial report verifies")
        work.check_nothing_left()


if __name__ == "__main__":
    sys.exit(harness.main(test))
