"""Sound: on TERM it takes no new connections, and stories that have begun come to their end."""
import os
import signal
import sys
import threading
import time

sys.path.append("../lib")
import stories  # noqa: E402

LONGEST = 3  # Seconds that a story may still take.


def end(server):
    server.shutdown()
    server.socket.close()
    time.sleep(LONGEST)  # Idle connections would keep their threads for good.
    os._exit(0)


with stories.server() as server:
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=end, args=(server,)).start())
    server.serve_forever()
    time.sleep(2 * LONGEST)
