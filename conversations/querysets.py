"""Which conversations and periods a question is about."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import models
from django.db.models import Exists, OuterRef, Q

if TYPE_CHECKING:
    from conversations.models import Conversation, Participant  # noqa: F401 (in base classes)


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def locked(self) -> "ConversationQuerySet":
        """Taken for writing into the log; the caller holds a transaction. Order by id for many."""
        return self.select_for_update(no_key=True).order_by("id")

    def known_to(self, user_id: UUID) -> "ConversationQuerySet":
        """Those that the person may know of: with a period in them, or public and not banned."""
        from conversations.models import Ban, Participant  # noqa: PLC0415 (they import this)

        inside = Participant.objects.filter(conversation=OuterRef("pk"), user=user_id)
        banned = Ban.objects.filter(conversation=OuterRef("pk"), user=user_id)
        return self.filter(Exists(inside) | (Q(kind="public") & ~Exists(banned)))


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def open(self) -> "ParticipantQuerySet":
        """The periods that last."""
        return self.filter(left_at=None)

    def admins(self) -> "ParticipantQuerySet":
        return self.open().filter(role__in=["owner", "admin"])
