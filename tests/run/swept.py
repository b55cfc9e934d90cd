"""When proofload and its supervisor are killed together, nobody is left to tidy up: processes end all the same, and the next
start removes the folders. usage: swept.py PROOFLOAD SOURCE"""
import os
import signal
import sys

import harness
from harness import check


def children(work, parent):
    """Processes of the test whose parent is this one."""
    pids = [int(line.split(":")[0]) for line in work.left()]
    return [pid for pid in pids if f"\nPPid:\t{parent}\n".encode() in harness.read(f"/proc/{pid}/status")]


def test(work):
    config = work.write("counter.yaml", "provide: { redis: {} }\n")
    run = work.start("run", "--config", config, "--out", work.folder / "killed", "--", harness.PYTHON, work.app("counter.py"),
                     env={"PORT": harness.free_port()})
    harness.wait_for(lambda: " discover " in run.out(), 30, "the application is ready")
    found = children(work, run.pid)
    check(len(found) == 1, "proofload has one child, the supervisor", work.left())
    check(any("redis-server" in line for line in work.left()), "Redis runs", work.left())
    for pid in (run.pid, found[0]):
        os.kill(pid, signal.SIGSTOP)  # So that neither sees the other end.
    for pid in (run.pid, found[0]):
        os.kill(pid, signal.SIGKILL)
    run.wait(10)
    harness.wait_for(lambda: not work.left(), harness.ENDS_WITHIN, f"processes live on after the kill: {work.left()}")
    check(work.left_folders() and harness.journals(run.pid), "the folder of Redis and the journal are left", work.left_folders())
    harness.one_line(work.run("run", "--out", work.folder / "next", "--", "false", limit=30), 3, "status 1")
    check(not work.left_folders(), "the next start removes the folder", work.left_folders())
    check(not harness.journals(run.pid), "and the journal", harness.journals(run.pid))


if __name__ == "__main__":
    sys.exit(harness.main(test))
