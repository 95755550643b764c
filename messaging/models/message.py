"""A message of a conversation's log."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from chatproject.core.ids import uuid7
from messaging.models.keys import conversation_key, person_key
from messaging.querysets import MessageQuerySet
from messaging.text import MAX_LENGTH, VISIBLE_PATTERN


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
    conversation = conversation_key()
    seq = models.BigIntegerField()
    rev = models.BigIntegerField()
    sender = person_key(null=True)
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
    deleted_by = person_key(null=True)
    pinned_at = models.DateTimeField(null=True)
    pinned_by = person_key(null=True)

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
