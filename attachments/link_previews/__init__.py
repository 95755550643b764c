"""Previews of links: what a page says of itself, fetched once and kept for all messages.

`page` reads it, `fetching` fetches it with its picture, `keeping` has the rows.
"""
