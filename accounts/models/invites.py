"""Invites, and who has used them."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.user import User
from chatproject.core.ids import uuid7


class Invite(models.Model):
    """A link by which people come: to a conversation, or without one to the installation alone.

    The token is kept as it is, since those who may invite show the link again.
    """

    class Role(models.TextChoices):
        """What the newcomer is in the conversation."""

        MEMBER = "member", _("Member")
        ADMIN = "admin", _("Admin")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    token = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    # Of another app, so by its id alone.
    conversation_id = models.UUIDField(null=True, blank=True)
    role = models.CharField(max_length=6, choices=Role, default=Role.MEMBER)
    email = models.EmailField(max_length=254, blank=True)  # to which the link was sent
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    max_uses = models.PositiveIntegerField(null=True, blank=True)
    uses = models.PositiveIntegerField(default=0)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["conversation_id", "-id"], name="invite_conversation"),
        ]

    def __str__(self) -> str:
        return f"invite of {self.created_by_id}"


class InviteUse(models.Model):
    """Who came by an invite; each counts once."""

    invite = models.ForeignKey(Invite, on_delete=models.CASCADE, related_name="used_by")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["invite", "user"], name="invite_use_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} by {self.invite_id}"
