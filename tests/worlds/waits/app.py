"""Waits at its start until the backend is there."""
import time

import web

while True:
    try:
        web.ask_backend(timeout=1)
        break
    except web.AWAY:
        time.sleep(0.2)

web.server(web.honest).serve_forever()
