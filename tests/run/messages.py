"""A dependency that speaks HTTP answers with a status of the fault's own: an experiment beyond the core, asked for by a
pattern of its key. usage: messages.py PROOFLOAD SOURCE"""
import sys

import harness
from harness import check

KEY = "chaos.backend.py.status_500"


def test(work):
    world = work.source / "tests/worlds/bounded"
    config, port = work.at_free_port(world / "proofload.yaml")
    out = work.folder / "run"
    skipped = [word for stage in ("probe", "instances", "capacity", "grow", "terminate", "absent")
               for word in ("--skip", stage)]
    ended = work.run("run", "--only", "chaos.*.status_500", *skipped, "--config", config, "--out", out, world, limit=200,
                     env={"PORT": port, "BACKEND_PORT": harness.free_port()})
    print(ended)
    made = {experiment["key"]: experiment for experiment in harness.report_of(out)["experiments"] if experiment["trials"]}
    check(set(made) == {KEY}, "the fault was made where HTTP is spoken, and nothing else", set(made))
    experiment = made[KEY]
    check(experiment["state"] == "decided", "it is decided", experiment)
    acted = [trial["achieved"]["acted"] for trial in experiment["trials"]]
    check(all(count >= 20 for count in acted), "it acted on the requests of the hold", acted)
    check(all(trial["achieved"]["fault"] == "http_status" for trial in experiment["trials"]), "the row is named", experiment)


if __name__ == "__main__":
    sys.exit(harness.main(test))
