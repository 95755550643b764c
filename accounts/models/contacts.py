"""Address books and blocks."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models.user import User


class Contact(models.Model):
    """`person` in the address book of `owner`, under a nickname that only the owner sees."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="contacts")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    nickname = models.CharField(max_length=100, blank=True)
    # As the owner wrote it; only the owner sees it.
    contact_number = models.CharField(max_length=32, blank=True, db_default="")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["owner", "person"], name="contact_once"),
        ]

    def __str__(self) -> str:
        return f"{self.owner_id} knows {self.person_id}"


class Block(models.Model):
    """`blocker` accepts no direct messages from `blocked`."""

    blocker = models.ForeignKey(User, on_delete=models.CASCADE, related_name="blocks")
    blocked = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["blocker", "blocked"], name="block_once"),
        ]

    def __str__(self) -> str:
        return f"{self.blocker_id} blocks {self.blocked_id}"
