"""Polls: who asks, who votes, what is counted, and until when."""

from collections.abc import Iterable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from chatproject.core.errors import InvalidInput
from chatproject.realtime.bus import user_topic
from conversations.errors import ConversationNotFound, NotAParticipant
from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.actions.forward import forward_message
from messaging.actions.polls import close_poll, send_poll, vote
from messaging.errors import MessageGone, NotAPoll, NotTheSender, PollClosed, PollHasVotes
from messaging.exports.person import account_of
from messaging.maintenance.erasure import erase_messages
from messaging.maintenance.integrity_check.polls import check_polls
from messaging.models import Message, PollVote
from messaging.polls import Poll
from messaging.reads.inbox.conversations import conversation_json_for
from messaging.reads.messages import get_message
from messaging.sending.drafts import Draft
from tests.cast import api, leave, make_conversation, make_person, say
from tests.messaging.actions.scene import Scene
from tests.messaging.search.conftest import index_all

pytestmark = pytest.mark.usefixtures("both_paths")

CHOICES = ("Pizza", "Soup", "Bread")


def ask(scene: Scene, author: User | None = None, key: UUID | None = None, **fields: Any) -> Any:
    given = {"takes_several": False, "is_anonymous": False, "closes_at": None} | fields
    thread_seq = given.pop("thread_seq", None)
    draft = Draft(
        scene.id, (author or scene.owner).pk, key or uuid4(), "Lunch?", thread_seq=thread_seq
    )
    return send_poll(draft, Poll(CHOICES, **given))


def cast(scene: Scene, user: User, seq: int, *choices: int) -> Any:
    return vote(conversation_id=scene.id, user_id=user.pk, seq=seq, choices=choices)


def seen(scene: Scene, user: User, seq: int) -> Any:
    return get_message(conversation_id=scene.id, viewer_id=user.pk, seq=seq)["poll"]


def counts(poll: Any) -> list[int]:
    return [choice["count"] for choice in poll["choices"]]


def faults() -> list[Any]:
    return [it for batch in check_polls() for it in batch.differences]


def test_votes_are_counted_and_heard(scene: Scene, listening: Any) -> None:
    asked = ask(scene)
    assert (asked["content"], asked["meta"]) == ("Lunch?", None)
    assert (counts(asked["poll"]), asked["poll"]["myChoices"]) == ([0, 0, 0], [])

    with listening() as published:
        cast(scene, scene.member, asked["seq"], 1)
        voted = cast(scene, scene.admin, asked["seq"], 1)

    assert (counts(voted["poll"]), voted["poll"]["myChoices"]) == ([0, 2, 0], [1])
    assert published.types == ["poll.voted", "message.updated"] * 2
    told = published.events[3]["message"]["poll"]
    assert told["choices"][1]["userIds"] == [str(scene.member.pk), str(scene.admin.pk)]
    assert told["voterCount"] == 2
    assert published.topics[0] == user_topic(scene.member.pk)
    assert seen(scene, scene.owner, asked["seq"])["myChoices"] == []
    assert faults() == []


def test_a_vote_moves_and_is_taken_back(scene: Scene, listening: Any) -> None:
    seq = ask(scene)["seq"]
    cast(scene, scene.member, seq, 0)
    assert counts(cast(scene, scene.member, seq, 2)["poll"]) == [0, 0, 1]
    with listening() as published:
        cast(scene, scene.member, seq, 2)
    assert published.types == []

    assert counts(cast(scene, scene.member, seq)["poll"]) == [0, 0, 0]
    assert not PollVote.objects.exists()


def test_several_choices_where_the_poll_takes_them(scene: Scene) -> None:
    one, several = ask(scene)["seq"], ask(scene, takes_several=True)["seq"]

    with pytest.raises(InvalidInput):
        cast(scene, scene.member, one, 0, 1)
    for wrong in (3, -1):
        with pytest.raises(InvalidInput):
            cast(scene, scene.member, several, wrong)
    poll = cast(scene, scene.member, several, 2, 0)["poll"]

    assert (counts(poll), poll["voterCount"], poll["myChoices"]) == ([1, 0, 1], 1, [0, 2])
    assert not PollVote.objects.filter(seq=one).exists()


