"""Suspensions and mutes by moderators."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models.user import User


class Suspension(models.Model):
    """A person cannot sign in until `ends_at`, or until a moderator lifts it when that is null.

    Meanwhile `user.is_active` is false, which is all that other code reads.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="suspensions")
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["user"],
                name="suspension_one_lasts",
                condition=models.Q(lifted_at=None),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["ends_at"], name="suspension_ends", condition=models.Q(lifted_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"suspension of {self.user_id}"


class Mute(models.Model):
    """A person may read and not post until `ends_at`, or until a moderator lifts it when null.

    Every send reads this table, so it holds nobody else.
    """

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="mute"
    )
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"mute of {self.user_id}"
