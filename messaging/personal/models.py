"""What people keep for themselves: scheduled messages, and those saved for later.

Like all tables of the message path they have no foreign key that PostgreSQL checks.
"""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from chatproject.core.ids import uuid7
from messaging.text import MAX_LENGTH


def _row(to: Any) -> models.ForeignKey:  # type: ignore[type-arg]
    """A reference by id, without a constraint or an index."""
    return models.ForeignKey(
        to, db_constraint=False, db_index=False, on_delete=models.CASCADE, related_name="+"
    )


class ScheduledMessage(models.Model):
    """A message that is sent at `send_at`. Its id becomes the `client_id` of the message.

    The row is deleted once the message is stored. A refused one stays, with the code of the
    refusal, until its author changes or deletes it. `sending` is for the moment between the claim
    by a worker and its end: what is being sent can neither be changed nor deleted.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        SENDING = "sending"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    author = _row(settings.AUTH_USER_MODEL)
    conversation = _row("conversations.Conversation")
    body = models.TextField(blank=True)
    reply_to_seq = models.BigIntegerField(null=True)
    thread_seq = models.BigIntegerField(null=True)
    also_to_conversation = models.BooleanField(default=False, db_default=False)
    attachment_ids = ArrayField(models.UUIDField(), default=list)
    send_at = models.DateTimeField()
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    refusal_code = models.CharField(max_length=60, blank=True)
    refusal_detail = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="scheduled_body_length", condition=models.Q(body__length__lte=MAX_LENGTH)
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["author", "send_at", "id"], name="scheduled_of_author"),
            models.Index(
                fields=["send_at"],
                name="scheduled_due",
                condition=~models.Q(state="refused"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.author_id} in {self.conversation_id} at {self.send_at:%Y-%m-%d %H:%M}"


class SavedMessage(models.Model):
    """`user` wants to come back to this message; at `remind_at`, where that is set.

    It names the message and holds nothing of it: the visibility rule is asked whenever it is read.
    `reminded_at` is when the reminder came, which puts it on top of the list.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = _row(settings.AUTH_USER_MODEL)
    conversation = _row("conversations.Conversation")
    seq = models.BigIntegerField()
    created_at = models.DateTimeField(default=timezone.now)
    remind_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["conversation", "user", "seq"], name="saved_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["user", "id"], name="saved_of_user"),
            models.Index(
                fields=["remind_at"],
                name="saved_due",
                condition=models.Q(reminded_at=None, done_at=None, remind_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} keeps {self.conversation_id}/{self.seq}"
