"""Wrong flags and commands that do not exist: one line, exit code 2, no run folder, nothing started.
usage: usage.py PROOFLOAD SOURCE"""
import sys

import harness
from harness import check


def test(work):
    touch = ["--", "touch", str(work.folder / "was-started")]
    cases = [
        (["run", "--", "no-such-command-here"], ["no-such-command-here"]),
        (["run", "--", "./no-such-file"], ["no-such-file"]),
        (["run", "--", str(work.write("plain.txt", "not a program"))], ["plain.txt"]),
        (["run", "--", ""], []),
        (["run"], ["nothing to run"]),
        (["run", "--no-such-flag", *touch], ["no-such-flag"]),
        (["run", "--budget", "soon", *touch], ["--budget", "soon"]),
        (["run", "--budget", "-5s", *touch], ["--budget", "-5s"]),
        (["run", "--budget", "0s", *touch], ["--budget", "0s"]),
        (["run", "--budget", "60", *touch], ["--budget", "60"]),
        (["run", "--patience", "1 fortnight", *touch], ["--patience"]),
        (["run", "--seed", "x", *touch], ["--seed"]),
        (["run", "--skip", "start", *touch], ["--skip", "start"]),
        (["run", "--provide", "mysql", *touch], ["--provide mysql", "auto, postgres, redis, model"]),
        (["run", "--key", "nokey.pem", *touch], ["nokey.pem"]),
        (["run", "--key", str(work.write("bad.pem", "no key")), *touch], ["bad.pem"]),
        (["run", "--budget"], ["--budget"]),
        (["rum"], []),
        ([], []),
        (["log", "nowhere"], ["nowhere"]),
        (["verify"], []),
        (["sandbox", "--", "no-such-command-here"], ["no-such-command-here"]),
        (["model-server", "--ttft", "soon"], ["--ttft"]),
    ]
    for args, words in cases:
        ended = work.run(*args, limit=10)
        print(" ".join(args), "->", ended.err, end="")
        harness.one_line(ended, 2, *words)
        check(not (work.folder / "runs").exists(), "no run folder is made", args)
    check(not (work.folder / "was-started").exists(), "nothing is started")
    config = work.write("model.yaml", "provide: { model: { ttft: 5ms } }\n")
    printed = work.run("run", "--config", config, "--provide", "redis", "--provide", "model", "--print-config", limit=10)
    for words in ("redis: {}", 'ttft: "5ms"'):
        check(words in printed.out, f"the configuration in force has {words}", printed)
    for args in (["--help"], ["run", "--help"], ["--version"], ["config"], ["config", "--schema"]):
        ended = work.run(*args, limit=10)
        check(ended.code == 0 and ended.out and not ended.err, f"{args} works", ended)


if __name__ == "__main__":
    sys.exit(harness.main(test))
