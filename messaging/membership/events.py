"""Events of membership changes: in the log, to the members, and to the people concerned.

In a large conversation joins and leaves make no message: only the rev advances, and
`participants.changed` tells the number of members.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from accounts.events import announce_presence_rights
from chatproject.realtime.bus import to_user
from conversations.models import Participant
from conversations.wire import participant_json
from messaging.log import Log

# If more people join at once, only their number is announced; clients read the list again.
MAX_ANNOUNCED = 100


class MembershipChange(NamedTuple):
    at: datetime
    in_log: bool  # whether there is a system message of it


def record_membership_change(
    log: Log, event: str, *, by: UUID | None, members: int, **fields: Any
) -> MembershipChange:
    """Changes the number of members, with a system message unless the conversation is large."""
    if not log.conversation.is_large:
        message = log.append_system(event, by=by, members=members, **fields)
        return MembershipChange(message.created_at, in_log=True)
    advance_member_rev(log, members)
    return MembershipChange(log.now, in_log=False)


def advance_member_rev(log: Log, members: int = 0) -> None:
    """Makes the next rev the `member_rev`, without a message: hubs read the ranges again."""
    rev, count = log.next_rev(), log.conversation.member_count + members
    log.update(member_rev=rev, member_count=count)
    log.announce("participants.changed", seq=0, rev=rev, memberCount=count)


def announce_joined(log: Log, periods: Sequence[Participant]) -> None:
    """Announces new members at the seq and rev of the last system message, as those below do."""
    if len(periods) <= MAX_ANNOUNCED:
        _announce(log, "participant.joined", participants=_shapes(periods))
    else:
        _announce(log, "participants.changed", memberCount=log.conversation.member_count)


def announce_left(log: Log, user_id: UUID) -> None:
    _announce(log, "participant.left", userIds=[str(user_id)])


def announce_roles(log: Log, periods: Sequence[Participant]) -> None:
    _announce(log, "participant.updated", participants=_shapes(periods))


def notify_joined(log: Log, user_id: UUID) -> None:
    """Tells the person's own sockets to listen to the conversation.

    `rev` is that of the joining; they get the events after it.
    """
    event: dict[str, object] = {"type": "conversation.joined", "rev": log.conversation.last_rev}
    log.publish(to_user(user_id, {**event, "conversationId": str(log.conversation.pk)}))
    announce_presence_rights(user_id)


def notify_left(log: Log, user_id: UUID, *, to_seq: int | None) -> None:
    """Tells the person's own sockets to stop listening.

    `to_seq` is the last message that the person still sees; None for a reader who was no member.
    """
    event: dict[str, object] = {"type": "conversation.left", "toSeq": to_seq}
    log.publish(to_user(user_id, {**event, "conversationId": str(log.conversation.pk)}))
    announce_presence_rights(user_id)


def _announce(log: Log, name: str, **fields: Any) -> None:
    head = log.conversation
    log.announce(name, seq=head.last_seq, rev=head.last_rev, **fields)


def _shapes(periods: Sequence[Participant]) -> list[dict[str, Any]]:
    return [participant_json(period) for period in periods]
