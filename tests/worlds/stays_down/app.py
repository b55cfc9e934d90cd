"""Refuses to start where a lock file says that it runs: after it was killed nobody removes that."""
import pathlib
import signal
import sys
import tempfile

sys.path.append("../lib")
import web  # noqa: E402

lock = pathlib.Path(tempfile.gettempdir(), f"lock-{web.PORT}")
if lock.exists():
    sys.exit(f"fatal: {lock} exists, another instance is running")
lock.touch()


def end(*_):
    lock.unlink()
    sys.exit(0)


signal.signal(signal.SIGTERM, end)
web.server(lambda _: (200, '{"hello": "world"}')).serve_forever()
