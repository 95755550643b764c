"""Removes uploads that no message claimed, and stored objects that no row names."""

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from attachments.actions.discard import discard
from attachments.models import Attachment, LinkPreview
from chatproject.core.storage import file_storage

logger = logging.getLogger(__name__)
T = TypeVar("T")

BATCH = 500
# Younger objects may not have their row yet.
MARGIN = timedelta(hours=1)
# Only keys of our own form are removed: others may use the same bucket.
OURS = re.compile(r"([0-9a-f]{2}/[0-9a-f]{38})\.(original|clean|\d+\.webp)|[0-9a-f]{2}/\.new-.*")
# More orphans than this, and than half of all objects, mean that the file storage belongs to
# another database, or that an old backup was restored.
SUSPICIOUS = 100


@dataclass
class Pruned:
    """Counts of what was or would be removed; `held_back` counts suspiciously many orphans."""

    expired: int = 0
    objects: int = 0
    orphans: int = 0
    held_back: int = 0


def prune_attachments(*, dry_run: bool = False, force: bool = False) -> Pruned:
    """Removes expired uploads and orphaned objects. `force` removes suspiciously many orphans too.

    Safe beside sends: a file that is claimed first is kept, a later claim is refused.
    """
    done = Pruned(expired=_count_expired() if dry_run else _discard_expired())
    orphans = list(_find_orphans(done))
    done.orphans = len(orphans)
    if len(orphans) > max(SUSPICIOUS, done.objects // 2) and not force:
        logger.error(
            "%d of %d files in the store belong to no attachment; none was removed, since this "
            "looks like another database's store. See: manage.py prune_attachments --help",
            len(orphans),
            done.objects,
        )
        done.held_back, done.orphans = done.orphans, 0
    elif not dry_run:
        for batch in _batches(orphans):
            file_storage().remove(batch)
    return done


def _expired() -> QuerySet[Attachment]:
    return Attachment.objects.filter(seq__isnull=True, expires_at__lt=timezone.now())


def _count_expired() -> int:
    return _expired().count()


def _discard_expired() -> int:
    count = 0
    while True:
        with transaction.atomic():
            # A send that claims a file holds its lock.
            rows = list(_expired().select_for_update(skip_locked=True)[:BATCH])
            count += discard(rows)
        if not rows:
            return count


def _find_orphans(done: Pruned) -> Iterator[str]:
    youngest = timezone.now() - MARGIN
    for batch in _batches(file_storage().objects()):
        done.objects += len(batch)
        found = {each.key: OURS.fullmatch(each.key) for each in batch}
        old = [each for each in batch if each.modified_at < youngest and found[each.key]]
        known = _known_keys({match[1] for match in found.values() if match and match[1]})
        yield from (each.key for each in old if each.key not in known)


def _known_keys(storage_keys: Iterable[str]) -> set[str]:
    wanted = list(storage_keys)
    rows = Attachment.objects.filter(storage_key__in=wanted)
    previews = LinkPreview.objects.exclude(storage_key="").filter(storage_key__in=wanted)
    return {
        *(key for row in rows for key in _keys_of(row)),
        *(preview.picture_key for preview in previews),
    }


def _keys_of(attachment: Attachment) -> list[str]:
    is_pending = attachment.state == Attachment.State.PENDING
    return attachment.possible_keys if is_pending else attachment.kept_keys


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    source = iter(items)
    while batch := list(islice(source, BATCH)):
        yield batch
