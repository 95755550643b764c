"""When people received and read messages."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from messaging.models.keys import conversation_key, person_key


class Receipt(models.Model):
    """One advance of a pointer: `user` read, or received, (from_seq, up_to_seq] at `at`."""

    class Kind(models.TextChoices):
        DELIVERED = "delivered", _("Delivered")
        READ = "read", _("Read")

    conversation = conversation_key()
    user = person_key()
    kind = models.CharField(max_length=9, choices=Kind)
    from_seq = models.BigIntegerField()
    up_to_seq = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["conversation", "user", "kind", "up_to_seq"], name="receipt_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind} {self.conversation_id}/{self.up_to_seq}"
