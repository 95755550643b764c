"""People and conversations by their names, typing errors forgiven."""

from collections.abc import Collection
from typing import Any, NamedTuple
from uuid import UUID

from accounts.models import User
from accounts.wire import person_json
from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.distributed.thread_readings import goes_past_citus, read_past_citus
from chatproject.core.db.readings import Rows, read
from chatproject.core.db.statements import big, fetch, statement
from chatproject.core.text_folding import fold, folded
from conversations.visibility import sql
from messaging.reads.shards import (
    Condition,
    asked_in_place,
    asked_once,
    by_fewest,
    by_places,
    of_one_shard,
)
from messaging.search.postgres import limited

SIMILAR = 0.3  # how much of the asked trigrams a name has to hold, in order
MAX_NAMED = 100  # people or conversations that one name in a filter may stand for

# What the person may know of, by the names that they know it by: `id`, `kind`, `title`.
KNOWN = """
SELECT c.id, c.kind, coalesce(nullif(peer.nickname, ''), peer.name,
       CASE WHEN {is_live} THEN c.title ELSE p.left_title END) AS title
FROM conversations_conversation c
LEFT JOIN LATERAL (
    SELECT * FROM conversations_participant
    WHERE conversation_id = c.id AND user_id = %(viewer)s
    ORDER BY left_at DESC NULLS FIRST LIMIT 1
) p ON true
{live}
LEFT JOIN LATERAL (
    SELECT u.name, k.nickname FROM conversations_participant o
    JOIN accounts_user u ON u.id = o.user_id
    LEFT JOIN accounts_contact k ON k.owner_id = %(viewer)s AND k.person_id = u.id
    WHERE c.kind = 'direct' AND o.conversation_id = c.id AND {is_inside}
    ORDER BY o.user_id = %(viewer)s LIMIT 1
) peer ON true
WHERE (p.id IS NOT NULL OR {is_live}) AND {only}
"""
IS_LIVE = statement(
    "({is_open} AND p.id IS NOT NULL) OR {reads_as_public}",
    is_open=sql.is_open("p"),
    reads_as_public=sql.reads_as_public("c.id", sql.VIEWER),
)


class NameStatements(NamedTuple):
    """Statements that find conversations which the person may know of: given ones, those with
    exactly a name, and those with a similar name, best first.
    """

    given: str
    named: str
    alike: str


NAMED = """
SELECT id FROM ({all}) k
WHERE fold_name(title) = fold_name(%(name)s) ORDER BY id LIMIT %(limit)s
"""
# Best first. A cursor holds the rank as text, since that comes back as it went.
CLOSE = """
    SELECT k.*, round((CASE WHEN f.name LIKE %(begins)s THEN 1 ELSE 0 END
                       + CASE WHEN f.name LIKE %(holds)s THEN 1 ELSE 0 END
                       + word_similarity(fold_name(%(name)s), f.name))::numeric, 5) AS rank
    FROM {rows} k CROSS JOIN LATERAL (SELECT fold_name(k.{column}) AS name OFFSET 0) f
    WHERE f.name LIKE %(holds)s OR word_similarity(fold_name(%(name)s), f.name) >= {similar}
"""
PAGE = """
SELECT * FROM ({close}) r
WHERE %(rank)s::numeric IS NULL OR (-r.rank, r.id) > (-%(rank)s::numeric, %(after)s::uuid)
ORDER BY r.rank DESC, r.id LIMIT %(limit)s
"""


def _known(live: Condition) -> NameStatements:
    def rows(only: str) -> str:
        return statement(
            KNOWN, live=live.join, is_live=live.sql, is_inside=sql.is_open("o"), only=only
        )

    # The own ones by the index of people, and the public ones by theirs.
    everything = rows(
        "c.id IN (SELECT q.conversation_id FROM conversations_participant q"
        " WHERE q.user_id = %(viewer)s UNION ALL"
        " SELECT o.id FROM conversations_conversation o WHERE o.kind = 'public')"
    )
    alike = statement(CLOSE, rows=f"({everything})", column="title", similar=str(SIMILAR))
    return NameStatements(
        given=rows("c.id = ANY(ARRAY(SELECT unnest(%(ids)s::uuid[])))"),
        named=statement(NAMED, all=everything),
        alike=statement(PAGE, close=alike),
    )


ON_ONE_POSTGRES, ON_SHARDS = _known(asked_once(IS_LIVE)), _known(asked_in_place(IS_LIVE))


def _statements() -> NameStatements:
    return ON_SHARDS if is_distributed() else ON_ONE_POSTGRES


