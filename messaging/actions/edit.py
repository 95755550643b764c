"""Editing the text of a message; every version is kept."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from conversations.models import Participant
from messaging.actions.link_previews import follow_edit
from messaging.actions.locked_message import LockedMessage, change, lock_message, shared_shape
from messaging.buttons import Button, buttons_meta, buttons_of, without_buttons
from messaging.errors import NotTheSender, PollHasVotes
from messaging.log import Log, writing
from messaging.mentions import called_by, is_forwarded
from messaging.models import Mention, Message, PollVote, Revision
from messaging.moderation.snapshots import report_word
from messaging.moderation.word_filters import judge_text
from messaging.polls import poll_of
from messaging.sending.drafts import check_body


def edit_message(
    *,
    conversation_id: UUID,
    user_id: UUID,
    seq: int,
    body: object,
    buttons: Sequence[Button] | None = None,
) -> dict[str, Any]:
    """Edits the message and returns its JSON; the same text again changes nothing.

    `buttons` replace those of a bot's message; None keeps them. Only the sender may edit, and needs
    the right to post, as if the message were sent now. Raises InvalidInput, ConversationNotFound,
    MessageNotFound, NotAParticipant, SystemMessage, NotTheSender, MessageGone, PollHasVotes,
    PostingRightMissing, ConversationLocked, Blocked, Muted, WordRefused, TooManyLinks.
    """
    text = check_body(body, may_be_empty=True)
    with writing(conversation_id) as log:
        locked = lock_message(log, user_id=user_id, seq=seq)
        _check(locked)
        if locked.message.kind == Message.Kind.TEXT:
            check_body(text)
        meta = _meta_with(locked.message, buttons)
        if locked.message.body == text and locked.message.meta == meta:
            return shared_shape(locked.message)
        _check_votes(locked.message)
        flag = judge_text(user_id, text, before=locked.message.body)
        shape = _replace(log, locked.message, text, meta)
        if flag:
            report_word(locked.message, flag)
        return shape


def _check(locked: LockedMessage) -> None:
    locked.require_participant()
    locked.require_alive()
    if locked.message.sender_id != locked.visibility.user_id:
        raise NotTheSender
    locked.require_posting()


def _check_votes(message: Message) -> None:
    """Raises PollHasVotes: once somebody has voted, the question stays as it is."""
    if poll_of(message.meta) is None:
        return
    votes = PollVote.objects.filter(conversation=message.conversation_id, seq=message.seq)
    if votes.filter(removed_rev=None).exists():
        raise PollHasVotes


def _meta_with(message: Message, buttons: Sequence[Button] | None) -> dict[str, Any] | None:
    """The message's `meta` with other buttons."""
    meta: dict[str, Any] | None = message.meta
    if buttons is None or list(buttons) == buttons_of(meta):
        return meta
    return {**(without_buttons(meta) or {}), **buttons_meta(buttons)} or None


def _replace(log: Log, message: Message, text: str, meta: dict[str, Any] | None) -> dict[str, Any]:
    rev = log.next_rev()
    if text != message.body:
        _keep_revisions(log, message, rev, text)
        _recompute_mentions(message, text)
        follow_edit(log, message, text, rev)
    return change(log, message, rev, body=text, meta=meta, edited_at=log.now)


def _keep_revisions(log: Log, message: Message, rev: int, text: str) -> None:
    """The new revision, and the original text as rev 0 unless that is stored already."""
    place = {"conversation_id": message.conversation_id, "seq": message.seq}
    Revision.objects.bulk_create(
        [
            Revision(**place, rev=0, body=message.body, created_at=message.created_at),
            Revision(**place, rev=rev, body=text, created_at=log.now),
        ],
        ignore_conflicts=True,
    )


def _recompute_mentions(message: Message, text: str) -> None:
    """Mention rows of the new text: members of the conversation, and null for everybody."""
    place = {"conversation_id": message.conversation_id, "seq": message.seq}
    rows = Mention.objects.filter(**place)
    called = _called(message, text)
    if called != set(rows.values_list("user", flat=True)):
        rows.delete()
        Mention.objects.bulk_create(Mention(**place, user_id=user) for user in called)


def _called(message: Message, text: str) -> set[UUID | None]:
    people, everybody = called_by(text, is_forwarded=is_forwarded(message.meta))
    found: set[UUID | None] = {None} if everybody else set()
    if people:
        present = Participant.objects.open().filter(
            conversation=message.conversation_id, user__in=people
        )
        found |= set(present.values_list("user", flat=True))
    return found
