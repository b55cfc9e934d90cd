"""Applications that cannot be measured: one line that says why, the right exit code, nothing left.
usage: unmeasurable.py PROOFLOAD SOURCE"""
import sys

import harness
from harness import check

SHELF = harness.free_port()
QUICK = "ready_timeout: 3s\n"
DECLARED = QUICK + "traffic: { journeys: [ { name: buy, steps: [ { get: /buy } ] } ] }\n"
# What the application does, configuration, exit code, words of the line, and seconds it may take at most.
CASES = [
    ("exits", QUICK, 3, ["status 1", "no setting SHOP_KEY", "--provide auto"], 10),
    ("waits", QUICK, 3, ["3 s", "waiting for somebody"], 12),
    ("accepts", QUICK, 2, ["traffic"], 15),
    ("fails", DECLARED, 3, ["success", "500", "buy"], 25),
    ("fails", QUICK, 3, ["500", "--provide auto"], 25),
    ("lacks", DECLARED, 3, ["status 500, StockError: no stock without the \"shelf\" service", "Error: asked in vain",
                            f"it asked for 127.0.0.1:{SHELF} (nothing listens there); ", "--provide auto"], 25),
    ("lacks", QUICK, 3, ["500", f"127.0.0.1:{SHELF}", "--provide auto"], 25),
]


def test(work):
    for number, (does, settings, code, words, limit) in enumerate(CASES):
        config, out = work.write(f"{number}.yaml", settings), work.folder / f"{does}-{number}"
        ended = work.run("run", "--config", config, "--out", out, "--", harness.PYTHON, work.app("misbehaves.py"), does,
                         limit=limit + 20, env={"SHELF_PORT": SHELF})
        print(f"{does}: {ended.seconds:.1f} s: {ended.err}", end="")
        harness.one_line(ended, code, *words)
        check("<" not in ended.err, f"{does}: no markup is quoted", ended)
        check(ended.seconds < limit, f"{does}: ended within {limit} s", ended)
        work.check_nothing_left()
        if code == 2:
            check(not out.exists(), f"{does}: no run folder is left where the input was wrong")
            continue
        report = harness.report_of(out)
        check(report["verdict"]["overall"] == "not_measured", f"{does}: the report says so too", report["verdict"])
        check(report["verdict"]["exit_code"] == 3, f"{does}: with the same exit code", report["verdict"])
        check(ended.last_line().startswith("Could not be measured"), f"{does}: the last line is the verdict", ended)
        check(work.run("verify", out).code == 0, f"{does}: what there is can be verified")


if __name__ == "__main__":
    sys.exit(harness.main(test))
