"""undici from npm, which pipelines HTTP/1.1, through faults that come to its open connection and go again, before
Node's own server. usage: pipelines.py PROOFLOAD SOURCE BUILD_FOLDER"""
import pathlib
import subprocess
import sys

import node_client
import rig
from rig import check


def test(work):
    node_path, build = node_client.node(work.source), pathlib.Path(work.more[0])
    node_client.install(build, node_path, "pipelines.mjs")
    proxy = rig.Proxy(work)
    done = subprocess.run([node_path, "pipelines.mjs", proxy.url], cwd=build, timeout=120, capture_output=True, text=True)
    check(done.returncode == 0, "undici is content", done.stdout, done.stderr)
    print(done.stdout)
    proxy.alive()


if __name__ == "__main__":
    sys.exit(rig.main(test))
