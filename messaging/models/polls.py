"""Votes in polls; the polls themselves are in the `meta` of their messages."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from messaging.models.keys import conversation_key, person_key


class PollVote(models.Model):
    """`user` votes for the choice at this place in a poll, for the revs [rev, removed_rev).

    One that was taken back is kept where somebody who left before still sees it.
    """

    conversation = conversation_key()
    seq = models.BigIntegerField()
    user = person_key()
    choice = models.SmallIntegerField()
    rev = models.BigIntegerField()
    removed_rev = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["conversation", "seq", "user", "choice"],
                name="poll_vote_once",
                condition=models.Q(removed_rev=None),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["conversation", "seq", "choice", "id"], name="votes_of_poll"),
        ]

    def __str__(self) -> str:
        return f"{self.choice} in {self.conversation_id}/{self.seq}"
