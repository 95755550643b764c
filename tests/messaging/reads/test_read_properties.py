"""What holds of reads whatever happened: pages, counts, changes, and what who left still sees."""

from datetime import datetime
from typing import Any

import pytest
from django.db.models import Q
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.models import User
from chatproject.core.errors import NotFound
from conversations.models import Participant
from conversations.visibility import FOREVER, visibilities_of, visibility_of
from messaging.maintenance.integrity_check.heads import check_heads
from messaging.maintenance.integrity_check.periods import check_periods
from messaging.maintenance.integrity_check.polls import check_polls
from messaging.maintenance.integrity_check.threads import check_followers, check_threads
from messaging.models import Mention, Message, Thread, ThreadFollower
from messaging.reads.history import PageAnchor, history_page
from messaging.reads.inbox.conversations import Filters, conversation_json_for, list_inbox
from messaging.reads.messages import get_message
from tests.conformance.oracle import Oracle
from tests.messaging.reads.world import World, lives, make_world, undone, whole_history

pytestmark = pytest.mark.django_db

KINDS = st.sampled_from(["group", "public", "broadcast", "direct"])
PATIENT = settings(
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NO_FOLLOWING = (
    *("say", "say", "say", "edit", "delete", "delete", "react", "pin", "hide", "hide", "hide"),
    *("unhide", "read", "deliver", "leave", "join", "rename", "clear"),
    *("reply", "reply", "reply", "read_thread", "follow_thread"),
    *("ask", "vote", "vote", "end_vote", "read_all"),
)
# The poll is the last message.
ASKED_AND_VOTED = [("ask", 0, 1, 0), ("vote", 0, 1, 1), ("vote", 1, 2, 1)]


def visible(world: World, person: User) -> list[int]:
    return Oracle.of(world.id).visible(person.pk)


@PATIENT
@given(kind=KINDS, steps=lives(NO_FOLLOWING), limit=st.integers(1, 7))
def test_pages_joined_are_the_whole(kind: str, steps: Any, limit: int) -> None:
    with undone():
        world = make_world(kind).live(steps)
        for person in world.people:
            try:
                visibility = visibility_of(world.id, person.pk)
            except NotFound:
                assert visible(world, person) == []
                continue
            within = Message.objects.within(visibility).order_by("seq")
            assert list(within.values_list("seq", flat=True)) == visible(world, person)
            expected = Oracle.of(world.id).timeline(person.pk)
            assert list(whole_history(world.id, person.pk, limit=limit)[0]) == expected
            assert forward(world, person, limit) == expected
            check_around(world, person, expected, limit)
            check_both_ways(world, person, expected, limit)


def forward(world: World, person: User, limit: int) -> list[int]:
    """The seqs by pages from the beginning on, none of which is empty but a last one."""
    seqs: list[int] = []
    cursor: str | None = "0"
    while cursor is not None:
        page = page_of(world, person, PageAnchor(after=int(cursor)), limit)
        seqs += [it["seq"] for it in page["results"]]
        cursor = page["next"]
    return seqs


def check_both_ways(world: World, person: User, expected: list[int], limit: int) -> None:
    """From pages of any kind `previous` and `next` lead to all the rest."""
    for start in expected[:: max(1, len(expected) // 3)]:
        for place in (PageAnchor(before=start), PageAnchor(after=start), PageAnchor(around=start)):
            page = page_of(world, person, place, limit)
            shown = [it["seq"] for it in page["results"]]
            first, last = (shown[0], shown[-1]) if shown else (start, start)
            empty = int(not shown)  # then what was asked from is on the other side
            is_after = place.after is not None
            older = [seq for seq in expected if seq < first + empty * is_after]
            newer = [seq for seq in expected if seq > last - empty * (not is_after)]
            assert onward(world, person, page["previous"], "before", limit) == older[-limit:]
            assert onward(world, person, page["next"], "after", limit) == newer[:limit]


def onward(world: World, person: User, cursor: str | None, way: str, limit: int) -> list[int]:
    if cursor is None:
        return []
    page = page_of(world, person, PageAnchor(**{way: int(cursor)}), limit)
    return [it["seq"] for it in page["results"]]


def check_around(world: World, person: User, expected: list[int], limit: int) -> None:
    """PageAnchor each seq and its time stands a stretch of the whole that holds what it can."""
    times = {it["seq"]: it["created_at"] for it in Oracle.of(world.id).messages}
    for seq in expected[::3]:
        by_seq = seqs_of(world, person, PageAnchor(around=seq), limit)
        at = expected.index(by_seq[0])
        assert by_seq == expected[at : at + limit]
        assert seq in by_seq
        assert seqs_of(world, person, PageAnchor(around=times[seq]), limit) == by_seq
        before = seqs_of(world, person, PageAnchor(before=times[seq]), limit)
        assert before == seqs_of(world, person, PageAnchor(before=seq), limit)
        after = seqs_of(world, person, PageAnchor(after=times[seq]), limit)
        assert after == seqs_of(world, person, PageAnchor(after=seq), limit)


def seqs_of(world: World, person: User, place: PageAnchor, limit: int) -> list[int]:
    return [it["seq"] for it in page_of(world, person, place, limit)["results"]]


def page_of(world: World, person: User, place: PageAnchor, limit: int) -> dict[str, Any]:
    page = history_page(conversation_id=world.id, viewer_id=person.pk, anchor=place, limit=limit)
    assert len(page["results"]) <= limit
    return page


@PATIENT
@given(kind=KINDS, steps=lives(NO_FOLLOWING))
@example(kind="group", steps=ASKED_AND_VOTED)
def test_the_inbox_tells_what_the_rule_shows_and_unread_is_a_count(kind: str, steps: Any) -> None:
    with undone():
        world = make_world(kind).live(steps)
        check_unread(world)
        check_threads_of(world)
        for person in world.people:
            check_entry(world, person)
        checks = (check_heads, check_periods, check_threads, check_followers, check_polls)
        assert [it for check in checks for batch in check() for it in batch.differences] == []


def check_entry(world: World, person: User) -> None:
    visibilities = visibilities_of(person.pk, [world.id])
    try:
        visibility = visibility_of(world.id, person.pk)
    except NotFound:
        assert visibilities == {}
        return
    assert visibilities == {world.id: visibility}
    assert visibilities[world.id].spans == visibility.spans
    (entry,) = conversation_json_for(person.pk, [world.id])
    # Where one's own clearing has left nothing, the log still ends somewhere.
    assert entry["headSeq"] == (visibility.head or visibility.conversation.last_seq)
    assert entry["rev"] == visibility.rev
    assert (entry["role"] is None) == (visibility.participant is None)
    check_last_message(world, person, entry)
    inside = list_inbox(user_id=person.pk, after=None, limit=9, filters=Filters())
    assert inside.entries == ([entry] if visibility.participant else [])
    left = list_inbox(user_id=person.pk, after=None, limit=9, filters=Filters(left=True))
    has_left = visibility.last_period is not None and visibility.participant is None
    assert left.entries == ([entry] if has_left else [])


def check_unread(world: World) -> None:
    periods = Participant.objects.open().filter(conversation=world.id)
    for period in periods:
        (entry,) = conversation_json_for(period.user_id, [world.id])
        unread = set(Oracle.of(world.id).unread(period.user_id))
        assert entry["unread"] == len(unread)
        mentions = Mention.objects.filter(
            Q(user=period.user_id) | Q(user=None), conversation=world.id
        )
        mentioned_in = unread & set(mentions.values_list("seq", flat=True))
        assert entry["unreadMentions"] == len(mentioned_in)
        assert entry["mentioned"] == bool(mentioned_in)


def check_threads_of(world: World) -> None:
    """What each root tells is a count of the replies that one sees, and unread is one too."""
    oracle = Oracle.of(world.id)
    followed = {
        (it.user_id, it.seq): it for it in ThreadFollower.objects.filter(conversation=world.id)
    }
    for person in world.people:
        for seq in Thread.objects.filter(conversation=world.id).values_list("seq", flat=True):
            if seq not in oracle.visible(person.pk):
                continue
            told = get_message(conversation_id=world.id, viewer_id=person.pk, seq=seq)["thread"]
            replies = oracle.replies(person.pk, seq)
            if told is None:  # nothing is told of a thread of which one sees no reply
                assert not replies
                continue
            people = dict.fromkeys(str(oracle.message(it)["sender_id"]) for it in replies)
            assert told["replyCount"] == len(replies)
            assert told["participantIds"] == list(people)
            follower = followed.get((person.pk, seq))
            assert told["following"] == (follower is not None and follower.is_following)
            if follower is not None and follower.is_following:
                unread = oracle.unread_replies(person.pk, seq, follower.last_read_seq)
                assert told["unread"] == len(unread)


def check_last_message(world: World, person: User, entry: dict[str, Any]) -> None:
    """It is the newest of the present period, as the history shows it."""
    whole, _ = whole_history(world.id, person.pk, limit=200)
    shown = [it for it in whole.values() if entry["fromSeq"] <= it["seq"] <= entry["headSeq"]]
    if not shown:
        assert entry["lastMessage"] is None
    else:
        told = entry["lastMessage"]
        assert told == {key: value for key, value in for_all(shown[-1]).items() if key in told}


def for_all(message: dict[str, Any]) -> dict[str, Any]:
    """Without what a poll tells the viewer alone, which a last message is without."""
    if message["poll"] is None:
        return message
    poll = {key: value for key, value in message["poll"].items() if key != "myChoices"}
    return {**message, "poll": poll}


LEFT_AND_BACK = [("leave", 0, 1, 0), ("hide", 0, 1, 0), ("join", 0, 1, 0)]
# Leo is away while a message is edited, and learns of a later deletion that it may see.
MISSED_AN_EDIT = [
    *(("join", 3, 1, 1), ("follow", 2, 1, 3), ("leave", 2, 1, 0), ("edit", 1, 2, 1)),
    *(("delete", 0, 1, 0), ("follow", 2, 1, 3), ("join", 2, 1, 0)),
]


@PATIENT
@given(kind=KINDS, steps=lives())
@example(kind="broadcast", steps=LEFT_AND_BACK)
@example(kind="public", steps=MISSED_AN_EDIT)
@example(kind="broadcast", steps=MISSED_AN_EDIT)
def test_changes_make_the_fresh_state_and_who_left_sees_no_more_than_then(
    kind: str, steps: Any
) -> None:
    with undone():
        world = make_world(kind).live(steps)
        for person in world.people:
            if person.pk in world.clients:
                check_client(world, person)
            if person.pk in world.at_leaving and kind in ("group", "broadcast"):
                check_left(world, person)


def check_client(world: World, person: User) -> None:
    """What it held and the changes since are what is there now."""
    client = world.clients[person.pk]
    for _ in range(2):
        client.follow(limit=3)
        fresh, rev = whole_history(world.id, person.pk, limit=200)
        held = {seq: message for seq, message in client.messages.items() if seq in fresh}
        assert comparable(world, person, held) == comparable(world, person, fresh)
        assert client.rev >= rev


def comparable(
    world: World, person: User, messages: dict[int, dict[str, Any]]
) -> dict[int, dict[str, Any]]:
    """What a former membership shows stands at its last rev, whatever rev a client got it at.

    Changes tell nothing of replies that the person has hidden, so neither that one was deleted: the
    count of its thread is right with the next page (decision 25).
    """
    oracle = Oracle.of(world.id)
    hidden = {seq for user_id, seq in oracle.hides if user_id == person.pk}
    unsure = {oracle.message(seq)["thread_seq"] for seq in hidden}
    messages = {
        seq: {**message, "thread": None} if seq in unsure else message
        for seq, message in messages.items()
    }
    visibility = visibility_of(world.id, person.pk)
    live = {seq for seq in messages if visibility.span_of(seq).to_rev == FOREVER}  # type: ignore[union-attr]
    return {
        seq: message if seq in live else {**message, "rev": None}
        for seq, message in messages.items()
    }


def check_left(world: World, person: User) -> None:
    """Deletions are seen, and nothing else that came later."""
    if Participant.objects.open().filter(conversation=world.id, user=person).exists():
        return
    before = world.at_leaving[person.pk]
    now, _ = whole_history(world.id, person.pk, limit=200)
    assert all(has_hidden(world, person, seq) for seq in set(before) - set(now))
    for seq, message in now.items():
        if message["deletedAt"] is None and seq in before:
            assert {**message, "thread": None} == {**before[seq], "thread": None}
            check_thread_left(message["thread"], before[seq]["thread"])
        elif seq in before:
            assert (message["content"], message["reactions"]) == ("", [])


def check_thread_left(now: dict[str, Any] | None, before: dict[str, Any] | None) -> None:
    """Replies that came later are not told of, deletions are."""
    count = 0 if now is None else now["replyCount"]
    assert count <= (0 if before is None else before["replyCount"])


def has_hidden(world: World, person: User, seq: int) -> bool:
    return seq not in visible(world, person)


def test_times_are_the_logs_order(db: None) -> None:
    world = make_world("group").live([("say", 0, 1, 0)] * 5)
    times = list(
        Message.objects.filter(conversation=world.id)
        .order_by("seq")
        .values_list("created_at", flat=True)
    )
    assert times == sorted(set(times))
    assert all(isinstance(moment, datetime) for moment in times)
