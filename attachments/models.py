"""Files that people put into conversations."""

import secrets
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from attachments.content_type import PICTURES
from attachments.image_processing import BOXES
from chatproject.core.ids import uuid7

# How long an upload waits for its message.
UNCLAIMED_FOR = timedelta(days=1)


def random_key() -> str:
    """A name in the store that nobody can guess and that says nothing of the file."""
    token = secrets.token_hex(20)
    return f"{token[:2]}/{token[2:]}"


def expiry() -> datetime:
    return timezone.now() + UNCLAIMED_FOR


class Attachment(models.Model):
    """One uploaded file. Its uploader's alone until a message claims it by (conversation, seq).

    There is no foreign key to the message: the send transaction stamps `conversation_id` and `seq`
    and takes `expires_at` away. The objects in the store are named `storage_key` and a suffix:
    `.original` is what was sent; of a picture, others get `.clean`, the same without what the
    camera wrote into it, and previews `.320.webp` and `.1280.webp`.
    """

    class State(models.TextChoices):
        PENDING = "pending"  # a picture that has not been looked into yet
        READY = "ready"
        REFUSED = "refused"  # a picture that could not be read; nothing of it is kept

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    uploader = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="attachments"
    )
    conversation_id = models.UUIDField(null=True, editable=False)
    seq = models.BigIntegerField(null=True, editable=False)
    position = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    storage_key = models.CharField(max_length=100, unique=True, default=random_key)
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    sha256 = models.BinaryField(max_length=32, null=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    duration = models.FloatField(null=True)
    placeholder = models.CharField(max_length=64, default="", db_default="")
    # [[320, width, height], [1280, width, height]]: the box that a preview fits in, and its size.
    previews = models.JSONField(default=list, db_default=[])
    state = models.CharField(max_length=7, choices=State, default=State.PENDING)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, default=expiry)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["conversation_id", "seq"],
                name="attachment_of_message",
                condition=models.Q(seq__isnull=False),
            ),
            models.Index(
                fields=["expires_at"],
                name="attachment_unclaimed",
                condition=models.Q(seq__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_picture(self) -> bool:
        return self.content_type in PICTURES

    @property
    def original_key(self) -> str:
        return f"{self.storage_key}.original"

    @property
    def clean_key(self) -> str:
        return f"{self.storage_key}.clean"

    @property
    def shown_key(self) -> str:
        """What others get."""
        return self.clean_key if self.is_picture else self.original_key

    def preview_key(self, box: int) -> str:
        return f"{self.storage_key}.{box}.webp"

    @property
    def possible_keys(self) -> list[str]:
        """Every object that it may ever have had."""
        if not self.is_picture:
            return [self.original_key]
        return [self.original_key, self.clean_key, *map(self.preview_key, BOXES)]

    @property
    def kept_keys(self) -> list[str]:
        """Every object that belongs to it as it stands now."""
        if self.state == self.State.REFUSED:
            return []
        if self.state == self.State.PENDING:
            return [self.original_key]
        return [self.shown_key, *(self.preview_key(box) for box, _, _ in self.previews)]
