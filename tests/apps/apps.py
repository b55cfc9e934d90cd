#!/usr/bin/env python3
"""Runs proofload on applications that nobody here wrote, and compares with what was observed on them by hand.

apps.py PROOFLOAD FOLDER OUT [NAME ...]: FOLDER holds NAME.sh (`NAME.sh run` starts everything in the foreground),
traffic/NAME.yaml, and perhaps truth.tsv. Each row of the truth is one line: agrees, CONTRADICTS or open. Exit 1 if any
contradicts or a run did not end in a verdict."""
import json
import os
import re
import subprocess
import sys

# What a fault of the table is called in a run; the first that was made is compared.
FAULTS = {"down": ("restart",), "freeze": ("freeze", "silent"), "hang": ("silent",), "refuse": ("refuse",),
          "500": ("status_500",), "429": ("status_429", "status_500"), "reset": ("reset",)}
# Those beyond the core: made in a second run that asks for them by name.
NAMED = ("status_500", "status_429", "reset")
RUN_LIMIT_S = 1500


def rows(path):
    with open(path, encoding="utf-8") as file:
        lines = [line.rstrip("\n") for line in file if line.strip() and not line.startswith("#")]
    names = lines[0].split("\t")
    return [dict(zip(names, line.split("\t"))) for line in lines[1:]]


def part_at(report, port):
    """Name of the component that edges to this port lead to."""
    for edge in report["edges"]:
        if edge["port"] == port and edge["to"] >= 0 and not edge["setup"]:
            return report["components"][edge["to"]]["name"]
    return None


def served_at(report, port):
    """Name of the component that listens on this port."""
    for component in report["components"]:
        if any(text.rsplit(":", 1)[-1] == port for text in component["listeners"]):
            return component["name"]
    return None


def find(report, row):
    """The experiments that the row speaks of."""
    kind = row["fault"].split()[0]
    part = part_at(report, int(row["edge"])) if row["edge"].isdigit() else None
    if kind == "terminate":
        part = served_at(report, row["component"])
        return [e for e in report["experiments"] if e["fault"] == "terminate" and e["part"] == part]
    if kind == "absent":
        return [e for e in report["experiments"] if e["fault"] == "absent" and e["part"] == part and e["drill"]]
    found = [e for e in report["experiments"] if e["part"] == part and e["fault"] in FAULTS.get(kind, ())]
    return sorted(found, key=lambda e: FAULTS[kind].index(e["fault"]))


def words(experiment, journey):
    for cell in experiment["cells"]:
        if cell["journey"] == journey and cell["state"] == "decided":
            return {o["outcome"] for o in cell["outcomes"]} | {cell["outcome"]}, cell
    return None, None


def judge(report, row):
    """'agrees', 'CONTRADICTS' or 'open', and what was seen."""
    wanted = set(row["outcome"].split(","))
    if row["fault"] == "none":
        journey = next((j for j in report["journeys"] if j["name"] == row["journey"]), None)
        if journey is None:
            return "open", "no such journey"
        good = journey["steady"]["good"]
        return ("CONTRADICTS" if good else "agrees"), "steady" if good else "no steady state"
    seen = []
    for experiment in find(report, row):
        if experiment["fault"] in ("terminate", "absent"):
            drill = experiment["drill"] or {}
            result = experiment["outcome"]
            if not drill or experiment["state"] != "decided":
                continue
            return ("agrees" if result in wanted else "CONTRADICTS"), result
        found, cell = words(experiment, row["journey"])
        if found is None:
            continue
        seen.append(f"{experiment['fault']}: {', '.join(sorted(found))}, waits {cell['longest_wait_ns'] / 1e9:.1f} s")
        if found & wanted:
            return "agrees", seen[-1]
    return ("CONTRADICTS" if seen else "open"), "; ".join(seen) or "not decided or not made"


def run(proofload, folder, out, name, only=()):
    target = os.path.join(out, name + ("-named" if only else ""))
    command = [proofload, "run", "--config", os.path.join(folder, "traffic", name + ".yaml"), "--out", target,
               *(word for fault in only for word in ("--only", f"chaos.*.{fault}")), "--",
               os.path.join(folder, name + ".sh"), "run"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=RUN_LIMIT_S,
                          check=False)
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    print(f"{name}: exit {done.returncode}: {lines[-1].strip() if lines else 'no word'}")
    path = os.path.join(target, "report.json")
    if done.returncode not in (0, 1, 3) or not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def main(proofload, folder, out, names):
    os.makedirs(out, exist_ok=True)
    known = sorted(f[:-5] for f in os.listdir(os.path.join(folder, "traffic")) if f.endswith(".yaml"))
    truth = rows(os.path.join(folder, "truth.tsv")) if os.path.exists(os.path.join(folder, "truth.tsv")) else []
    failed = False
    for name in names or known:
        report = run(proofload, folder, out, name)
        if report is None:
            failed = True
            continue
        mine = [row for row in truth if row["application"] == name]
        asked = sorted({f for row in mine for f in FAULTS.get(row["fault"].split()[0], ()) if f in NAMED})
        named = run(proofload, folder, out, name, asked) if asked else None
        for row in mine:
            beyond = any(f in NAMED for f in FAULTS.get(row["fault"].split()[0], ()))
            word, seen = judge((named or report) if beyond else report, row)
            failed = failed or word == "CONTRADICTS"
            edge = re.sub(r"^-$", row["component"], row["edge"])
            print(f"  {word:<12} {edge:<6} {row['journey']:<10} {row['fault']:<16} by hand: {row['outcome']:<22} here: {seen}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]))
