"""`CONTENT_SECURITY_POLICY`: from where a page may load what.

chatproject/core/web/content_security_policy.py sends it.
"""

from collections.abc import Iterable
from typing import Any


def content_security_policy(file_origins: Iterable[str]) -> dict[str, Any]:
    """The policy of every page; browsers are sent to `file_origins` for files."""
    return {
        "DIRECTIVES": {
            "default-src": ["'none'"],
            "script-src": ["'self'"],
            "style-src": ["'self'"],
            "img-src": ["'self'", "data:", "blob:", *file_origins],
            "media-src": ["'self'", "blob:", *file_origins],
            "font-src": ["'self'"],
            "connect-src": ["'self'"],  # the WebSocket of the same origin too
            "worker-src": ["'self'"],
            "manifest-src": ["'self'"],
            "form-action": ["'self'"],
            "object-src": ["'none'"],
            "base-uri": ["'none'"],
            "frame-ancestors": ["'none'"],
            "require-trusted-types-for": ["'script'"],
            "trusted-types": ["lit-html", "chat-worker"],
        }
    }
