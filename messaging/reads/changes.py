"""What has changed in logs since a rev: one index range a conversation, whatever the absence.

A message counts once, at its last rev. Who has left gets the changes up to `to_rev`, and later
than that the deletions of what they see. Messages of theirs that were changed in any other way
afterwards may have been changed before, too: those go with the page that passes `to_rev`, as they
stood then, and so do pinned ones, since pins are only for who is in.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from chatproject.core.db.statements import big, bigs, fetch, statement
from conversations.models import Conversation
from conversations.visibility import FOREVER, Sight
from messaging.reads.message_rows import BESIDE, NOT_HIDDEN, SHOWN, Shown, own_json, shown
from messaging.reads.people import people_in
from messaging.reads.visibility import sight_of
from messaging.reads.watermarks import watermarks_for

# More changes after a leaving than these are not looked through; the client loads anew instead.
MAX_LATER_REVS = 5000
MAX_TURNED_BACK = 200

# A message's rev is never less than its seq, which spares who came late the revs before.
# `until` is the sight's last rev: what changes after it comes with the next call, when it may
# still be seen. `at` is the rev by which a row is placed, 0 for one that goes with `to_rev`.
KEYS = statement(
    """
    SELECT s.place, s.to_rev, m.seq, m.at
    FROM unnest(
        %(places)s::bigint[], %(conversations)s::uuid[], %(sinces)s::bigint[], %(untils)s::bigint[],
        %(froms)s::bigint[], %(tos)s::bigint[], %(to_revs)s::bigint[], %(turn_back)s::boolean[]
    ) AS s(place, conversation_id, since, until, from_seq, to_seq, to_rev, turns_back)
    CROSS JOIN LATERAL (
        (SELECT m.seq, m.rev AS at FROM messaging_message m
         WHERE m.conversation_id = s.conversation_id
           AND m.rev > greatest(s.since, s.from_seq - 1) AND m.rev <= least(s.to_rev, s.until)
           AND m.seq BETWEEN s.from_seq AND s.to_seq AND {not_hidden}
         ORDER BY m.rev LIMIT %(limit)s)
        UNION ALL
        (SELECT m.seq, m.rev FROM messaging_message m
         WHERE s.to_rev < {forever} AND m.conversation_id = s.conversation_id
           AND m.seq BETWEEN s.from_seq AND s.to_seq
           AND (m.deleted_at IS NOT NULL OR m.kind = 'system') AND m.deleted_at IS NOT NULL
           AND m.rev > greatest(s.since, s.to_rev) AND m.rev <= s.until AND {not_hidden}
         ORDER BY m.rev LIMIT %(limit)s)
        UNION ALL
        (SELECT m.seq, 0 FROM messaging_message m
         WHERE s.turns_back AND m.conversation_id = s.conversation_id
           AND m.rev > s.to_rev AND m.rev <= s.until AND m.deleted_at IS NULL
           AND m.seq BETWEEN s.from_seq AND s.to_seq AND {not_hidden}
         LIMIT {most})
        UNION ALL
        (SELECT m.seq, 0 FROM messaging_message m
         WHERE s.turns_back AND m.conversation_id = s.conversation_id
           AND m.pinned_at IS NOT NULL AND m.rev <= least(s.since, s.to_rev)
           AND m.seq BETWEEN s.from_seq AND s.to_seq AND {not_hidden})
    ) m
    """,
    forever=str(FOREVER),
    not_hidden=NOT_HIDDEN,
    most=str(MAX_TURNED_BACK + 1),
)

# Rows that have moved on since their keys were read wait for the next call, as above.
ROWS = statement(
    """
    SELECT {shown}
    FROM unnest(
        %(conversations)s::uuid[], %(seqs)s::bigint[], %(to_revs)s::bigint[], %(untils)s::bigint[]
    ) AS s(conversation_id, seq, to_rev, until)
    JOIN messaging_message m ON m.conversation_id = s.conversation_id AND m.seq = s.seq
        AND (m.rev <= s.until OR s.to_rev < {forever})
    {beside}
    """,
    shown=SHOWN,
    beside=BESIDE,
    forever=str(FOREVER),
)


class Wanted(NamedTuple):
    """What is asked of one conversation."""

    sight: Sight
    since: int


class Key(NamedTuple):
    """A changed message: the rev that places it, and the bound up to which changes show."""

    at: int
    seq: int
    to_rev: int


class Changes(NamedTuple):
    """The next changes of one conversation, ascending; after them a client stands at `through`.

    `reset` says that it has to load the conversation anew instead.
    """

    sight: Sight
    keys: Sequence[Key]
    through: int
    more: bool = False
    reset: bool = False


class Told(NamedTuple):
    """Messages as JSON by conversation, in the order of rev, and the people in them."""

    messages: dict[str, list[dict[str, Any]]]
    people: list[dict[str, Any]]


def changes_since(
    *, conversation_id: UUID, viewer_id: UUID, since: int, limit: int
) -> dict[str, Any]:
    """`results` in the order of rev, `throughRev` to ask on from, `more`, `reset`, `people`.

    Raises ConversationNotFound.
    """
    sight = sight_of(conversation_id, viewer_id)
    (found,) = find_changes(viewer_id, [Wanted(sight, since)], limit=limit)
    told = read_changes(viewer_id, [found])
    results = told.messages.get(str(conversation_id), [])
    return {**outline(found), "results": results, "people": told.people}


def outline(found: Changes) -> dict[str, Any]:
    """What is told of the changes beside the messages."""
    return {
        "throughRev": found.through,
        "memberRev": min(found.sight.conversation.member_rev, found.sight.rev),
        "more": found.more,
        "reset": found.reset,
    }


def find_changes(viewer_id: UUID, wanted: Sequence[Wanted], *, limit: int) -> list[Changes]:
    """The next `limit` changes of each; one query for all."""
    keys: list[list[Key]] = [[] for _ in wanted]
    for place, to_rev, seq, at in _fetch_keys(viewer_id, wanted, limit):
        keys[place].append(Key(at, seq, to_rev))
    return [_next_changes(one, found, limit) for one, found in zip(wanted, keys, strict=True)]


def read_changes(viewer_id: UUID, changes: Sequence[Changes]) -> Told:
    """The messages of the changes; three queries at most for all of them."""
    keys = [(found.sight.conversation, key) for found in changes for key in found.keys]
    if not keys:
        return Told({}, [])
    rows = fetch(
        ROWS,
        {
            "viewer": viewer_id,
            "conversations": [head.pk for head, _ in keys],
            "untils": bigs(head.last_rev for head, _ in keys),
            "seqs": bigs(key.seq for _, key in keys),
            "to_revs": bigs(key.to_rev for _, key in keys),
        },
    )
    return _tell(viewer_id, [found.sight for found in changes], map(shown, rows))


def _tell(viewer_id: UUID, sights: Sequence[Sight], rows: Iterable[Shown]) -> Told:
    messages = sorted(rows, key=lambda message: (message.row["rev"], message.row["seq"]))
    floors = watermarks_for(viewer_id, sights, messages)
    found: dict[str, list[dict[str, Any]]] = {}
    for message in messages:
        place = str(message.row["conversation_id"])
        found.setdefault(place, []).append(own_json(message, floors.get(place)))
    return Told(found, people_in(messages))


def _fetch_keys(
    viewer_id: UUID, wanted: Sequence[Wanted], limit: int
) -> list[tuple[int, int, int, int]]:
    """(place in `wanted`, to_rev, seq, at) of one more than `limit` for each stretch."""
    stretches = [
        (place, one.sight.conversation, one.since, span)
        for place, one in enumerate(wanted)
        if one.since <= one.sight.conversation.last_rev
        for span in one.sight.spans
    ]
    if not stretches:
        return []
    return fetch(
        KEYS,
        {
            "viewer": viewer_id,
            "places": bigs(place for place, _, _, _ in stretches),
            "conversations": [head.pk for _, head, _, _ in stretches],
            "sinces": bigs(since for _, _, since, _ in stretches),
            "untils": bigs(head.last_rev for _, head, _, _ in stretches),
            "froms": bigs(span.from_seq for _, _, _, span in stretches),
            "tos": bigs(span.to_seq for _, _, _, span in stretches),
            "to_revs": bigs(span.to_rev for _, _, _, span in stretches),
            "turn_back": [
                since < span.to_rev and _may_turn_back(head, span.to_rev)
                for _, head, since, span in stretches
            ],
            "limit": big(limit + 1),
        },
    )


def _may_turn_back(head: Conversation, to_rev: int) -> bool:
    return to_rev < FOREVER and head.last_rev - to_rev <= MAX_LATER_REVS


def _next_changes(wanted: Wanted, keys: Sequence[Key], limit: int) -> Changes:
    sight, since = wanted
    head = sight.conversation
    if since > head.last_rev or since < sight.reopened_rev:
        # Of another log, such as before a backup was restored; or what stood still lives again.
        return Changes(sight, [], sight.rev, reset=True)
    placed = sorted(key for key in keys if key.at)
    page, more = placed[:limit], len(placed) > limit
    last = page[-1].at if page else 0
    through = last if more else max(since, sight.rev, last)
    passed = {s.to_rev for s in sight.spans if since < s.to_rev <= through and s.to_rev < FOREVER}
    turned_back = [key for key in keys if not key.at and key.to_rev in passed]
    if len(turned_back) > MAX_TURNED_BACK or not all(_may_turn_back(head, rev) for rev in passed):
        return Changes(sight, [], through=max(sight.rev, since), reset=True)
    return Changes(sight, list(chain(page, turned_back)), through, more)
