"""What a client missed in all its conversations, in a few queries however many they are."""

from collections.abc import Collection, Mapping, Sequence
from operator import itemgetter
from typing import Any
from uuid import UUID

from chatproject.core import metrics
from chatproject.core.db.readings import Rows, Steps, all_rows, query, reading, together
from chatproject.core.db.statements import big, bigs, statement
from conversations.visibility import sql, visibilities_of
from messaging.reads.change_keys import Changes, ChangesRequest, find_changes, reset
from messaging.reads.changes import ChangedMessages, answer_of, read_changes

MAX_CONVERSATIONS = 500  # a call may ask about
MAX_CHANGES = 200  # of one conversation; a longer gap is not replayed
MAX_CHANGES_IN_ALL = 1000
MAX_JOINED = 500

# Whether anything has happened since the rev, in the conversations that the person may know of.
# After a short absence most have no changes, and nothing more is read of them.
KNOWN = statement(
    """
    SELECT c.id, c.last_rev <> w.rev
    FROM unnest(%(ids)s::uuid[], %(revs)s::bigint[]) AS w(id, rev)
    JOIN conversations_conversation c ON c.id = w.id
    WHERE {is_known}
    """,
    is_known=sql.is_known("c.id", "%(user)s"),
)

JOINED = statement(
    """
    SELECT conversation_id, joined_at FROM conversations_participant p
    WHERE user_id = %(user)s AND {is_open} AND conversation_id <> ALL(%(known)s::uuid[])
    ORDER BY joined_at DESC, conversation_id LIMIT %(limit)s
    """,
    is_open=sql.is_open(),
)


@reading
def sync(user_id: UUID, revs: Mapping[UUID, int]) -> Steps[dict[str, Any]]:
    """The changes in the conversations, of which the client knows these revs.

    `conversations` has those with changes: `results`, `threads`, `throughRev`, `memberRev`, and
    `more` if the answer was full before the end of this one, or before it began; or `reset` if its
    gap is too long to replay and the client has to load it again; or `gone` if the person may not
    see it. `joined` has the ids of the person's conversations that the call did not name, newest
    first.
    """
    known = yield from _known(user_id, revs)
    moved = [its_id for its_id, has_moved in known.items() if has_moved]
    visibilities = yield from visibilities_of.steps(user_id, moved)
    wanted = [
        ChangesRequest(visibilities[its_id], rev)
        for its_id, rev in revs.items()
        if its_id in visibilities
    ]
    next_changes = yield from find_changes.steps(user_id, wanted, limit=MAX_CHANGES)
    found = _within_budget(next_changes)
    changed, joined = yield from together(
        read_changes.steps(user_id, found), _joined(user_id, revs)
    )
    metrics.RESUMES.inc()
    metrics.RESETS.inc(sum(one.reset for one in found))
    news = {
        str(one.visibility.conversation.pk): _answer(one, changed)
        for one in changed.changes
        if one.reset or one.more or one.through > one.since
    }
    gone = {str(its_id): {"gone": True} for its_id in revs if its_id not in known}
    return {
        "conversations": {**news, **gone},
        "joined": joined,
        "people": changed.people,
    }


def _within_budget(changes: Sequence[Changes]) -> list[Changes]:
    """More changes than a conversation may have are a reset; more than the answer may have wait."""
    left = MAX_CHANGES_IN_ALL
    kept: list[Changes] = []
    for one in changes:
        if one.more:
            kept.append(reset(one.visibility, one.since))
        elif len(one.keys) > left:
            kept.append(one._replace(keys=[], through=one.since, more=True))
        else:
            left -= len(one.keys)
            kept.append(one)
    return kept


def _answer(found: Changes, changed: ChangedMessages) -> dict[str, Any]:
    if found.reset:
        return {"reset": True, "throughRev": found.through}
    return answer_of(found, changed)


def _known(user_id: UUID, revs: Mapping[UUID, int]) -> Steps[dict[UUID, bool]]:
    if not revs:
        return {}
    asked = {"user": user_id, "ids": list(revs), "revs": bigs(revs.values())}
    rows = yield from query(KNOWN, asked, merge=all_rows)
    return {row[0]: row[1] for row in rows}


def _joined(user_id: UUID, known: Collection[UUID]) -> Steps[list[str]]:
    asked = {"user": user_id, "known": list(known), "limit": big(MAX_JOINED)}
    rows = yield from query(JOINED, asked, merge=_newest_joined)
    return [str(joined) for joined, _ in rows]


def _newest_joined(answers: Sequence[Rows]) -> Rows:
    by_id = sorted(all_rows(answers), key=itemgetter(0))
    return sorted(by_id, key=itemgetter(1), reverse=True)[:MAX_JOINED]
