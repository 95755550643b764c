"""Webhooks, and what is remembered of their use."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

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
