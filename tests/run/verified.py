"""`verify` accepts a run as it was signed, wherever it lies, and tells a trusted signer from another.
usage: verified.py PROOFLOAD SOURCE MADE"""
import pathlib
import shutil
import subprocess
import sys

import harness
from harness import check


def another_key(work):
    private, public = work.folder / "other.pem", work.folder / "other.pub.pem"
    subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", private], check=True, timeout=30)
    subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True, timeout=30)
    return public


def test(work):
    run = pathlib.Path(work.more[0]) / "run"
    ended = work.run("verify", run)
    check(ended.code == 0 and ended.err == "", "a run as signed is accepted", ended)
    check("signer" in ended.last_line() and "unknown" in ended.last_line(), "the last line: the signer is unknown", ended)
    moved = work.folder / "renamed by somebody"
    shutil.copytree(run, moved)
    check(work.run("verify", moved).code == 0, "a renamed run folder is accepted")
    ended = work.run("verify", moved, "--trust", run / "signature.pub.pem")
    check(ended.code == 0 and "which you trust" in ended.last_line(), "its own key is trusted", ended)
    harness.one_line(work.run("verify", run, "--trust", another_key(work)), 1)
    harness.one_line(work.run("verify", run, "--trust", run / "report.json"), 2, "report.json")
    harness.one_line(work.run("verify", run, "--trust", work.folder / "nokey.pem"), 2, "nokey.pem")
    harness.one_line(work.run("verify", work.folder / "nowhere"), 2, "nowhere")


if __name__ == "__main__":
    sys.exit(harness.main(test))
