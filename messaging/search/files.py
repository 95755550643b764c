"""Files by name and kind, of what the person may see, newest first.

Names are matched as texts are: folded, and by parts of words. A page looks through a bounded number
of files and says where to go on, so that a name that nobody gave costs no more than one that is
everywhere.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import User
from attachments.content_type import PICTURES, PLAYED
from attachments.wire import AS_JSON, attachment_json
from chatproject.core.db.statements import big, fetch, statement
from chatproject.core.text_folding import folded
from chatproject.core.times import rfc3339, zone_of
from conversations.visibility import sql
from messaging.search.contract import Key, Scope
from messaging.search.filters import resolve
from messaging.search.live_filters import LIVE
from messaging.search.matcher import Match, Matcher
from messaging.search.messages import languages_of
from messaging.search.names import titles
from messaging.search.postgres import limited
from messaging.search.query import Query

CHUNK, PATIENCE = 500, 10  # files read at once, and how many times for one page
FILE_KINDS = ("all", "pictures", "media", "files")

FILES = """
    WITH scope AS MATERIALIZED (
        SELECT s.* FROM {spans} s
        WHERE s.from_seq <= s.to_seq AND s.conversation_id <> ALL(%(not_in)s::uuid[])
    )
    SELECT DISTINCT ON (e.created_at, e.conversation_id, e.seq, a.position)
        e.created_at, e.conversation_id, e.seq, a.position, m.sender_id::text, {shape}
    FROM scope s
    JOIN attachments_attachment a ON a.conversation_id = s.conversation_id AND {in_span}
    JOIN messaging_message m ON m.conversation_id = a.conversation_id AND m.seq = a.seq
    CROSS JOIN LATERAL (SELECT m.conversation_id, m.seq, m.created_at) e
    WHERE a.seq IS NOT NULL AND a.state <> 'refused' AND m.deleted_at IS NULL AND {not_hidden}
      AND (%(among)s::boolean IS NULL OR (a.content_type = ANY(%(types)s)) = %(among)s)
      AND e.created_at >= %(since)s AND e.created_at < %(until)s
      AND (%(senders)s::uuid[] IS NULL OR m.sender_id = ANY(%(senders)s::uuid[]))
      AND (m.sender_id IS NULL OR m.sender_id <> ALL(%(no_senders)s::uuid[])) {live} {behind}
    ORDER BY e.created_at DESC, e.conversation_id DESC, e.seq DESC, a.position DESC
    LIMIT %(limit)s
"""
BEHIND = """
AND (e.created_at, e.conversation_id, e.seq, a.position) < (
    %(at)s, %(conversation)s, %(seq)s, %(position)s)
"""
_KINDS: dict[str, tuple[frozenset[str], bool | None]] = {
    "all": (frozenset(), None),
    "pictures": (PICTURES, True),
    "media": (PICTURES | PLAYED, True),
    "files": (PICTURES | PLAYED, False),
}
FilePlace = tuple[Key, int]  # of a file: its message's, and its position in it


def search_files(
    *,
    viewer: User,
    query: Query,
    file_kind: str = "all",
    after: FilePlace | None = None,
    limit: int = 20,
    zone: str = "",
) -> tuple[list[dict[str, Any]], FilePlace | None]:
    """The files as JSON, and where the next page begins. Raises InvalidInput, SearchTooSlow."""
    scope = resolve(query.filters, viewer_id=viewer.pk, zone=zone_of(zone or viewer.time_zone))
    matcher = Matcher(query, languages_of(viewer))
    found: list[tuple[FilePlace, dict[str, Any]]] = []
    place = after
    is_over = query.is_mute
    for _ in range(PATIENCE):
        if is_over or len(found) > limit:
            break
        rows = _read(scope, file_kind, place)
        for key, position, row in rows:
            place = key, position
            name = attachment_json(row[1])["name"]
            match = matcher.match(folded(name), viewer.language)
            if match is not None:
                found.append((place, _json(key, position, row, match)))
        is_over = len(rows) < CHUNK
    page = found[:limit]
    known = titles(viewer.pk, {key.conversation_id for (key, _), _ in page})
    results = [
        {**it, "conversation": known[key.conversation_id]}
        for (key, _), it in page
        if key.conversation_id in known
    ]
    if len(found) > limit:
        return results, page[-1][0]
    return results, None if is_over else place


def _read(scope: Scope, file_kind: str, after: FilePlace | None) -> list[tuple[Key, int, Any]]:
    types, among = _KINDS[file_kind]
    asked = [UUID(sign[1:]) for signs in scope.any_of for sign in signs]
    mine = [UUID(sign[1:]) for sign in scope.signs if sign.startswith("@")]
    params: dict[str, Any] = {
        "viewer": scope.viewer_id,
        "not_in": list(scope.not_in),
        "since": scope.since or "-infinity",
        "until": scope.until or "infinity",
        "types": sorted(types),
        "among": among,
        "senders": _both(asked if scope.any_of else None, mine or None),
        "no_senders": [UUID(sign[1:]) for sign in scope.no_signs if sign.startswith("@")],
        "limit": big(CHUNK),
    }
    if scope.conversations is not None:
        params["only"] = list(scope.conversations)
    if after is not None:
        key, position = after
        params |= {"at": key.created_at, "conversation": key.conversation_id}
        params |= {"seq": big(key.seq), "position": position}
    with limited():
        rows = fetch(_statement(scope, is_on=after is not None), params)
    return [(Key(*row[:3]), row[3], row[4:]) for row in rows]


def _statement(scope: Scope, *, is_on: bool) -> str:
    only = None if scope.conversations is None else "%(only)s::uuid[]"
    return statement(
        FILES,
        spans=sql.spans_of(sql.VIEWER, only),
        shape=AS_JSON,
        in_span=sql.in_span("a.seq"),
        not_hidden=sql.not_hidden("m.seq", "m.conversation_id", sql.VIEWER),
        live=" ".join(_live(scope)),
        behind=BEHIND if is_on else "",
    )


def _live(scope: Scope) -> Iterator[str]:
    for name, is_wanted in scope.live:
        yield f"AND {'' if is_wanted else 'NOT '}{LIVE[name]}"


def _both(some: list[UUID] | None, others: list[UUID] | None) -> list[UUID] | None:
    if some is None or others is None:
        return others if some is None else some
    return [each for each in some if each in others]


def _json(key: Key, position: int, row: Any, match: Match) -> dict[str, Any]:
    at: datetime = key.created_at
    return {
        "seq": key.seq,
        "position": position,
        "senderId": row[0],
        "createdAt": rfc3339(at),
        "attachment": attachment_json(row[1]),
        "highlights": [list(each) for each in match.ranges],
    }
