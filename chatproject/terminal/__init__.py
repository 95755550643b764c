"""A chat in the terminal, over the client library: `manage.py chat`."""
