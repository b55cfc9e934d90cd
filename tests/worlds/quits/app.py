"""Gives up at its start when the backend is not there."""
import web

web.need_backend(otherwise="fatal: no backend")

web.server(web.honest).serve_forever()
