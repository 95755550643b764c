"""Attachments: uploaded files, and the keys of their objects in the file storage."""

import secrets
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attachments.content_type import PICTURES
from attachments.image_processing import BOXES
from chatproject.core.ids import uuid7

# How long an upload waits for its message.
UNCLAIMED_FOR = timedelta(days=1)


def random_key() -> str:
    """A key that nobody can guess and that reveals nothing about the file."""
    token = secrets.token_hex(20)
    return f"{token[:2]}/{token[2:]}"


def expiry() -> datetime:
    return timezone.now() + UNCLAIMED_FOR


class CustomEmoji(models.Model):
    """An emoji of this server, `:name:` in texts and reactions; `picture` is an upload of its own.

    It goes with its picture, as when the person who added it is erased.
    """

    name = models.CharField(max_length=32, primary_key=True)
    picture = models.OneToOneField("Attachment", on_delete=models.CASCADE, related_name="emoji")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "custom emoji"

    def __str__(self) -> str:
        return f":{self.name}:"


class LinkPreview(models.Model):
    """What a linked page says about itself, for all messages with the link.

    It never changes once it is ready: when it has become old, another row becomes the current one
    of its URL. The picture is the object `storage_key` and `.320.webp`, made here of what was
    fetched.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Pending")  # to be fetched by a task
        READY = "ready", _("Ready")
        EMPTY = "empty", _("Empty")  # nothing to show, or nothing could be fetched

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    url = models.TextField()
    url_hash = models.BinaryField(max_length=32)
    is_current = models.BooleanField(default=True)
    state = models.CharField(max_length=7, choices=State, default=State.PENDING)
    title = models.CharField(max_length=200, blank=True)
    description = models.CharField(max_length=400, blank=True)
    site_name = models.CharField(max_length=100, blank=True)
    storage_key = models.CharField(max_length=100, blank=True)  # empty where there is no picture
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    placeholder = models.CharField(max_length=64, default="", db_default="")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["url_hash"],
                name="link_preview_current",
                condition=models.Q(is_current=True),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["expires_at"], name="link_preview_by_expiry"),
            models.Index(
                fields=["storage_key"],
                name="link_preview_by_key",
                condition=~models.Q(storage_key=""),
            ),
            models.Index(
                fields=["created_at"],
                name="link_preview_pending",
                condition=models.Q(state="pending"),
            ),
        ]

    def __str__(self) -> str:
        return self.url

    @property
    def picture_key(self) -> str:
        return f"{self.storage_key}.{min(BOXES)}.webp"


class Attachment(models.Model):
    """One uploaded file, private to its uploader until a message claims it.

    There is no foreign key to the message: the send transaction sets `conversation_id` and `seq`
    and clears `expires_at`. The keys of the stored objects are `storage_key` and a suffix:
    `.original` is the uploaded file. Of a picture others get `.clean`, without metadata, and the
    previews `.320.webp` and `.1280.webp`. A video may have previews, too, of its poster.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Pending")  # a picture that waits to be processed
        READY = "ready", _("Ready")
        # A picture that could not be read; no object of it is stored.
        REFUSED = "refused", _("Refused")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    uploader = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="attachments"
    )
    conversation_id = models.UUIDField(null=True, editable=False)
    seq = models.BigIntegerField(null=True, editable=False)
    position = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    # Forwarded files share it: the object is deleted with the last row.
    storage_key = models.CharField(max_length=100, default=random_key)
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    sha256 = models.BinaryField(max_length=32, null=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    duration = models.FloatField(null=True)
    # Of a recording: its loudness over time; see `attachments.waveform`.
    waveform = models.JSONField(null=True)
    placeholder = models.CharField(max_length=64, default="", db_default="")
    # [[320, width, height], [1280, width, height]]: the box that a preview fits into, and its size.
    previews = models.JSONField(default=list, db_default=[])
    state = models.CharField(max_length=7, choices=State, default=State.PENDING)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, default=expiry)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["storage_key"], name="attachment_by_key"),
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
        """The key of the object that other people get."""
        return self.clean_key if self.is_picture else self.original_key

    def preview_key(self, box: int) -> str:
        return f"{self.storage_key}.{box}.webp"

    @property
    def possible_keys(self) -> list[str]:
        """The keys of all objects that it may ever have had."""
        if not self.is_picture:
            return [self.original_key, *(self.preview_key(box) for box, _, _ in self.previews)]
        return [self.original_key, self.clean_key, *map(self.preview_key, BOXES)]

    @property
    def kept_keys(self) -> list[str]:
        """The keys of the objects that it has in its present state."""
        if self.state == self.State.REFUSED:
            return []
        if self.state == self.State.PENDING:
            return [self.original_key]
        return [self.shown_key, *(self.preview_key(box) for box, _, _ in self.previews)]
