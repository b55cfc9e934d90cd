"""Answers without its backend, and asks for it whenever a customer does."""
import web

try:
    web.ask_backend(timeout=1)
except web.AWAY:
    print("no backend yet", flush=True)
web.server(web.honest).serve_forever()
