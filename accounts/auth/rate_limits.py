"""Rate limits on log-ins, registrations, password checks and reports, counted in PostgreSQL."""

import hashlib
from typing import NamedTuple

from django.conf import settings
from django.db import connection

from accounts.auth.client_address import line_of
from chatproject.core.errors import RateLimited


class Limit(NamedTuple):
    """At most `tries` in a window of `seconds`, which starts with its first try."""

    tries: int
    seconds: int


LIMITS = {
    "log-in": Limit(10, 60),
    "registration": Limit(10, 60),
    "password": Limit(10, 60),  # one's own, confirmed before it changes or the account closes
    "report": Limit(20, 3600),
}
_PRUNED_AT_ONCE = 10

_COUNT = """
    INSERT INTO accounts_attempt AS a (key, count, window_ends_at)
    VALUES (%(key)s, 1, clock_timestamp() + make_interval(secs => %(seconds)s))
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN a.window_ends_at > clock_timestamp()
                THEN LEAST(a.count + 1, %(cap)s) ELSE 1 END,
        window_ends_at = CASE WHEN a.window_ends_at > clock_timestamp()
                THEN a.window_ends_at ELSE excluded.window_ends_at END
    RETURNING count, EXTRACT(epoch FROM window_ends_at - clock_timestamp())"""

_PRUNE = """
    DELETE FROM accounts_attempt WHERE key IN (
        SELECT key FROM accounts_attempt WHERE window_ends_at < now()
        ORDER BY window_ends_at LIMIT %s FOR UPDATE SKIP LOCKED)"""


def count_attempt(*, what: str, account: str, address: str | None) -> None:
    """Counts a try at `what` for this account from this address; raises RateLimited over the limit.

    The two make one key, so nobody can use up the tries of another. A success does not reset the
    count. Must run outside of a transaction, since a rollback would undo the count.
    """
    if not settings.RATE_LIMITS:
        return
    limit = LIMITS[what]
    key = hashlib.sha256("\0".join((what, account, line_of(address))).encode()).digest()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"key": key, "seconds": limit.seconds, "cap": limit.tries + 1})
        count, seconds_left = cursor.fetchone()
        if count == 1:
            # Each new row deletes expired ones, so the table holds about the last window.
            cursor.execute(_PRUNE, [_PRUNED_AT_ONCE])
    if count > limit.tries:
        raise RateLimited(max(1, int(seconds_left) + 1))
