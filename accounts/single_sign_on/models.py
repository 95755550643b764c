"""Who people are at the OpenID provider, and the log-out tokens that were used."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from chatproject.core.ids import uuid7


class Identity(models.Model):
    """A person as the provider knows them: its subject never changes, unlike an address."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="identities"
    )
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(default=timezone.now)

    class Meta:
        app_label = "accounts"
        default_permissions = ("view",)
        verbose_name_plural = "identities"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="identity_once"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} at {self.issuer}"


class UsedLogoutToken(models.Model):
    """A log-out token of the provider, so that it is refused a second time."""

    digest = models.BinaryField(max_length=32, primary_key=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "accounts"
        default_permissions = ()

    def __str__(self) -> str:
        return f"until {self.expires_at:%H:%M:%S}"
