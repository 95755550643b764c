"""Sign-ins of people, the counters of tries to sign in, and tickets for sockets."""

from typing import ClassVar
from uuid import UUID

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.user import User
from accounts.single_sign_on.models import Identity
from chatproject.core.ids import uuid7


class SignIn(models.Model):
    """One browser session or one family of refresh tokens: what a log-out ends.

    An access token and a Django session hold its id, so ending a row ends both at the next request,
    and a socket at the next sweep. `refresh_jti` names the only valid refresh token of the family;
    using an older one ends the family, since it was copied.
    """

    class Kind(models.TextChoices):
        BROWSER = "browser", _("Browser")
        TOKEN = "token", _("Token")
        API = "api", _("Api")  # an API token, see ApiToken

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins")
    kind = models.CharField(max_length=7, choices=Kind)
    refresh_jti = models.UUIDField(null=True)
    # Of single sign-on: who it was, and the session at the provider, whose end is this one's.
    identity = models.ForeignKey(
        Identity,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    provider_session = models.CharField(max_length=255, blank=True, db_default="")
    user_agent = models.CharField(max_length=200, blank=True)
    address = models.GenericIPAddressField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    # Set by who reads the sign-in of an API token: what it may do, and the only conversations that
    # it reaches, all where there are none. `scopes` is None for who signed in as a person.
    scopes: frozenset[str] | None = None
    only_in: frozenset[UUID] = frozenset()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["user"], name="sign_in_live", condition=models.Q(ended_at=None)),
            models.Index(
                fields=["identity"],
                name="sign_in_of_identity",
                condition=models.Q(identity__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} sign-in of {self.user_id}"


class SocketTicket(models.Model):
    """A single-use ticket, valid for 30 s, for opening a socket where no header can be set.

    Only a hash of the secret is stored; using it deletes the row.
    """

    digest = models.BinaryField(max_length=32, primary_key=True)
    sign_in = models.ForeignKey(SignIn, on_delete=models.CASCADE)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"ticket of {self.sign_in_id}"


class Attempt(models.Model):
    """A counter of tries within a window; incremented by one upsert, so it never undercounts.

    `key` is a hash of what is tried, the account and the address.
    """

    key = models.BinaryField(max_length=32, primary_key=True)
    count = models.PositiveIntegerField()
    window_ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.count} until {self.window_ends_at:%H:%M:%S}"
