"""Behind a front: gives up at its start without the backend, and ends at once on TERM."""
import os

import web

web.need_backend(otherwise=4)

web.server(lambda path: (200, web.ask_backend(timeout=10)), int(os.environ["APP_PORT"])).serve_forever()
