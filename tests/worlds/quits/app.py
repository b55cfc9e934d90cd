"""Gives up at its start when the backend is not there."""
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
    sys.exit("fatal: no backend")

web.server(web.honest).serve_forever()
