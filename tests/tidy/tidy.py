#!/usr/bin/env python3
"""Tidy test: the rules of STYLE.md that a machine can check. Prints each violation with its reason; exit 1 if any."""
import os
import re
import subprocess
import sys

MAX_FUNCTION, MAX_FILE, MAX_LINE, MAX_BLOB = 70, 500, 120, 1 << 20
# Pattern, folders where it is allowed, and what to use instead.
BANNED = [
    (r'#include "\.\./', (), 'include by module: "module/file.h"'),
    (r'\bstd::(?:system_clock|steady_clock|chrono::\w+_clock)\b|\bgettimeofday\(|\bclock_gettime\(', ("src/os/", "bench/"),
     'time is an argument: take const os::Clock&'),
    (r'\bstd::(?:random_device|mt19937)|\brand\(\)|\bsrand\(', ("src/os/",), 'chance is an argument: take pl::Rng&'),
    (r'\b(?:strcpy|strcat|sprintf|gets|atoi|strtok)\(', (), 'use std::string, fmt or std::from_chars'),
    (r'\bco_(?:await|yield|return)\b', (), 'no coroutines on g++ 12: write a state machine'),
    (r'\bthrow\b', (), 'expected failures are values: return fail(...)'),
    (r'\bstd::cout\b|\bstd::cerr\b', (), 'use fmt::print in cli, observations elsewhere'),
    (r'\b(?:TODO|FIXME|XXX)\b', (), 'mend it now, or write an issue'),
    (r'\busing namespace std\b', (), 'name what you use'),
    (r'^\s*#\s*include\s*<(?:iostream|regex)>', (), 'iostream and regex are slow to compile: fmt and own parsers'),
]
NOT_FUNCTIONS = re.compile(r"^\s*(?:if|for|while|switch|else|do|catch|namespace|class|struct|enum|union|return|case)\b")
FUNCTION_OPEN = re.compile(r"\)\s*(?:const|noexcept|override|final|->\s*[\w:<>,&*\s]+|\s)*(?::\s.*)?\{\s*(?://.*)?$")


def strip(line, state):
    """The line without strings and comments; state carries block comments and raw strings over lines."""
    out, i = [], 0
    while i < len(line):
        if state["raw"] is not None:
            end = line.find(")" + state["raw"] + '"', i)
            if end < 0:
                return "".join(out)
            i, state["raw"] = end + len(state["raw"]) + 2, None
        elif state["comment"]:
            end = line.find("*/", i)
            if end < 0:
                return "".join(out)
            i, state["comment"] = end + 2, False
        elif line.startswith("//", i):
            break
        elif line.startswith("/*", i):
            state["comment"], i = True, i + 2
        elif (raw := re.match(r'R"([^(\s]*)\(', line[i:])) and (i == 0 or not line[i - 1].isalnum()):
            state["raw"], i = raw.group(1), i + raw.end()
            out.append('""')
        elif line[i] in "\"'" and not (line[i] == "'" and i and line[i - 1].isalnum()):
            quote, i = line[i], i + 1
            while i < len(line) and line[i] != quote:
                i += 2 if line[i] == "\\" else 1
            i += 1
            out.append('""')
        else:
            out.append(line[i])
            i += 1
    return "".join(out)


def check_source(path, lines, problems):
    state = {"comment": False, "raw": None}
    depth, open_functions = 0, []
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE and "http" not in line and state["raw"] is None and 'R"' not in line:
            problems.append(f"{path}:{number}: {len(line)} columns; at most {MAX_LINE}")
        code = strip(line, state)
        for pattern, allowed, instead in BANNED:
            text = line if "include" in pattern or "TODO" in pattern else code
            if re.search(pattern, text) and not path.startswith(allowed or ("\0",)):
                problems.append(f"{path}:{number}: banned: {line.strip()[:60]}: {instead}")
        before = depth
        depth += code.count("{") - code.count("}")
        if depth > before and not open_functions and FUNCTION_OPEN.search(code) and not NOT_FUNCTIONS.match(code):
            open_functions.append((before, number))
        elif open_functions and depth <= open_functions[-1][0]:
            _, start = open_functions.pop()
            if number - start + 1 > MAX_FUNCTION:
                problems.append(f"{path}:{start}: function of {number - start + 1} lines; at most {MAX_FUNCTION}")


def folder_cycles(files, problems):
    """Cycles between folders by their includes; modules are fenced by CMake, sub-folders only by this."""
    edges = {}
    for path, lines in files.items():
        here = os.path.dirname(path)
        for line in lines:
            if found := re.match(r'#include "([\w/]+)/[\w.]+"', line):
                there = "src/" + found.group(1)
                if there != here and any(p.startswith(there + "/") for p in files):
                    edges.setdefault(here, set()).add(there)
    done, stack = set(), []

    def visit(folder):
        if folder in stack:
            problems.append("folder cycle: " + " -> ".join(stack[stack.index(folder):] + [folder]))
            return
        if folder in done:
            return
        stack.append(folder)
        for other in sorted(edges.get(folder, ())):
            visit(other)
        stack.pop()
        done.add(folder)

    for folder in sorted(edges):
        visit(folder)


def main(root):
    os.chdir(root)
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True, check=True)
    names = [n for n in listed.stdout.splitlines() if os.path.isfile(n)]
    problems, sources = [], {}
    for name in names:
        if os.path.getsize(name) > MAX_BLOB:
            problems.append(f"{name}: larger than {MAX_BLOB} bytes: make it at test time")
        if not name.endswith((".cc", ".h")):
            continue
        lines = open(name, encoding="utf-8").read().splitlines()
        if len(lines) > MAX_FILE:
            problems.append(f"{name}: {len(lines)} lines; at most {MAX_FILE}: perhaps two rooms in one")
        check_source(name, lines, problems)
        if name.startswith("src/") and not name.endswith("_test.cc"):
            sources[name] = lines
    folder_cycles(sources, problems)
    for problem in problems:
        print(problem)
    print(f"{len(names)} files read, {len(problems)} violations")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "."))
