"""SIGKILL at random moments leaves no process, no folder once the next run starts, and a log that can be read.
usage: killed.py PROOFLOAD SOURCE [TIMES [SEED]]"""
import random
import signal
import sys
import time

import harness
from harness import check

# Seconds into the run: while it starts, while the steady state is measured, while faults are injected.
MOMENTS = ((0.02, 2), (2, 20), (20, 40))


def start(work, out):
    config = work.write("counter.yaml", "provide: { redis: {} }\n")
    command = ["--", harness.PYTHON, work.app("counter.py")]
    return work.start("run", "--config", config, "--out", out, *command, env={"PORT": harness.free_port()})


def check_prefix(work, out):
    """What was logged until then can be read; a kill before the first frame leaves nothing to read."""
    log = out / "run.plog"
    if not log.exists() or log.stat().st_size == 0:
        return "nothing logged yet"
    printed = work.run("log", out)
    check(printed.code == 0 and "run_started" in printed.out, "the log's prefix can be printed", printed)
    report = work.run("report", out, "--format", "json")
    check(report.code == 0 and '"overall": "interrupted"' in report.out, "the report of the prefix says interrupted", report)
    check(work.run("report", out).code == 0, "the report of the prefix can be printed")
    verified = work.run("verify", out)
    check(verified.code == 1, "an unsigned prefix is not verified", verified)
    return f"{len(printed.out.splitlines())} observations"


def kill_once(work, number, moment):
    out = work.folder / f"killed-{number}"
    run = start(work, out)
    time.sleep(moment)
    check(run.running(), "the run has not ended by itself before the kill", run.out(), run.err_path.read_text())
    run.signal(signal.SIGKILL)
    run.wait(10)
    harness.wait_for(lambda: not work.left(), harness.ENDS_WITHIN, f"processes live on after the kill: {work.left()}")
    said = check_prefix(work, out)
    next_ = work.run("run", "--out", work.folder / f"next-{number}", "--", "false", limit=30)
    harness.one_line(next_, 3, "status 1")
    check(not work.left_folders(), "the next start removes the folders of the killed run", work.left_folders())
    check(not harness.journals(run.pid), "and its journal", harness.journals(run.pid))
    print(f"killed after {moment:.2f} s: {said}", flush=True)


def test(work):
    times = int(work.more[0]) if work.more else len(MOMENTS)
    seed = int(work.more[1]) if len(work.more) > 1 else random.SystemRandom().randrange(1_000_000)
    print(f"seed {seed}", flush=True)
    chance = random.Random(seed)
    for number in range(times):
        kill_once(work, number, chance.uniform(*MOMENTS[number % len(MOMENTS)]))


if __name__ == "__main__":
    sys.exit(harness.main(test))
