"""Messages and their child rows, which refer to a message by (conversation, seq).

No table of the message path has a foreign key that PostgreSQL checks, and every unique constraint
includes the conversation, so all of them can be distributed by conversation.
"""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chatproject.core.ids import uuid7
from conversations.models import Conversation
from messaging.analytics.models import DayFigure
from messaging.archive.models import ArchiveFile, ArchiveKeyRun, ArchiveRecall, ArchiveSegment
from messaging.inbox.models import InboxCursor, InboxEntry, InboxState
from messaging.integrations.models import (
    Delivery,
    IncomingWebhook,
    OutgoingWebhook,
    SlashCommand,
)
from messaging.moderation.models import LastPost, Quota, Report, Rulebook, WordFilter
from messaging.personal.models import SavedMessage, ScheduledMessage
from messaging.querysets import MessageQuerySet
from messaging.relay.models import ErasedPerson, RelayCursor, RelayState
from messaging.search.models import SearchCursor, SearchEntry
from messaging.text import MAX_LENGTH, VISIBLE_PATTERN

__all__ = [
    "ArchiveFile",
    "ArchiveKeyRun",
    "ArchiveRecall",
    "ArchiveSegment",
    "DayFigure",
    "Delivery",
    "ErasedPerson",
    "Forward",
    "Hide",
    "InboxCursor",
    "InboxEntry",
    "InboxState",
    "IncomingWebhook",
    "LastPost",
    "Mention",
    "Message",
    "MessageLinkPreview",
    "OutgoingWebhook",
    "PollVote",
    "Quota",
    "Reaction",
    "Receipt",
    "RelayCursor",
    "RelayState",
    "Report",
    "Revision",
    "Rulebook",
    "SavedDraft",
    "SavedMessage",
    "ScheduledMessage",
    "SearchCursor",
    "SearchEntry",
    "SlashCommand",
    "Thread",
    "ThreadFollower",
    "WordFilter",
]


def _conversation() -> models.ForeignKey[Conversation, Conversation]:
    return models.ForeignKey(
        Conversation,
        on_delete=models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )


def _person(*, null: bool = False) -> models.ForeignKey:  # type: ignore[type-arg]
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=null,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )


class Message(models.Model):
    """One message of a log. Its `seq` never changes; its `rev` is that of its last change.

    In the database the primary key is (conversation, seq) and `id` has a plain index: see
    migration 0002. A system message has no body; `meta` holds the event and the ids.
    """

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        IMAGE = "image", _("Image")
        FILE = "file", _("File")
        SYSTEM = "system", _("System")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    conversation = _conversation()
    seq = models.BigIntegerField()
    rev = models.BigIntegerField()
    sender = _person(null=True)
    client_id = models.UUIDField(null=True)
    # Keyed hash of the draft: distinguishes a retry from another message with the same client_id.
    fingerprint = models.BinaryField(max_length=16, null=True)
    kind = models.CharField(max_length=6, choices=Kind, default=Kind.TEXT)
    body = models.TextField(blank=True)
    meta = models.JSONField(null=True, blank=True)
    reply_to_seq = models.BigIntegerField(null=True)
    # The root of the thread that the message is a reply in. With `thread_only` it stays there, and
    # is not in the conversation's timeline.
    thread_seq = models.BigIntegerField(null=True)
    thread_only = models.BooleanField(default=False, db_default=False)
    # Whether its sender had not read the message before it. All own messages among the unread ones
    # are such, so a small partial index counts them.
    sent_behind = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    deleted_by = _person(null=True)
    pinned_at = models.DateTimeField(null=True)
    pinned_by = _person(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["conversation", "sender", "client_id"],
                name="message_once_per_client_id",
                condition=models.Q(client_id__isnull=False),
            ),
            models.CheckConstraint(
                name="message_body_length", condition=models.Q(body__length__lte=MAX_LENGTH)
            ),
            models.CheckConstraint(
                name="message_body_visible",
                condition=~models.Q(kind="text")
                | models.Q(deleted_at__isnull=False)
                | models.Q(body__regex=VISIBLE_PATTERN),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["conversation", "rev"], name="message_by_rev"),
            models.Index(
                fields=["conversation", "sender", "seq"],
                name="message_sent_behind",
                condition=models.Q(sent_behind=True),
            ),
            models.Index(
                fields=["conversation", "seq"],
                name="message_never_unread",
                condition=models.Q(deleted_at__isnull=False)
                | models.Q(kind="system")
                | models.Q(thread_only=True),
            ),
            models.Index(
                fields=["conversation", "thread_seq", "seq"],
                name="message_in_thread",
                condition=models.Q(thread_seq__isnull=False),
            ),
            models.Index(
                fields=["conversation", "seq"],
                name="message_pinned",
                condition=models.Q(pinned_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}/{self.seq}"


class Revision(models.Model):
    """One version of an edited message's body, valid from `rev` on; the first has rev 0."""

    conversation = _conversation()
    seq = models.BigIntegerField()
    rev = models.BigIntegerField()
    body = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["conversation", "seq", "rev"], name="revision_once"),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}/{self.seq}@{self.rev}"


