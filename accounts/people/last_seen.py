"""When people were last online: written when they disconnect and every five minutes."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection

from accounts.models import LastSeen

# Ordered, so that two processes never deadlock.
KEEP = """
INSERT INTO accounts_lastseen AS l (user_id, at)
SELECT s.user_id, s.at FROM unnest(%s::uuid[], %s::timestamptz[]) AS s(user_id, at)
JOIN accounts_user u ON u.id = s.user_id
ORDER BY s.user_id
ON CONFLICT (user_id) DO UPDATE SET at = excluded.at WHERE l.at < excluded.at
"""


def keep_last_seen(seen: Mapping[UUID, datetime]) -> None:
    """Stores these times in one statement; a time earlier than the stored one changes nothing."""
    if seen:
        with connection.cursor() as cursor:
            cursor.execute(KEEP, [list(seen), list(seen.values())])


def last_seen(user_ids: Collection[UUID]) -> Mapping[UUID, datetime]:
    """When each of these people was last online; absent are those who never were."""
    rows = LastSeen.objects.filter(user__in=list(user_ids))
    return dict(rows.values_list("user_id", "at"))
