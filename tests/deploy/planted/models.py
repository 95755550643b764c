from django.db import models


class Numbered(models.Model):
    """The table of messages, as far as the planted migrations concern it."""

    number = models.IntegerField(null=True)

    class Meta:
        managed = False
        db_table = "messaging_message"
        indexes = [models.Index(fields=["number"], name="planted_by_number")]

    def __str__(self) -> str:
        return str(self.number)
