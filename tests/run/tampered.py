"""`verify` finds whatever was altered in a run folder, and names the file. usage: tampered.py PROOFLOAD SOURCE MADE"""
import pathlib
import shutil
import sys

import harness
from harness import check

FILES = ("run.plog", "report.json", "report.html", "application.log", "signature.dsse.json", "signature.pub.pem")


def positions(size):
    return sorted({0, size // 3, size // 2, size - 2, size - 1} & set(range(size)))


def refused(work, run, name, how):
    ended = work.run("verify", run)
    check(ended.code == 1, f"{name}, {how}: exit code 1 expected", ended)
    check(name in ended.err, f"{name}, {how}: the file is named", ended)
    check(len(ended.err.splitlines()) == 1, f"{name}, {how}: one line on stderr", ended)


def flip(work, run, name):
    path = run / name
    content = path.read_bytes()
    for at in positions(len(content)):
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1:])
        refused(work, run, name, f"byte {at} of {len(content)} flipped")
    path.write_bytes(content)


def resize(work, run, name):
    path = run / name
    content = path.read_bytes()
    for size in (0, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:size])
        refused(work, run, name, f"cut to {size} of {len(content)} bytes")
    path.write_bytes(content + b"\n")
    refused(work, run, name, "a byte appended")
    path.unlink()
    if name != "run.plog":  # Without its log a folder is no run folder at all: wrong input.
        refused(work, run, name, "missing")
    path.write_bytes(content)


def test(work):
    run = work.folder / "run"
    shutil.copytree(pathlib.Path(work.more[0]) / "run", run)
    for name in FILES:
        flip(work, run, name)
        resize(work, run, name)
    check(work.run("verify", run).code == 0, "with everything put back it is accepted again")


if __name__ == "__main__":
    sys.exit(harness.main(test))