def test_an_anonymous_poll_names_nobody(scene: Scene, listening: Any) -> None:
    seq = ask(scene, is_anonymous=True)["seq"]

    with listening() as published:
        cast(scene, scene.member, seq, 0)

    shared = [it for it in published.publications if it.topic != user_topic(scene.member.pk)]
    assert shared
    assert not any(str(scene.member.pk).encode() in it.frame for it in shared)
    for viewer in (scene.owner, scene.admin, scene.member):
        poll = seen(scene, viewer, seq)
        assert (counts(poll), poll["choices"][0]["userIds"]) == ([1, 0, 0], [])
    assert seen(scene, scene.member, seq)["myChoices"] == [0]
    assert account_of(scene.member)["pollVotes"][0]["choice"] == 0
    assert account_of(scene.owner)["pollVotes"] == []


def test_outsiders_and_who_left_do_not_vote(scene: Scene) -> None:
    seq = ask(scene)["seq"]
    leave(scene.conversation, scene.leaver)

    with pytest.raises(ConversationNotFound):
        cast(scene, scene.outsider, seq, 0)
    with pytest.raises(NotAParticipant):
        cast(scene, scene.leaver, seq, 0)
    with pytest.raises(ConversationNotFound):
        close_poll(conversation_id=scene.id, user_id=scene.outsider.pk, seq=seq)
    assert not PollVote.objects.exists()


def test_who_left_sees_it_as_it_stood(scene: Scene) -> None:
    seq = ask(scene)["seq"]
    cast(scene, scene.member, seq, 0)
    cast(scene, scene.leaver, seq, 1)
    leave(scene.conversation, scene.leaver)

    cast(scene, scene.member, seq, 2)
    cast(scene, scene.admin, seq, 2)
    close_poll(conversation_id=scene.id, user_id=scene.owner.pk, seq=seq)

    stood = seen(scene, scene.leaver, seq)
    assert (counts(stood), stood["closedAt"], stood["voterCount"]) == ([1, 1, 0], None, 2)
    assert stood["myChoices"] == [1]
    now = seen(scene, scene.owner, seq)
    assert (counts(now), now["voterCount"]) == ([0, 1, 2], 3)
    assert now["closedAt"] is not None
    assert faults() == []


def test_after_the_end_nobody_votes(scene: Scene) -> None:
    seq = ask(scene)["seq"]
    cast(scene, scene.member, seq, 0)
    with pytest.raises(NotTheSender):
        close_poll(conversation_id=scene.id, user_id=scene.member.pk, seq=seq)
    closed = close_poll(conversation_id=scene.id, user_id=scene.admin.pk, seq=seq)
    again = close_poll(conversation_id=scene.id, user_id=scene.owner.pk, seq=seq)
    assert closed == again

    for choices in ((1,), ()):
        with pytest.raises(PollClosed):
            cast(scene, scene.member, seq, *choices)
    assert counts(seen(scene, scene.member, seq)) == [1, 0, 0]


def test_the_time_ends_it(scene: Scene) -> None:
    key = uuid4()
    asked = ask(scene, key=key, closes_at=timezone.now() + timedelta(hours=1))
    cast(scene, scene.member, asked["seq"], 0)
    PollVote.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    past = timezone.now() - timedelta(seconds=1)
    meta = Poll(CHOICES, takes_several=False, is_anonymous=False, closes_at=past).as_meta()
    Message.objects.filter(conversation=scene.id, seq=asked["seq"]).update(meta=meta)

    with pytest.raises(PollClosed):
        cast(scene, scene.member, asked["seq"], 1)
    with pytest.raises(InvalidInput):
        ask(scene, closes_at=past)
    assert faults() == []


def test_other_messages_are_no_polls(scene: Scene) -> None:
    plain, asked = say(scene.conversation, scene.owner), ask(scene)

    for act in (
        lambda: cast(scene, scene.member, plain["seq"], 0),
        lambda: close_poll(conversation_id=scene.id, user_id=scene.owner.pk, seq=plain["seq"]),
    ):
        with pytest.raises(NotAPoll):
            act()
    cast(scene, scene.member, asked["seq"], 0)
    delete_message(conversation_id=scene.id, user_id=scene.owner.pk, seq=asked["seq"])
    with pytest.raises(MessageGone):
        cast(scene, scene.member, asked["seq"], 0)
    assert seen(scene, scene.member, asked["seq"]) is None
    assert not PollVote.objects.exists()


