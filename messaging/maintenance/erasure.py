"""Erases a person: their messages and files are emptied, and the log keeps its seqs.

Three idempotent steps: close the account, so that nothing new comes; empty the messages, batch by
batch; empty the account. The email stays until the end, so that the command can be run again.
"""

from collections.abc import Iterator
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from accounts.people.erasure import anonymize_account, close_erased_account
from attachments.actions.discard import discard
from attachments.models import Attachment
from conversations.models import Ban, Participant
from messaging.archive.counting import conversations_archived_of, rows_alone
from messaging.archive.recalling import bring_back
from messaging.inbox.entries import forget_person
from messaging.log import Log, writing
from messaging.maintenance.tombstones import BATCH, leave_tombstones
from messaging.models import ErasedPerson, Hide, Message, SavedDraft, ThreadFollower
from messaging.moderation.actions.reports import erase_from_reports

# The fields of a system message that hold a person's own words.
WORDS = ("title", "topic")


def conversations_of(user_id: UUID) -> list[UUID]:
    """The conversations that the person was ever in, in the order of ids."""
    ids = Participant.objects.filter(user=user_id).values_list("conversation_id", flat=True)
    return sorted(set(ids))


def conversations_written_in(user_id: UUID) -> list[UUID]:
    """The same, and those in which an imported bot wrote without being a member.

    Reads the whole table of messages once, for want of an index: an erasure may take its time.
    """
    senders = Message.objects.filter(sender=user_id).order_by()
    written = senders.values_list("conversation_id", flat=True).distinct()
    return sorted({*conversations_of(user_id), *written, *conversations_archived_of(user_id)})


def count_written(user_id: UUID) -> int:
    """How many messages of the person still have content; reads the whole table too."""
    archived = sum(
        len(rows)
        for conversation_id in conversations_archived_of(user_id)
        for rows in rows_alone(conversation_id, sender_id=user_id)
    )
    return Message.objects.filter(_written_by(user_id)).count() + archived


def close_account_for_erasure(*, user: User) -> None:
    """Closes the account: the person leaves all conversations and is signed out everywhere."""
    with transaction.atomic():
        close_erased_account(user)


def erase_messages(*, user_id: UUID, conversation_id: UUID) -> Iterator[int]:
    """Empties the person's messages in short batches; yields the number of each."""
    _recall_written(user_id, conversation_id)
    after = 0
    while True:
        with writing(conversation_id) as log:
            seqs = _next_seqs(log, user_id, after)
            leave_tombstones(log, seqs, by=user_id, keeps_fingerprint=False)
        yield len(seqs)
        if len(seqs) < BATCH:
            break
        after = seqs[-1]
    with writing(conversation_id) as log:
        _empty_system_messages(log, user_id)


def _recall_written(user_id: UUID, conversation_id: UUID) -> None:
    """The person's messages in files become rows, which hold: emptied, they show at once that there
    is nothing, and the next compaction takes the texts out of the files."""
    for rows in rows_alone(conversation_id, sender_id=user_id):
        for start in range(0, len(rows), BATCH):
            with writing(conversation_id):
                bring_back(rows[start : start + BATCH])


@transaction.atomic
def finish_erasure(*, user: User) -> None:
    """Empties the account, and deletes personal data from files, bans and reports."""
    discard(Attachment.objects.select_for_update().filter(uploader=user))
    Hide.objects.filter(user=user).delete()
    ThreadFollower.objects.filter(user=user).delete()
    SavedDraft.objects.filter(user=user).delete()
    forget_person(user.pk)
    Ban.objects.filter(user=user).update(reason="")
    erase_from_reports(user_id=user.pk)
    anonymize_account(user)
    ErasedPerson.objects.get_or_create(user_id=user.pk)


def _written_by(user_id: UUID) -> Q:
    return Q(sender=user_id, deleted_at=None) & ~Q(kind=Message.Kind.SYSTEM)


def _next_seqs(log: Log, user_id: UUID, after: int) -> list[int]:
    mine = Message.objects.filter(_written_by(user_id), conversation=log.conversation)
    return list(mine.after(after).order_by("seq").values_list("seq", flat=True)[:BATCH])


def _empty_system_messages(log: Log, user_id: UUID) -> None:
    """Empties former titles and topics that the person set; the present ones stay."""
    mine = Message.objects.filter(
        conversation=log.conversation, sender=user_id, kind=Message.Kind.SYSTEM
    )
    for message in mine.filter(meta__has_any_keys=WORDS).order_by("seq"):
        told = message.meta or {}
        emptied = {key: "" if key in WORDS else value for key, value in told.items()}
        if emptied != told:
            Message.objects.filter(conversation=log.conversation, seq=message.seq).update(
                meta=emptied, rev=log.next_rev()
            )
