"""A person or a bot: the account, its settings and its password."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models, transaction
from django.db.models.functions import Lower, Now, Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.password_normalisation import normalize_password
from accounts.querysets import UserManager
from chatproject.core.db.fold_name import FoldName
from chatproject.core.ids import uuid7


class Audience(models.TextChoices):
    """For whom something of a person is; contacts are those in the person's own address book."""

    EVERYONE = "everyone", _("Everybody")
    CONTACTS = "contacts", _("My contacts")
    NOBODY = "nobody", _("Nobody")


class User(AbstractBaseUser, PermissionsMixin):
    """A person or a bot. Never deleted: closing sets `deactivated_at`, erasing empties the fields.

    `email` is null for imported people and bots, who cannot log in with a password.
    """

    class Theme(models.TextChoices):
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    class Density(models.TextChoices):
        """How much space rows and messages take."""

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
