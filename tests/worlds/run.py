#!/usr/bin/env python3
"""Runs one world and compares what proofload says with its expected.json. usage: run.py PROOFLOAD SOURCE WORLD
Prints a line for every cell and check: WORLD <name> <check> found|missed|clean|false-alarm."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "run"))
import harness  # noqa: E402
from harness import check  # noqa: E402

# Those that can be skipped.
STAGES = ("probe", "chaos", "writes", "instances", "capacity", "grow", "terminate", "absent")
SOUND = {"unaffected", "graceful", "drained", "retries", "starts", "clean"}


def judge(name, what, expected, said):
    """A line about one cell; whether it is as expected."""
    if expected in SOUND:
        word = "clean" if said == expected else "false-alarm"
    else:
        word = "found" if said == expected else "missed"
    print(f"WORLD {name} {what} {word}" + ("" if said == expected else f"   ({said} instead of {expected})"))
    return said == expected


def test(work):
    name = work.more[0]
    folder = work.source / "tests/worlds" / name
    expected = json.loads((folder / "expected.json").read_text())
    config, port = work.at_free_port(folder / "proofload.yaml")
    args = [word for key in expected["only"] for word in ("--only", key)]
    args += [word for stage in STAGES if stage not in expected["stages"] for word in ("--skip", stage)]
    ended = work.run("run", *args, "--patience", "12s", "--out", work.folder / "run", "--config", config, folder,
                     limit=150, env={"PORT": port, "BACKEND_PORT": harness.free_port(),
                                 "APP_PORT": harness.free_port()})
    print(ended)
    report = harness.report_of(work.folder / "run")
    experiments = {experiment["key"]: experiment for experiment in report["experiments"]}
    as_expected = True
    for key, result in expected.get("drills", {}).items():
        check(key in experiments, f"{key} was made", sorted(experiments))
        as_expected &= judge(name, key, result, experiments[key]["outcome"])
    for key, cells in expected.get("cells", {}).items():
        check(key in experiments, f"{key} was made", sorted(experiments))
        said = {cell["journey"]: cell["outcome"] for cell in experiments[key]["cells"]}
        for journey, outcome in cells.items():
            as_expected &= judge(name, f"{key}:{journey}", outcome, said.get(journey, "no such cell"))
    if expected.get("traced"):
        traced = work.run("log", work.folder / "run", "--kind", "statements_traced").out
        check(traced.count("\n") >= 12, "the statements of the journeys were traced", traced)
    checks = {finding["check"] for finding in report["findings"]}
    for one in expected.get("found", []):
        print(f"WORLD {name} {one} {'found' if one in checks else 'missed'}")
        as_expected &= one in checks
    for one in expected.get("not_found", []):
        print(f"WORLD {name} {one} {'false-alarm' if one in checks else 'clean'}")
        as_expected &= one not in checks
    for question, text in expected.get("answers", {}).items():
        said = " ".join(row["text"] for row in report["answers"] if question in row["question"])
        as_expected &= judge(name, question, text, text if text in said else said)
    blocking = sorted({finding["check"] for finding in report["findings"] if finding["severity"] == "blocking"})
    check(blocking == expected["blocking"], f"the blocking findings are {expected['blocking']}", blocking)
    check(ended.code == expected["exit_code"], f"exit code {expected['exit_code']} expected", ended.code)
    check(as_expected, "every cell is as expected")
    verified = work.run("verify", work.folder / "run")
    check(verified.code == 0, "the run verifies", verified)


if __name__ == "__main__":
    sys.exit(harness.main(test))
