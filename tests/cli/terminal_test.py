#!/usr/bin/env python3
"""The live view in tmux: keys, resizing, the terminal afterwards; then `why` and `repeat` on the run that was made.
usage: terminal_test.py PROOFLOAD WORLD"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

KEYS = ["chaos.clock.py.refuse", "chaos.clock.py.freeze", "chaos.clock.py.silent", "chaos.clock.py.slow"]
problems = []


def check(what, holds, detail=""):
    print(("ok      " if holds else "MISSING ") + what)
    if not holds:
        problems.append(f"{what}\n{detail}")


class Terminal:
    """A shell in a tmux server of its own."""

    def __init__(self, folder, environment):
        self.socket = os.path.join(folder, "tmux")
        clean = {k: v for k, v in os.environ.items() if k not in ("TMUX", "NO_COLOR")}
        clean.update(environment, PS1="$ ", LC_ALL="C.UTF-8")
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "30", "sh", env=clean)
        time.sleep(0.5)

    def tmux(self, *words, env=None):
        made = subprocess.run(["tmux", "-S", self.socket, *words], capture_output=True, text=True, env=env)
        return made.stdout

    def type(self, text):
        self.tmux("send-keys", "-l", text)
        self.tmux("send-keys", "Enter")

    def key(self, name):
        self.tmux("send-keys", name)

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def screen(self, history=False):
        return self.tmux("capture-pane", "-p", *(["-S", "-200"] if history else []))

    def wait(self, pattern, limit=60):
        """The first screen that shows the pattern; the last one where none does."""
        end = time.time() + limit
        while True:
            shown = self.screen()
            if re.search(pattern, shown) or time.time() > end:
                return shown
            time.sleep(0.1)

    def end(self):
        self.tmux("kill-server")


def live(proofload, world, out, terminal):
    only = " ".join(f"--only {key}" for key in KEYS)
    terminal.type("echo before; " + f"{proofload} run {world} --out {out} {only}; echo exit=$?")
    shown = terminal.wait(r"a  abort this cell")
    check("the keys are shown", "q  stop, keep what was measured" in shown, shown)
    check("the run has a screen of its own", "before" not in shown, shown)
    shown = terminal.wait(r"0 of 4 .*refused", 120)
    check("bar and running experiment", re.search(r"chaos +\.+ +0 of 4 +clock.py refused", shown), shown)
    check("the matrix has its place for each fault", re.search(r"refused +silent +slow +frozen", shown), shown)
    check("the running cell is marked", re.search(r"clock.py +> \w+", shown), shown)
    terminal.resize(60, 16)
    shown = terminal.wait(r"(?m)^ a abort cell")
    time.sleep(0.6)
    shown = terminal.screen()
    check("60 columns: nothing is torn", all(len(line) <= 60 for line in shown.splitlines()) and
          shown.count("proofload 0.") == 1 and "q stop, keep what was measured" in shown, shown)
    terminal.resize(100, 30)
    shown = terminal.wait(r"1 of 4", 60)
    check("a decided cell shows its word", re.search(r"clock.py +(errors|graceful)", shown), shown)
    terminal.wait(r"hold \d", 60)
    terminal.key("a")
    shown = terminal.wait(r"2 of 4", 30)
    check("a aborts the cell", "stopped" in shown, shown)
    terminal.key("p")
    shown = terminal.wait(r"the pause begins|paused")
    check("p is heard", re.search("pause", shown), shown)
    shown = terminal.wait(r"paused: p goes on", 60)
    check("the run pauses", "paused: p goes on" in shown and "p  go on" in shown, shown)
    terminal.key("p")
    shown = terminal.wait(r"> (?!paused)\w", 30)
    check("the run goes on", "paused: p goes on" not in shown, shown)
    terminal.key("q")
    shown = terminal.wait(r"exit=\d+", 60)
    text = terminal.screen(history=True)
    check("q ends with what was measured", "exit=3" in shown or "exit=1" in shown, text)
    check("the screen is given back, with the lines of the run", "before" in text and "discover" in text, text)
    check("what was stopped is said", "stopped by the user" in text, text)
    terminal.type("clear; stty -a")
    shown = terminal.wait(r"icanon")
    check("keys and echo are as before", re.search(r"(?<!-)icanon", shown) and re.search(r"[^-]echo ", shown), shown)


def interrupted(proofload, world, folder, terminal):
    for key, status in (("C-c", 130), ("C-\\", 131)):
        terminal.type(f"clear; {proofload} run {world} --out {folder}/cut-{status}; echo exit=$?")
        terminal.wait(r"a  abort this cell")
        time.sleep(2)
        terminal.key(key)
        shown = terminal.wait(r"exit=\d+", 60)
        check(f"{key} ends with {status}", f"exit={status}" in shown, shown)
        terminal.type("clear; stty -a")
        shown = terminal.wait(r"icanon")
        check(f"the terminal is as before after {key}", re.search(r"(?<!-)icanon", shown), shown)
        time.sleep(2)


def run(proofload, *words, **options):
    return subprocess.run([proofload, *words], capture_output=True, text=True, **options)


def questions(proofload, out):
    with open(f"{out}/report.json") as file:
        report = json.load(file)
    key = KEYS[0]
    made = run(proofload, "why", out, key)
    check("why prints cells, trials and frames", made.returncode == 0 and "trial" in made.stdout and
          "achieved: " in made.stdout and "trial_ended" in made.stdout and "ask" in made.stdout, made.stdout + made.stderr)
    check("why is bounded", len(made.stdout) < 60_000)
    if report["findings"]:
        finding = report["findings"][0]
        made = run(proofload, "why", out, finding["fingerprint"][:8])
        check("why by a fingerprint's beginning", made.returncode == 0 and finding["check"] in made.stdout, made.stderr)
    made = run(proofload, "why", out, "nonsense")
    check("an unknown name lists what there is", made.returncode == 2 and key in made.stderr and
          made.stderr.count("\n") == 1, made.stderr)
    for command in ("why", "repeat"):
        made = run(proofload, command, "--help")
        check(f"{command} --help has an example", made.returncode == 0 and f"proofload {command} runs/" in made.stdout)


def repeated(proofload, out, folder, world):
    made = run(proofload, "repeat", out, KEYS[0], "--out", f"{folder}/again", cwd=folder)
    text = made.stdout + made.stderr
    check("repeat agrees with the first run", made.returncode == 0 and "AGREES" in made.stdout and
          re.search(r"ask +(errors|graceful) +(errors|graceful) +same", made.stdout), text)
    check("plain lines where there is no terminal", "\x1b" not in text and "\r" not in text, text)
    os.rename(world, world + "-moved")
    made = run(proofload, "repeat", out, KEYS[0], "--out", f"{folder}/never", cwd=folder)
    check("a moved application: what is needed is said", made.returncode == 2 and "--folder DIR" in made.stderr, made.stderr)
    made = run(proofload, "repeat", out, KEYS[1], "--out", f"{folder}/never", "--folder", "/nonexistent", cwd=folder)
    check("a folder that is not there", made.returncode == 2 and "no such folder" in made.stderr, made.stderr)


def main(proofload, world):
    if shutil.which("tmux") is None:
        print("tmux is not installed: ./dev test installs it")
        return 1
    proofload = os.path.abspath(proofload)
    with tempfile.TemporaryDirectory(prefix="proofload-terminal-") as folder:
        copy = f"{folder}/world"
        shutil.copytree(world, copy)
        terminal = Terminal(folder, {"TERM": "xterm-256color"})
        try:
            live(proofload, copy, f"{folder}/first", terminal)
            interrupted(proofload, copy, folder, terminal)
        finally:
            terminal.end()
        questions(proofload, f"{folder}/first")
        repeated(proofload, f"{folder}/first", folder, copy)
    for problem in problems:
        print(f"--- {problem}")
    print(f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
