"""Addresses at which a program answers later: for half an hour, and five times each."""

from uuid import uuid4

from django.conf import settings
from django.core import signing

from accounts.auth.rate_limits import Limit, count_by_account
from chatproject.core.errors import RateLimited
from messaging.integrations.payloads import PayloadRefused

RESPONSES = Limit(5, 1800)


def make_response_url(path: str, salt: str, *about: object) -> str:
    """The address below /hooks/respond/; `about` comes back of `open_ticket` as texts."""
    ticket = signing.dumps([*map(str, about), uuid4().hex], salt=salt)
    return f"{settings.PUBLIC_URL}/hooks/respond/{path}{ticket}"


def open_ticket(ticket: str, salt: str) -> tuple[list[str], str]:
    """What the address was made about, and its nonce. Raises PayloadRefused."""
    try:
        *about, nonce = signing.loads(ticket, salt=salt, max_age=RESPONSES.seconds)
    except signing.BadSignature:
        raise PayloadRefused("expired_url", 404) from None
    return about, nonce


def count_response(nonce: str) -> None:
    """Counts an answer at the address. Raises PayloadRefused for one too many."""
    try:
        count_by_account(limit=RESPONSES, what="slash-response", account=nonce)
    except RateLimited:
        raise PayloadRefused("used_url", 404) from None
