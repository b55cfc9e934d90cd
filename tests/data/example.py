"""The database of an example: what the playhouse lacks is found, and nothing of the kind in the house.
usage: example.py PROOFLOAD SOURCE playhouse|house"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "run"))
import harness  # noqa: E402: from the folder of the tests of whole runs
from harness import check  # noqa: E402

LACKS = {
    ("data.missing_index", "messages (text, trigram)"),
    ("data.foreign_key_index", "messages (chat_id)"),
    ("data.foreign_key_index", "chats (user_id)"),
    ("data.n_plus_one", "`history` on postgres"),
}


def playhouse(findings, answers):
    found = {(finding["check"], finding["subject"]) for finding in findings}
    check(LACKS <= found, "what it lacks is found", sorted(found))
    extra = {one for one in found - LACKS if one[0] != "data.growth"}
    check(not extra, "nothing else is", sorted(extra))
    grows = [finding for finding in findings if finding["check"] == "data.growth"]
    check(any("chat_id" in finding["subject"] for finding in grows), "a statement's time is seen to grow", grows)
    check(answers["Which stage is the database at?"]["text"].startswith("Stage 1"), "data are thrown in", answers)


def house(findings, answers):
    check(not findings, "nothing is found", [(one["check"], one["subject"], one["why"]) for one in findings])
    check(answers["Which stage is the database at?"]["text"].startswith("Stage 2"), "indices serve", answers)


def test(work):
    name = work.more[0]
    example = work.source / "examples" / name
    if not (example / "node_modules").exists():
        raise AssertionError(f"{example}/node_modules is missing: ./dev build")
    config, port = work.at_free_port(example / "proofload.yaml")
    config.write_text(config.read_text().replace("127.0.0.1:3000", f"127.0.0.1:{port}"))  # of `ready:`
    out = work.folder / "run"
    ended = work.run("run", "--only", "data.growth", "--config", config, "--out", out, example, limit=200, env={"PORT": port})
    print(ended)
    report = harness.report_of(out)
    findings = [finding for finding in report["findings"] if finding["check"].startswith("data.")]
    answers = {answer["question"]: answer for answer in report["answers"]}
    for question in ("Which indices are missing, unused, doubled?", "Which queries grow, and how fast?",
                     "When does each easy button run out?"):
        check(answers[question]["state"] == "answered", f"it is answered: {question}", answers[question])
    {"playhouse": playhouse, "house": house}[name](findings, answers)
    log = (out / "run.plog").read_bytes()
    for secret in (b"open sesame", b"remember the milk"):
        texts = [line for line in log.split(b"\n") if b"statement_" in line and secret in line]
        check(not texts, f"no statement holds a customer's words: {secret}", texts[:1])
    failed = [row for row in report["not_tested"] if row["why"] == "an instrument failed"]
    check(not failed, "no instrument failed", failed)


if __name__ == "__main__":
    sys.exit(harness.main(test))
