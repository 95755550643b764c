"""Reading what the decision about drafts depends on, under their conversations' locks."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from chatproject.core.db.binary_arrays import bigints, uuids
from chatproject.core.db.pipeline import Statement, Step, Trips, rows_of
from conversations.posting import LastingMute, slow_mode_seconds
from conversations.visibility import Range
from messaging.sending import stepwise_statements as sql
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
from messaging.sending.transaction import PLANNER_SETTINGS

Rows = list[list[Any]]  # each value bytes or None


class Question(NamedTuple):
    statement: Statement
    values: Sequence[bytes]
    take: Callable[[Rows], None]


def read_facts(
    drafts: Sequence[NumberedDraft], revision: UUID | None, *, wait: bool, begin: Statement
) -> Trips[Facts]:
    """Begins a transaction, locks the conversations and reads what the drafts depend on.

    Nearly always one trip. A second one is for what its answers ask: a direct conversation for
    blocks, slow mode for the last post, another `revision` than the given for the word filters.
    """
    facts = Facts()
    first = [*_lock_and_read(facts, drafts, wait=wait), *_read_extras(facts, drafts)]
    answers = yield [Step(begin), Step(PLANNER_SETTINGS), *map(_step, first)]
    _take(first, answers[2:])
    people: dict[UUID, list[UUID]] = defaultdict(list)
    further = list(_further(facts, drafts, revision, people))
    if further:
        _take(further, (yield list(map(_step, further))))
    if blocks := list(_blocks(facts, drafts, people)):
        _take(blocks, (yield list(map(_step, blocks))))
    return facts


def _step(question: Question) -> Step:
    return Step(question.statement, question.values)


def _take(questions: Sequence[Question], answers: Sequence[Any]) -> None:
    for question, answer in zip(questions, answers, strict=True):
        question.take(rows_of(answer))


def _pairs(places: Sequence[Place]) -> list[bytes]:
    return [uuids(one for one, _ in places), uuids(other for _, other in places)]


def _lock_and_read(
    facts: Facts, drafts: Sequence[NumberedDraft], *, wait: bool
) -> Iterable[Question]:
    """What every draft depends on."""
    conversations = {str(each.draft.conversation_id).encode(): each.draft for each in drafts}
    senders = {str(each.draft.sender_id).encode(): each.draft.sender_id for each in drafts}
    keys = list(dict.fromkeys(each.draft.key for each in drafts))
    places = list(_places(drafts))

    def take_heads(rows: Rows) -> None:
        for key, *columns in rows:
            facts.heads[conversations[key].conversation_id] = _head(*columns)

    def take_clock(rows: Rows) -> None:
        ((now, revision),) = rows
        facts.now, facts.revision = int(now), None if revision is None else UUID(revision.decode())

    def take_earlier(rows: Rows) -> None:
        for n, seq, digest in rows:
            facts.earlier[keys[int(n) - 1]] = Earlier(int(seq), bytes.fromhex(digest.decode()))

    def take_periods(rows: Rows) -> None:
        for n, *columns in rows:
            facts.periods[places[int(n) - 1]].append(_period(*columns))

    def take_mutes(rows: Rows) -> None:
        facts.mutes.update({senders[key]: LastingMute(_number(left)) for key, left in rows})

    ids = [uuids(draft.conversation_id for draft in conversations.values())]
    yield Question(sql.LOCK_HEADS if wait else sql.LOCK_FREE_HEADS, ids, take_heads)
    yield Question(sql.CLOCK, [], take_clock)
    yield Question(sql.EARLIER, [uuids(key[n] for key in keys) for n in range(3)], take_earlier)
    yield Question(sql.PERIODS, _pairs(places), take_periods)
    yield Question(sql.MUTES, [uuids(senders.values())], take_mutes)


def _places(drafts: Sequence[NumberedDraft]) -> Iterable[Place]:
    """Senders and mentioned people in their conversations, each once."""
    places: dict[Place, None] = {}
    for each in drafts:
        conversation_id = each.draft.conversation_id
        places[conversation_id, each.draft.sender_id] = None
        places.update({(conversation_id, person): None for person in each.facts.mentions})
    return places


def _read_extras(facts: Facts, drafts: Sequence[NumberedDraft]) -> Iterable[Question]:
    """What replies, in threads or not, drafts with attachments and links of new accounts depend
    on."""
    roots = _distinct((each.draft.conversation_id, each.draft.thread_seq) for each in drafts)
    quoted = _distinct((each.draft.conversation_id, each.draft.reply_to_seq) for each in drafts)
    targets = list(dict.fromkeys((*roots, *quoted)))
    files = {file: each.draft.sender_id for each in drafts for file in each.draft.attachment_ids}
    newcomers = {each.draft.sender_id for each in drafts if each.facts.link_quota is not None}

    def take_targets(rows: Rows) -> None:
        for n, thread_seq, is_deleted, is_system, sender in rows:
            sender_id = None if sender is None else UUID(sender.decode())
            facts.targets[targets[int(n) - 1]] = ReplyTarget(
                _number(thread_seq), is_deleted == b"t", is_system == b"t", sender_id
            )

    def take_threads(rows: Rows) -> None:
        for n, count, last_seq, people in rows:
            ids = list(map(UUID, orjson.loads(people)))
            facts.threads[roots[int(n) - 1]] = ThreadState(int(count), int(last_seq), ids)

    def take_files(rows: Rows) -> None:
        for key, uploader, content_type, values in rows:
            facts.unclaimed[UUID(key.decode())] = Unclaimed(
                UUID(uploader.decode()), content_type.decode(), orjson.loads(values)
            )

    def take_links(rows: Rows) -> None:
        facts.links.update({UUID(key.decode()): int(links) for key, links in rows})

    if targets:
        yield Question(sql.REPLY_TARGETS, _places_of(targets), take_targets)
    if roots:
        yield Question(sql.THREADS, _places_of(roots), take_threads)
    if files:
        values = [uuids(files), uuids(set(files.values()))]
        yield Question(sql.LOCK_ATTACHMENTS, values, take_files)
    if newcomers:
        yield Question(sql.LOCK_QUOTAS, [uuids(newcomers)], take_links)


def _distinct(places: Iterable[tuple[UUID, int | None]]) -> list[tuple[UUID, int]]:
    """The messages that are named, each once."""
    return list(dict.fromkeys((place, seq) for place, seq in places if seq is not None))


def _places_of(messages: Sequence[tuple[UUID, int]]) -> list[bytes]:
    return [uuids(place for place, _ in messages), bigints(seq for _, seq in messages)]


def _further(
    facts: Facts,
    drafts: Sequence[NumberedDraft],
    revision: UUID | None,
    people: dict[UUID, list[UUID]],
) -> Iterable[Question]:
    """What the first answers ask; `people` takes those of the direct conversations."""
    heads = facts.heads
    not_locked = {it.draft.conversation_id for it in drafts} - heads.keys()
    directs = {key for key, head in heads.items() if head.kind == Kind.DIRECT}
    strangers, paced = _strangers(facts, drafts), _paced(facts, drafts)
    new = _new_where_archived(facts, drafts)

    def take_people(rows: Rows) -> None:
        for key, user in rows:
            people[UUID(key.decode())].append(UUID(user.decode()))

    def take_filters(rows: Rows) -> None:
        facts.word_filters = [(word.decode(), act.decode()) for word, act in rows]

    def take_existing(rows: Rows) -> None:
        facts.existing.update(UUID(key.decode()) for (key,) in rows)

    def take_bans(rows: Rows) -> None:
        facts.bans.update(strangers[int(n) - 1] for (n,) in rows)

    def take_last_posts(rows: Rows) -> None:
        facts.last_posts.update({paced[int(n) - 1]: int(at) for n, at in rows})

    def take_archived(rows: Rows) -> None:
        facts.archived.update(new[int(n) - 1] for (n,) in rows)

    if new:
        values = [uuids(key[0] for key in new), uuids(key[2] for key in new)]
        yield Question(sql.ARCHIVED, values, take_archived)
    if not_locked:
        yield Question(sql.EXISTING, [uuids(not_locked)], take_existing)
    if directs:
        yield Question(sql.DIRECT_PEOPLE, [uuids(directs)], take_people)
    if strangers:
        yield Question(sql.BANS, _pairs(strangers), take_bans)
    if paced:
        yield Question(sql.LAST_POSTS, _pairs(paced), take_last_posts)
    if facts.revision != revision:
        yield Question(sql.WORD_FILTERS, [], take_filters)


def _new_where_archived(facts: Facts, drafts: Sequence[NumberedDraft]) -> list[Key]:
    """Keys of no row, in conversations of which a part is in files."""
    places = {key for key, head in facts.heads.items() if head.archived_seq}
    keys = (it.draft.key for it in drafts if not it.is_looked_up)
    return list(dict.fromkeys(it for it in keys if it[0] in places and it not in facts.earlier))


def _strangers(facts: Facts, drafts: Sequence[NumberedDraft]) -> list[Place]:
    """Senders who never were in their public conversation: a ban says whether they may know it."""
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
    """The senders in these of the conversations, each once."""
    if not conversation_ids:
        return ()
    places = ((each.draft.conversation_id, each.draft.sender_id) for each in drafts)
    return dict.fromkeys(place for place in places if place[0] in conversation_ids)


def _blocks(
    facts: Facts, drafts: Sequence[NumberedDraft], people: dict[UUID, list[UUID]]
) -> Iterable[Question]:
    """Of the senders and the others in direct conversations."""
    either_way = [
        (place, pair)
        for place in _sending_places(drafts, people)
        for other in people[place[0]]
        if other != place[1]
        for pair in ((place[1], other), (other, place[1]))
    ]
    if either_way:
        yield Question(
            sql.BLOCKS,
            _pairs([pair for _, pair in either_way]),
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
