"""Starts whatever is away; what comes before it in start.sh does not."""
import web

web.server(web.honest).serve_forever()