def test_the_question_changes_only_before_the_first_vote(scene: Scene) -> None:
    seq = ask(scene)["seq"]
    edit = {"conversation_id": scene.id, "user_id": scene.owner.pk, "seq": seq}
    edited = edit_message(**edit, body="Dinner?")
    assert (edited["content"], counts(edited["poll"])) == ("Dinner?", [0, 0, 0])
    cast(scene, scene.member, seq, 0)

    with pytest.raises(PollHasVotes):
        edit_message(**edit, body="Shall we all pay for Ann?")
    cast(scene, scene.member, seq)
    assert edit_message(**edit, body="Breakfast?")["content"] == "Breakfast?"


def test_forwarded_it_is_a_text(scene: Scene) -> None:
    seq = ask(scene)["seq"]
    cast(scene, scene.member, seq, 0)
    target = make_conversation(scene.member, scene.outsider)

    (result,) = forward_message(
        conversation_id=scene.id,
        user_id=scene.member.pk,
        seq=seq,
        targets=[target.pk],
        client_id=uuid4(),
    )

    assert result.message is not None
    assert result.message["content"] == "Lunch?\n- Pizza\n- Soup\n- Bread"
    assert (result.message["poll"], result.message["meta"]) == (None, {"forwarded": True})


def test_in_a_thread_it_counts_for_the_thread(scene: Scene) -> None:
    root = say(scene.conversation, scene.owner)
    asked = ask(scene, thread_seq=root["seq"])

    assert (asked["threadSeq"], asked["alsoToConversation"]) == (root["seq"], False)
    inbox = api(scene.member).get(f"/v1/conversations/{scene.id}").json()
    assert inbox["unread"] == 1
    assert counts(cast(scene, scene.member, asked["seq"], 0)["poll"]) == [1, 0, 0]


def test_a_vote_makes_nothing_unread(scene: Scene) -> None:
    asked = ask(scene)
    api(scene.admin).post(
        f"/v1/conversations/{scene.id}/read", {"seq": asked["seq"]}, format="json"
    )
    cast(scene, scene.member, asked["seq"], 0)
    assert api(scene.admin).get(f"/v1/conversations/{scene.id}").json()["unread"] == 0


def test_an_erased_author_takes_the_poll_along(scene: Scene) -> None:
    seq = ask(scene)["seq"]
    cast(scene, scene.member, seq, 0)

    list(erase_messages(user_id=scene.owner.pk, conversation_id=scene.id))

    message = Message.objects.get(conversation=scene.id, seq=seq)
    assert (message.meta, message.body) == (None, "")
    assert not PollVote.objects.exists()


def test_the_check_finds_votes_that_cannot_be(scene: Scene) -> None:
    seq = ask(scene)["seq"]
    cast(scene, scene.member, seq, 0)
    assert faults() == []
    place = {"conversation": scene.conversation, "seq": seq, "rev": 1}

    PollVote.objects.create(**place, user=scene.member, choice=1)
    PollVote.objects.create(**place, user=scene.admin, choice=9)

    (found,) = faults()
    assert (found.what, found.stored, found.actual) == ("poll.votes", 3, 1)


def test_over_rest(scene: Scene) -> None:
    path = f"/v1/conversations/{scene.id}"
    body = {"question": " Lunch? ", "choices": ["Pizza", "Soup"], "clientId": str(uuid4())}
    answer = api(scene.member).post(f"{path}/polls", body, format="json")
    again = api(scene.member).post(f"{path}/polls", body, format="json")

    assert (answer.status_code, answer.json()["content"]) == (201, "Lunch?")
    assert answer.json()["seq"] == again.json()["seq"]
    one = f"{path}/messages/{answer.json()['seq']}"
    voted = api(scene.owner).put(f"{one}/vote", {"choices": [1]}, format="json").json()
    assert (counts(voted["poll"]), voted["poll"]["myChoices"]) == ([0, 1], [1])
    page = api(scene.owner).get(f"{path}/messages").json()["results"]
    assert page[-1]["poll"] == voted["poll"]
    assert api(scene.member).post(f"{one}/close-poll").json()["poll"]["closedAt"]
    refused = api(scene.owner).put(f"{one}/vote", {"choices": [0]}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "poll_closed")
    assert api(scene.outsider).post(f"{path}/polls", body, format="json").status_code == 404
    for wrong in (
        {"choices": ["one"]},
        {"choices": [str(n) for n in range(13)]},
        {"choices": ["a", "a"]},
        {"choices": ["a", " "]},
        {"question": " "},
        {"closesAt": "tomorrow"},
        {"alsoToConversation": True},
    ):
        bad = api(scene.member).post(f"{path}/polls", body | wrong, format="json")
        assert (bad.status_code, bad.json()["code"]) == (400, "invalid_input"), wrong


