"""Who shuts out whom."""

from uuid import UUID

from django.db.models import Q

from accounts.models import Block
from accounts.reads.pages import Page, Position, read_page

ORDER = ("-id",)


def blocks_of(blocker_id: UUID, *, position: Position | None, limit: int) -> Page[Block]:
    """The newest first; each with its `blocked` person."""
    blocks = Block.objects.filter(blocker=blocker_id).select_related("blocked")
    return read_page(blocks, ORDER, position=position, limit=limit)


def blocks_between(one: UUID, other: UUID) -> set[UUID]:
    """Which of the two blocks the other: empty, one or both."""
    either = Q(blocker=one, blocked=other) | Q(blocker=other, blocked=one)
    return set(Block.objects.filter(either).values_list("blocker_id", flat=True))
