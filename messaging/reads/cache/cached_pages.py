"""A page of messages from a cache, for one viewer: the messages are the same for everybody, and
what differs by viewer is read beside them.

Of the last page the cache is `latest_page_cache`, of those from further back `log_cache`.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from chatproject.core.api.json import PartlyEncoded, dump
from chatproject.core.db.readings import (
    Rows,
    Steps,
    is_in_transaction,
    no_rows,
    query,
    together,
)
from chatproject.core.db.statements import big, uuids
from conversations.visibility import FOREVER, Visibility
from messaging.reads.cache.latest_page_cache import PAGE, CachedMessage, CachedPage
from messaging.reads.message_rows import VisibleMessage, shared_json
from messaging.reads.page import (
    OF_OTHERS,
    MessagePage,
    OwnEncodedMessage,
    PageMessage,
    page_json,
)
from messaging.reads.people import MAX_PEOPLE, named_in, named_person
from messaging.reads.threads.summaries import own_threads
from messaging.reads.watermarks import watermark_rows, watermarks_of_one

# What changes without a rev: people's names, and the viewer's hides.
NAMES_AND_HIDES = """
SELECT id::text, name, is_bot, NULL::bigint FROM accounts_user
WHERE id = ANY(ARRAY(SELECT unnest(%(ids)s::uuid[])))
UNION ALL
SELECT NULL, NULL, NULL, seq FROM messaging_hide
WHERE conversation_id = %(conversation)s AND user_id = %(viewer)s
  AND seq BETWEEN %(first)s AND %(last)s
"""


class Beside(NamedTuple):
    """What moves no rev and is told with these messages, as rows; `people` are whom they name."""

    messages: Sequence[CachedMessage]
    people: Sequence[str]
    names_and_hides: Rows
    watermarks: Rows


def is_in_cache(limit: int) -> bool:
    """Whether the last page may be taken from here. Within a transaction nothing is cached, since
    it may be rolled back."""
    return limit <= PAGE and not is_in_transaction()


def from_seq(messages: Sequence[CachedMessage], first: int) -> Sequence[CachedMessage]:
    """Those of ascending messages from the seq `first` on: mostly all."""
    if not messages or messages[0].seq >= first:
        return messages
    return [message for message in messages if message.seq >= first]


def page_of_cached(
    visibility: Visibility,
    shown: CachedPage,
    limit: int,
    guess: Beside | None,
    newer: int | None = None,
) -> Steps[dict[str, Any] | None]:
    """The page of the last `limit` of these messages, which the visibility covers; None if the
    viewer hid one of them, or the one before, by which the page shows that there are older ones.

    `guess` is what stands beside messages that may be the same, if it was read.
    """
    page, viewer = shown.messages[-limit:], str(visibility.user_id)
    older = page[0].seq if len(shown.messages) > limit else None
    beside, messages = guess, _page_messages(page, viewer)
    if beside is None or beside.messages != page:
        place = visibility.conversation.pk, visibility.user_id
        beside, _ = yield from together(
            read_beside(*place, shown, limit), _add_own_threads(visibility, messages)
        )
    else:
        yield from _add_own_threads(visibility, messages)
    if _has_hidden(shown.messages[-limit - 1 :], beside.names_and_hides):
        return None
    people = _people(beside)
    watermarks = watermarks_of_one(visibility, beside.watermarks)
    made = page_json(visibility, MessagePage(messages, people, older, newer), watermarks)
    return made | {"results": PartlyEncoded(made["results"])}


def is_one_live_span(visibility: Visibility) -> bool:
    return (
        len(visibility.spans) == 1 and visibility.is_live and visibility.spans[0].to_rev == FOREVER
    )


_PageMessages = Sequence[PageMessage | OwnEncodedMessage | bytes]


def _page_messages(page: Sequence[CachedMessage], viewer: str) -> _PageMessages:
    """Most messages are by others and need no separate call."""
    return [
        _page_message(kept, viewer)
        if kept.is_personal or kept.sender == viewer
        else kept.shared[:-1] + OF_OTHERS
        for kept in page
    ]


def _page_message(kept: CachedMessage, viewer: str) -> PageMessage | OwnEncodedMessage:
    is_own = kept.sender == viewer
    if not kept.is_personal:
        return OwnEncodedMessage(kept.shared, kept.seq, kept.kind)
    shape = orjson.loads(kept.shared)
    if shape["poll"] is not None:
        shape["poll"]["myChoices"] = []  # one with votes is not cached
    mine = [it["emoji"] for it in shape["reactions"] if viewer in it["userIds"]]
    return PageMessage(shape, is_own, mine)


def _add_own_threads(visibility: Visibility, messages: _PageMessages) -> Steps[None]:
    """Adds the viewer's own state of their threads to roots."""
    shapes = [message.shape for message in messages if isinstance(message, PageMessage)]
    roots = [shape for shape in shapes if shape["thread"] is not None]
    own = yield from own_threads.steps(visibility, [shape["seq"] for shape in roots])
    for shape in roots:
        shape["thread"] |= own[shape["seq"]]


