"""The backend of the worlds: answers at once, always the same."""
import web

web.server(lambda path: (200, '{"price": 12, "currency": "EUR"}'), web.BACKEND_PORT).serve_forever()
