#!/usr/bin/env python3
"""Compares what write_sample writes with the stored files. usage: gold.py WRITE_SAMPLE GOLD_FOLDER [--update]"""
import difflib
import pathlib
import shutil
import subprocess
import sys
import tempfile

FILES = {"report.json": "report.json", "report.md": "report.md", "report.terminal": "report.txt"}


def main(program, gold, update):
    bad = 0
    with tempfile.TemporaryDirectory(prefix="proofload-gold-") as folder:
        subprocess.run([program, folder], check=True)
        for made, stored in FILES.items():
            new, old = pathlib.Path(folder, made), pathlib.Path(gold, stored)
            if update:
                shutil.copyfile(new, old)
                continue
            before, after = old.read_text().splitlines(), new.read_text().splitlines()
            difference = list(difflib.unified_diff(before, after, str(old), made, lineterm=""))
            if difference:
                print("\n".join(difference[:60]))
                bad += 1
    if bad:
        print(f"{bad} of {len(FILES)} differ; where that is meant: gold.py {program} {gold} --update")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], "--update" in sys.argv))
