"""Blocks and unblocks people. The blocked person is not notified."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q

from accounts.errors import BlockNotFound, PersonNotFound
from accounts.events import announce_presence_rights, announce_state
from accounts.models import Block, User
from chatproject.core.db.seek_pagination import Page, Position, read_page
from chatproject.core.errors import InvalidInput


def block_person(*, blocker_id: UUID, person_id: UUID) -> tuple[Block, bool]:
    """Returns the block and whether it is new; raises PersonNotFound, InvalidInput for oneself."""
    if blocker_id == person_id:
        raise InvalidInput.of("userId", "You cannot block yourself.", "oneself")
    if not User.objects.filter(pk=person_id).exists():
        raise PersonNotFound
    block, is_new = Block.objects.get_or_create(blocker_id=blocker_id, blocked_id=person_id)
    if is_new:
        announce_state(blocker_id, "blocks")
        announce_presence_rights(blocker_id)
    return block, is_new


def unblock_person(*, blocker_id: UUID, person_id: UUID) -> None:
    """Raises BlockNotFound."""
    removed, _ = Block.objects.filter(blocker=blocker_id, blocked=person_id).delete()
    if not removed:
        raise BlockNotFound
    announce_state(blocker_id, "blocks")
    announce_presence_rights(blocker_id)


ORDER = ("-id",)


def blocks_of(blocker_id: UUID, *, position: Position | None, limit: int) -> Page[Block]:
    """The blocks that a person has set, newest first, each with its `blocked` person."""
    blocks = Block.objects.filter(blocker=blocker_id).select_related("blocked")
    return read_page(blocks, ORDER, position=position, limit=limit)


def is_blocked_between(one: UUID, other: UUID) -> bool:
    """Whether either of the two blocks the other."""
    either = Q(blocker=one, blocked=other) | Q(blocker=other, blocked=one)
    return Block.objects.filter(either).exists()


def is_blocked_by_any(person_id: UUID, others: Collection[UUID]) -> bool:
    """Whether one of the others blocks the person."""
    return Block.objects.filter(blocker__in=others, blocked=person_id).exists()
