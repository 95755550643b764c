"""Locks the conversations of a batch and reads the facts on which the decision depends."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from chatproject.core.db.binary_arrays import uuids
from chatproject.core.db.pipeline import Statement, Step, Trips, rows_of
from conversations.posting import LastingMute, slow_mode_seconds
from conversations.visibility import Range
from messaging.sending.dialect import FactQueries
from messaging.sending.facts import (
    Earlier,
    Facts,
    Head,
    Key,
    Kind,
    Period,
    Place,
    ReplyTarget,
    ThreadState,
    Unclaimed,
)
from messaging.sending.numbered_drafts import NumberedDraft

Rows = list[list[Any]]  # each value bytes or None


class FactQuery(NamedTuple):
    """A statement, its parameters, and what puts its rows into the facts."""

    statement: Statement
    values: Sequence[bytes]
    take: Callable[[Rows], None]


def read_facts(
    drafts: Sequence[NumberedDraft],
    revision: UUID | None,
    *,
    wait: bool,
    begin: Statement,
    queries: FactQueries,
    has_word_filters: bool = True,
) -> Trips[Facts]:
    """Begins a transaction, locks the conversations and reads what the drafts depend on.

    This takes one round trip nearly always. A second one reads what the first shows to be needed:
    blocks for a direct conversation, the last post for slow mode, the word filters if their
    revision is not `revision`. Without `has_word_filters` the caller has to compare the revisions.
    """
    facts = Facts()
    first = [
        *_lock_and_read(queries, facts, drafts, wait=wait),
        *_read_extras(queries, facts, drafts),
    ]
    before = [Step(begin), *queries.settings]
    answers = yield [*before, *map(_step, first)]
    _take(first, answers[len(before) :])
    people: dict[UUID, list[UUID]] = defaultdict(list)
    if facts.revision != revision and not has_word_filters:
        return facts
    further = list(_further(queries, facts, drafts, revision, people))
    if further:
        _take(further, (yield list(map(_step, further))))
    if blocks := list(_blocks(queries, facts, drafts, people)):
        _take(blocks, (yield list(map(_step, blocks))))
    return facts


def _step(query: FactQuery) -> Step:
    return Step(query.statement, query.values)


def _take(queries: Sequence[FactQuery], answers: Sequence[Any]) -> None:
    for query, answer in zip(queries, answers, strict=True):
        query.take(rows_of(answer))


def _lock_and_read(
    queries: FactQueries, facts: Facts, drafts: Sequence[NumberedDraft], *, wait: bool
) -> Iterable[FactQuery]:
    """What every draft depends on."""
    sql = queries.sql
    conversations = {str(each.draft.conversation_id).encode(): each.draft for each in drafts}
    ids = {draft.conversation_id: None for draft in conversations.values()}
    senders = {str(each.draft.sender_id).encode(): each.draft.sender_id for each in drafts}
    keys = dict.fromkeys(each.draft.key for each in drafts)

    def take_heads(rows: Rows) -> None:
        for key, *columns in rows:
            facts.heads[conversations[key].conversation_id] = _head(*columns)

    def take_clock(rows: Rows) -> None:
        ((now, revision),) = rows
        facts.now, facts.revision = int(now), None if revision is None else UUID(revision.decode())

    def take_mutes(rows: Rows) -> None:
        facts.mutes.update({senders[key]: LastingMute(_number(left)) for key, left in rows})

    heads = sql.LOCK_HEADS if wait else sql.LOCK_FREE_HEADS
    for some in queries.parts(ids, _itself):
        yield FactQuery(heads, [queries.conversations(some)], take_heads)
    yield FactQuery(sql.CLOCK, [], take_clock)
    for part in queries.parts(keys, _first_of):
        yield FactQuery(sql.EARLIER, queries.keys(part), partial(_take_earlier, facts, part))
    for places in queries.parts(list(_places(drafts)), _first_of):
        take = partial(_take_periods, facts, places)
        yield FactQuery(sql.PERIODS, queries.places(places), take)
    yield FactQuery(sql.MUTES, [uuids(senders.values())], take_mutes)


def _itself(conversation_id: UUID) -> UUID:
    return conversation_id


def _first_of(item: tuple[UUID, Any] | Key) -> UUID:
    """Places, keys and messages all begin with the conversation."""
    return item[0]


def _take_earlier(facts: Facts, keys: Sequence[Key], rows: Rows) -> None:
    for n, seq, digest in rows:
        facts.earlier[keys[int(n) - 1]] = Earlier(int(seq), bytes.fromhex(digest.decode()))


def _take_periods(facts: Facts, places: Sequence[Place], rows: Rows) -> None:
    for n, *columns in rows:
        facts.periods[places[int(n) - 1]].append(_period(*columns))


def _places(drafts: Sequence[NumberedDraft]) -> Iterable[Place]:
    """Senders and mentioned people with their conversations, without duplicates."""
    places: dict[Place, None] = {}
    for each in drafts:
        conversation_id = each.draft.conversation_id
        places[conversation_id, each.draft.sender_id] = None
        places.update({(conversation_id, person): None for person in each.facts.mentions})
    return places


def _read_extras(
    queries: FactQueries, facts: Facts, drafts: Sequence[NumberedDraft]
) -> Iterable[FactQuery]:
    """What replies, attachments and the links of new accounts depend on."""
    sql = queries.sql
    roots = _distinct((each.draft.conversation_id, each.draft.thread_seq) for each in drafts)
    quoted = _distinct((each.draft.conversation_id, each.draft.reply_to_seq) for each in drafts)
    files = {file: each.draft.sender_id for each in drafts for file in each.draft.attachment_ids}
    newcomers = {each.draft.sender_id for each in drafts if each.facts.link_quota is not None}

    def take_files(rows: Rows) -> None:
        for key, uploader, content_type, values in rows:
            facts.unclaimed[UUID(key.decode())] = Unclaimed(
                UUID(uploader.decode()), content_type.decode(), orjson.loads(values)
            )

    def take_links(rows: Rows) -> None:
        facts.links.update({UUID(key.decode()): int(links) for key, links in rows})

    for part in queries.parts(dict.fromkeys((*roots, *quoted)), _first_of):
        take = partial(_take_targets, facts, part)
        yield FactQuery(sql.REPLY_TARGETS, queries.messages(part), take)
    for part in queries.parts(roots, _first_of):
        yield FactQuery(sql.THREADS, queries.messages(part), partial(_take_threads, facts, part))
    if files:
        values = [uuids(files), uuids(set(files.values()))]
        yield FactQuery(sql.LOCK_ATTACHMENTS, values, take_files)
    if newcomers:
        yield FactQuery(sql.LOCK_QUOTAS, [uuids(newcomers)], take_links)


def _take_targets(facts: Facts, targets: Sequence[tuple[UUID, int]], rows: Rows) -> None:
    for n, thread_seq, is_deleted, is_system, sender in rows:
        sender_id = None if sender is None else UUID(sender.decode())
        facts.targets[targets[int(n) - 1]] = ReplyTarget(
            _number(thread_seq), is_deleted == b"t", is_system == b"t", sender_id
        )


def _take_threads(facts: Facts, roots: Sequence[tuple[UUID, int]], rows: Rows) -> None:
    for n, count, last_seq, people in rows:
        ids = list(map(UUID, orjson.loads(people)))
        facts.threads[roots[int(n) - 1]] = ThreadState(int(count), int(last_seq), ids)


def _distinct(places: Iterable[tuple[UUID, int | None]]) -> list[tuple[UUID, int]]:
    """The messages that the places name, without duplicates."""
    return list(dict.fromkeys((place, seq) for place, seq in places if seq is not None))


def _further(
    queries: FactQueries,
    facts: Facts,
    drafts: Sequence[NumberedDraft],
    revision: UUID | None,
    people: dict[UUID, list[UUID]],
) -> Iterable[FactQuery]:
    """What the first answers show to be needed. Fills `people`: members by direct conversation."""
    sql, heads = queries.sql, facts.heads
    not_locked = {it.draft.conversation_id for it in drafts} - heads.keys()
    directs = {key for key, head in heads.items() if head.kind == Kind.DIRECT}

    def take_people(rows: Rows) -> None:
        for key, user in rows:
            people[UUID(key.decode())].append(UUID(user.decode()))

    def take_filters(rows: Rows) -> None:
        facts.word_filters = [(word.decode(), act.decode()) for word, act in rows]

    def take_existing(rows: Rows) -> None:
        facts.existing.update(UUID(key.decode()) for (key,) in rows)

    for keys in queries.parts(_new_where_archived(facts, drafts), _first_of):
        values = [queries.conversations(key[0] for key in keys), uuids(key[2] for key in keys)]
        yield FactQuery(sql.ARCHIVED, values, partial(_take_archived, facts, keys))
    for ids in queries.parts(not_locked, _itself):
        yield FactQuery(sql.EXISTING, [queries.conversations(ids)], take_existing)
    for ids in queries.parts(directs, _itself):
        yield FactQuery(sql.DIRECT_PEOPLE, [queries.conversations(ids)], take_people)
    for part in queries.parts(_strangers(facts, drafts), _first_of):
        yield FactQuery(sql.BANS, queries.places(part), partial(_take_bans, facts, part))
    for part in queries.parts(_paced(facts, drafts), _first_of):
        take = partial(_take_last_posts, facts, part)
        yield FactQuery(sql.LAST_POSTS, queries.places(part), take)
    if facts.revision != revision:
        yield FactQuery(sql.WORD_FILTERS, [], take_filters)


def _new_where_archived(facts: Facts, drafts: Sequence[NumberedDraft]) -> list[Key]:
    """Keys without a row, in conversations of which a part is archived."""
    places = {key for key, head in facts.heads.items() if head.archived_seq}
    keys = (it.draft.key for it in drafts if not it.is_looked_up)
    return list(dict.fromkeys(it for it in keys if it[0] in places and it not in facts.earlier))


def _take_archived(facts: Facts, keys: Sequence[Key], rows: Rows) -> None:
    facts.archived.update(keys[int(n) - 1] for (n,) in rows)


def _take_bans(facts: Facts, strangers: Sequence[Place], rows: Rows) -> None:
    facts.bans.update(strangers[int(n) - 1] for (n,) in rows)


def _take_last_posts(facts: Facts, paced: Sequence[Place], rows: Rows) -> None:
    facts.last_posts.update({paced[int(n) - 1]: int(at) for n, at in rows})


def _strangers(facts: Facts, drafts: Sequence[NumberedDraft]) -> list[Place]:
    """Senders who were never in their public conversation; unless banned, they may know of it."""
    public = {key for key, head in facts.heads.items() if head.kind == Kind.PUBLIC}
    places = _sending_places(drafts, public)
    return [place for place in places if place not in facts.periods]


def _paced(facts: Facts, drafts: Sequence[NumberedDraft]) -> list[Place]:
    """Senders whom slow mode makes wait between two messages."""
    slow = {key: head.slow_seconds for key, head in facts.heads.items() if head.slow_seconds}
    periods = {place: facts.open_period(place) for place in _sending_places(drafts, slow)}
    return [
        place
        for place, period in periods.items()
        if period is not None and slow_mode_seconds(period.role, slow[place[0]])
    ]


def _sending_places(
    drafts: Sequence[NumberedDraft], conversation_ids: Collection[UUID]
) -> Iterable[Place]:
    """The senders in `conversation_ids`, without duplicates."""
    if not conversation_ids:
        return ()
    places = ((each.draft.conversation_id, each.draft.sender_id) for each in drafts)
    return dict.fromkeys(place for place in places if place[0] in conversation_ids)


def _blocks(
    queries: FactQueries,
    facts: Facts,
    drafts: Sequence[NumberedDraft],
    people: dict[UUID, list[UUID]],
) -> Iterable[FactQuery]:
    """Blocks between senders and their peers in direct conversations, in both directions."""
    either_way = [
        (place, pair)
        for place in _sending_places(drafts, people)
        for other in people[place[0]]
        if other != place[1]
        for pair in ((place[1], other), (other, place[1]))
    ]
    if either_way:
        pairs = [pair for _, pair in either_way]
        yield FactQuery(
            queries.sql.BLOCKS,
            [uuids(one for one, _ in pairs), uuids(other for _, other in pairs)],
            lambda rows: facts.blocked.update(either_way[int(n) - 1][0] for (n,) in rows),
        )


def _head(
    kind: bytes,
    last_seq: bytes,
    last_rev: bytes,
    last_at: bytes | None,
    member_rev: bytes,
    is_locked: bytes,
    slow_seconds: bytes,
    open_from_seq: bytes,
    archived_seq: bytes,
) -> Head:
    return Head(
        kind.decode(),
        int(last_seq),
        int(last_rev),
        _number(last_at),
        int(member_rev),
        is_locked == b"t",
        int(slow_seconds),
        int(open_from_seq),
        int(archived_seq),
    )


def _period(
    period_id: bytes,
    role: bytes,
    is_open: bytes,
    last_read_seq: bytes,
    from_seq: bytes,
    to_seq: bytes | None,
    to_rev: bytes | None,
    cleared_seq: bytes,
) -> Period:
    shown = Range(int(from_seq), _number(to_seq), _number(to_rev), int(cleared_seq))
    return Period(
        UUID(period_id.decode()), role.decode(), is_open == b"t", int(last_read_seq), shown
    )


def _number(text: bytes | None) -> int | None:
    return None if text is None else int(text)
