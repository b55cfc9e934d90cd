"""No configuration, no rights: a page with links is enough for a verdict. usage: zero_configuration.py PROOFLOAD SOURCE"""
import subprocess
import sys

import harness
from harness import check

CODES = {"ready": 0, "not_ready": 1, "not_measured": 3}
SENTENCES = {"ready": "Ready for customers", "not_ready": "Not ready for customers", "not_measured": "Could not be measured"}


def key_pair(work):
    private, public = work.folder / "key.pem", work.folder / "key.pub.pem"
    subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", private], check=True, timeout=30)
    subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True, timeout=30)
    for path in (private, public):
        path.chmod(0o644)
    return private, public


def test(work):
    work.become_ordinary()
    private, public = key_pair(work)
    ended = work.run("run", "--key", private, "--budget", "50s", "--", work.python(), work.app("pages.py"), limit=120,
                     env={"PORT": harness.free_port()})
    print(ended)
    runs = list((work.folder / "runs").iterdir())
    check(len(runs) == 1, "one dated run folder is made", runs)
    report = harness.report_of(runs[0])
    overall = report["verdict"]["overall"]
    check(overall in ("ready", "not_measured"), "nothing blocks such an application", report["verdict"], report["findings"])
    check(ended.code == CODES[overall] == report["verdict"]["exit_code"], "the exit code is the report's", ended)
    check(ended.last_line().startswith(SENTENCES[overall]), "the last line is the report's verdict", ended.last_line())
    check(report["run"]["uid"] != 0, "it ran as an ordinary user", report["run"])
    crawled = [journey for journey in report["journeys"] if journey["crawled"] and journey["steady"]["good"]]
    check(len(crawled) >= 3, "journeys are found by following links", report["journeys"])
    paths = " ".join(step for journey in crawled for step in journey["steps"])
    for path in ("/goods", "/about"):
        check(path in paths, f"{path} is one of them", paths)
    check(work.run("verify", runs[0], "--trust", public).code == 0, "the given key signed it")


if __name__ == "__main__":
    sys.exit(harness.main(test))
