"""A folder that cannot be written, and a disk that fills while the log is written. usage: no_room.py PROOFLOAD SOURCE"""
import os
import shutil
import subprocess
import sys

import harness
from harness import check

ROOM = "96k"  # Enough for the start, not for a run.


def disk_full(work):
    if os.geteuid() != 0:
        print("disk full: not tried: only root can mount a small disk")
        return
    disk = work.folder / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "none", disk], capture_output=True, text=True,
                             timeout=30)
    if mounted.returncode != 0:
        print(f"disk full: not tried: {mounted.stderr.strip()}")
        return
    try:
        ended = work.run("run", "--out", disk / "run", "--", harness.PYTHON, work.app("pages.py"), limit=120)
        print(f"disk full: {ended.seconds:.1f} s: {ended.err}", end="")
        harness.one_line(ended, 3, "space")
        work.check_nothing_left()
        log = work.run("log", disk / "run")
        check(log.code == 0 and "run_started" in log.out, "the log's prefix can be read", log)
        check(work.run("report", disk / "run").code == 0, "the report follows from the prefix")
    finally:
        subprocess.run(["umount", "-l", disk], check=True, timeout=30)


def read_only(work):
    work.become_ordinary()
    closed = work.folder / "closed"
    closed.mkdir(mode=0o555)
    command = ["--", "touch", str(work.folder / "was-started")]
    for args, cwd in ((["--out", closed / "run"], work.folder), (["--out", closed], work.folder), ([], closed)):
        ended = work.run("run", *args, *command, cwd=cwd, limit=20)
        print(f"read-only: {ended.err}", end="")
        harness.one_line(ended, 2, "closed" if args else "runs")
    check(not (work.folder / "was-started").exists(), "nothing is started")
    check(not list(closed.iterdir()), "nothing is written")
    closed.chmod(0o755)
    shutil.rmtree(closed)


def test(work):
    disk_full(work)
    read_only(work)


if __name__ == "__main__":
    sys.exit(harness.main(test))
