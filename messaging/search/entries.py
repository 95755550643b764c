"""The search entries of a message: one for each version of its text."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.readings import read
from chatproject.core.db.statements import big, bigs, fetch, statement
from chatproject.core.text_folding import folded
from messaging.archive.reading import across, archived_between, archived_params
from messaging.reads.shards import by_places, of_one, of_one_shard
from messaging.search.tokens import lexemes

FILE, IMAGE, LINK, REPLY = "#file", "#image", "#link", "#reply"


class Entry(NamedTuple):
    """See SearchEntry."""

    conversation_id: UUID
    seq: int
    rev: int
    until_rev: int | None
    created_at: datetime
    language: str
    words: frozenset[str]
    text: str


def sender_word(user_id: UUID) -> str:
    return f"@{user_id.hex}"


# The language of a message is that of who wrote it.
ROWS = """
SELECT m.conversation_id, m.seq, m.rev, m.created_at, m.sender_id, m.kind, m.body,
       m.reply_to_seq IS NOT NULL OR m.thread_seq IS NOT NULL, m.deleted_at IS NOT NULL,
       coalesce(u.language, ''),
       CASE WHEN m.edited_at IS NOT NULL THEN (
           SELECT json_agg(json_build_array(v.rev, v.body) ORDER BY v.rev)
           FROM messaging_revision v
           WHERE v.conversation_id = m.conversation_id AND v.seq = m.seq) END
FROM ({wanted}) m LEFT JOIN accounts_user u ON u.id = m.sender_id
ORDER BY m.conversation_id, m.rev
"""

CHANGED = statement(
    ROWS,
    wanted="""
    SELECT m.* FROM unnest(%(ids)s::uuid[], %(revs)s::bigint[], %(heads)s::bigint[])
        AS w(id, rev, head)
    CROSS JOIN LATERAL (
        SELECT * FROM messaging_message m
        WHERE m.conversation_id = w.id AND m.rev > w.rev AND m.rev <= w.head
        ORDER BY m.rev LIMIT %(limit)s
    ) m
    """,
)
STRETCH = statement(
    ROWS,
    wanted="""
    SELECT * FROM messaging_message m
    WHERE m.conversation_id = %(conversation)s AND m.seq > %(after)s
    ORDER BY m.seq LIMIT %(limit)s
    """,
)


CHANGED_ON_SHARD = of_one_shard(CHANGED)


class LogRow(NamedTuple):
    """A message as far as the index needs it. `versions` are (rev, text), None of one that was
    never edited."""

    conversation_id: UUID
    seq: int
    rev: int
    created_at: datetime
    sender_id: UUID | None
    kind: str
    body: str
    is_reply: bool
    is_deleted: bool
    language: str
    versions: Sequence[tuple[int, str]] | None


def read_changed(
    ids: Sequence[UUID], revs: Sequence[int], heads: Sequence[int], limit: int
) -> list[LogRow]:
    """The messages that changed after a rev and up to a head, at most `limit` a conversation; those
    of one together, in the order of rev."""
    params = {"ids": list(ids), "revs": bigs(revs), "heads": bigs(heads), "limit": limit}
    if is_distributed():
        rows = read(by_places(CHANGED_ON_SHARD, ids, params))
    else:
        rows = fetch(CHANGED, params)
    return [LogRow._make(row) for row in rows]


def read_stretch(conversation_id: UUID, after: int, limit: int) -> list[LogRow]:
    """The messages after a seq."""
    params = {"conversation": conversation_id, "after": big(after), "limit": limit}
    archived = archived_between(conversation_id, after + 1, after + limit)
    text = of_one(STRETCH) if is_distributed() else STRETCH
    text = across(text) if archived else text
    params |= archived_params(archived) if archived else {}
    rows = [LogRow._make(row) for row in fetch(text, params)]
    return sorted(rows, key=lambda row: row.seq)


def entries_of(row: LogRow) -> list[Entry]:
    """None of what is deleted or of the system."""
    if row.is_deleted or row.kind == "system":
        return []
    versions = row.versions or [(0, row.body)]
    until: list[int | None] = [rev for rev, _ in versions[1:]]
    signs = list(_signs(row))
    return [
        _entry(row, rev, until_rev, body, signs)
        for (rev, body), until_rev in zip(versions, [*until, None], strict=True)
    ]


def _signs(row: LogRow) -> Iterable[str]:
    if row.sender_id is not None:
        yield sender_word(row.sender_id)
    if row.kind in ("image", "file"):
        yield FILE
    if row.kind == "image":
        yield IMAGE
    if row.is_reply:
        yield REPLY


def _entry(row: LogRow, rev: int, until_rev: int | None, body: str, signs: Iterable[str]) -> Entry:
    text = folded(body).text.strip()
    words = lexemes(text, row.language) | set(signs)
    if "http://" in text or "https://" in text:
        words.add(LINK)
    return Entry(
        row.conversation_id,
        row.seq,
        rev,
        until_rev,
        row.created_at,
        row.language,
        frozenset(words),
        text,
    )
