"""Conversations as one person sees them: the inbox, and the same for given ones.

One statement finds the conversations on the page in their order (`listing`); what is told of
them is kept by version, or built (`pages`).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from chatproject.core.db.readings import Steps, reading, together
from conversations.errors import ConversationNotFound
from messaging.reads.inbox.entries import entry_json, entry_of_row
from messaging.reads.inbox.entry_cache import KeptEntry
from messaging.reads.inbox.listing import Filters, Key, list_conversations
from messaging.reads.inbox.pages import entry_rows, guess_people, tell_of

__all__ = ["Filters", "Inbox", "Key", "conversation_json_for", "list_inbox"]


class Inbox(NamedTuple):
    """Entries with their JSON, the key to go on from (None when nothing is left), and the people in
    the last messages."""

    kept: list[KeptEntry]
    key: Key | None
    people: list[dict[str, Any]]

    @property
    def entries(self) -> list[dict[str, Any]]:
        return [orjson.loads(entry.json) for entry in self.kept]


@reading
def list_inbox(*, user_id: UUID, after: Key | None, limit: int, filters: Filters) -> Steps[Inbox]:
    """The next `limit` conversations, fewer where their last messages are large. Two queries in one
    round trip where all entries are kept and the page tells of the same people as before."""
    asked = after, limit, filters
    listed, guess = yield from together(
        list_conversations(user_id=user_id, after=after, limit=limit + 1, filters=filters),
        guess_people(user_id, asked),
    )
    page, people = yield from tell_of(
        user_id, listed[:limit], left=filters.left, guess=guess, page_key=asked
    )
    key = listed[page.taken - 1].key if len(listed) > page.taken else None
    return Inbox(page.entries, key, people)


@reading
def conversation_json_for(user_id: UUID, ids: Sequence[UUID]) -> Steps[list[dict[str, Any]]]:
    """The same shape of the given conversations, in their order; one query.

    They must be few, so that they fit into an answer. Of a public conversation that the person is
    not in the role is null. Raises ConversationNotFound when they may not know of one of them.
    """
    rows = yield from entry_rows(user_id, ids)
    found = {entry.head.pk: entry for entry in map(entry_of_row, rows)}
    wanted = list(map(str, ids))
    if not found.keys() >= set(wanted):
        raise ConversationNotFound
    return [entry_json(found[conversation_id]) for conversation_id in wanted]
