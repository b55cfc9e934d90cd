"""The SDKs of OpenAI and Anthropic from npm, unmodified, before the faults of a model provider.
usage: model_faults.py PROOFLOAD SOURCE BUILD_FOLDER"""
import pathlib
import subprocess
import sys

import node_client
import rig
from rig import check


def test(work):
    node_path, build = node_client.node(work.source), pathlib.Path(work.more[0])
    node_client.install(build, node_path, "model_faults.mjs")
    model_port = rig.free_port()
    model = subprocess.Popen([work.proofload, "model-server", "--port", str(model_port)], stdout=subprocess.DEVNULL)
    try:
        rig.harness.wait_for(lambda: rig.harness.answers(model_port), rig.PATIENCE, "the model server listens")
        proxy = rig.Proxy(work)
        done = subprocess.run([node_path, "model_faults.mjs", proxy.url, str(model_port)], cwd=build, timeout=180,
                              capture_output=True, text=True)
        check(done.returncode == 0, "the SDKs see what the faults say", done.stdout, done.stderr)
        print(done.stdout)
        proxy.alive()
    finally:
        model.terminate()
        model.wait()


if __name__ == "__main__":
    sys.exit(rig.main(test))
