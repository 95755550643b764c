"""Querysets of conversations and membership periods."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import models
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

if TYPE_CHECKING:
    from conversations.models import Conversation, Participant  # noqa: F401 (in base classes)


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def locked(self) -> "ConversationQuerySet":
        """Taken for writing into the log; the caller holds a transaction. Order by id for many."""
        return self.select_for_update(no_key=True).order_by("id")

    def open_to(self, user_id: UUID) -> "ConversationQuerySet":
        """The public ones that the person may read as anyone does. Not for use in a subquery."""
        from conversations.visibility import sql  # noqa: PLC0415 (it imports the models)

        table = "conversations_conversation"
        condition = sql.reads_as_public(f"{table}.id", "%s", c=table)
        return self.filter(RawSQL(condition, [user_id], output_field=BooleanField()))  # noqa: S611


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def open(self) -> "ParticipantQuerySet":
        """The periods that last."""
        return self.filter(left_at=None)

    def admins(self) -> "ParticipantQuerySet":
        return self.open().filter(role__in=["owner", "admin"])
