"""Foreign keys that PostgreSQL does not check, so that their tables can be distributed."""

from django.conf import settings
from django.db import models

from conversations.models import Conversation


def conversation_key() -> models.ForeignKey[Conversation, Conversation]:
    return models.ForeignKey(
        Conversation,
        on_delete=models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )


def person_key(*, null: bool = False) -> models.ForeignKey:  # type: ignore[type-arg]
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=null,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
