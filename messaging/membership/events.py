"""How a change of who is in is told: in the log, to those inside, and to the people concerned.

In a large conversation nobody's coming or going makes a message: the rev moves alone, and
`participants.changed` tells how many there are.
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

# Of more people who come at once only the number is told live; clients read the list anew.
MAX_TOLD = 100


class Told(NamedTuple):
    at: datetime
    in_log: bool  # whether a system message holds it


def tell_membership(log: Log, event: str, *, by: UUID | None, members: int, **fields: Any) -> Told:
    """Moves the number of people by `members`, and says so in the log unless it is large."""
    if not log.conversation.is_large:
        message = log.append_system(event, by=by, members=members, **fields)
        return Told(message.created_at, in_log=True)
    move_members(log, members)
    return Told(log.now, in_log=False)


def move_members(log: Log, members: int = 0) -> None:
    """The next rev as the new `member_rev`, without a message: hubs read anew who sees what."""
    rev, count = log.next_rev(), log.conversation.member_count + members
    log.update(member_rev=rev, member_count=count)
    log.announce("participants.changed", seq=0, rev=rev, memberCount=count)


def tell_who_came(log: Log, periods: Sequence[Participant]) -> None:
    """In the place of the system message that was appended last, as all that follow here."""
    if len(periods) <= MAX_TOLD:
        _announce(log, "participant.joined", participants=_shapes(periods))
    else:
        _announce(log, "participants.changed", memberCount=log.conversation.member_count)


def tell_who_left(log: Log, user_id: UUID) -> None:
    _announce(log, "participant.left", userIds=[str(user_id)])


def tell_new_roles(log: Log, periods: Sequence[Participant]) -> None:
    _announce(log, "participant.updated", participants=_shapes(periods))


def tell_joined(log: Log, user_id: UUID) -> None:
    """To the person's own sockets, which listen to the conversation from then on.

    `rev` is that of the joining: what comes after it is told.
    """
    event: dict[str, object] = {"type": "conversation.joined", "rev": log.conversation.last_rev}
    log.publish(to_user(user_id, {**event, "conversationId": str(log.conversation.pk)}))
    announce_presence_rights(user_id)


def tell_left(log: Log, user_id: UUID, *, to_seq: int | None) -> None:
    """`to_seq` is the last that the person still sees; None for a reader who never was inside."""
    event: dict[str, object] = {"type": "conversation.left", "toSeq": to_seq}
    log.publish(to_user(user_id, {**event, "conversationId": str(log.conversation.pk)}))
    announce_presence_rights(user_id)


def _announce(log: Log, name: str, **fields: Any) -> None:
    head = log.conversation
    log.announce(name, seq=head.last_seq, rev=head.last_rev, **fields)


def _shapes(periods: Sequence[Participant]) -> list[dict[str, Any]]:
    return [participant_json(period) for period in periods]
