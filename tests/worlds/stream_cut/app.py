"""Ends at once on TERM: stories break off."""
import sys

sys.path.append("../lib")
import stories  # noqa: E402

stories.server().serve_forever()
