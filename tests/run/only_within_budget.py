"""A budget is spent on what was asked for: `--only` chooses first, then the budget cuts.
usage: only_within_budget.py PROOFLOAD SOURCE"""
import sys

import harness
from harness import check

KEY = "chaos.backend.py.slow"  # The last of its kind in the plan, which as a whole takes more than a minute.


def test(work):
    world = work.source / "tests/worlds/bounded"
    config, port = work.at_free_port(world / "proofload.yaml")
    out = work.folder / "run"
    ended = work.run("run", "--only", KEY, "--budget", "60s", "--skip", "terminate", "--config", config, "--out", out, world,
                     limit=120, env={"PORT": port, "BACKEND_PORT": harness.free_port()})
    print(ended)
    made = {experiment["key"] for experiment in harness.report_of(out)["experiments"] if experiment["trials"]}
    check(made == {KEY}, f"{KEY} was made, and nothing else", made)
    check(ended.seconds < 75, "the budget is kept, the end apart", f"{ended.seconds:.1f} s")


if __name__ == "__main__":
    sys.exit(harness.main(test))
