"""A person's second factors, and log-ins that wait for one."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from chatproject.core.ids import uuid7


class Totp(models.Model):
    """The authenticator app of a person; it counts from `confirmed_at` on.

    `secret` is encrypted with a key that follows from SECRET_KEY. `last_step` is the number of the
    30 seconds whose code was used last: neither it nor an older one is accepted again.
    """

    user: Any = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="totp"
    )
    secret = models.CharField(max_length=255)
    last_step = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "accounts"
        verbose_name = "authenticator app"
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"authenticator app of {self.user_id}"


class Passkey(models.Model):
    """A WebAuthn credential: the public half of a key that an authenticator keeps.

    `sign_count` is what the authenticator counted last; one that goes back is a copy.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="passkeys"
    )
    name = models.CharField(max_length=100)
    credential_id = models.BinaryField(max_length=1023, unique=True)
    public_key = models.BinaryField(max_length=2048)
    sign_count = models.BigIntegerField(default=0)
    transports: Any = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "accounts"
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.name


class RecoveryCode(models.Model):
    """One unused recovery code, as a hash; using it deletes the row."""

    user: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_codes"
    )
    digest = models.BinaryField(max_length=32, unique=True)

    class Meta:
        app_label = "accounts"
        default_permissions = ()

    def __str__(self) -> str:
        return f"recovery code of {self.user_id}"


class FactorStep(models.Model):
    """A log-in or a registration of a passkey that waits for its second half.

    Its secret, the step token, is stored as a hash and works once. `password_digest` ends the step
    when the password changes. `challenge` is what a passkey has to sign.
    """

    class Purpose(models.TextChoices):
        LOG_IN = "log_in"
        PASSKEY_LOG_IN = "passkey_log_in"
        PASSKEY_REGISTRATION = "passkey_registration"

    digest = models.BinaryField(max_length=32, primary_key=True)
    purpose = models.CharField(max_length=20, choices=Purpose)
    user: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    password_digest = models.BinaryField(max_length=32, null=True)
    challenge = models.BinaryField(max_length=64, null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "accounts"
        default_permissions: ClassVar[tuple[str, ...]] = ()

    def __str__(self) -> str:
        return f"{self.purpose} until {self.expires_at:%H:%M:%S}"
