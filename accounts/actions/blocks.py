"""Shutting somebody out. Who is blocked is not told; sending asks the table itself."""

from uuid import UUID

from accounts.errors import BlockNotFound, PersonNotFound
from accounts.events import announce_presence_rights, announce_state
from accounts.models import Block, User
from chatproject.core.errors import InvalidInput


def block_person(*, blocker_id: UUID, person_id: UUID) -> tuple[Block, bool]:
    """The block, and whether it is new; raises PersonNotFound, or InvalidInput for oneself."""
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
