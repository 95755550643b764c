"""Polls: starting one, voting, and ending the vote."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from chatproject.core.errors import InvalidInput
from chatproject.realtime.bus import publish, to_user
from messaging.actions.locked_message import LockedMessage, change, lock_message, shared_shape
from messaging.errors import NotAPoll, NotTheSender, PollClosed
from messaging.log import Log, writing
from messaging.models import Message, PollVote
from messaging.polls import Poll, poll_of
from messaging.reads.messages import get_message
from messaging.sending.drafts import Draft
from messaging.sending.send import send_message


def send_poll(draft: Draft, poll: Poll) -> dict[str, Any]:
    """Sends a message whose text is the question; returns it as its sender sees it.

    The same `client_id` again has no second effect. Raises InvalidInput for a time in the past, and
    what sending raises. Must not be called in a transaction, like sending.
    """
    asked = draft._replace(meta=poll.as_meta())
    if poll.closes_at is not None and poll.closes_at <= timezone.now() and not _was_sent(asked):
        raise InvalidInput.of("closesAt", "The time has to be in the future.", "past")
    return send_message(asked).as_json()


def _was_sent(draft: Draft) -> bool:
    return Message.objects.filter(
        conversation=draft.conversation_id, sender=draft.sender_id, client_id=draft.client_id
    ).exists()


def vote(
    *, conversation_id: UUID, user_id: UUID, seq: int, choices: Collection[int]
) -> dict[str, Any]:
    """Makes `choices` (indexes from 0) the person's vote; an empty one takes it back.

    Returns the message as they see it. The same vote again changes nothing. Raises InvalidInput,
    NotAPoll, PollClosed, ConversationNotFound, MessageNotFound, NotAParticipant, SystemMessage,
    MessageGone, ConversationLocked, Blocked.
    """
    wanted = set(choices)
    with writing(conversation_id) as log:
        locked = lock_message(log, user_id=user_id, seq=seq)
        locked.require_participant()
        poll = _open_poll(locked)
        locked.require_adding()
        _check(poll, wanted)
        standing = PollVote.objects.filter(
            conversation=conversation_id, seq=seq, user=user_id, removed_rev=None
        )
        before = {each.choice: each for each in standing}
        if wanted != set(before):
            rev = log.next_rev()
            _take_back(log, [it for choice, it in before.items() if choice not in wanted], rev)
            _add(log, locked.message, user_id, sorted(wanted - set(before)), rev)
            change(log, locked.message, rev)
            _tell_own_devices(user_id, locked.message, sorted(wanted), rev)
    return _as_seen(conversation_id, user_id, seq)


def close_poll(*, conversation_id: UUID, user_id: UUID, seq: int) -> dict[str, Any]:
    """Ends the vote now and returns the message's JSON; ending it again changes nothing.

    The author may and, except in direct conversations, an owner or admin. Raises NotAPoll,
    NotTheSender, ConversationNotFound, MessageNotFound, NotAParticipant, SystemMessage,
    MessageGone.
    """
    with writing(conversation_id) as log:
        locked = lock_message(log, user_id=user_id, seq=seq)
        participant = locked.require_participant()
        locked.require_alive()
        message = locked.message
        poll = poll_of(message.meta)
        if poll is None:
            raise NotAPoll
        governs = participant.is_admin and log.conversation.kind != "direct"
        if message.sender_id != user_id and not governs:
            raise NotTheSender
        now = _clock()
        if poll.is_closed(now):
            return shared_shape(message)
        rev = log.next_rev()
        closed = poll._replace(closed_at=now, closed_rev=rev)
        return change(log, message, rev, meta={**(message.meta or {}), **closed.as_meta()})


def _open_poll(locked: LockedMessage) -> Poll:
    """The poll, if it takes votes at this moment. The time is read under the log's lock, so that no
    vote counts that came after the end, however long it waited."""
    locked.require_alive()
    poll = poll_of(locked.message.meta)
    if poll is None:
        raise NotAPoll
    if poll.is_closed(_clock()):
        raise PollClosed
    return poll


def _clock() -> datetime:
    """The database's time at this moment; `Log.now` is from before the wait for the lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


def _check(poll: Poll, wanted: Collection[int]) -> None:
    if any(not 0 <= choice < len(poll.choices) for choice in wanted):
        raise InvalidInput.of("choices", "There is no such choice.", "no_such_choice")
    if len(wanted) > 1 and not poll.takes_several:
        raise InvalidInput.of("choices", "Only one choice can be voted for.", "only_one")


def _take_back(log: Log, votes: Sequence[PollVote], rev: int) -> None:
    """Ends the votes at `rev`. People who left before keep seeing them; if nobody has joined or
    left since the vote, nobody ever will, and the rows are deleted.
    """
    seen = [it.pk for it in votes if it.rev <= log.conversation.member_rev]
    PollVote.objects.filter(pk__in=seen).update(removed_rev=rev)
    PollVote.objects.filter(pk__in=[it.pk for it in votes if it.pk not in seen]).delete()


def _add(log: Log, message: Message, user_id: UUID, choices: Sequence[int], rev: int) -> None:
    PollVote.objects.bulk_create(
        PollVote(
            conversation=log.conversation,
            seq=message.seq,
            user_id=user_id,
            choice=choice,
            rev=rev,
            created_at=log.now,
        )
        for choice in choices
    )


def _tell_own_devices(user_id: UUID, message: Message, choices: Sequence[int], rev: int) -> None:
    """Tells the voter's own devices; the event for everybody does not say whose vote it is."""
    event: dict[str, object] = {
        "type": "poll.voted",
        "conversationId": str(message.conversation_id),
        "seq": message.seq,
        "messageRev": rev,
        "choices": list(choices),
    }
    publication = to_user(user_id, event, is_repeatable=True)
    transaction.on_commit(lambda: publish([publication]), robust=True)


def _as_seen(conversation_id: UUID, user_id: UUID, seq: int) -> dict[str, Any]:
    shape = get_message(conversation_id=conversation_id, viewer_id=user_id, seq=seq)
    del shape["people"]
    return shape
