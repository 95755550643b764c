"""Finding public conversations."""

from typing import Any
from uuid import UUID

from django.db.models import Q

from chatproject.core.db.fold_name import FoldName
from chatproject.core.text_folding import fold
from conversations.models import Conversation, Participant
from conversations.wire import conversation_json


def find_public(
    *,
    user_id: UUID,
    title_part: str | None = None,
    after: tuple[str, UUID] | None = None,
    limit: int,
) -> list[dict[str, Any]]:
    """Public conversations by title, after the (title, id) `after`, without those that ban one.

    Each is the shared shape with `joined` beside it. The order is that of the index
    `public_by_title`; a part of a title is found by its trigrams.
    """
    found = Conversation.objects.open_to(user_id)
    if title_part is not None:
        folded = FoldName("title")
        found = found.alias(folded=folded).filter(folded__contains=fold(title_part))
    if after is not None:
        title, last_id = after
        beyond = Q(title__gt=title) | Q(title=title, pk__gt=last_id)
        found = found.filter(beyond, title__gte=title)
    page = list(found.order_by("title", "pk")[:limit])
    periods = Participant.objects.open().filter(user=user_id, conversation__in=page)
    joined = set(periods.values_list("conversation_id", flat=True))
    return [{**conversation_json(it), "joined": it.pk in joined} for it in page]
