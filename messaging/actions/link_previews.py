"""Link previews of messages: asking for them, showing them, removing them."""

import logging
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from attachments.link_previews.fetching import fetch_preview
from attachments.link_previews.keeping import claim_preview
from attachments.models import LinkPreview
from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.task_queue import defer
from conversations.errors import ConversationNotFound
from messaging import tasks
from messaging.actions.locked_message import LockedMessage, change, lock_message, shared_shape
from messaging.errors import NotTheSender
from messaging.link_previews import FLAG, discard_unused, links_in, with_flag
from messaging.log import Log, writing
from messaging.models import Message, MessageLinkPreview

logger = logging.getLogger(__name__)

State = LinkPreview.State
PRUNED_AT_ONCE = 500


def request_previews(*, conversation_id: UUID, seq: int) -> None:
    """Shows the previews of a message's links that are there, and has the others fetched.

    Idempotent. Nothing where LINK_PREVIEWS is off, or the message is gone.
    """
    message = _message(conversation_id, seq)
    if message is None or not settings.LINK_PREVIEWS:
        return
    is_ready = False
    for position, (key, url) in enumerate(links_in(message.body).items()):
        with transaction.atomic():
            is_ready |= _request(message, position, key, url)
    if is_ready:
        show_previews(conversation_id=conversation_id, seq=seq)


def _message(conversation_id: UUID, seq: int) -> Message | None:
    there = Message.objects.filter(conversation=conversation_id, seq=seq, deleted_at=None)
    return there.exclude(kind=Message.Kind.SYSTEM).first()


def _request(message: Message, position: int, key: bytes, url: str) -> bool:
    """Whether there is one to be shown now; else it is waited for, or there is none."""
    preview, is_new = claim_preview(url)
    if preview is None or preview.state == State.EMPTY:
        return False
    row, is_added = MessageLinkPreview.objects.get_or_create(
        conversation=message.conversation,
        seq=message.seq,
        url_hash=key,
        defaults={"preview_id": preview.pk, "position": position},
    )
    is_standing = row.rev is not None and row.removed_rev is None
    if not is_added and not row.is_dismissed and not is_standing:
        # The link was taken out of the text, and is in it again; or its fetch was lost.
        again = MessageLinkPreview.objects.filter(pk=row.pk)
        again.update(preview_id=preview.pk, position=position, rev=None, removed_rev=None)
    if is_new:
        defer(tasks.fetch_link_preview, preview_id=str(preview.pk))
    return preview.state == State.READY and not row.is_dismissed and not is_standing


def fetch_and_show(preview_id: UUID) -> None:
    """Fetches a preview, and shows it in the messages that wait for it. Idempotent."""
    is_there = fetch_preview(preview_id)
    waiting = MessageLinkPreview.objects.filter(preview_id=preview_id, rev=None)
    if not is_there:
        waiting.delete()
        return
    places = waiting.filter(is_dismissed=False).values_list("conversation_id", "seq")
    for conversation_id, seq in list(places):
        show_previews(conversation_id=conversation_id, seq=seq)


def show_previews(*, conversation_id: UUID, seq: int) -> None:
    """Gives the message a new rev with the previews that have come, and announces
    `message.updated`."""
    try:
        with writing(conversation_id) as log:
            message = _message(conversation_id, seq)
            waiting = MessageLinkPreview.objects.filter(
                conversation=conversation_id, seq=seq, rev=None, is_dismissed=False
            )
            if message is None:
                waiting.delete()
                return
            ready = LinkPreview.objects.filter(pk=OuterRef("preview_id"), state=State.READY)
            due = waiting.filter(Exists(ready), url_hash__in=list(links_in(message.body)))
            ids = list(due.values_list("pk", flat=True))
            if ids:
                rev = log.next_rev()
                MessageLinkPreview.objects.filter(pk__in=ids).update(rev=rev)
                change(log, message, rev, meta=with_flag(message.meta))
    except ConversationNotFound:
        return


