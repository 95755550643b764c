"""A self-hosted chat: settings, URLs and the ASGI application that join the apps."""

__version__ = "0.2.0.dev0"
