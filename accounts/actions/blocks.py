"""Shutting somebody out. Who is blocked is not told; sending asks the table itself."""

from uuid import UUID

from django.db import transaction

from accounts.errors import BlockNotFound, PersonNotFound
from accounts.models import Block, User
from chatproject.core.errors import InvalidInput
from chatproject.core.realtime.bus import publish, to_user


def block_person(*, blocker_id: UUID, person_id: UUID) -> tuple[Block, bool]:
    """The block, and whether it is new; raises PersonNotFound, or InvalidInput for oneself."""
    if blocker_id == person_id:
        raise InvalidInput.of("userId", "You cannot block yourself.", "oneself")
    if not User.objects.filter(pk=person_id).exists():
        raise PersonNotFound
    block, is_new = Block.objects.get_or_create(blocker_id=blocker_id, blocked_id=person_id)
    if is_new:
        _announce(blocker_id)
    return block, is_new


def unblock_person(*, blocker_id: UUID, person_id: UUID) -> None:
    """Raises BlockNotFound."""
    removed, _ = Block.objects.filter(blocker=blocker_id, blocked=person_id).delete()
    if not removed:
        raise BlockNotFound
    _announce(blocker_id)


def _announce(blocker_id: UUID) -> None:
    """To the blocker's other devices, after the commit."""
    event = {"type": "state.changed", "part": "blocks"}
    transaction.on_commit(lambda: publish([to_user(blocker_id, event)]), robust=True)