def in_threads(acts: Iterable[Any]) -> None:
    together = Barrier(len(acts := list(acts)))

    def run(act: Any) -> None:
        together.wait()
        try:
            act()
        finally:
            connection.close()

    threads = [Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_votes_against_the_end() -> None:
    people = [make_person(name) for name in ("Ann", "Ben", "Cat", "Dan", "Eve", "Flo")]
    owner, *voters = people
    group = make_conversation(owner, *voters)
    poll = Poll(CHOICES, takes_several=False, is_anonymous=False, closes_at=None)
    seq = send_poll(Draft(group.pk, owner.pk, uuid4(), "Lunch?"), poll)["seq"]
    counted: list[UUID] = []

    def try_to_vote(voter: User) -> None:
        try:
            vote(conversation_id=group.pk, user_id=voter.pk, seq=seq, choices=[0])
        except PollClosed:
            return
        counted.append(voter.pk)

    def close() -> None:
        close_poll(conversation_id=group.pk, user_id=owner.pk, seq=seq)

    in_threads([close, *(lambda voter=it: try_to_vote(voter) for it in voters)])

    votes = set(PollVote.objects.values_list("user", flat=True))
    assert votes == set(counted)
    told = get_message(conversation_id=group.pk, viewer_id=owner.pk, seq=seq)["poll"]
    assert told["choices"][0]["count"] == len(votes)
    assert faults() == []


@pytest.mark.django_db(transaction=True)
def test_one_person_on_two_devices_has_one_vote() -> None:
    owner = make_person("Ann")
    group = make_conversation(owner)
    poll = Poll(CHOICES, takes_several=False, is_anonymous=False, closes_at=None)
    seq = send_poll(Draft(group.pk, owner.pk, uuid4(), "Lunch?"), poll)["seq"]

    in_threads(
        lambda choice=choice: vote(
            conversation_id=group.pk, user_id=owner.pk, seq=seq, choices=[choice]
        )
        for choice in (0, 1, 2)
    )

    assert PollVote.objects.filter(removed_rev=None).count() == 1
    assert faults() == []


def test_the_question_is_found_and_the_choices_are_not(scene: Scene) -> None:
    seq = ask(scene)["seq"]
    cast(scene, scene.member, seq, 1)
    index_all()

    def hits(user: User, q: str) -> Any:
        return api(user).get("/v1/search", {"q": q}).json()["results"]

    (hit,) = hits(scene.member, "lunch")
    assert (counts(hit["message"]["poll"]), hit["message"]["poll"]["myChoices"]) == ([0, 1, 0], [1])
    assert hits(scene.member, "pizza") == []
    assert hits(scene.outsider, "lunch") == []


def test_the_inbox_shows_the_votes_as_everybody_is_told_them(scene: Scene) -> None:
    seq = ask(scene)["seq"]
    cast(scene, scene.member, seq, 1)

    entries = [
        conversation_json_for(it.pk, [scene.id])[0]["lastMessage"]
        for it in (scene.member, scene.owner)
    ]

    of_history = seen(scene, scene.member, seq)
    assert of_history.pop("myChoices") == [1]
    assert [entry["poll"] for entry in entries] == [of_history, of_history]
    assert counts(entries[0]["poll"]) == [0, 1, 0]
    with pytest.raises(ConversationNotFound):
        conversation_json_for(scene.outsider.pk, [scene.id])


@pytest.mark.django_db(transaction=True)
def test_the_cached_page_tells_each_viewer_their_own_vote() -> None:
    owner, voter = make_person("Ann"), make_person("Ben")
    group = make_conversation(owner, voter)
    poll = Poll(CHOICES, takes_several=False, is_anonymous=True, closes_at=None)
    seq = send_poll(Draft(group.pk, owner.pk, uuid4(), "Lunch?"), poll)["seq"]

    def page_of(user: User) -> Any:
        answer = api(user).get(f"/v1/conversations/{group.pk}/messages").json()
        return answer["results"][-1]["poll"]

    for _ in range(2):
        assert [page_of(it)["myChoices"] for it in (owner, voter)] == [[], []]
    vote(conversation_id=group.pk, user_id=voter.pk, seq=seq, choices=[2])
    for _ in range(2):
        assert [page_of(it)["myChoices"] for it in (owner, voter)] == [[], [2]]
    assert counts(page_of(owner)) == [0, 0, 1]