# The trigrams' index gives who may be meant, by its own measure, which is as wide.
PEOPLE_ROWS = """
(SELECT u.id, u.name FROM accounts_user u
 WHERE u.is_active AND (fold_name(u.name) LIKE %(holds)s
                        OR fold_name(u.name) %%> fold_name(%(name)s)))
"""
PEOPLE = statement(
    PAGE, close=statement(CLOSE, rows=PEOPLE_ROWS, column="name", similar=str(SIMILAR))
)
THRESHOLD = "SELECT set_config('pg_trgm.word_similarity_threshold', %(similar)s, true)"
PEOPLE_NAMED = """
SELECT u.id, fold_name(u.name) = f.name OR fold_name(coalesce(k.nickname, '')) = f.name
FROM (SELECT fold_name(%(name)s) AS name) f
JOIN accounts_user u ON fold_name(u.name) LIKE %(begins)s
    OR u.id IN (SELECT person_id FROM accounts_contact
                WHERE owner_id = %(viewer)s AND nickname <> '')
LEFT JOIN accounts_contact k ON k.owner_id = %(viewer)s AND k.person_id = u.id
WHERE fold_name(u.name) = f.name OR fold_name(coalesce(k.nickname, '')) = f.name
   OR fold_name(u.name) LIKE f.name || ' %%'
ORDER BY 2 DESC, 1 LIMIT %(limit)s
"""


class NamePosition(NamedTuple):
    """Of the last one on a page."""

    rank: str
    id: UUID


def titles(viewer_id: UUID, ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """`id`, `kind` and `title` of those that the person may know of, as they know them."""
    params = {"viewer": viewer_id}
    if not ids:
        rows = []
    elif is_distributed():
        rows = _given_on_shards(list(ids), params)
    else:
        rows = fetch(ON_ONE_POSTGRES.given, {**params, "ids": list(ids)})
    return {row[0]: _conversation(*row) for row in rows}


def _given_on_shards(ids: list[UUID], params: dict[str, Any]) -> Rows:
    if not goes_past_citus():
        return read(by_fewest(ON_SHARDS.given, ids, params))
    return read_past_citus(lambda: by_places(of_one_shard(ON_SHARDS.given), ids, params))


def find_conversations(
    *, viewer_id: UUID, name: str, after: NamePosition | None, limit: int
) -> list[tuple[dict[str, Any], NamePosition]]:
    """Those that the person may know of, best first: `conversation`, `highlights` in its title.

    Raises SearchTooSlow.
    """
    with limited():
        rows = fetch(_statements().alike, _asked(viewer_id, name, after, limit))
    return [
        (
            {"conversation": _conversation(*row[:3]), "highlights": highlights(row[2], name)},
            NamePosition(str(row[3]), row[0]),
        )
        for row in rows
    ]


def find_people(
    *, viewer_id: UUID, name: str, after: NamePosition | None, limit: int
) -> list[tuple[dict[str, Any], NamePosition]]:
    """Active people, best first: `person` and `highlights` in the name. Raises SearchTooSlow."""
    with limited():  # a transaction, without which the threshold would hold for nothing
        fetch(THRESHOLD, {"similar": str(SIMILAR)})
        rows = fetch(PEOPLE, _asked(viewer_id, name, after, limit))
    people = User.objects.in_bulk([row[0] for row in rows])
    return [
        (
            {"person": person_json(people[row[0]]), "highlights": highlights(row[1], name)},
            NamePosition(str(row[2]), row[0]),
        )
        for row in rows
    ]


def people_named(viewer_id: UUID, name: str) -> list[UUID]:
    """Everybody of this name or nickname, closed accounts too; else whose name begins with it."""
    params = {
        "viewer": viewer_id,
        "name": name,
        "begins": f"{_like(name)}%",
        "limit": big(MAX_NAMED),
    }
    rows = fetch(PEOPLE_NAMED, params)
    exact = [user_id for user_id, is_exact in rows if is_exact]
    return exact or [user_id for user_id, _ in rows]


def conversations_named(viewer_id: UUID, name: str) -> list[UUID]:
    params = {"viewer": viewer_id, "name": name, "limit": big(MAX_NAMED)}
    return [row[0] for row in fetch(_statements().named, params)]


def highlights(name: str, asked: str) -> list[list[int]]:
    """Where the words of what was asked stand in a name; nothing where it is merely alike."""
    text, found = folded(name), []
    for word in fold(asked).split():
        at = text.text.find(word)
        if at >= 0:
            found.append(list(text.original(at, at + len(word))))
    return sorted(found)


def _asked(viewer_id: UUID, name: str, after: NamePosition | None, limit: int) -> dict[str, Any]:
    pattern = _like(name)
    return {
        "viewer": viewer_id,
        "name": name,
        "begins": f"{pattern}%",
        "holds": f"%{pattern}%",
        "rank": after and after.rank,
        "after": after and after.id,
        "limit": big(limit),
    }


def _like(name: str) -> str:
    text = fold(name).strip()
    for sign in "\\%_":
        text = text.replace(sign, f"\\{sign}")
    return text


def _conversation(conversation_id: UUID, kind: str, title: str) -> dict[str, Any]:
    return {"id": str(conversation_id), "kind": kind, "title": title}
