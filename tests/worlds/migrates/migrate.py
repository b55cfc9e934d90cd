"""What has to be done before the application starts; needs the backend."""
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
    sys.exit(3)
