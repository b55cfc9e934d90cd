"""Ctrl-C and SIGTERM: exit code 130 at once, with a partial report that verifies, and nothing left.
usage: stopped.py PROOFLOAD SOURCE"""
import signal
import sys
import time

import harness
from harness import check

# 2 s are promised. On a machine whose cores are shared with other work, writing and signing wait for their turn.
AT_ONCE = 4.0
# What is sent, to the whole group as a terminal does it or to proofload alone, after which line of progress, and how many
# seconds after it: while services start, while the load blocks, while a fault is in force.
CASES = [
    (signal.SIGINT, True, None, 0),
    (signal.SIGINT, True, " discover ", 1),
    (signal.SIGTERM, False, " chaos ", 6),
]


def stop(work, number, group, line, later):
    out = work.folder / f"stopped-{number.name}-{(line or 'start').strip()}"
    config = work.write("counter.yaml", "provide: { redis: {} }\n")
    run = work.start("run", "--config", config, "--out", out, "--", harness.PYTHON, work.app("counter.py"),
                     env={"PORT": harness.free_port()})
    at = (lambda: line in run.out()) if line else (lambda: any("redis-server" in one for one in work.left()))
    harness.wait_for(at, 60, f"progress {line or 'redis-server'}", 0.005)
    time.sleep(later)
    sent = time.monotonic()
    run.signal(number, group)
    ended = run.wait(20)
    took = time.monotonic() - sent
    print(f"{number.name} after {sent - run.since:.1f} s: ended {took:.2f} s later", flush=True)
    check(ended.code == 130, "exit code 130 expected", ended)
    check(took < AT_ONCE, f"ended within {AT_ONCE:g} s", ended)
    check(ended.err == "", "stderr is empty", ended.err)
    check(ended.last_line().startswith("Interrupted"), "the last line says so", ended.last_line())
    work.check_nothing_left()
    check(not harness.journals(run.pid), "its journal is gone", harness.journals(run.pid))
    report = harness.report_of(out)
    check(report["verdict"]["overall"] == "interrupted" and report["verdict"]["exit_code"] == 130, "the report says so",
          report["verdict"])
    check(report["run"]["end"] == "interrupted", "and how it ended", report["run"])
    verified = work.run("verify", out)
    check(verified.code == 0, "the partial report verifies", verified)
    check(work.run("report", out, "--format", "json").out == (out / "report.json").read_text(), "and derives again")


def test(work):
    for case in CASES:
        stop(work, *case)


if __name__ == "__main__":
    sys.exit(harness.main(test))
