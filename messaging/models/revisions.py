"""Former bodies of edited messages."""

from typing import ClassVar

from django.db import models

from messaging.models.keys import conversation_key


class Revision(models.Model):
    """One version of an edited message's body, valid from `rev` on; the first has rev 0."""

    conversation = conversation_key()
    seq = models.BigIntegerField()
    rev = models.BigIntegerField()
    body = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["conversation", "seq", "rev"], name="revision_once"),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}/{self.seq}@{self.rev}"
