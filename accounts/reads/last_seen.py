"""When people were here last, as far as the database was told."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from accounts.models import LastSeen


def last_seen(user_ids: Collection[UUID]) -> Mapping[UUID, datetime]:
    rows = LastSeen.objects.filter(user__in=list(user_ids))
    return dict(rows.values_list("user_id", "at"))
