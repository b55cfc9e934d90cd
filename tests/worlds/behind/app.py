"""Behind a front: gives up at its start without the backend, and ends at once on TERM."""
import os
import sys
import time

import web

for _ in range(20):  # its backend is started beside it, and may need a moment
    try:
        web.ask_backend(timeout=1)
        break
    except web.AWAY:
        time.sleep(0.1)
else:
    sys.exit(4)

web.server(lambda path: (200, web.ask_backend(timeout=10)), int(os.environ["APP_PORT"])).serve_forever()
