"""Accounts and addresses that wait for a confirmation, and who may open an account."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models.user import User
from chatproject.core.ids import uuid7


class PendingRegistration(models.Model):
    """An account that begins when its person follows the link of a mail; one for each address.

    A later registration with the same address takes its place, and its link that of the earlier.
    """

    link_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=100)
    password = models.CharField(max_length=128)  # hashed
    invite_token = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"registration of {self.created_at:%Y-%m-%d %H:%M}"


class EmailChange(models.Model):
    """A new address that is confirmed by links sent to it and to the old one; one for a person."""

    link_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="email_change"
    )
    email = models.EmailField(max_length=254)
    created_at = models.DateTimeField(default=timezone.now)
    old_confirmed_at = models.DateTimeField(null=True)
    new_confirmed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"email change of {self.user_id}"


class SiteSettings(models.Model):
    """What is set in the admin instead of the environment: the one row, or none."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    registration = models.CharField(
        max_length=260,
        blank=True,
        help_text="open, invite, domain:example.org or closed; empty is what REGISTRATION says.",
    )

    class Meta:
        verbose_name_plural = "site settings"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(id=1), name="site_settings_one_row"),
        ]

    def __str__(self) -> str:
        return "settings"
