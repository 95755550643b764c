"""Files that people put into conversations."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from chatproject.core.ids import uuid7


class Attachment(models.Model):
    """One uploaded file. Its uploader's alone until a message claims it by (conversation, seq).

    There is no foreign key to the message: the send transaction stamps `conversation_id` and `seq`.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        READY = "ready"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    uploader = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="attachments"
    )
    conversation_id = models.UUIDField(null=True, editable=False)
    seq = models.BigIntegerField(null=True, editable=False)
    position = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    storage_key = models.CharField(max_length=100, unique=True)
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    state = models.CharField(max_length=7, choices=State, default=State.PENDING)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["conversation_id", "seq"],
                name="attachment_of_message",
                condition=models.Q(seq__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name
