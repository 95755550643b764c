"""Webhooks, and what is remembered of their use."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chatproject.core.ids import uuid7
from conversations.models import Conversation


class IncomingWebhook(models.Model):
    """A secret address by which a program posts into a conversation, under an account of its own.

    Only a hash of the secret is stored. The account is no member and closed to everything else.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    # Whether a payload's `channel` may name another conversation that who made it is an admin of.
    chooses_conversation = models.BooleanField(default=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["conversation", "id"],
                name="webhook_live",
                condition=models.Q(ended_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"webhook of {self.conversation_id}"


class OutgoingWebhook(models.Model):
    """Tells a program of what happens in a conversation, or of messages with certain words.

    `secret` signs each delivery, so it is stored as it is. What was told so far is `through_rev`
    and `through_seq`. The account writes what the program answers, as that of IncomingWebhook.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    url = models.CharField(max_length=2000)
    secret = models.CharField(max_length=64, editable=False)
    events = ArrayField(models.CharField(max_length=40))
    # With any of them a message is told, without any every one.
    words = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    through_rev = models.BigIntegerField(editable=False)
    through_seq = models.BigIntegerField(editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    # Deliveries that were given up since the last one that arrived.
    failures = models.PositiveIntegerField(default=0)
    switched_off_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["conversation", "id"],
                name="outgoing_live",
                condition=models.Q(ended_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"outgoing webhook of {self.conversation_id}"


class Delivery(models.Model):
    """One event for an outgoing webhook, and how it fared. Deleted after a week, and with the
    message that it tells of."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Failed")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    webhook = models.ForeignKey(OutgoingWebhook, on_delete=models.CASCADE, related_name="+")
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    seq = models.BigIntegerField()
    event = models.CharField(max_length=40)
    body = models.TextField()
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    status = models.PositiveIntegerField(null=True)  # of the last answer
    error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["conversation", "seq"], name="delivery_of_message"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.state}"


class SlashCommand(models.Model):
    """`/name` in a conversation calls a program, which answers there, or to who called it alone.

    The program is at `url`, or is the app of `bot` on Socket Mode. `secret` signs each call, so it
    is stored as it is. The account writes the answers.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    bot = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(max_length=32)
    description = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=2000, blank=True)
    secret = models.CharField(max_length=64, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["conversation", "name"],
                name="slash_command_once",
                condition=models.Q(ended_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"/{self.name}"
