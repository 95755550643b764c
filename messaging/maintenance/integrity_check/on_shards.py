"""The integrity check's statements on a distributed database: each conversation by itself, and so
each in a snapshot of its own."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from chatproject.core.db.readings import read
from conversations.models import Conversation
from messaging.reads.shards import by_conversation, of_one

PAGE = 100  # conversations whose rows are read together

# Where a statement goes on: behind a conversation, a row in it, or a follower.
_GOES_ON = re.compile(
    r"(?:\(conversation_id, \w+\) > \(%\(conversation\)s, %\(\w+\)s\)|(f\.)?\bid > %\(after\)s)"
    r"\s+ORDER BY [\w., ]+? LIMIT %\(limit\)s"
)


def pages(text: str, after: UUID) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of all conversations from `after` on, some conversations at a time."""
    pinned = on_shard(text)
    ids = _ids(Conversation.objects.filter(pk__gte=after))
    while ids:
        if rows := read(by_conversation(pinned, ids, {})):
            yield rows
        ids = _ids(Conversation.objects.filter(pk__gt=ids[-1]))


def on_shard(text: str) -> str:
    """The statement about the one conversation that is a parameter, all of it."""
    column = {"f.": "f.conversation_id", None: "id"}

    def pin(match: re.Match[str]) -> str:
        name = "conversation_id" if match[0].startswith("(") else column[match[1]]
        return f"{name} = %(conversation)s"

    return of_one(_GOES_ON.sub(pin, text))


def _ids(found: Any) -> list[UUID]:
    return list(found.order_by("pk").values_list("pk", flat=True)[:PAGE])
