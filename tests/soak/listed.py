"""Every weakness that examples/README.md lists is found in the playhouse, and none of them in the house.
usage: listed.py README PLAYHOUSE/report.json HOUSE/report.json

What a row claims it writes so that it can be read: *security.headers* is a check with a finding, and *hangs* in the cell
"postgres silent" is an outcome in the matrix."""
import json
import re
import sys

CHECK = re.compile(r"\*((?:architecture|security|chaos|data|operations)\.[a-z_]+)\*")
CELLS = re.compile(r'\*([a-z]+)\* in (?:the cell )?("\w+ \w+"(?:[^"*;:]*"\w+ \w+")*)')
NAMED = re.compile(r'"(\w+) (\w+)"')


def rows(readme):
    """The last column of each row of the playhouse's table, by its weakness."""
    part = readme.split("## playhouse")[1].split("\n## ")[0]
    lines = [line.strip("| \n").split(" | ") for line in part.splitlines() if line.startswith("| ")]
    return {cells[0]: cells[-1] for cells in lines[1:] if len(cells) == 3}


def outcomes(report, part, fault):
    """All that was seen in the cells of an experiment."""
    return {one["outcome"] for experiment in report["experiments"] if experiment["key"] == f"chaos.{part}.{fault}"
            for cell in experiment["cells"] for one in [cell, *cell["outcomes"]]}


def main(readme, playhouse, house):
    failed, claims = [], 0
    found = [{finding["check"] for finding in report["findings"]} for report in (playhouse, house)]
    for weakness, shown in rows(readme).items():
        for check in CHECK.findall(shown):
            claims += 1
            if check not in found[0]:
                failed.append(f"{weakness}: {check} is not found in the playhouse")
            if check in found[1]:
                failed.append(f"{weakness}: {check} is found in the house")
        for outcome, cells in CELLS.findall(shown):
            for part, fault in NAMED.findall(cells):
                claims += 1
                if outcome not in outcomes(playhouse, part, fault):
                    failed.append(f"{weakness}: no cell of {part} {fault} is {outcome} in the playhouse")
                if outcome in outcomes(house, part, fault):
                    failed.append(f"{weakness}: a cell of {part} {fault} is {outcome} in the house")
    print(*failed, f"{claims} claims of the list, {len(failed)} not kept", sep="\n")
    return 0 if claims and not failed else 1


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as text, open(sys.argv[2], encoding="utf-8") as one, \
            open(sys.argv[3], encoding="utf-8") as other:
        sys.exit(main(text.read(), json.load(one), json.load(other)))
