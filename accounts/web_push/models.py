"""Devices that have asked for notifications (Web Push), and what was shown on them.

Conversations are named by their ids alone: accounts know none.
"""

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from chatproject.core.ids import uuid7


class WebPushKey(models.Model):
    """The server's own key (VAPID), by which push services know it; one row, made once."""

    private_key = models.CharField(max_length=1000)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        app_label = "accounts"
        default_permissions = ()

    def __str__(self) -> str:
        return f"key of {self.created_at:%Y-%m-%d}"


class PushSubscription(models.Model):
    """Where to reach one device, and the keys that only it can decrypt with. Ends with its sign-in.

    A browser has one endpoint, whoever is signed in: subscribing again takes it over.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sign_in: Any = models.OneToOneField(
        "accounts.SignIn", on_delete=models.CASCADE, related_name="push_subscription"
    )
    endpoint = models.CharField(max_length=1000, unique=True)
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=40)
    # Without it a notification says that something has come, and neither from whom nor what.
    shows_text = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_sent_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "accounts"
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"device of {self.sign_in_id}"


class ShownNotification(models.Model):
    """The last message of a conversation for which a device was notified, until it is read."""

    subscription = models.ForeignKey(
        PushSubscription, on_delete=models.CASCADE, related_name="shown"
    )
    conversation_id = models.UUIDField()
    seq = models.BigIntegerField()

    class Meta:
        app_label = "accounts"
        default_permissions = ()
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["subscription", "conversation_id"], name="shown_notification_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}/{self.seq}"


class NotificationCursor(models.Model):
    """Up to which seq of a conversation devices have been notified."""

    conversation_id = models.UUIDField(primary_key=True)
    seq = models.BigIntegerField()

    class Meta:
        app_label = "accounts"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.conversation_id}/{self.seq}"
