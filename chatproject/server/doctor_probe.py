"""Answers `manage.py doctor` when it calls through the proxy: how the request looked on arrival.

`/healthz` adds it for who shows a question signed with SECRET_KEY, which the doctor has too.
"""

from collections.abc import Mapping
from typing import Any

from django.core import signing

HEADER = "x-chat-doctor"
SECONDS = 60

_SALT = "chatproject.doctor"


def question() -> str:
    """For HEADER; good for SECONDS."""
    return signing.dumps("how do I look", salt=_SALT)


def seen(scope: Mapping[str, Any]) -> dict[str, Any] | None:
    """Scheme, host and client address of the request; None where nobody asked, or a stranger."""
    headers = {name.lower().decode(): value.decode("latin-1") for name, value in scope["headers"]}
    if HEADER not in headers:
        return None
    try:
        signing.loads(headers[HEADER], salt=_SALT, max_age=SECONDS)
    except signing.BadSignature:
        return None
    client = scope.get("client") or ("", 0)
    return {"scheme": scope["scheme"], "host": headers.get("host", ""), "client": client[0]}
