"""Changes since a rev, of one conversation and of many: what is told, how far, what is refused."""

from typing import Any

import pytest

from conversations.models import Ban
from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.actions.hides import hide_message
from messaging.actions.reactions import add_reaction
from messaging.log import writing
from messaging.membership.members import add_people
from messaging.reads import sync as sync_module
from tests.cast import api, leave, make_conversation, make_direct, make_person, say
from tests.messaging.actions.scene import Scene, make_scene

pytestmark = pytest.mark.usefixtures("both_paths")

UNKNOWN = "01900000-0000-7000-8000-000000000000"


def changes(scene: Scene, user: Any, query: str) -> Any:
    return api(user).get(f"/v1/conversations/{scene.id}/changes{query}")


def ask(user: Any, conversations: Any) -> Any:
    return api(user).post("/v1/sync", {"conversations": conversations}, format="json")


def sync(user: Any, conversations: dict[Any, int]) -> dict[str, Any]:
    answer = ask(user, {str(key): rev for key, rev in conversations.items()})
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    return body


def test_changes_come_in_the_order_of_rev_each_message_once(told_ten: Scene) -> None:
    edit_message(conversation_id=told_ten.id, user_id=told_ten.owner.pk, seq=2, body="b")
    add_reaction(conversation_id=told_ten.id, user_id=told_ten.member.pk, seq=9, emoji="👍")
    delete_message(conversation_id=told_ten.id, user_id=told_ten.owner.pk, seq=2)

    answer = changes(told_ten, told_ten.member, "?since=8").json()

    assert [(it["seq"], it["rev"]) for it in answer["results"]] == [(10, 10), (9, 12), (2, 13)]
    assert answer["results"][1]["myReactions"] == ["👍"]
    assert answer["results"][2]["deletedAt"] is not None
    assert (answer["throughRev"], answer["more"], answer["reset"]) == (13, False, False)
    assert {person["name"] for person in answer["people"]} == {"Olga"}


def test_changes_by_pages(told_ten: Scene) -> None:
    first = changes(told_ten, told_ten.member, "?since=0&limit=4").json()
    assert [it["seq"] for it in first["results"]] == [1, 2, 3, 4]
    assert (first["throughRev"], first["more"]) == (4, True)
    last = changes(told_ten, told_ten.member, "?since=8&limit=2").json()
    assert ([it["seq"] for it in last["results"]], last["more"]) == ([9, 10], False)
    none = changes(told_ten, told_ten.member, "?since=10").json()
    assert (none["results"], none["throughRev"], none["more"]) == ([], 10, False)


def test_of_what_one_may_not_see_nothing_is_told_but_that_time_went_on(told_ten: Scene) -> None:
    newcomer = make_person("Nora")
    add_people(conversation_id=told_ten.id, by=told_ten.owner.pk, user_ids=[newcomer.pk])
    edit_message(conversation_id=told_ten.id, user_id=told_ten.owner.pk, seq=2, body="b")
    hide_message(conversation_id=told_ten.id, user_id=told_ten.member.pk, seq=2)

    theirs = changes(told_ten, newcomer, "?since=0").json()
    assert ([it["seq"] for it in theirs["results"]], theirs["throughRev"]) == ([11], 12)
    hidden = changes(told_ten, told_ten.member, "?since=11").json()
    assert (hidden["results"], hidden["throughRev"]) == ([], 12)


def test_a_rev_without_a_message_is_passed(told_ten: Scene) -> None:
    """In a large conversation a coming or going moves the rev alone."""
    with writing(told_ten.id) as log:
        log.update(member_rev=log.next_rev())

    answer = changes(told_ten, told_ten.member, "?since=10").json()
    assert (answer["results"], answer["throughRev"], answer["memberRev"]) == ([], 11, 11)
    news = sync(told_ten.member, {told_ten.id: 10})["conversations"]
    assert news[str(told_ten.id)]["throughRev"] == 11


def test_a_rev_of_the_future_is_a_reset(told_ten: Scene) -> None:
    answer = changes(told_ten, told_ten.member, "?since=11").json()
    assert (answer["reset"], answer["throughRev"]) == (True, 10)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "required"),
        ("?since=", "required"),
        ("?since=x", "not_a_number"),
        ("?since=-1", "not_a_number"),
        (f"?since={2**63}", "out_of_range"),
        ("?since=" + "1" * 5000, "too_long"),
        ("?since=1%00", "nul"),
        ("?since=1&limit=0", "out_of_range"),
        ("?since=1&limit=501", "out_of_range"),
    ],
)
def test_changes_refuse_what_they_cannot_read(told_ten: Scene, query: str, code: str) -> None:
    answer = changes(told_ten, told_ten.member, query)

    assert answer.status_code == 400
    assert [error["code"] for error in answer.json()["errors"]] == [code]


def test_changes_are_for_who_may_see_the_conversation(told_ten: Scene) -> None:
    outside = changes(told_ten, told_ten.outsider, "?since=0")
    assert (outside.status_code, outside.json()["code"]) == (404, "conversation_not_found")
    assert changes(told_ten, None, "?since=0").status_code == 401


