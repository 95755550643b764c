"""Messages that people have hidden in their own view."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from messaging.models.keys import conversation_key, person_key


class Hide(models.Model):
    """`user` has hidden this message in their own view."""

    conversation = conversation_key()
    seq = models.BigIntegerField()
    user = person_key()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["conversation", "user", "seq"], name="hide_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} hides {self.conversation_id}/{self.seq}"
