"""Answers first and asks for its backend then; gives up when that is not there after a few tries."""
import os
import threading
import time

import web


def find_backend():
    for _ in range(5):
        try:
            return web.ask_backend(timeout=1)
        except web.AWAY:
            time.sleep(0.8)
    print("fatal: no backend", flush=True)
    os._exit(1)


server = web.server(web.honest)
threading.Thread(target=find_backend, daemon=True).start()
server.serve_forever()
