"""Reactions to messages."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from messaging.models.keys import conversation_key, person_key


class Reaction(models.Model):
    """One person's emoji on a message, present for the revs [rev, removed_rev).

    A removed one is kept, since who left before the removal still sees it.
    """

    conversation = conversation_key()
    seq = models.BigIntegerField()
    user = person_key()
    emoji = models.CharField(max_length=64)
    rev = models.BigIntegerField()
    removed_rev = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["conversation", "seq", "user", "emoji"],
                name="reaction_once",
                condition=models.Q(removed_rev=None),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["conversation", "seq", "id"], name="reaction_of_message"),
        ]

    def __str__(self) -> str:
        return f"{self.emoji} on {self.conversation_id}/{self.seq}"
