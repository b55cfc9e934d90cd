"""Sound: on TERM it takes no new requests and answers those under way."""
import signal
import threading

import web


def answer(path):
    return (200, '{"hello": "world"}') if path == "/hello" else (200, web.ask_backend(timeout=10))


with web.server(answer) as server:
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
