"""Where forwarded messages came from."""

from typing import ClassVar

from django.db import models

from messaging.models.keys import conversation_key


class Forward(models.Model):
    """A message that came from another one, which its readers are told of if they may see that."""

    conversation = conversation_key()
    seq = models.BigIntegerField()
    origin_conversation_id = models.UUIDField()
    origin_seq = models.BigIntegerField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="forward_once"),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}/{self.seq}"
