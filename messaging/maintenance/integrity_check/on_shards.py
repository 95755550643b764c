"""The integrity check's statements on a distributed database: each conversation by itself, and so
each in a snapshot of its own."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from chatproject.core.db.readings import Query, Rows, Steps, read
from conversations.models import Conversation
from messaging.reads.shards import of_one

PAGE = 100  # conversations whose rows are read together

# Where a statement goes on: behind a conversation, a row in it, or a follower.
_GOES_ON = re.compile(
    r"(?:\(conversation_id, \w+\) > \(%\(conversation\)s, %\(\w+\)s\)|(f\.)?\bid > %\(after\)s)"
    r"\s+ORDER BY [\w., ]+? LIMIT %\(limit\)s"
)


# The parameters that a statement has for each of these conversations.
ParamsOf = Callable[[Sequence[UUID]], Mapping[UUID, Mapping[str, Any]]]


def _without_params(ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
    return {each: {} for each in ids}


def pages(
    text: str, after: UUID, params_of: ParamsOf = _without_params
) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of all conversations from `after` on, some conversations at a time."""
    pinned = on_shard(text)
    ids = _ids(Conversation.objects.filter(pk__gte=after))
    while ids:
        if rows := read(_ask(pinned, ids, params_of(ids))):
            yield rows
        ids = _ids(Conversation.objects.filter(pk__gt=ids[-1]))


def archived(ids: Sequence[UUID]) -> list[UUID]:
    """Those of the conversations that have an archive."""
    return _ids(Conversation.objects.filter(pk__in=ids, archived_seq__gt=0))


def _ask(pinned: str, ids: Sequence[UUID], params: Mapping[UUID, Mapping[str, Any]]) -> Steps[Rows]:
    answers = yield [Query(pinned, {**params[each], "conversation": each}) for each in ids]
    return [row for rows in answers for row in rows]


def on_shard(text: str) -> str:
    """The statement about the one conversation that is a parameter, all of it."""
    column = {"f.": "f.conversation_id", None: "id"}

    def pin(match: re.Match[str]) -> str:
        name = "conversation_id" if match[0].startswith("(") else column[match[1]]
        return f"{name} = %(conversation)s"

    return of_one(_GOES_ON.sub(pin, text))


def _ids(found: Any) -> list[UUID]:
    return list(found.order_by("pk").values_list("pk", flat=True)[:PAGE])
