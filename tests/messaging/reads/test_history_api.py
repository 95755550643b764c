"""Pages of a log over REST: what is in them, how one goes on, and what is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from conversations.models import LARGE_CONVERSATION, Ban, Conversation
from messaging.actions.delete import delete_message
from messaging.actions.hides import hide_message
from messaging.actions.reactions import add_reaction
from messaging.actions.receipts import mark_delivered, mark_read
from messaging.models import Message
from tests.cast import api, leave, make_conversation, make_direct, make_person, say
from tests.messaging.actions.scene import Scene, make_scene

pytestmark = pytest.mark.usefixtures("both_paths")

SHARED = {
    *("id", "conversationId", "seq", "rev", "senderId", "clientId", "kind", "content", "meta"),
    *("replyToSeq", "threadSeq", "createdAt", "editedAt", "deletedAt", "pinnedAt", "pinnedById"),
    *("reactions", "attachments", "alsoToConversation", "thread", "poll", "linkPreviews"),
}
OWN = {"mine", "status", "myReactions"}
PAGE = {"results", "next", "previous", "rev", "people"}


def ask(scene: Scene, user: Any, query: str = "") -> Any:
    return api(user).get(f"/v1/conversations/{scene.id}/messages{query}")


def seqs(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [message["seq"] for message in answer.json()["results"]]


def time_of(scene: Scene, seq: int) -> datetime:
    return Message.objects.get(conversation=scene.conversation, seq=seq).created_at


def test_the_last_page_stands_at_the_head_newest_last(told_ten: Scene) -> None:
    answer = ask(told_ten, told_ten.member, "?limit=3")

    assert seqs(answer) == [8, 9, 10]
    page = answer.json()
    assert page.keys() == PAGE
    assert (page["next"], page["previous"], page["rev"]) == (None, "8", 10)
    assert page["people"] == [{"id": str(told_ten.owner.pk), "name": "Olga", "isBot": False}]
    last = page["results"][-1]
    assert last.keys() == SHARED | OWN
    assert (last["content"], last["senderId"]) == ("message 10", str(told_ten.owner.pk))
    assert (last["mine"], last["status"], last["myReactions"]) == (False, None, [])


def test_a_page_has_fifty_and_two_hundred_at_most(scene: Scene) -> None:
    for _ in range(55):
        say(scene.conversation, scene.owner)

    assert len(seqs(ask(scene, scene.member))) == 50
    assert len(seqs(ask(scene, scene.member, "?limit=200"))) == 55


def test_before_and_after_go_on_where_the_page_ends(told_ten: Scene) -> None:
    newest = ask(told_ten, told_ten.member, "?limit=4").json()
    older = ask(told_ten, told_ten.member, f"?limit=4&before={newest['previous']}")
    assert seqs(older) == [3, 4, 5, 6]
    assert (older.json()["next"], older.json()["previous"]) == ("6", "3")

    newer = ask(told_ten, told_ten.member, f"?limit=3&after={older.json()['next']}")
    assert seqs(newer) == [7, 8, 9]
    assert (newer.json()["next"], newer.json()["previous"]) == ("9", "7")


def test_the_ends_of_the_log(told_ten: Scene) -> None:
    first = ask(told_ten, told_ten.member, "?limit=4&before=5").json()
    assert first["previous"] is None
    beginning = ask(told_ten, told_ten.member, "?before=1").json()
    assert (beginning["results"], beginning["previous"], beginning["next"]) == ([], None, "0")
    end = ask(told_ten, told_ten.member, "?after=10").json()
    assert (end["results"], end["next"], end["previous"]) == ([], None, "11")
    assert seqs(ask(told_ten, told_ten.member, "?after=0&limit=2")) == [1, 2]
    assert seqs(ask(told_ten, told_ten.member, f"?after={2**62}")) == []


def test_around_takes_both_sides_and_more_of_one_where_the_other_ends(told_ten: Scene) -> None:
    assert seqs(ask(told_ten, told_ten.member, "?around=5&limit=5")) == [3, 4, 5, 6, 7]
    assert seqs(ask(told_ten, told_ten.member, "?around=1&limit=5")) == [1, 2, 3, 4, 5]
    assert seqs(ask(told_ten, told_ten.member, "?around=10&limit=5")) == [6, 7, 8, 9, 10]
    assert seqs(ask(told_ten, told_ten.member, "?around=99&limit=2")) == [9, 10]


@pytest.mark.parametrize(
    ("name", "expected"), [("before", [1, 2, 3]), ("after", [5, 6]), ("around", [3, 4, 5])]
)
def test_a_time_stands_for_the_message_of_that_time(
    told_ten: Scene, name: str, expected: list[int]
) -> None:
    moment = quote(time_of(told_ten, 4).isoformat())
    limit = 3 if name != "after" else 2

    assert seqs(ask(told_ten, told_ten.member, f"?{name}={moment}&limit={limit}")) == expected


def test_a_time_may_lie_anywhere_and_be_written_in_any_offset(told_ten: Scene) -> None:
    moment = time_of(told_ten, 4) + timedelta(microseconds=-1)
    between = moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    assert seqs(ask(told_ten, told_ten.member, f"?before={between}")) == [1, 2, 3]
    assert seqs(ask(told_ten, told_ten.member, f"?after={between}&limit=1")) == [4]
    # An offset whose plus arrives as a blank, since it was not encoded.
    assert seqs(ask(told_ten, told_ten.member, f"?after={moment.isoformat()}&limit=1")) == [4]
    assert seqs(ask(told_ten, told_ten.member, "?before=1999-01-01T00:00:00-05:00")) == []
    assert seqs(ask(told_ten, told_ten.member, "?after=9999-12-31T23:59:59.999999Z")) == []
    assert len(seqs(ask(told_ten, told_ten.member, "?before=9999-12-31T23:59:59-12:00"))) == 10
    assert len(seqs(ask(told_ten, told_ten.member, "?after=0001-01-01T00:00:00%2B14:00"))) == 10


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("before=abc", "before", "not_a_place"),
        ("before=-1", "before", "not_a_place"),
        ("before=1.5", "before", "not_a_place"),
        ("before=٣", "before", "not_a_place"),
        ("before=2026-01-31T09:30:00", "before", "not_a_place"),
        ("before=2026-01-31", "before", "not_a_place"),
        ("before=2026-13-31T09:30:00Z", "before", "not_a_place"),
        ("before=2026-01-31T09:30:00%2B99:99", "before", "not_a_place"),
        ("before=2026-W05-6T09:30:00Z", "before", "not_a_place"),
        (f"before={2**62 + 1}", "before", "out_of_range"),
        ("before=" + "9" * 5000, "before", "too_long"),
        ("before=1%00", "before", "nul"),
        ("after=x", "after", "not_a_place"),
        ("around=x", "around", "not_a_place"),
        ("before=5&after=2", "after", "exclusive"),
        ("after=5&around=2", "around", "exclusive"),
        ("limit=0", "limit", "out_of_range"),
        ("limit=201", "limit", "out_of_range"),
        ("limit=1000000000", "limit", "out_of_range"),
        ("limit=-1", "limit", "not_a_number"),
        ("limit=ten", "limit", "not_a_number"),
        ("limit=" + "9" * 5000, "limit", "too_long"),
        ("limit=%00", "limit", "nul"),
    ],
)
def test_what_cannot_be_read_is_refused(told_ten: Scene, query: str, field: str, code: str) -> None:
    answer = ask(told_ten, told_ten.member, f"?{query}")

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["code"] == "invalid_input"
    assert [(error["field"], error["code"]) for error in body["errors"]] == [(field, code)]


def test_tombstones_and_system_messages_are_there_and_own_hides_are_not(told_ten: Scene) -> None:
    add_reaction(conversation_id=told_ten.id, user_id=told_ten.member.pk, seq=9, emoji="👍")
    delete_message(conversation_id=told_ten.id, user_id=told_ten.owner.pk, seq=9)
    hide_message(conversation_id=told_ten.id, user_id=told_ten.member.pk, seq=8)
    leave(told_ten.conversation, told_ten.leaver)

    answer = ask(told_ten, told_ten.member, "?limit=4")

    assert seqs(answer) == [7, 9, 10, 11]
    assert seqs(ask(told_ten, told_ten.admin, "?limit=4")) == [8, 9, 10, 11]
    _, stone, _, farewell = answer.json()["results"]
    assert (stone["content"], stone["reactions"], stone["kind"]) == ("", [], "text")
    assert stone["deletedAt"] is not None
    assert farewell["kind"] == "system"
    assert farewell["meta"] == {"event": "participant.left"}
    assert {person["name"] for person in answer.json()["people"]} == {"Olga", "Leo"}


def test_reactions_stand_in_the_order_they_came_and_ones_own_apart(told_ten: Scene) -> None:
    for person, emoji in ((told_ten.admin, "🎉"), (told_ten.member, "👍"), (told_ten.owner, "🎉")):
        add_reaction(conversation_id=told_ten.id, user_id=person.pk, seq=10, emoji=emoji)

    (message,) = ask(told_ten, told_ten.member, "?limit=1").json()["results"]

    assert message["reactions"] == [
        {"emoji": "🎉", "count": 2, "userIds": [str(told_ten.admin.pk), str(told_ten.owner.pk)]},
        {"emoji": "👍", "count": 1, "userIds": [str(told_ten.member.pk)]},
    ]
    assert message["myReactions"] == ["👍"]


def test_status_is_read_when_all_the_others_have_read_it(told_ten: Scene) -> None:
    others = (told_ten.admin, told_ten.member, told_ten.leaver)

    def statuses() -> list[str]:
        page = ask(told_ten, told_ten.owner, "?limit=3").json()["results"]
        return [message["status"] for message in page]

    assert statuses() == ["sent", "sent", "sent"]
    for person in others:
        mark_delivered(conversation_id=told_ten.id, user_id=person.pk, seq=9)
    assert statuses() == ["delivered", "delivered", "sent"]
    for person in others[:2]:
        mark_read(conversation_id=told_ten.id, user_id=person.pk, seq=8)
    assert statuses() == ["delivered", "delivered", "sent"]
    mark_read(conversation_id=told_ten.id, user_id=told_ten.leaver.pk, seq=10)
    assert statuses() == ["read", "delivered", "sent"]
    leave(told_ten.conversation, told_ten.leaver)
    mine = ask(told_ten, told_ten.leaver).json()["results"]
    assert all(message["status"] is None for message in mine)


def test_nothing_more_than_sent_is_told_in_a_large_conversation_and_to_who_left(
    told_ten: Scene,
) -> None:
    say(told_ten.conversation, told_ten.leaver)
    for person in (told_ten.owner, told_ten.admin, told_ten.member, told_ten.leaver):
        mark_read(conversation_id=told_ten.id, user_id=person.pk, seq=11)
    leave(told_ten.conversation, told_ten.leaver)
    (own,) = (it for it in ask(told_ten, told_ten.leaver).json()["results"] if it["seq"] == 11)
    assert own["status"] == "sent"

    assert ask(told_ten, told_ten.owner).json()["results"][0]["status"] == "read"
    Conversation.objects.update(member_count=LARGE_CONVERSATION + 1)
    assert ask(told_ten, told_ten.owner).json()["results"][0]["status"] == "sent"


def test_status_of_a_note_to_oneself_and_where_nobody_else_is(db: None) -> None:
    ann = make_person("Ann")
    notes, alone = make_direct(ann, ann), make_conversation(ann)
    for conversation in (notes, alone):
        say(conversation, ann)

    def status(conversation: Any) -> str:
        page = api(ann).get(f"/v1/conversations/{conversation.pk}/messages").json()
        return str(page["results"][0]["status"])

    assert (status(notes), status(alone)) == ("read", "sent")


def test_people_are_those_whom_the_messages_name(scene: Scene) -> None:
    say(scene.conversation, scene.owner, f"ask <@{scene.admin.pk}>, not `<@{scene.member.pk}>`")

    page = ask(scene, scene.member).json()

    assert {person["name"] for person in page["people"]} == {"Olga", "Adam"}


@pytest.mark.parametrize("kind", ["group", "broadcast"])
def test_an_outsider_finds_nothing_and_nobody_is_asked_to_sign_in(db: None, kind: str) -> None:
    scene = make_scene(kind)
    assert ask(scene, scene.outsider).status_code == 404
    assert ask(scene, scene.outsider).json()["code"] == "conversation_not_found"
    assert ask(scene, None).status_code == 401


def test_anyone_reads_a_public_conversation_but_who_is_banned(db: None) -> None:
    scene = make_scene("public")
    say(scene.conversation, scene.owner)
    leave(scene.conversation, scene.leaver)
    say(scene.conversation, scene.owner)
    assert seqs(ask(scene, scene.outsider)) == seqs(ask(scene, scene.leaver)) == [1, 2, 3]

    for person in (scene.outsider, scene.leaver):
        Ban.objects.create(conversation=scene.conversation, user=person, banned_by=scene.owner)
    assert ask(scene, scene.outsider).status_code == 404
    assert seqs(ask(scene, scene.leaver)) == [1, 2]


def test_the_number_of_queries_does_not_grow(told_ten: Scene, queries: Any) -> None:
    """The visibility, the rows, the others' pointers where some are one's own."""
    for seq in (3, 5, 7):
        add_reaction(conversation_id=told_ten.id, user_id=told_ten.member.pk, seq=seq, emoji="👍")
    moment = quote(time_of(told_ten, 4).isoformat())
    with queries(2):
        ask(told_ten, told_ten.member)
    with queries(3):
        ask(told_ten, told_ten.owner)
    with queries(4):  # a time is looked up first
        ask(told_ten, told_ten.owner, f"?before={moment}")
    say(told_ten.conversation, told_ten.owner, f"<@{told_ten.admin.pk}>")
    with queries(3):  # people are looked up who have sent nothing here
        ask(told_ten, told_ten.member)
