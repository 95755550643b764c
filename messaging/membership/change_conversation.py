"""Changes the title, topic, picture, kind and history of a conversation."""

from uuid import UUID

from attachments.actions.avatars import keep_picture, release_picture
from chatproject.core.plain_text import require_plain
from conversations.errors import ConversationNotFound, ElevationImpossible
from conversations.models import Conversation, Participant
from conversations.permissions import Right, standing_of
from conversations.wire import conversation_json
from messaging.log import Log, writing

Kind, History = Conversation.Kind, Conversation.History


def change_conversation(
    *,
    conversation_id: UUID,
    by: UUID,
    title: str | None = None,
    topic: str | None = None,
    kind: str | None = None,
    history: str | None = None,
) -> None:
    """Changes the given fields; all of them or, when one is refused, none.

    A new `kind` elevates a group in place. Neither that nor a new `history` opens older messages.
    Raises ConversationNotFound, NotAParticipant, DirectIsFixed, AdminRightMissing,
    OwnerRightMissing, ElevationImpossible, and InvalidInput for a title or topic with controls.
    """
    require_plain(title or "", "name")
    require_plain(topic or "", "topic", may_have_lines=True)
    with writing(conversation_id) as log:
        standing = standing_of(log.conversation, by)
        if title is not None:
            standing.require(Right.EDIT_DETAILS)
            _rename(log, title, by=by)
        if topic is not None:
            standing.require(Right.EDIT_DETAILS)
            _set_topic(log, topic, by=by)
        if kind is not None:
            standing.require(Right.ELEVATE)
            _elevate(log, kind, by=by)
        if history is not None:
            standing.require(Right.CHANGE_HISTORY)
            _switch_history(log, history, by=by)


def open_history(*, conversation_id: UUID, by: UUID) -> None:
    """Opens the whole past to all members, and to later ones where `history` is `everything`.

    The opened messages count as read. Raises ConversationNotFound, NotAParticipant, DirectIsFixed,
    OwnerRightMissing.
    """
    with writing(conversation_id) as log:
        standing_of(log.conversation, by).require(Right.OPEN_HISTORY)
        inside = Participant.objects.open().filter(conversation=log.conversation, from_seq__gt=1)
        opened = inside.update(from_seq=1)
        if opened or log.conversation.open_from_seq > 1:
            log.update(open_from_seq=1)
            told = log.append_system("conversation.history_opened", by=by, members=0)
            Participant.objects.filter(conversation=log.conversation).update(opened_rev=told.rev)
            _tell_updated(log)


def set_picture(*, conversation_id: UUID, by: UUID, attachment_id: UUID | None) -> None:
    """Makes an upload of `by` the conversation's picture, or removes it with None.

    Raises ConversationNotFound, NotAParticipant, DirectIsFixed, AdminRightMissing, and as
    `keep_picture`.
    """
    with writing(conversation_id) as log:
        standing_of(log.conversation, by).require(Right.EDIT_DETAILS)
        before = log.conversation.picture_id
        if attachment_id is None and before is None:
            return
        kept = attachment_id and keep_picture(uploader_id=by, attachment_id=attachment_id)
        log.update(picture_id=kept)
        release_picture(before)
        log.append_system("conversation.picture_changed", by=by, hasPicture=kept is not None)
        _tell_updated(log)


def picture_of(*, conversation_id: UUID, viewer_id: UUID) -> UUID | None:
    """The id of the picture, for members, and of a public conversation for whoever may read it.

    Raises ConversationNotFound.
    """
    conversation = Conversation.objects.filter(pk=conversation_id).first()
    if conversation is None:
        raise ConversationNotFound
    standing = standing_of(conversation, viewer_id)
    is_open = conversation.kind == Kind.PUBLIC and not standing.is_banned
    if standing.participant is None and not is_open:
        raise ConversationNotFound
    picture_id: UUID | None = conversation.picture_id
    return picture_id


def _rename(log: Log, title: str, *, by: UUID) -> None:
    if title != log.conversation.title:
        log.update(title=title)
        log.append_system("conversation.renamed", by=by, title=title)
        _tell_updated(log)


def _set_topic(log: Log, topic: str, *, by: UUID) -> None:
    if topic != log.conversation.topic:
        log.update(topic=topic)
        log.append_system("conversation.topic_changed", by=by, topic=topic)
        _tell_updated(log)


def _elevate(log: Log, kind: str, *, by: UUID) -> None:
    if kind == log.conversation.kind:
        return
    if log.conversation.kind != Kind.GROUP or kind not in (Kind.PUBLIC, Kind.BROADCAST):
        raise ElevationImpossible
    _close_past(log)
    log.update(kind=kind, history=History.EVERYTHING)
    log.append_system("conversation.elevated", by=by, members=0, kind=kind)
    _tell_updated(log)


def _switch_history(log: Log, history: str, *, by: UUID) -> None:
    if history != log.conversation.history:
        _close_past(log)
        log.update(history=history)
        log.append_system("conversation.history_changed", by=by, members=0, history=history)
        _tell_updated(log)


def _close_past(log: Log) -> None:
    """Makes the past of later members start with the message that is appended next."""
    log.update(open_from_seq=log.conversation.last_seq + 1)


def _tell_updated(log: Log) -> None:
    """Announces the changed conversation at the seq and rev of the last system message."""
    head = log.conversation
    log.announce(
        "conversation.updated",
        seq=head.last_seq,
        rev=head.last_rev,
        conversation=conversation_json(head),
    )
