"""The playhouse is not ready: exit code, last line, files and report say so. usage: verdict.py PROOFLOAD SOURCE MADE"""
import json
import pathlib
import sys

import harness
from harness import check

LONGEST = 110  # Seconds: the start and the steady state are not cut, and take longer where others use the cores.
FILES = {"run.plog", "application.log", "report.html", "report.json", "signature.dsse.json", "signature.pub.pem"}


def test(work):
    made = pathlib.Path(work.more[0])
    ended = harness.Ended(**json.loads((made / "made.json").read_text()))
    check(ended.code == 1, "exit code 1 expected", ended)
    check(ended.last_line().startswith("Not ready for customers"), "the last line is the verdict", ended.last_line())
    check(ended.err == "", "stderr is empty", ended.err)
    check(ended.seconds < LONGEST, "a budget of 60 s is kept, on a quiet machine", f"{ended.seconds:.1f} s")
    check({path.name for path in (made / "run").iterdir()} == FILES, "the run folder holds its files and no others",
          sorted(path.name for path in (made / "run").iterdir()))
    report = harness.report_of(made / "run")
    check(report["verdict"]["overall"] == "not_ready" and report["verdict"]["exit_code"] == 1, "the report says the same")
    check(report["verdict"]["sentence"] in ended.last_line(), "and with the same words", report["verdict"]["sentence"])
    check(report["run"]["end"] == "complete", "the run came to its end", report["run"])
    blocking = [finding for finding in report["findings"] if finding["severity"] == "blocking"]
    check(blocking, "there is a blocking finding")
    for finding in blocking:
        check(finding["evidence"] and finding["remedy"] and finding["command"], "it has evidence, remedy and command", finding)
    budget = [row["what"] for row in report["not_tested"] if "budget" in row["why"]]
    check(any(what.startswith("chaos.") for what in budget), "what the budget left out is listed", report["not_tested"])
    check_graph(report)


def check_graph(report):
    components = {component["id"]: component for component in report["components"]}
    entry = [component for component in report["components"] if component["entry"]]
    check(len(entry) == 1, "one component is the entry", entry)
    provided = {components[edge["to"]]["provided"]: edge for edge in report["edges"]
                if edge["to"] >= 0 and edge["from"] == entry[0]["id"] and not edge["setup"]}
    for name in ("postgres", "model"):
        check(name in provided, f"the application has an edge to {name}", sorted(provided))
        check(provided[name]["exchanges"] > 0, f"exchanges with {name} were counted", provided[name])
    journeys = {journey["name"]: journey for journey in report["journeys"]}
    check(set(journeys) == {"ask", "note", "search", "history", "browse", "health"}, "all journeys are there", sorted(journeys))
    check(provided["model"]["name"] in journeys["ask"]["uses"], "ask uses the model", journeys["ask"])
    check(provided["model"]["name"] not in journeys["note"]["uses"], "note does not", journeys["note"])


if __name__ == "__main__":
    sys.exit(harness.main(test))
