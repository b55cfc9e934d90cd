"""A stage that was skipped never counts as passed: it is listed, and the application is not called ready.
usage: skipped.py PROOFLOAD SOURCE"""
import sys

import harness
from harness import check


def test(work):
    world = work.source / "tests/worlds/drains"
    config, port = work.at_free_port(world / "proofload.yaml")
    out = work.folder / "run"
    skip = [word for stage in ("chaos", "instances", "capacity", "absent") for word in ("--skip", stage)]
    ended = work.run("run", *skip, "--config", config, "--out", out, world, limit=90,
                     env={"PORT": port, "BACKEND_PORT": harness.free_port()})
    print(ended)
    report = harness.report_of(out)
    check(report["verdict"]["overall"] == "not_measured" and ended.code == 3, "it is not ready: no fault was tried",
          ended.last_line())
    listed = [row for row in report["not_tested"] if row["required"]]
    check(any("chaos" in row["what"] for row in listed), "what was skipped is listed", report["not_tested"])


if __name__ == "__main__":
    sys.exit(harness.main(test))
