"""Where conversations stand in people's inboxes. All of it follows from other tables."""

from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.db import models

from conversations.models import Conversation

# Instead of null, which a row comparison cannot go past.
NOT_PINNED = datetime(1970, 1, 1, tzinfo=UTC)


class InboxEntry(models.Model):
    """The place of a conversation in the inbox of somebody who is in it.

    It says in which order to look, never what may be seen: a reader verifies each entry against the
    person's open period. `pinned` and `is_archived` are the person's own and are written with their
    actions; `active_at` is the time of the last message, else of the creation, and is written by
    the follower. Where it does not fan out, `active_at` is that of some earlier time.
    """

    pk = models.CompositePrimaryKey("user_id", "conversation_id")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    conversation = models.ForeignKey(
        Conversation,
        on_delete=models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    pinned = models.DateTimeField(default=NOT_PINNED)
    active_at = models.DateTimeField()
    # Whether the person has archived it; a newer message may have brought it back.
    is_archived = models.BooleanField(default=False)
    fans_out = models.BooleanField(default=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["user", "pinned", "active_at", "conversation"],
                name="inbox_in_order",
                condition=models.Q(fans_out=True),
            ),
            models.Index(
                fields=["user"], name="inbox_by_counters", condition=models.Q(fans_out=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} in the inbox of {self.user_id}"


class InboxCursor(models.Model):
    """The entries of a conversation stand as they should at `rev`; without a row they may lack.

    Where it does not fan out (with more members than INBOX_MEMBERS), messages write no entries.
    """

    conversation_id = models.UUIDField(primary_key=True)
    rev = models.BigIntegerField(default=0, db_default=0)
    fans_out = models.BooleanField(default=True, db_default=True)

    def __str__(self) -> str:
        pk: UUID = self.conversation_id
        return f"{pk} in inboxes up to {self.rev}"


class InboxState(models.Model):
    """A row for each follower, by number from 1, from when entries are kept for the first time.

    What was committed before `applied_at` is in the entries of the follower's conversations, which
    are one of so many `parts`; null until all of these have theirs. The numbers are of all time:
    entries that were written, and changes that came while one of the same conversation was waiting,
    so that one write did for both.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    parts = models.SmallIntegerField(default=1, db_default=1)
    applied_at = models.DateTimeField(null=True)
    written = models.BigIntegerField(default=0, db_default=0)
    coalesced = models.BigIntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        return f"inboxes, part {self.id} of {self.parts}, as of {self.applied_at}"
