"""One's own view of a conversation: stamped, told to one's own devices, and to nobody else."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from chatproject.core.errors import InvalidInput
from conversations import own_state
from conversations.errors import ConversationNotFound, DirectOnly, NotAParticipant
from conversations.models import Conversation, Participant
from conversations.visibility import visibility_of
from tests.cast import api, leave, make_conversation, make_direct, make_person, say
from tests.messaging.actions.scene import PublishedEvents, recorded_events

Act = Callable[..., dict[str, Any]]

SOON = datetime(2090, 1, 1, tzinfo=UTC)
ACTS: dict[str, Act] = {
    "mute": lambda **who: own_state.mute_conversation(**who, until=SOON),
    "notify": lambda **who: own_state.set_notify(**who, notify="mentions"),
    "pin": own_state.pin_conversation,
    "archive": own_state.archive_conversation,
    "unread": own_state.mark_unread,
}
UNDOS: dict[str, Act] = {
    "mute": own_state.unmute_conversation,
    "notify": lambda **who: own_state.set_notify(**who, notify="all"),
    "pin": own_state.unpin_conversation,
    "archive": own_state.unarchive_conversation,
    "unread": own_state.unmark_unread,
}
FIELDS = {
    "mute": "mutedUntil",
    "notify": "notify",
    "pin": "pinnedAt",
    "archive": "archivedAt",
    "unread": "unreadMark",
}


@pytest.fixture
def trio(db: None) -> tuple[User, User, User]:
    return make_person("Olga"), make_person("Mia"), make_person("Otto")


@pytest.fixture
def group(trio: tuple[User, User, User]) -> Conversation:
    return make_conversation(trio[0], trio[1])


def period_of(conversation: Conversation, person: User) -> Participant:
    return Participant.objects.get(conversation=conversation, user=person)


@pytest.fixture
def hearing(
    django_capture_on_commit_callbacks: Any,
) -> Callable[[Callable[[], Any]], PublishedEvents]:
    """What an act publishes."""

    def heard(act: Callable[[], Any]) -> PublishedEvents:
        with recorded_events() as published, django_capture_on_commit_callbacks(execute=True):
            act()
        return published

    return heard


@pytest.mark.parametrize("name", ACTS)
def test_a_change_is_stamped_and_told_to_oneself(
    group: Conversation, trio: Any, hearing: Any, name: str
) -> None:
    who = {"conversation_id": group.pk, "user_id": trio[1].pk}

    published = hearing(lambda: ACTS[name](**who))

    assert published.topics == [f"user:{trio[1].pk}"]
    (event,) = published.events
    assert (event["type"], event["conversationId"]) == ("state.changed", str(group.pk))
    assert event["stateRev"] == period_of(group, trio[1]).state_rev == 1
    before = own_state.own_state_json(period_of(group, trio[0]))
    assert event[FIELDS[name]] != before[FIELDS[name]]
    assert period_of(group, trio[0]).state_rev == 0
    group.refresh_from_db()
    assert (group.last_rev, group.member_rev) == (0, 0)


@pytest.mark.parametrize("name", ACTS)
def test_the_same_again_changes_nothing(
    group: Conversation, trio: Any, hearing: Any, name: str
) -> None:
    who = {"conversation_id": group.pk, "user_id": trio[1].pk}
    first = ACTS[name](**who)

    published = hearing(lambda: ACTS[name](**who))

    assert published.events == []
    assert own_state.own_state_json(period_of(group, trio[1])) == first


@pytest.mark.parametrize("name", ACTS)
def test_it_is_undone_once(group: Conversation, trio: Any, hearing: Any, name: str) -> None:
    who = {"conversation_id": group.pk, "user_id": trio[1].pk}
    before = own_state.own_state_json(period_of(group, trio[1]))
    ACTS[name](**who)

    after = UNDOS[name](**who)
    published = hearing(lambda: UNDOS[name](**who))

    assert after == {**before, "stateRev": 2}
    assert published.events == []


@pytest.mark.parametrize("act", [*ACTS.values(), own_state.clear_conversation])
def test_outsiders_and_passing_readers_have_no_view(
    group: Conversation, trio: Any, act: Act
) -> None:
    public = make_conversation(trio[0], kind="public")

    with pytest.raises(ConversationNotFound):
        act(conversation_id=group.pk, user_id=trio[2].pk)
    with pytest.raises(NotAParticipant):
        act(conversation_id=public.pk, user_id=trio[2].pk)


def test_who_left_still_sorts_the_inbox(group: Conversation, trio: Any) -> None:
    leave(group, trio[1])

    own_state.archive_conversation(conversation_id=group.pk, user_id=trio[1].pk)

    assert period_of(group, trio[1]).archived_at is not None


def test_of_several_periods_the_open_one_is_changed(group: Conversation, trio: Any) -> None:
    leave(group, trio[1])
    again = Participant.objects.create(conversation=group, user=trio[1], from_seq=2)

    own_state.pin_conversation(conversation_id=group.pk, user_id=trio[1].pk)

    pinned = Participant.objects.exclude(pinned_at=None)
    assert [period.pk for period in pinned] == [again.pk]


def test_a_mute_for_ever_and_one_that_is_over(group: Conversation, trio: Any) -> None:
    who = {"conversation_id": group.pk, "user_id": trio[1].pk}

    own_state.mute_conversation(**who, until=None)
    assert period_of(group, trio[1]).muted_until > timezone.now() + timedelta(days=365_000)
    with pytest.raises(InvalidInput):
        own_state.mute_conversation(**who, until=timezone.now() - timedelta(seconds=1))


def test_clearing_empties_one_side(trio: Any, hearing: Any) -> None:
    olga, mia, _ = trio
    direct = make_direct(olga, mia)
    say(direct, olga, "1")
    say(direct, mia, "2")

    published = hearing(
        lambda: own_state.clear_conversation(conversation_id=direct.pk, user_id=mia.pk)
    )
    say(direct, olga, "3")

    assert published.events[0]["clearedSeq"] == 2
    assert [visibility_of(direct.pk, mia.pk).covers(seq) for seq in (1, 2, 3)] == [
        False,
        False,
        True,
    ]
    assert all(visibility_of(direct.pk, olga.pk).covers(seq) for seq in (1, 2, 3))


def test_clearing_is_taken_back(trio: Any) -> None:
    olga, mia, _ = trio
    direct = make_direct(olga, mia)
    for text in ("1", "2", "3"):
        say(direct, olga, text)
    client, path = api(mia), f"/v1/conversations/{direct.pk}"
    client.post(f"{path}/read", {"seq": 1}, format="json")
    assert client.get(path).json()["unread"] == 2

    assert client.post(f"{path}/clear").json()["clearedSeq"] == 3
    emptied = client.get(path).json()
    assert (emptied["unread"], emptied["lastMessage"]) == (0, None)
    back = client.post(f"{path}/clear", {"seq": 0}, format="json").json()

    assert back["clearedSeq"] == 0
    assert client.get(path).json()["unread"] == 2
    shown = client.get(f"{path}/messages").json()["results"]
    assert [message["content"] for message in shown] == ["1", "2", "3"]


@pytest.mark.parametrize("seq", [-1, 2**63, "1", 1.5, False])
def test_a_wrong_place_clears_nothing(trio: Any, seq: Any) -> None:
    olga, mia, outsider = trio
    direct = make_direct(olga, mia)
    say(direct, olga, "1")
    path = f"/v1/conversations/{direct.pk}/clear"

    answer = api(mia).post(path, {"seq": seq}, format="json")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "seq")
    assert period_of(direct, mia).cleared_seq == 0
    assert api(outsider).post(path, {"seq": 0}, format="json").status_code == 404


def test_a_place_after_the_head_clears_what_there_is(trio: Any) -> None:
    olga, mia, _ = trio
    direct = make_direct(olga, mia)
    say(direct, olga, "1")
    own_state.clear_conversation(conversation_id=direct.pk, user_id=mia.pk, seq=2**62)
    say(direct, olga, "2")
    assert [visibility_of(direct.pk, mia.pk).covers(seq) for seq in (1, 2)] == [False, True]


def test_only_a_direct_one_is_cleared(group: Conversation, trio: Any) -> None:
    with pytest.raises(DirectOnly):
        own_state.clear_conversation(conversation_id=group.pk, user_id=trio[1].pk)


def test_over_rest(group: Conversation, trio: Any) -> None:
    client, path = api(trio[1]), f"/v1/conversations/{group.pk}"

    muted = client.post(f"{path}/mute", {"until": "2090-01-01T00:00:00+02:00"}, format="json")
    assert (muted.status_code, muted.json()["mutedUntil"]) == (200, "2089-12-31T22:00:00.000000Z")
    assert client.post(f"{path}/mute").json()["mutedUntil"].startswith("9999-12-31")
    assert client.delete(f"{path}/mute").json()["mutedUntil"] is None
    notify = client.patch(f"{path}/notify", {"notify": "none"}, format="json")
    assert (notify.status_code, notify.json()["notify"]) == (200, "none")
    for part, field, off in (
        ("pin", "pinnedAt", None),
        ("archive", "archivedAt", None),
        ("unread", "unreadMark", False),
    ):
        assert client.post(f"{path}/{part}").json()[field]
        assert client.delete(f"{path}/{part}").json()[field] is off
    assert client.post(f"{path}/clear").json()["code"] == "direct_only"


@pytest.mark.parametrize(
    ("method", "part", "body"),
    [
        ("post", "mute", {"until": "tomorrow"}),
        ("post", "mute", {"until": "2090-01-01T00:00:00"}),
        ("post", "mute", {"until": 5}),
        ("post", "mute", {"until": "2001-01-01T00:00:00Z"}),
        ("post", "mute", {"until": "9999-12-31T23:59:59-23:00"}),
        ("patch", "notify", {}),
        ("patch", "notify", {"notify": "sometimes"}),
        ("patch", "notify", {"notify": ["all"]}),
    ],
)
def test_what_makes_no_sense_is_refused(
    group: Conversation, trio: Any, method: str, part: str, body: dict[str, Any]
) -> None:
    path = f"/v1/conversations/{group.pk}/{part}"

    answer = getattr(api(trio[1]), method)(path, body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert period_of(group, trio[1]).state_rev == 0


def test_rest_asks_who_it_is(group: Conversation, trio: Any) -> None:
    path = f"/v1/conversations/{group.pk}/pin"

    assert api().post(path).status_code == 401
    assert api(trio[2]).post(path).json()["code"] == "conversation_not_found"
