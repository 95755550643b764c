"""The rows of link previews: one current row for each URL, removed when no message needs it."""

import hashlib
from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from attachments.models import LinkPreview
from attachments.tasks import remove_objects
from chatproject.core.task_queue import defer

# How long a fetch may take, with its place in the queue and all tries.
PENDING_FOR = timedelta(hours=1)
# With more than this waiting no other is fetched: nobody uses this server against another one.
MAX_PENDING = 500


def hash_of(url: str) -> bytes:
    return hashlib.sha256(url.encode()).digest()


def claim_preview(url: str) -> tuple[LinkPreview | None, bool]:
    """The current preview of an address, locked, and whether it was made now and is to be fetched.

    None where too many wait. Must run in a transaction: until its end the preview neither becomes
    ready nor is deleted.
    """
    key = hash_of(url)
    now = timezone.now()
    current = LinkPreview.objects.select_for_update().filter(url_hash=key, is_current=True)
    preview = current.first()
    if preview is not None and preview.expires_at > now:
        return preview, False
    pending = LinkPreview.objects.filter(state=LinkPreview.State.PENDING)
    if pending.filter(created_at__gt=now - PENDING_FOR).count() >= MAX_PENDING:
        return None, False
    if preview is not None:
        current.update(is_current=False)
    preview, is_new = LinkPreview.objects.get_or_create(
        url_hash=key,
        is_current=True,
        defaults={"url": url, "expires_at": now + PENDING_FOR},
    )
    return preview if is_new else current.first(), is_new


def discard_previews(previews: "QuerySet[LinkPreview]") -> int:
    """Deletes them and defers the removal of their pictures; how many. In a transaction."""
    rows = list(previews)
    LinkPreview.objects.filter(pk__in=[row.pk for row in rows]).delete()
    if keys := [row.picture_key for row in rows if row.storage_key]:
        defer(remove_objects, keys=keys)
    return len(rows)


def locked_previews(ids: Collection[UUID]) -> "QuerySet[LinkPreview]":
    """In the order of their ids, so that nobody waits in a circle."""
    return LinkPreview.objects.select_for_update().filter(pk__in=ids).order_by("pk")
