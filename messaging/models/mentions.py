"""Who is mentioned by messages."""

from typing import ClassVar

from django.db import models

from messaging.models.keys import conversation_key, person_key


class Mention(models.Model):
    """`user` is mentioned by the message; null stands for `@all`."""

    conversation = conversation_key()
    seq = models.BigIntegerField()
    user = person_key(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["conversation", "user", "seq"],
                name="mention_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id or 'all'} in {self.conversation_id}/{self.seq}"
