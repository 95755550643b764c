"""Conversations, their participants (one row per membership period), and bans."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chatproject.core.db.fold_name import FoldName
from chatproject.core.ids import uuid7
from conversations.querysets import ConversationQuerySet, ParticipantQuerySet

# With more members than this only pointers advance: no receipt rows, no read events, and joins and
# leaves are announced in aggregate.
LARGE_CONVERSATION = 256


class Conversation(models.Model):
    """One log and its counters `last_seq` and `last_rev`, which advance only under this row's lock.

    To write to the log or change its members, first lock the row by `SELECT … FOR NO KEY UPDATE`;
    every rule about membership is checked after that, in a statement of its own. No index includes
    the counters, so updating them is cheap.
    """

    class Kind(models.TextChoices):
        DIRECT = "direct", _("Direct")
        GROUP = "group", _("Group")
        PUBLIC = "public", _("Public")
        BROADCAST = "broadcast", _("Broadcast")

    class History(models.TextChoices):
        """What a new member may read: from the joining on, or from `open_from_seq` on."""

        SINCE_JOINED = "since_joined", _("Since Joined")
        EVERYTHING = "everything", _("Everything")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=9, choices=Kind)
    title = models.CharField(max_length=200, blank=True)
    topic = models.CharField(max_length=1000, blank=True)
    # The id of the attachment that is its picture; attachments are in an app above this one.
    picture_id = models.UUIDField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    last_seq = models.BigIntegerField(default=0, db_default=0, editable=False)
    last_rev = models.BigIntegerField(default=0, db_default=0, editable=False)
    # The rev of the last change of membership or visibility; hubs with an older one read both
    # again.
    member_rev = models.BigIntegerField(default=0, db_default=0, editable=False)
    member_count = models.IntegerField(default=0, db_default=0, editable=False)
    # Time of the last message of any kind; the next message is later.
    last_at = models.DateTimeField(null=True, editable=False)
    # Time of the last message that is no system message; the inbox is sorted by it.
    last_message_at = models.DateTimeField(null=True, editable=False)

    history = models.CharField(
        max_length=12, choices=History, default=History.SINCE_JOINED, db_default="since_joined"
    )
    # The past starts here for history `everything` and for readers of a public conversation.
    # Elevation sets it to the seq after the head, so that it reveals no older messages.
    open_from_seq = models.BigIntegerField(default=1, db_default=1, editable=False)
    locked_at = models.DateTimeField(null=True, blank=True)
    # Slow mode: seconds between two messages of one member; 0 is off.
    slow_seconds = models.PositiveIntegerField(default=0, db_default=0)
    # Days after which messages are emptied: null follows the settings, 0 is never.
    retention_days = models.PositiveIntegerField(null=True, blank=True)
    # Retention has emptied the messages up to here.
    expired_seq = models.BigIntegerField(default=0, db_default=0, editable=False)
    # Messages up to this seq may be archived in files instead of rows, none of them with a later
    # rev (messaging/archive). A restored conversation is not archived again until that is
    # requested.
    archived_seq = models.BigIntegerField(default=0, db_default=0, editable=False)
    archived_rev = models.BigIntegerField(default=0, db_default=0, editable=False)
    is_archivable = models.BooleanField(default=True, db_default=True, editable=False)
    # Where an imported conversation came from, such as "slack:C123".
    origin = models.CharField(max_length=200, null=True, blank=True, editable=False, unique=True)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["title", "id"], name="public_by_title", condition=models.Q(kind="public")
            ),
            GinIndex(
                OpClass(Upper("title"), name="gin_trgm_ops"),
                name="public_title_trigrams",
                condition=models.Q(kind="public"),
            ),
            GinIndex(
                OpClass(FoldName("title"), name="gin_trgm_ops"),
                name="public_by_folded_title",
                condition=models.Q(kind="public"),
            ),
        ]

    def __str__(self) -> str:
        return self.title or f"{self.kind} {self.id}"

    @property
    def short_name(self) -> str:
        """For lists of moderators: the title, or the kind and the beginning of the id."""
        return self.title or f"{self.get_kind_display()} {str(self.pk)[:8]}…"

    @property
    def is_direct(self) -> bool:
        """Whether it is between two people; this never changes."""
        return self.kind == self.Kind.DIRECT

    @property
    def is_large(self) -> bool:
        return self.member_count > LARGE_CONVERSATION


class Participant(models.Model):
    """One membership period of a person: `[joined_at, left_at)`, and the seqs that it shows.

    `[from_seq, to_seq]` and `to_rev` bound what the person sees; the latter two are null while
    the period is open. Pointers (`last_read_seq`, `last_delivered_seq`) never move back.
    """

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        ADMIN = "admin", _("Admin")
        MEMBER = "member", _("Member")

    class Notify(models.TextChoices):
        ALL = "all", _("All")
        MENTIONS = "mentions", _("Mentions")
        NONE = "none", _("None")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="participants", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="participations",
        db_index=False,
    )
    role = models.CharField(max_length=6, choices=Role, default=Role.MEMBER, db_default="member")
    joined_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True, blank=True)
    # Who ended the period, if another person did; then the person cannot rejoin by themselves.
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    from_seq = models.BigIntegerField(default=1, db_default=1)
    to_seq = models.BigIntegerField(null=True, blank=True)
    to_rev = models.BigIntegerField(null=True, blank=True)
    # The log's rev when the period started or the past was opened. A device with an older rev may
    # hold messages as they were at an earlier leaving, without later changes.
    opened_rev = models.BigIntegerField(default=0, db_default=0, editable=False)
    # Title and topic when the person left; they do not see later ones.
    left_title = models.CharField(max_length=200, blank=True, db_default="")
    left_topic = models.CharField(max_length=1000, blank=True, db_default="")

    last_read_seq = models.BigIntegerField(default=0, db_default=0)
    last_read_at = models.DateTimeField(null=True, blank=True)
    last_delivered_seq = models.BigIntegerField(default=0, db_default=0)
    unread_mark = models.BooleanField(default=False, db_default=False)
    cleared_seq = models.BigIntegerField(default=0, db_default=0)

    muted_until = models.DateTimeField(null=True, blank=True)
    notify = models.CharField(max_length=8, choices=Notify, default=Notify.ALL, db_default="all")
    pinned_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    # Counts the changes of the own state (pointers, mutes, pins, hides) for the person's devices.
    state_rev = models.BigIntegerField(default=0, db_default=0)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["conversation", "user"],
                name="participant_one_open_period",
                condition=models.Q(left_at=None),
            ),
            models.CheckConstraint(
                name="participant_ends_whole",
                condition=models.Q(left_at=None, to_seq=None, to_rev=None)
                | models.Q(left_at__isnull=False, to_seq__isnull=False, to_rev__isnull=False),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["user", "conversation"], name="participant_of_user"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.conversation_id}"

    @property
    def is_admin(self) -> bool:
        """Whether the period is open and has the rights of an admin, as owners do too."""
        return self.left_at is None and self.role in (self.Role.OWNER, self.Role.ADMIN)


class JoinRequest(models.Model):
    """`by` wanted to add `user`, who lets only some people do that and is asked instead."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="join_requests"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["conversation", "user"], name="join_request_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} asked into {self.conversation_id}"


class Folder(models.Model):
    """A section of one person's inbox; nobody else sees it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="folders"
    )
    name = models.CharField(max_length=60)
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.name


class FolderEntry(models.Model):
    """A conversation in a folder; it is in one of a person's folders at most."""

    folder = models.ForeignKey(Folder, on_delete=models.CASCADE, related_name="entries")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ("position", "id")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "conversation"], name="in_one_folder"),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} in {self.folder_id}"


class Ban(models.Model):
    """Keeps a person from joining again and, in a public conversation, from reading."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="bans")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bans"
    )
    banned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["conversation", "user"], name="ban_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} banned from {self.conversation_id}"
