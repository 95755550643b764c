"""Figures of a day, for the first page of the admin."""

from typing import ClassVar

from django.db import models


class DayFigure(models.Model):
    """What a whole day of UTC came to. `wrote` are people, `response_seconds` is the median; see
    `messaging.analytics.facts`."""

    day = models.DateField(primary_key=True)
    messages = models.BigIntegerField()
    wrote = models.BigIntegerField()
    files = models.BigIntegerField()
    file_bytes = models.BigIntegerField()
    response_seconds = models.FloatField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["day"]

    def __str__(self) -> str:
        return f"{self.day}"
