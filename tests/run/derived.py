"""The report follows from the log: `report` prints the bytes that the run wrote, also elsewhere and from the log alone.
usage: derived.py PROOFLOAD SOURCE MADE"""
import pathlib
import shutil
import sys

import harness
from harness import check


def test(work):
    run = pathlib.Path(work.more[0]) / "run"
    alone = work.folder / "elsewhere"
    alone.mkdir()
    shutil.copy(run / "run.plog", alone)
    for format_ in ("json", "html"):
        stored = (run / f"report.{format_}").read_text()
        for where in (run, alone, alone / "run.plog"):
            ended = work.run("report", where, "--format", format_)
            check(ended.code == 0 and ended.err == "", f"{format_} from {where.name}", ended.err)
            check(ended.out == stored, f"report.{format_} and `report {where.name}` differ")
    for format_ in ("md", "terminal"):
        ended = work.run("report", run, "--format", format_)
        check(ended.code == 0 and "Not ready for customers" in ended.out, f"{format_} says the verdict", ended)
    check(work.run("report", run).last_line().startswith("Not ready for customers"), "terminal is the default")
    harness.one_line(work.run("report", run, "--format", "pdf"), 2, "pdf", "html")
    harness.one_line(work.run("report", work.folder / "nowhere"), 2, "nowhere")


if __name__ == "__main__":
    sys.exit(harness.main(test))
