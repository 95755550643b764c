"""Answers the hub's queries from the database, by the one visibility rule."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F, Func, IntegerField, Max
from django.utils import timezone

from accounts.auth.live_sign_ins import live_sign_ins
from chatproject.core.db.statements import fetch, statement
from chatproject.realtime.batch_loader import BatchLoader
from chatproject.realtime.bus import Publication
from chatproject.realtime.database_threads import in_database_thread
from chatproject.realtime.hub_queries import ChangedStates, Head, Missed, Spans, View
from conversations.errors import ConversationNotFound
from conversations.models import Conversation, Participant
from conversations.visibility import (
    Range,
    Span,
    may_read_as_public,
    spans_of_ranges,
    sql,
    visibility_of,
)
from conversations.wire import conversation_json
from messaging import events
from messaging.models import Message
from messaging.reads.messages import whole_messages
from messaging.reads.threads.summaries import shared_threads
from messaging.ws.changed_states import changed_states

# Messages, of no more text than an answer has; of a longer gap only the new rev is told.
MAX_MISSED = 500

Stored = tuple[int, int | None, int | None, int]  # what a `Range` is made of

# Asked for all who are connected, every few seconds.
_HEADS = statement(
    """
    SELECT id, last_rev, member_rev FROM conversations_conversation
    WHERE id = ANY(ARRAY(SELECT unnest(%s::uuid[])))
    """
)
_JOINED = statement(
    """
    SELECT user_id, conversation_id FROM conversations_participant p
    WHERE user_id = ANY(ARRAY(SELECT unnest(%s::uuid[]))) AND {is_open} AND joined_at >= %s
    """,
    is_open=sql.is_open("p"),
)
_PERIODS = statement(
    """
    SELECT w.place, p.conversation_id::text, {is_open},
           {range}, {public_from_seq}, c.last_rev, c.member_rev
    FROM unnest(%s::uuid[]) WITH ORDINALITY AS w(user_id, place)
    JOIN conversations_participant p ON p.user_id = w.user_id
    JOIN conversations_conversation c ON c.id = p.conversation_id
    """,
    range=sql.RANGE_COLUMNS,
    is_open=sql.is_open(),
    public_from_seq=sql.public_from_seq(),
)
_RANGES = statement(
    """
    SELECT w.user_id, {is_open}, p.id IS NOT NULL, {range}, %(is_public)s AND {is_banned}
    FROM unnest(%(users)s::uuid[]) AS w(user_id)
    LEFT JOIN conversations_participant p
        ON p.conversation_id = %(conversation)s AND p.user_id = w.user_id
    """,
    range=sql.RANGE_COLUMNS,
    is_open=f"coalesce({sql.is_open()} AND p.id IS NOT NULL, false)",
    is_banned=sql.is_banned(sql.CONVERSATION, "w.user_id"),
)


class DatabaseHubQueries:
    """See `chatproject.realtime.hub_queries.HubQueries` for the contract."""

    def __init__(self) -> None:
        self._views = BatchLoader(views_of)

    async def views(self, user_id: UUID) -> list[View]:
        return await self._views.get(user_id) or []

    async def view(self, user_id: UUID, conversation_id: UUID) -> View | None:
        return await in_database_thread(view_of, user_id, conversation_id)

    async def spans(
        self, conversation_id: UUID, user_ids: Collection[UUID]
    ) -> tuple[Head, Mapping[UUID, Spans]]:
        return await in_database_thread(live_spans, conversation_id, user_ids)

    async def last_seen(self, conversation_id: UUID, user_id: UUID) -> int | None:
        return await in_database_thread(last_seen_by, conversation_id, user_id)

    async def heads(self, conversation_ids: Collection[UUID]) -> Mapping[UUID, Head]:
        return await in_database_thread(heads_of, conversation_ids)

    async def joined_within(
        self, user_ids: Collection[UUID], seconds: float
    ) -> Collection[tuple[UUID, UUID]]:
        return await in_database_thread(joined_within, user_ids, seconds)

    async def changed_states(self, user_ids: Collection[UUID], since: str) -> ChangedStates:
        return await in_database_thread(changed_states, user_ids, since)

    async def missed(self, conversation_id: UUID, since_rev: int) -> Missed:
        return await in_database_thread(missed_since, conversation_id, since_rev)

    async def live_sign_ins(self, sign_in_ids: Collection[UUID]) -> Collection[UUID]:
        return await in_database_thread(live_sign_ins, sign_in_ids)


def views_of(user_ids: Collection[UUID]) -> dict[UUID, list[View]]:
    """What each of the people sees of each conversation that they are in; one query.

    In SQL of its own and without model instances: everybody who connects needs it, often all at
    one moment.
    """
    people = list(user_ids)
    ranges: dict[tuple[int, str], tuple[Stored, ...]] = {}
    inside: list[tuple[tuple[int, str], int | None, Head]] = []
    for row in fetch(_PERIODS, [people]):
        place, conversation_id, is_in, *_, open_from, rev, member_rev = row
        stored: Any = row[3:7]
        key = (place, conversation_id)
        earlier = ranges.get(key)
        ranges[key] = (stored,) if earlier is None else (*earlier, stored)
        if is_in:
            inside.append((key, open_from, Head(rev, member_rev)))
    views: dict[UUID, list[View]] = {user_id: [] for user_id in people}
    for key, open_from, head in inside:
        view = View(key[1], head, _spans_of_stored(ranges[key], open_from))
        views[people[key[0] - 1]].append(view)
    return views


def view_of(user_id: UUID, conversation_id: UUID) -> View | None:
    try:
        visibility = visibility_of(conversation_id, user_id)
    except ConversationNotFound:
        return None
    if not visibility.is_live:
        return None
    return View(str(conversation_id), _head(visibility.conversation), _pairs(visibility.spans))


def live_spans(
    conversation_id: UUID, user_ids: Collection[UUID]
) -> tuple[Head, Mapping[UUID, Spans]]:
    """What each of the people sees of what happens now; the head is read before the periods."""
    conversation = Conversation.objects.get(pk=conversation_id)
    ranges: defaultdict[UUID, tuple[Stored, ...]] = defaultdict(tuple)
    inside: set[UUID] = set()
    banned: set[UUID] = set()
    is_public = conversation.kind == Conversation.Kind.PUBLIC
    place = {"conversation": conversation_id, "users": list(user_ids), "is_public": is_public}
    for user_id, is_inside, has_period, *stored, is_banned in fetch(_RANGES, place):
        if has_period:
            ranges[user_id] += (tuple(stored),)
        if is_inside:
            inside.add(user_id)
        if is_banned:
            banned.add(user_id)
    seen: dict[UUID, Spans] = {}
    for user_id in user_ids:
        is_inside = user_id in inside
        reads_as_public = may_read_as_public(
            conversation.kind, is_inside=is_inside, is_banned=user_id in banned
        )
        if is_inside or reads_as_public:
            open_from_seq = conversation.open_from_seq if reads_as_public else None
            seen[user_id] = _spans_of_stored(ranges[user_id], open_from_seq)
    return _head(conversation), seen


def last_seen_by(conversation_id: UUID, user_id: UUID) -> int | None:
    periods = Participant.objects.filter(conversation=conversation_id, user=user_id)
    return periods.aggregate(last=Max("to_seq"))["last"]  # type: ignore[no-any-return]


def heads_of(conversation_ids: Collection[UUID]) -> Mapping[UUID, Head]:
    return {row[0]: Head(*row[1:]) for row in fetch(_HEADS, [list(conversation_ids)])}


def joined_within(user_ids: Collection[UUID], seconds: float) -> list[tuple[UUID, UUID]]:
    """(person, conversation) of the memberships that began in the last `seconds`."""
    since = timezone.now() - timedelta(seconds=seconds)
    return [(row[0], row[1]) for row in fetch(_JOINED, [list(user_ids), since])]


def missed_since(conversation_id: UUID, since_rev: int) -> Missed:
    """The changes after a rev as the events that a listener would have had."""
    conversation = Conversation.objects.get(pk=conversation_id)
    rows = list(
        Message.objects.filter(conversation=conversation_id, rev__lte=conversation.last_rev)
        .changed_since(since_rev)
        .annotate(size=Func(F("body"), function="octet_length", output_field=IntegerField()))
        .values_list("seq", "size")[: MAX_MISSED + 1]
    )
    size = sum(each for _, each in rows)
    is_whole = len(rows) <= MAX_MISSED and size <= settings.ANSWER_BYTES
    publications = _events(conversation, [seq for seq, _ in rows]) if is_whole else []
    return Missed(publications, _head(conversation), is_whole)


def _events(conversation: Conversation, seqs: Collection[int]) -> list[Publication]:
    """A deleted or changed message is told as such; a client takes any of them as the message.

    A system message may tell of a title or of people, so the conversation is told as it is now.
    """
    found = sorted(whole_messages(conversation.pk, seqs), key=lambda message: message["rev"])
    told = [
        events.in_log(
            conversation,
            events.name_of_change(message),
            seq=message["seq"],
            rev=message["rev"],
            message=message,
        )
        for message in found
    ]
    roots = {message["threadSeq"] for message in found} - {None}
    told += [
        events.thread_updated(conversation.pk, thread.seq, thread.shared_json())
        for thread in shared_threads(conversation.pk, roots)
    ]
    news = [message for message in found if message["kind"] == Message.Kind.SYSTEM]
    if news:
        seq, rev = news[-1]["seq"], found[-1]["rev"]
        shape = conversation_json(conversation)
        told.append(
            events.in_log(
                conversation, "conversation.updated", seq=seq, rev=rev, conversation=shape
            )
        )
    return told


def _head(conversation: Conversation) -> Head:
    return Head(conversation.last_rev, conversation.member_rev)


def _pairs(spans: Iterable[Span]) -> Spans:
    return _shared(tuple((span.from_seq, span.to_seq) for span in spans))


@lru_cache(maxsize=10_000)
def _spans_of_stored(ranges: tuple[Stored, ...], open_from_seq: int | None) -> Spans:
    return _pairs(spans_of_ranges([Range(*stored) for stored in ranges], open_from_seq))


@lru_cache(maxsize=10_000)
def _shared(spans: Spans) -> Spans:
    """Most see the same of most conversations, and every socket keeps it for each of its own."""
    return spans