def remove_previews(*, conversation_id: UUID, user_id: UUID, seq: int) -> dict[str, Any]:
    """The message's JSON without previews, of which none comes again. Again it changes nothing.

    The author may, and in other than direct conversations an owner or admin. Raises
    ConversationNotFound, MessageNotFound, NotAParticipant, SystemMessage, MessageGone,
    NotTheSender.
    """
    with writing(conversation_id) as log:
        locked = lock_message(log, user_id=user_id, seq=seq)
        _require_governing(locked)
        message = locked.message
        rows = MessageLinkPreview.objects.filter(conversation=conversation_id, seq=seq)
        MessageLinkPreview.objects.bulk_create(
            (
                MessageLinkPreview(conversation=log.conversation, seq=seq, url_hash=key)
                for key in links_in(message.body)
            ),
            ignore_conflicts=True,
        )
        rows.update(is_dismissed=True)
        if not rows.exclude(rev=None).filter(removed_rev=None).exists():
            return shared_shape(message)
        rev = log.next_rev()
        _end(log, message, rev, kept=())
        return change(log, message, rev)


def _require_governing(locked: LockedMessage) -> None:
    participant = locked.require_participant()
    locked.require_alive()
    governs = participant.is_admin and locked.log.conversation.kind != "direct"
    if locked.message.sender_id != locked.visibility.user_id and not governs:
        raise NotTheSender


def follow_edit(log: Log, message: Message, text: str, rev: int) -> None:
    """Ends the previews of links that `text`, the message's new one, lacks, and asks for those of
    its new links after the commit. Under the log's lock."""
    links = links_in(text)
    if not links and not links_in(message.body) and FLAG not in (message.meta or {}):
        return
    _end(log, message, rev, kept=tuple(links))
    for position, key in enumerate(links):
        MessageLinkPreview.objects.filter(
            conversation=message.conversation_id, seq=message.seq, url_hash=key
        ).update(position=position)
    if links and settings.LINK_PREVIEWS:
        place = {"conversation_id": str(message.conversation_id), "seq": message.seq}
        defer(tasks.request_link_previews, **place)


def _end(log: Log, message: Message, rev: int, *, kept: tuple[bytes, ...]) -> None:
    """Ends all but the kept ones at `rev`. Who left while they stood keeps seeing them; where
    nobody has come or gone since, nobody ever will, and what no other message shows is deleted."""
    rows = MessageLinkPreview.objects.filter(
        conversation=message.conversation_id, seq=message.seq
    ).exclude(url_hash__in=kept)
    rows.filter(rev=None, is_dismissed=False).delete()
    ended = rows.exclude(rev=None).filter(removed_rev=None)
    unseen = ended.filter(rev__gt=log.conversation.member_rev)
    gone = list(unseen.values_list("preview_id", flat=True))
    places = list(unseen.values_list("pk", flat=True))
    ended.update(removed_rev=rev)
    MessageLinkPreview.objects.filter(pk__in=places).update(preview_id=None)
    discard_unused(gone)


def prune_previews() -> int:
    """Deletes previews that are old and that no message has; how many."""
    count = 0
    for ids in _unused_on_shards() if is_distributed() else _unused():
        with transaction.atomic():
            done = discard_unused(ids)
        if ids and not done:  # whoever has taken them meanwhile
            break
        count += done
    return count


def _old() -> QuerySet[LinkPreview]:
    return LinkPreview.objects.filter(expires_at__lt=timezone.now())


def _unused() -> Iterator[list[UUID]]:
    """Old previews that no message has, PRUNED_AT_ONCE each time, which are to be discarded before
    the next ones are asked for."""
    used = MessageLinkPreview.objects.filter(preview_id=OuterRef("pk"))
    while True:
        ids = list(_old().exclude(Exists(used)).values_list("pk", flat=True)[:PRUNED_AT_ONCE])
        yield ids
        if len(ids) < PRUNED_AT_ONCE:
            return


def _unused_on_shards() -> Iterator[list[UUID]]:
    """The same of a distributed database, where previews are on every node and what messages have
    is not: two statements for as many old ones."""
    after = UUID(int=0)
    while True:
        old = _old().filter(pk__gt=after).order_by("pk")
        ids = list(old.values_list("pk", flat=True)[:PRUNED_AT_ONCE])
        rows = MessageLinkPreview.objects.filter(preview_id__in=ids)
        used = set(rows.values_list("preview_id", flat=True))
        yield [each for each in ids if each not in used]
        if len(ids) < PRUNED_AT_ONCE:
            return
        after = ids[-1]
