"""Reports, word filters, slow mode and the quota of new accounts.

Like all tables of the message path they have no foreign key that PostgreSQL checks.
"""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chatproject.core.ids import uuid7

CONTEXT = 10  # messages before and after a reported one that the report shows to moderators
MAX_COMMENT = 2_000
MAX_WORD = 100


def _row(to: Any, **options: Any) -> models.ForeignKey:  # type: ignore[type-arg]
    """A reference by id, without a constraint or an index."""
    options = {"on_delete": models.DO_NOTHING, "related_name": "+", **options}
    return models.ForeignKey(to, db_constraint=False, db_index=False, **options)


class ReportQuerySet(models.QuerySet["Report"]):
    def unsettled(self) -> "ReportQuerySet":
        """The undecided reports, which open their part of a private conversation to moderators."""
        return self.filter(state__in=(Report.State.OPEN, Report.State.TAKEN))


class Report(models.Model):
    """A report to the moderators by a person, or by a word filter when `reporter` is null.

    With a `seq` it is about a message, without one about a conversation, and without a conversation
    about `person`. `snapshot` holds the message and its context at the time of the report (see
    `snapshots`); null until it is taken, `[]` when there is none. [from_seq, to_seq] is the part of
    a private conversation that the report opens to moderators.
    """

    class Reason(models.TextChoices):
        SPAM = "spam", _("Spam")
        HARASSMENT = "harassment", _("Harassment")
        HATE = "hate", _("Hate")
        VIOLENCE = "violence", _("Violence")
        SEXUAL = "sexual", _("Sexual")
        ILLEGAL = "illegal", _("Illegal")
        OTHER = "other", _("Other")
        WORD = "word", _("Word")  # only by a word filter

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        TAKEN = "taken", _("Taken")
        RESOLVED = "resolved", _("Resolved")
        DISMISSED = "dismissed", _("Dismissed")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    reporter = _row(settings.AUTH_USER_MODEL, null=True)
    person = _row(settings.AUTH_USER_MODEL, null=True)
    conversation = _row("conversations.Conversation", null=True)
    seq = models.BigIntegerField(null=True)
    from_seq = models.BigIntegerField(null=True)
    to_seq = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=10, choices=Reason)
    comment = models.CharField(max_length=MAX_COMMENT, blank=True, db_default="")
    snapshot = models.JSONField(null=True)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN, db_default=State.OPEN)
    handler = _row(settings.AUTH_USER_MODEL, null=True)
    settled_at = models.DateTimeField(null=True)
    # What was done about it, as names of acts: "message.deleted", "person.muted" …
    outcome = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))

    objects = ReportQuerySet.as_manager()

    class Meta:
        default_permissions = ("view", "change")
        permissions = (("see_private", "Can see private conversations without a report"),)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["reporter", "conversation", "seq", "person"],
                name="report_once",
                condition=models.Q(state__in=("open", "taken")),
                nulls_distinct=False,
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["person", "created_at"],
                name="report_unsettled",
                condition=models.Q(state__in=("open", "taken")),
            ),
            models.Index(
                fields=["conversation", "from_seq"],
                name="report_opens",
                condition=models.Q(state__in=("open", "taken")),
            ),
            models.Index(fields=["person", "id"], name="report_of_person"),
            models.Index(fields=["reporter", "id"], name="report_by_reporter"),
            models.Index(
                fields=["id"], name="report_unpictured", condition=models.Q(snapshot__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"report {self.pk}"

    @property
    def is_settled(self) -> bool:
        return self.state in (self.State.RESOLVED, self.State.DISMISSED)


class WordFilter(models.Model):
    """A word or phrase, as `word_filters.normal` returns it, and what happens to its messages.

    A trigger changes `Rulebook.revision` with every change, so that processes reload the filters.
    """

    class Act(models.TextChoices):
        REFUSE = "refuse", _("Refuse")
        FLAG = "flag", _("Flag")

    word = models.CharField(max_length=MAX_WORD, unique=True)
    act = models.CharField(max_length=6, choices=Act, default=Act.REFUSE)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.word


class Rulebook(models.Model):
    """The version of the word filters: one row, or none before the first filter."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    revision = models.UUIDField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.revision)


class LastPost(models.Model):
    """When a person last posted in a conversation with slow mode; no rows for others."""

    conversation = _row("conversations.Conversation")
    user = _row(settings.AUTH_USER_MODEL)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["conversation", "user"], name="last_post_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.conversation_id}"


class Quota(models.Model):
    """How much of its quotas a new account has used: messages with links, invited people."""

    user_id = models.UUIDField(primary_key=True)
    links = models.IntegerField(default=0, db_default=0)
    invites = models.IntegerField(default=0, db_default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user_id}: {self.links} links, {self.invites} invites"
