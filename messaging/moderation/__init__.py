"""Watching over the server: reports, unwanted words, limits, and what is done about them."""
