"""When people were last online."""

from django.db import models

from accounts.models.user import User


class LastSeen(models.Model):
    """When a person was last online. Apart from the person, whose row is not rewritten for it."""

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="last_seen"
    )
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "last seen"

    def __str__(self) -> str:
        return f"{self.user_id} at {self.at:%Y-%m-%d %H:%M}"
