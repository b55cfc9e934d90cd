"""Makes the run of the playhouse that other tests look at. usage: make.py PROOFLOAD SOURCE FOLDER"""
import json
import pathlib
import shutil
import sys

import harness
from harness import check

BUDGET = "60s"
LONGEST = 150  # Seconds. The budget, the start and the drill at the end on a busy machine.


def make(work):
    kept = pathlib.Path(work.more[0])
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    example = work.source / "examples/playhouse"
    config, port = work.at_free_port(example / "proofload.yaml")
    ended = work.run("run", "--config", config, "--budget", BUDGET, "--out", kept / "run", example, limit=LONGEST,
                     env={"PORT": port})
    (kept / "made.json").write_text(json.dumps(vars(ended)))
    print(ended)
    check((kept / "run/run.plog").exists(), "there is a log")


if __name__ == "__main__":
    sys.exit(harness.main(make))
