"""What new accounts may do less of: links that they post, people whom they invite.

How old an account is stands in its id, so that nothing has to be read to know it. Off unless
NEW_ACCOUNT_HOURS is set; imported people are never new.
"""

import re
import time
from uuid import UUID

from django.conf import settings
from django.db import connection

from messaging.errors import TooManyInvites, TooManyLinks

_LINK = re.compile(r"https?://|\bwww\.", re.IGNORECASE)

# The row's lock is held to the end of the transaction, so that two of them count one another.
_SPEND = """
INSERT INTO messaging_quota AS q (user_id, links, invites)
VALUES (%(user)s, %(links)s, %(invites)s)
ON CONFLICT (user_id) DO UPDATE
    SET links = q.links + excluded.links, invites = q.invites + excluded.invites
RETURNING links, invites"""


def newness_left(user_id: UUID) -> int:
    """For how many seconds the account still counts as new; 0 when it does not."""
    hours: int = settings.NEW_ACCOUNT_HOURS
    if not hours or not settings.RATE_LIMITS or user_id.version != 7:
        return 0
    made_at = (user_id.int >> 80) / 1000
    return max(0, int(made_at + hours * 3600 - time.time()))


def link_quota(user_id: UUID, text: str) -> int | None:
    """How many messages with links the person may post while new; None when the text is not under
    the quota."""
    if not settings.NEW_ACCOUNT_HOURS or not newness_left(user_id) or not has_link(text):
        return None
    quota: int = settings.NEW_ACCOUNT_LINKS
    return quota


def has_link(text: str) -> bool:
    return _LINK.search(text) is not None


def spend_link(user_id: UUID, text: str) -> None:
    """Counts a text with a link, within the caller's transaction; raises TooManyLinks."""
    quota = link_quota(user_id, text)
    if quota is not None and _spend(user_id, links=1)[0] > quota:
        raise TooManyLinks(newness_left(user_id))


def spend_invites(user_id: UUID, count: int) -> None:
    """Counts people who are taken in, within the caller's transaction; raises TooManyInvites."""
    left = newness_left(user_id)
    if left and count and _spend(user_id, invites=count)[1] > settings.NEW_ACCOUNT_INVITES:
        raise TooManyInvites(left)


def _spend(user_id: UUID, *, links: int = 0, invites: int = 0) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(_SPEND, {"user": user_id, "links": links, "invites": invites})
        spent: tuple[int, int] = cursor.fetchone()
        return spent