def read_beside(
    conversation_id: UUID, viewer_id: UUID, latest: CachedPage, limit: int
) -> Steps[Beside]:
    """What is told with the last `limit` of the messages, and whether one was hidden of them or
    before them."""
    page = latest.messages[-limit:]
    senders = dict.fromkeys(map(_SENDER, page))
    people = _people_of(page, senders)
    names_and_hides, watermarks = yield from together(
        query(
            NAMES_AND_HIDES,
            {
                "ids": uuids(people),
                "conversation": conversation_id,
                "viewer": viewer_id,
                "first": big(latest.messages[-limit - 1 :][0].seq),
                "last": big(page[-1].seq),
            },
        ),
        # No query if none of the messages is the viewer's own.
        watermark_rows(conversation_id, viewer_id, is_group=latest.is_group)
        if str(viewer_id) in senders
        else no_rows(),
    )
    return Beside(page, people, names_and_hides, watermarks)


_SENDER, _NAMED = attrgetter("sender"), attrgetter("named")


def _people_of(page: Sequence[CachedMessage], senders: Mapping[str | None, None]) -> list[str]:
    """As `people.people_in`: who sent the messages, then whom else they name."""
    named = dict.fromkeys(chain.from_iterable(map(_NAMED, page)))
    others = [name for name in named if name not in senders]
    return [*filter(None, senders), *others[:MAX_PEOPLE]]


def _has_hidden(messages: Sequence[CachedMessage], rows: Rows) -> bool:
    hidden = {row[3] for row in rows if row[3] is not None}
    return bool(hidden) and not hidden.isdisjoint(kept.seq for kept in messages)


def _people(beside: Beside) -> list[dict[str, Any]]:
    names = {row[0]: row for row in beside.names_and_hides}
    rows = filter(None, map(names.get, beside.people))
    return [named_person(user_id, name, is_bot) for user_id, name, is_bot, _ in rows]


# -- what is cached of a message


def cached_message(message: VisibleMessage, *, is_shared: bool = True) -> CachedMessage:
    """As it is cached; without its JSON where that is not the same for everybody."""
    row, shape = message.row, shared_json(message)
    sender: Any = row["sender_id"]
    is_personal = any(shape[name] for name in ("reactions", "thread", "poll"))
    named = tuple(named_in(row))
    json = dump(shape) if is_shared else b""
    return CachedMessage(row["seq"], json, sender, named, row["kind"], is_personal)


def is_the_same_to_all(message: VisibleMessage) -> bool:
    """Else the shared shape does not tell whether the viewer has reacted; whether they have voted,
    it never does."""
    return not message.votes and all(
        number == len(people) for _, number, people, _ in message.reactions
    )