def test_changes_of_a_public_conversation(db: None) -> None:
    scene = make_scene("public")
    say(scene.conversation, scene.owner)
    assert len(changes(scene, scene.outsider, "?since=0").json()["results"]) == 1
    Ban.objects.create(conversation=scene.conversation, user=scene.outsider, banned_by=scene.owner)
    assert changes(scene, scene.outsider, "?since=0").status_code == 404


def test_sync_tells_news_of_each_and_which_are_gone_or_new(told_ten: Scene) -> None:
    member = told_ten.member
    quiet = make_conversation(member)
    say(quiet, member)
    direct = make_direct(member, told_ten.owner)
    say(direct, told_ten.owner, "psst")
    private = make_conversation(told_ten.owner)
    new = make_conversation(told_ten.owner, member)
    asked = {told_ten.id: 8, quiet.pk: 1, direct.pk: 0, private.pk: 0, UNKNOWN: 3}

    answer = sync(member, asked)

    news = answer["conversations"]
    assert news.keys() == {str(told_ten.id), str(direct.pk), str(private.pk), UNKNOWN}
    assert [it["seq"] for it in news[str(told_ten.id)]["results"]] == [9, 10]
    assert news[str(direct.pk)] == {
        "results": news[str(direct.pk)]["results"],
        "threads": [],
        "throughRev": 1,
        "memberRev": 0,
        "more": False,
        "reset": False,
    }
    assert news[str(direct.pk)]["results"][0]["content"] == "psst"
    assert news[str(private.pk)] == news[UNKNOWN] == {"gone": True}
    assert answer["joined"] == [str(new.pk)]
    assert {person["name"] for person in answer["people"]} == {"Olga"}


def test_a_long_gap_is_not_replayed(told_ten: Scene, monkeypatch: Any) -> None:
    monkeypatch.setattr(sync_module, "MAX_CHANGES", 9)
    news = sync(told_ten.member, {told_ten.id: 0})["conversations"]
    assert news == {str(told_ten.id): {"reset": True, "throughRev": 10}}
    news = sync(told_ten.member, {told_ten.id: 1})["conversations"]
    assert len(news[str(told_ten.id)]["results"]) == 9


def test_a_full_call_leaves_the_rest_to_the_next(told_ten: Scene, monkeypatch: Any) -> None:
    monkeypatch.setattr(sync_module, "MAX_CHANGES_IN_ALL", 11)
    other = make_conversation(told_ten.owner, told_ten.member)
    say(other, told_ten.owner)
    say(other, told_ten.owner)

    first = sync(told_ten.member, {told_ten.id: 0, other.pk: 0})["conversations"]
    assert len(first[str(told_ten.id)]["results"]) == 10
    waiting = first[str(other.pk)]
    assert (waiting["results"], waiting["throughRev"], waiting["more"]) == ([], 0, True)
    second = sync(told_ten.member, {told_ten.id: 10, other.pk: 0})["conversations"]
    assert [it["seq"] for it in second[str(other.pk)]["results"]] == [1, 2]


def test_sync_of_nothing_tells_where_one_is(told_ten: Scene) -> None:
    assert sync(told_ten.member, {})["joined"] == [str(told_ten.id)]
    assert sync(told_ten.outsider, {}) == {"conversations": {}, "joined": [], "people": []}
    leave(told_ten.conversation, told_ten.leaver)
    assert sync(told_ten.leaver, {})["joined"] == []


@pytest.mark.parametrize(
    ("conversations", "code"),
    [
        (None, "not_an_object"),
        ([], "not_an_object"),
        ("x", "not_an_object"),
        ({"x": 1}, "not_an_id"),
        ({UNKNOWN.replace("-", ""): 1}, "not_an_id"),
        ({UNKNOWN: "1"}, "not_a_rev"),
        ({UNKNOWN: True}, "not_a_rev"),
        ({UNKNOWN: None}, "not_a_rev"),
        ({UNKNOWN: 1.5}, "not_a_rev"),
        ({UNKNOWN: -1}, "not_a_rev"),
        ({UNKNOWN: 2**62 + 1}, "not_a_rev"),
        ({f"01900000-0000-7000-8000-{n:012}": 0 for n in range(501)}, "too_many"),
    ],
)
def test_sync_refuses_what_it_cannot_read(scene: Scene, conversations: Any, code: str) -> None:
    answer = ask(scene.member, conversations)

    assert answer.status_code == 400
    assert [error["code"] for error in answer.json()["errors"]] == [code]


def test_sync_is_for_who_is_signed_in(db: None) -> None:
    assert ask(None, {}).status_code == 401


def test_the_number_of_queries_does_not_grow(told_ten: Scene, queries: Any) -> None:
    member = told_ten.member
    asked = {told_ten.id: 0}
    expected = 6  # what has moved, visibilities, keys, rows, the others' pointers, who is new
    say(told_ten.conversation, member)
    with queries(expected):
        sync(member, asked)
    for _ in range(5):
        other = make_conversation(told_ten.owner, member)
        say(other, member)
        say(other, told_ten.owner)
        asked[other.pk] = 0
    with queries(expected):
        assert len(sync(member, asked)["conversations"]) == 6
    with queries(4):
        changes(told_ten, member, "?since=0")
