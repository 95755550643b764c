"""Chainable querysets of messages. They know no action."""

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Length

from conversations.visibility import FOREVER, Visibility

if TYPE_CHECKING:
    from messaging.models import Message  # noqa: F401 (in the base class's name)

models.TextField.register_lookup(Length)


class MessageQuerySet(models.QuerySet["Message"]):
    def within(self, visibility: Visibility) -> Self:
        """What a person may see of one conversation, by the spans of their visibility."""
        parts = [
            Q(seq__gte=span.from_seq)
            if span.to_seq == FOREVER
            else Q(seq__range=(span.from_seq, span.to_seq))
            for span in visibility.spans
        ]
        if not parts:
            return self.none()
        return (
            self.filter(conversation=visibility.conversation.pk)
            .filter(reduce(or_, parts))
            .not_hidden_from(visibility.user_id)
        )

    def not_hidden_from(self, user_id: UUID) -> Self:
        from messaging.models import Hide  # noqa: PLC0415 (models import this module)

        hidden = Hide.objects.filter(
            conversation=OuterRef("conversation_id"), user=user_id, seq=OuterRef("seq")
        )
        return self.filter(~Exists(hidden))

    def pinned(self, conversation_id: UUID) -> Self:
        """The messages pinned to a conversation, found by an index that holds nothing else."""
        return self.filter(conversation=conversation_id, pinned_at__isnull=False)

    def before(self, seq: int) -> Self:
        return self.filter(seq__lt=seq)

    def after(self, seq: int) -> Self:
        return self.filter(seq__gt=seq)

    def changed_since(self, rev: int) -> Self:
        return self.filter(rev__gt=rev).order_by("rev")
