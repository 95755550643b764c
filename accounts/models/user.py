"""People, sign-ins, contacts and blocks; suspensions and mutes by moderators; the audit log.

The tables of second factors, single sign-on and Web Push are in the `models.py` of their folders.
"""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models, transaction
from django.db.models.functions import Lower, Now, Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.password_normalisation import normalize_password
from accounts.querysets import UserManager
from accounts.second_factor.models import FactorStep, Passkey, RecoveryCode, Totp
from accounts.single_sign_on.models import Identity, UsedLogoutToken
from accounts.web_push.models import (
    NotificationCursor,
    PushSubscription,
    ShownNotification,
    WebPushKey,
)
from chatproject.core.db.fold_name import FoldName
from chatproject.core.ids import uuid7

__all__ = [
    "Attempt",
    "AuditEntry",
    "Block",
    "Contact",
    "FactorStep",
    "Identity",
    "LastSeen",
    "Mute",
    "NotificationCursor",
    "Passkey",
    "PushSubscription",
    "RecoveryCode",
    "ShownNotification",
    "SignIn",
    "SocketTicket",
    "Suspension",
    "Totp",
    "UsedLogoutToken",
    "User",
    "WebPushKey",
]


class Audience(models.TextChoices):
    """For whom something of a person is; contacts are those in the person's own address book."""

    EVERYONE = "everyone", _("Everybody")
    CONTACTS = "contacts", _("My contacts")
    NOBODY = "nobody", _("Nobody")


def _audience() -> "models.CharField[str, str]":
    return models.CharField(
        max_length=8, choices=Audience, default=Audience.EVERYONE, db_default="everyone"
    )


class User(AbstractBaseUser, PermissionsMixin):
    """A person or a bot. Never deleted: closing sets `deactivated_at`, erasing empties the fields.

    `email` is null for imported people and bots, who cannot log in with a password.
    """

    class Theme(models.TextChoices):
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    class Density(models.TextChoices):
        """How much room rows and messages take."""

        COMFORTABLE = "comfortable", _("Comfortable")
        COMPACT = "compact", _("Compact")

    class Accent(models.TextChoices):
        """The colour of buttons, links and own messages; css/accents.css has them."""

        INDIGO = "indigo", _("Indigo")
        BLUE = "blue", _("Blue")
        TEAL = "teal", _("Teal")
        GREEN = "green", _("Green")
        AMBER = "amber", _("Amber")
        ROSE = "rose", _("Rose")
        VIOLET = "violet", _("Violet")
        GRAPHITE = "graphite", _("Graphite")

    class Notifications(models.TextChoices):
        """What the person's browsers show a notification for."""

        ALL = "all", _("Every message")
        MENTIONS = "mentions", _("Mentions and direct messages")
        NONE = "none", _("Nothing")

    class Digest(models.TextChoices):
        """How often the person, while away, gets a mail about what they have missed."""

        OFF = "off", _("Never")
        HOURLY = "hourly", _("Every hour")
        DAILY = "daily", _("Every day")
        WEEKLY = "weekly", _("Every week")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=100)
    email = models.EmailField(max_length=254, null=True, blank=True)
    # When the person was seen to read mail at `email`, and when a server refused mail to it for
    # good: nothing more is sent there until they confirm it anew. A new address has neither.
    email_verified_at = models.DateTimeField(null=True, blank=True, editable=False)
    email_bounced_at = models.DateTimeField(null=True, blank=True, editable=False)
    about = models.CharField(max_length=500, blank=True)
    # The attachment that is their picture, which is in an app above this one; see
    # `attachments.actions.avatars`.
    avatar_id = models.UUIDField(null=True, blank=True, editable=False)
    # Empty is the system's own or the browser's.
    theme = models.CharField(max_length=5, choices=Theme, blank=True, db_default="")
    # Empty is the installation's.
    accent = models.CharField(max_length=8, choices=Accent, blank=True, db_default="")
    density = models.CharField(
        max_length=11, choices=Density, default=Density.COMFORTABLE, db_default="comfortable"
    )
    language = models.CharField(max_length=10, blank=True, db_default="")
    # An IANA name, such as Europe/Berlin; empty is UTC.
    time_zone = models.CharField(max_length=64, blank=True, db_default="")
    notifications = models.CharField(
        max_length=8, choices=Notifications, default=Notifications.ALL, db_default="all"
    )
    # Whether a notification is heard in the chat that is open.
    has_sound = models.BooleanField(default=True, db_default=True)
    # Seconds for which the browser holds a message, so that it can be taken back; 0: none.
    undo_seconds = models.PositiveSmallIntegerField(default=0, db_default=0)
    # What the person is up to, shown to everybody until `status_until`.
    status_emoji = models.CharField(max_length=64, blank=True, db_default="")
    status_text = models.CharField(max_length=100, blank=True, db_default="")
    status_until = models.DateTimeField(null=True, blank=True)
    # For whom; see `accounts.people.privacy`.
    presence_for = models.CharField(
        max_length=8, choices=Audience, default="everyone", db_default="everyone"
    )
    receipts_for = models.CharField(
        max_length=8, choices=Audience, default="everyone", db_default="everyone"
    )
    writing_for = models.CharField(
        max_length=8, choices=Audience, default="everyone", db_default="everyone"
    )
    adding_for = models.CharField(
        max_length=8, choices=Audience, default="everyone", db_default="everyone"
    )
    # A digest tells what came after `digest_sent_at`.
    digest = models.CharField(
        max_length=6, choices=Digest, default=Digest.OFF, db_default=Digest.OFF
    )
    digest_sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Each day between these times of `time_zone`, over midnight where the second is the earlier, no
    # digest is sent and no notification shown; none is shown until `quiet_all_until` at any hour.
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    quiet_all_until = models.DateTimeField(null=True, blank=True)
    is_bot = models.BooleanField(default=False)
    # Hides online, away, offline and last seen from everybody else.
    hides_presence = models.BooleanField(default=False, db_default=False)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    # Whether a log-in needs one; kept by accounts/second_factor/factors.py, read by every request.
    has_second_factor = models.BooleanField(default=False, db_default=False, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    deactivated_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Where an imported person came from ("slack:T123/U456"); a second import finds them by it.
    origin = models.CharField(max_length=200, null=True, blank=True, editable=False, unique=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    _password: str | None  # Django's: a raw password that was set and not yet saved

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        permissions = (("view_operation", "Can see how the server runs"),)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # Unique whatever the letter case, since only lower case is ever stored.
            models.UniqueConstraint(fields=["email"], name="user_email_unique"),
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="user_email_lower_case"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["digest", "id"],
                name="user_with_digest",
                condition=~models.Q(digest="off"),
            ),
            models.Index(
                Lower("name"), "id", name="user_by_name", condition=models.Q(is_active=True)
            ),
            GinIndex(
                OpClass(Upper("name"), name="gin_trgm_ops"),
                name="user_name_trigrams",
                condition=models.Q(is_active=True),
            ),
            GinIndex(OpClass(FoldName("name"), name="gin_trgm_ops"), name="user_by_folded_name"),
        ]

    def __str__(self) -> str:
        return self.name

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(raw_password and normalize_password(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        """Also by a hash of the password as it was typed, as older accounts have it."""
        if raw_password is None:
            return False
        normalized = normalize_password(raw_password)
        if super().check_password(normalized):
            return True
        return normalized != raw_password and super().check_password(raw_password)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A new password, wherever it is set (`manage.py changepassword`), ends all sign-ins."""
        if self._password is None or self._state.adding:
            super().save(*args, **kwargs)
            return
        with transaction.atomic():
            super().save(*args, **kwargs)
            self.sign_ins.filter(ended_at=None).update(ended_at=Now())


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


class ApiToken(models.Model):
    """A token of a person's script or of a bot, by which its sign-in of kind `api` is found.

    Only a hash of the secret is stored. Whatever ends the sign-in ends the token: revoking it, a
    log-out everywhere, a new password, a suspension, a closed account.
    """

    sign_in = models.OneToOneField(
        SignIn, on_delete=models.CASCADE, primary_key=True, related_name="api_token"
    )
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    name = models.CharField(max_length=100)
    scopes = ArrayField(models.CharField(max_length=30))
    # The only conversations that it reaches; empty is all that its account is in.
    conversation_ids = ArrayField(models.UUIDField(), default=list, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.name


class Bot(models.Model):
    """The account of a program, and who made it. Its name and state are the account's."""

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="bot"
    )
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="bots")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"bot {self.user_id}"


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