class Reaction(models.Model):
    """One person's emoji on a message, present for the revs [rev, removed_rev).

    A removed one is kept, since who left before the removal still sees it.
    """

    conversation = _conversation()
    seq = models.BigIntegerField()
    user = _person()
    emoji = models.CharField(max_length=64)
    rev = models.BigIntegerField()
    removed_rev = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["conversation", "seq", "user", "emoji"],
                name="reaction_once",
                condition=models.Q(removed_rev=None),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["conversation", "seq", "id"], name="reaction_of_message"),
        ]

    def __str__(self) -> str:
        return f"{self.emoji} on {self.conversation_id}/{self.seq}"


class PollVote(models.Model):
    """`user` votes for the choice at this place in a poll, for the revs [rev, removed_rev).

    One that was taken back is kept where somebody who left before still sees it.
    """

    conversation = _conversation()
    seq = models.BigIntegerField()
    user = _person()
    choice = models.SmallIntegerField()
    rev = models.BigIntegerField()
    removed_rev = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["conversation", "seq", "user", "choice"],
                name="poll_vote_once",
                condition=models.Q(removed_rev=None),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["conversation", "seq", "choice", "id"], name="votes_of_poll"),
        ]

    def __str__(self) -> str:
        return f"{self.choice} in {self.conversation_id}/{self.seq}"


class MessageLinkPreview(models.Model):
    """The preview of a link in a message, shown for the revs [rev, removed_rev).

    `rev` is null while it is fetched. A dismissed one was removed by a person, and never comes
    again, also where it was not there yet.
    """

    conversation = _conversation()
    seq = models.BigIntegerField()
    url_hash = models.BinaryField(max_length=32)
    preview_id = models.UUIDField(null=True)  # of attachments.LinkPreview
    position = models.SmallIntegerField(default=0)
    rev = models.BigIntegerField(null=True)
    removed_rev = models.BigIntegerField(null=True)
    is_dismissed = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["conversation", "seq", "url_hash"], name="message_link_preview_once"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["preview_id"], name="messages_of_link_preview"),
        ]

    def __str__(self) -> str:
        return f"{self.preview_id} in {self.conversation_id}/{self.seq}"


class Forward(models.Model):
    """A message that came from another one, which its readers are told of if they may see that."""

    conversation = _conversation()
    seq = models.BigIntegerField()
    origin_conversation_id = models.UUIDField()
    origin_seq = models.BigIntegerField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="forward_once"),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}/{self.seq}"


class Mention(models.Model):
    """`user` is mentioned by the message; null stands for `@all`."""

    conversation = _conversation()
    seq = models.BigIntegerField()
    user = _person(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["conversation", "user", "seq"],
                name="mention_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id or 'all'} in {self.conversation_id}/{self.seq}"


class Receipt(models.Model):
    """One advance of a pointer: `user` read, or received, (from_seq, up_to_seq] at `at`."""

    class Kind(models.TextChoices):
        DELIVERED = "delivered", _("Delivered")
        READ = "read", _("Read")

    conversation = _conversation()
    user = _person()
    kind = models.CharField(max_length=9, choices=Kind)
    from_seq = models.BigIntegerField()
    up_to_seq = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["conversation", "user", "kind", "up_to_seq"], name="receipt_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind} {self.conversation_id}/{self.up_to_seq}"


class Hide(models.Model):
    """`user` has hidden this message in their own view."""

    conversation = _conversation()
    seq = models.BigIntegerField()
    user = _person()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["conversation", "user", "seq"], name="hide_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} hides {self.conversation_id}/{self.seq}"


class Thread(models.Model):
    """What the replies under the message `seq`, the root, come to, from the first one on.

    Deleted replies do not count. `last_seq` is that of the last reply, deleted or not. Changes only
    under the conversation's lock.
    """

    conversation = _conversation()
    seq = models.BigIntegerField()
    reply_count = models.BigIntegerField(default=0)
    last_seq = models.BigIntegerField()
    last_at = models.DateTimeField(null=True)
    # Who wrote first, MAX_THREAD_PARTICIPANTS at most.
    participant_ids = ArrayField(models.UUIDField(), default=list)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="thread_once"),
        ]

    def __str__(self) -> str:
        return f"thread of {self.conversation_id}/{self.seq}"


class ThreadFollower(models.Model):
    """`user` follows the thread under `seq`, or has stopped to: then a mention changes nothing.

    They have read its replies up to `last_read_seq`, which never moves back.
    """

    conversation = _conversation()
    seq = models.BigIntegerField()
    user = _person()
    is_following = models.BooleanField(default=True)
    last_read_seq = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["conversation", "seq", "user"], name="thread_follower_once"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["user"],
                name="threads_followed",
                condition=models.Q(is_following=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in thread {self.conversation_id}/{self.seq}"


class SavedDraft(models.Model):
    """What `user` has begun to write in a conversation, or in the thread under `thread_seq`, for
    all their devices. The one written last holds."""

    conversation = _conversation()
    user = _person()
    thread_seq = models.BigIntegerField(default=0)  # 0 is the conversation itself
    content = models.TextField(blank=True)
    reply_to_seq = models.BigIntegerField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["conversation", "user", "thread_seq"], name="saved_draft_once"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["user", "-changed_at"], name="saved_drafts_of_user"),
        ]

    def __str__(self) -> str:
        return f"draft of {self.user_id} in {self.conversation_id}"
