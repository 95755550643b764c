"""The inbox over REST: order, pages, filters, and what one is told of each conversation."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Contact, User
from chatproject.core.api.cursors import encode
from conversations.errors import ConversationNotFound
from conversations.models import Ban, Conversation, Participant
from conversations.own_state import clear_conversation
from messaging.actions.delete import delete_message
from messaging.actions.hides import hide_message
from messaging.actions.reactions import add_reaction
from messaging.actions.receipts import mark_read
from messaging.reads.inbox.conversations import conversation_json_for
from tests.cast import api, leave, make_conversation, make_direct, make_person, say
from tests.messaging.actions.scene import Scene, make_scene

pytestmark = pytest.mark.usefixtures("both_paths", "either_inbox")

SHARED = {
    *("id", "kind", "isGroup", "name", "topic", "createdById", "createdAt", "memberCount"),
    *(
        "pictureUrl",
        "history",
        "openFromSeq",
        "isLocked",
        "headSeq",
        "rev",
        "memberRev",
        "lastMessageAt",
    ),
}
OWN = {
    *("role", "unread", "unreadMentions", "mentioned", "unreadMark", "lastReadSeq"),
    *("lastDeliveredSeq", "mutedUntil", "notify", "pinnedAt", "archivedAt", "joinedAt", "leftAt"),
    *("fromSeq", "clearedSeq", "stateRev", "peer", "lastMessage"),
}


def ask(user: Any, query: str = "") -> Any:
    return api(user).get(f"/v1/conversations{query}")


def inbox(user: Any, query: str = "") -> list[dict[str, Any]]:
    answer = ask(user, query)
    assert answer.status_code == 200, answer.content
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def names(user: Any, query: str = "") -> list[str]:
    return [entry["name"] for entry in inbox(user, query)]


def own(user: Any, conversation: Conversation) -> Any:
    return Participant.objects.filter(conversation=conversation, user=user, left_at=None)


def one(user: Any, conversation: Conversation) -> dict[str, Any]:
    (entry,) = conversation_json_for(user.pk, [conversation.pk])
    return entry


@pytest.fixture
def ann(db: None) -> User:
    return make_person("Ann")


@pytest.fixture
def ben(db: None) -> User:
    return make_person("Ben")


def test_an_entry_tells_all_there_is(told_ten: Scene) -> None:
    answer = ask(told_ten.member)

    assert answer.json().keys() == {"results", "next", "previous", "people"}
    (entry,) = answer.json()["results"]
    assert entry.keys() == SHARED | OWN
    assert entry["id"] == str(told_ten.id)
    assert (entry["headSeq"], entry["rev"], entry["memberCount"]) == (10, 10, 4)
    assert (entry["role"], entry["unread"], entry["lastReadSeq"]) == ("member", 10, 0)
    assert (entry["fromSeq"], entry["leftAt"], entry["peer"]) == (1, None, None)
    assert (entry["lastMessage"]["seq"], entry["lastMessage"]["content"]) == (10, "message 10")
    assert entry["lastMessage"]["createdAt"] == entry["lastMessageAt"]
    assert answer.json()["people"] == [
        {"id": str(told_ten.owner.pk), "name": "Olga", "isBot": False}
    ]
    assert entry == one(told_ten.member, told_ten.conversation)


def test_pinned_ones_come_first_then_the_last_spoken_in(ann: User, ben: User) -> None:
    made = {name: make_conversation(ann, ben, title=name) for name in "abcde"}
    for name in "cab":
        say(made[name], ben)
    now = timezone.now()
    own(ann, made["d"]).update(pinned_at=now)
    own(ann, made["a"]).update(pinned_at=now - timedelta(days=1))

    assert names(ann) == ["d", "a", *sorted("ceb", key=lambda n: _activity(made[n]), reverse=True)]
    assert names(ben)[0] == max(made, key=lambda n: _activity(made[n]))


def _activity(conversation: Conversation) -> datetime:
    conversation.refresh_from_db()
    return conversation.last_message_at or conversation.created_at


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_joined_are_the_whole(ann: User, ben: User, limit: int) -> None:
    moment = datetime(2026, 1, 31, tzinfo=UTC)
    for number in range(7):
        conversation = make_conversation(ann, ben, title=str(number))
        Conversation.objects.filter(pk=conversation.pk).update(
            last_message_at=moment if number % 2 else None, created_at=moment
        )
        if number in (1, 2, 5):
            own(ann, conversation).update(pinned_at=moment)
    whole = names(ann)
    pages: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = ask(ann, f"?limit={limit}" + (f"&cursor={cursor}" if cursor else "")).json()
        pages += [entry["name"] for entry in page["results"]]
        cursor = page["next"]
    assert pages == whole
    assert set(whole[:3]) == {"1", "2", "5"}
    assert len(whole) == 7


def test_a_direct_conversation_has_the_others_name(ann: User, ben: User) -> None:
    direct, notes = make_direct(ann, ben), make_direct(ann, ann)
    assert one(ann, direct)["name"] == "Ben"
    assert one(ann, direct)["peer"] == {
        "id": str(ben.pk),
        "name": "Ben",
        "nickname": None,
        "avatarUrl": None,
        "isActive": True,
        "status": None,
    }
    assert one(ann, notes)["name"] == "Ann"
    assert one(ann, notes)["peer"]["id"] == str(ann.pk)

    Contact.objects.create(owner=ann, person=ben, nickname="Benny")
    assert one(ann, direct)["name"] == one(ann, direct)["peer"]["nickname"] == "Benny"
    assert one(ben, direct)["name"] == "Ann"


def test_the_last_message_is_the_last_that_one_sees(told_ten: Scene) -> None:
    member = told_ten.member
    hide_message(conversation_id=told_ten.id, user_id=member.pk, seq=10)
    add_reaction(conversation_id=told_ten.id, user_id=member.pk, seq=9, emoji="👍")
    last = one(member, told_ten.conversation)["lastMessage"]
    assert (last["seq"], last["reactions"][0]["emoji"]) == (9, "👍")

    delete_message(conversation_id=told_ten.id, user_id=told_ten.owner.pk, seq=9)
    last = one(member, told_ten.conversation)["lastMessage"]
    assert (last["seq"], last["content"], last["reactions"]) == (9, "", [])
    assert one(told_ten.owner, told_ten.conversation)["lastMessage"]["seq"] == 10


def test_a_cleared_conversation_is_empty_for_one_side(ann: User, ben: User) -> None:
    direct = make_direct(ann, ben)
    say(direct, ben)
    clear_conversation(conversation_id=direct.pk, user_id=ann.pk)

    mine, theirs = one(ann, direct), one(ben, direct)
    assert (mine["lastMessage"], mine["unread"], mine["fromSeq"]) == (None, 0, 2)
    assert theirs["lastMessage"]["seq"] == 1
    say(direct, ben, "again")
    assert (one(ann, direct)["lastMessage"]["seq"], one(ann, direct)["unread"]) == (2, 1)


def test_filters(ann: User, ben: User) -> None:
    made = {name: make_conversation(ben, ann, title=name) for name in ("read", "new", "marked")}
    for conversation in made.values():
        say(conversation, ben)
    for name in ("read", "marked"):
        mark_read(conversation_id=made[name].pk, user_id=ann.pk, seq=1)
    own(ann, made["marked"]).update(unread_mark=True)
    own(ann, made["read"]).update(archived_at=timezone.now())

    assert sorted(names(ann)) == ["marked", "new", "read"]
    assert names(ann, "?archived=true") == ["read"]
    assert sorted(names(ann, "?archived=false")) == ["marked", "new"]
    assert sorted(names(ann, "?unread=true")) == ["marked", "new"]
    assert sorted(names(ann, "?unread=false")) == ["marked", "new", "read"]
    assert names(ann, "?unread=true&archived=true") == []


def test_what_one_has_left_is_listed_apart(told_ten: Scene) -> None:
    leaver = told_ten.leaver
    leave(told_ten.conversation, leaver)
    assert names(leaver) == []
    (entry,) = inbox(leaver, "?left=true")
    assert entry["id"] == str(told_ten.id)
    assert entry["leftAt"] is not None
    assert entry["role"] is None
    assert inbox(told_ten.member, "?left=true") == []
    assert len(inbox(leaver, "?left=true&unread=true")) == 1


def test_a_public_one_from_outside_has_no_role(db: None) -> None:
    scene = make_scene("public")
    say(scene.conversation, scene.owner, "hello")

    entry = one(scene.outsider, scene.conversation)
    assert entry.keys() == SHARED | OWN
    assert (entry["role"], entry["joinedAt"], entry["unread"]) == (None, None, 0)
    assert (entry["headSeq"], entry["fromSeq"], entry["memberCount"]) == (1, 1, 4)
    assert entry["lastMessage"]["content"] == "hello"
    assert inbox(scene.outsider) == []

    leave(scene.conversation, scene.leaver)
    say(scene.conversation, scene.owner, "later")
    assert one(scene.leaver, scene.conversation)["lastMessage"]["content"] == "later"
    Ban.objects.create(conversation=scene.conversation, user=scene.leaver, banned_by=scene.owner)
    assert one(scene.leaver, scene.conversation)["headSeq"] == 2


def test_given_ones_come_in_their_order_or_not_at_all(ann: User, ben: User) -> None:
    first, second = make_conversation(ann), make_direct(ann, ben)
    ids = [second.pk, first.pk]
    assert [entry["id"] for entry in conversation_json_for(ann.pk, ids)] == list(map(str, ids))
    with pytest.raises(ConversationNotFound):
        conversation_json_for(ben.pk, ids)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=x", "limit"),
        ("archived=maybe", "archived"),
        ("unread=1", "unread"),
        ("left=%00", "left"),
        ("cursor=x", "cursor"),
        ("cursor=%00", "cursor"),
        (f"cursor={encode(['', 'yesterday', 'x'])}", "cursor"),
        (f"cursor={encode(['x', '2026-01-31T00:00:00Z', 'x'])}", "cursor"),
        (f"cursor={encode(['', '2026-01-31T00:00:00Z', 'x'])}", "cursor"),
        (f"cursor={encode([1])}", "cursor"),
    ],
)
def test_what_cannot_be_read_is_refused(scene: Scene, query: str, field: str) -> None:
    answer = ask(scene.member, f"?{query}")

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_the_inbox_is_for_who_is_signed_in(scene: Scene) -> None:
    assert ask(None).status_code == 401
    assert inbox(scene.outsider) == []


def test_the_number_of_queries_does_not_grow(ann: User, ben: User, queries: Any) -> None:
    for _ in range(6):
        conversation = make_conversation(ben, ann)
        say(conversation, ben, f"<@{ann.pk}>")
        say(make_direct(ann, make_person()), ann)
    with queries(2):
        assert len(inbox(ann)) == 12
    with queries(1):
        api(ann).get(f"/v1/conversations/{conversation.pk}")
