"""What the relay remembers."""

from typing import ClassVar
from uuid import UUID

from django.db import models
from django.utils import timezone


class RelayCursor(models.Model):
    """How far a conversation's log was published: all changes up to `rev` were.

    When the cursor was last at the log's head, that had the messages up to `seq`: none of them is
    new to the stream.
    """

    conversation_id = models.UUIDField(primary_key=True)
    rev = models.BigIntegerField(default=0, db_default=0)
    seq = models.BigIntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        pk: UUID = self.conversation_id
        return f"{pk} published up to {self.rev}"


class ErasedPerson(models.Model):
    """A person who was erased, and when the broker was told of it."""

    user_id = models.UUIDField(primary_key=True)
    erased_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["erased_at"],
                name="erasures_to_publish",
                condition=models.Q(published_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"erasure of {self.user_id}"


class RelayState(models.Model):
    """A row for each part of the logs, from 1: when its relay last published, or had nothing to
    publish, and what it follows the logs by."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    seen_at = models.DateTimeField()
    follows_by = models.CharField(max_length=10)  # see messaging.relay.moved

    def __str__(self) -> str:
        return f"relay {self.pk} at {self.seen_at}"