class LastSeen(models.Model):
    """When a person was last online. Apart from the person, whose row is not rewritten for it."""

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="last_seen"
    )
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "last seen"

    def __str__(self) -> str:
        return f"{self.user_id} at {self.at:%Y-%m-%d %H:%M}"


class Contact(models.Model):
    """`person` in the address book of `owner`, under a nickname that only the owner sees."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="contacts")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    nickname = models.CharField(max_length=100, blank=True)
    # As the owner wrote it; only the owner sees it.
    contact_number = models.CharField(max_length=32, blank=True, db_default="")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["owner", "person"], name="contact_once"),
        ]

    def __str__(self) -> str:
        return f"{self.owner_id} knows {self.person_id}"


class Block(models.Model):
    """`blocker` accepts no direct messages from `blocked`."""

    blocker = models.ForeignKey(User, on_delete=models.CASCADE, related_name="blocks")
    blocked = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["blocker", "blocked"], name="block_once"),
        ]

    def __str__(self) -> str:
        return f"{self.blocker_id} blocks {self.blocked_id}"


class Suspension(models.Model):
    """A person cannot sign in until `ends_at`, or until a moderator lifts it when that is null.

    Meanwhile `user.is_active` is false, which is all that other code reads.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="suspensions")
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["user"],
                name="suspension_one_lasts",
                condition=models.Q(lifted_at=None),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["ends_at"], name="suspension_ends", condition=models.Q(lifted_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"suspension of {self.user_id}"


class Mute(models.Model):
    """A person may read and not post until `ends_at`, or until a moderator lifts it when null.

    Every send reads this table, so it holds nobody else.
    """

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="mute"
    )
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"mute of {self.user_id}"


class AuditEntry(models.Model):
    """One act of a moderator, an operator or the system; only `accounts.audit.audit_log` writes it.

    Append-only: a database trigger refuses updates and deletions. It refers to people and
    conversations by id, without foreign keys, so that they can be deleted and the entry stays.
    """

    at = models.DateTimeField(db_default=Now(), editable=False)
    by = models.ForeignKey(
        User,
        null=True,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    operator = models.CharField(max_length=200, blank=True)
    action = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.CharField(max_length=64, blank=True)
    person_id = models.UUIDField(null=True)
    conversation_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=1000, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        verbose_name = "audit entry"
        verbose_name_plural = "audit log"
        default_permissions = ("view",)
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["by", "id"], name="audit_by"),
            models.Index(fields=["action", "id"], name="audit_action"),
            models.Index(fields=["subject_id", "id"], name="audit_subject"),
            models.Index(fields=["person_id", "id"], name="audit_person"),
            models.Index(fields=["conversation_id", "id"], name="audit_conversation"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_id}"
