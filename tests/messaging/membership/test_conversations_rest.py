"""Conversations over REST: the contract's shapes and codes, and what is refused."""

from typing import Any
from uuid import uuid4

import pytest

from accounts.models import Block, User
from conversations.models import Ban, Conversation
from tests.cast import api, leave, make_conversation, make_direct, make_person
from tests.messaging.actions.scene import Scene, make_scene
from tests.messaging.membership.checks import head_of, is_inside, roles_of, visible_to

PATH = "/v1/conversations"


@pytest.fixture
def trio(db: None) -> tuple[User, User, User]:
    return make_person("Olga"), make_person("Mia"), make_person("Otto")


def begin(by: User, body: dict[str, Any], **headers: Any) -> Any:
    return api(by).post(PATH, body, format="json", **headers)


def ids(*people: User) -> list[str]:
    return [str(person.pk) for person in people]


def of(scene: Scene, *rest: str) -> str:
    return "/".join((PATH, str(scene.id), *rest))


def test_the_contracts_group(trio: Any) -> None:
    olga, mia, otto = trio

    answer = begin(olga, {"name": " Climbing ", "memberIds": ids(mia, otto), "isGroup": True})

    assert answer.status_code == 201
    body = answer.json()
    assert (body["name"], body["kind"], body["isGroup"]) == ("Climbing", "group", True)
    assert (body["role"], body["memberCount"], body["unread"]) == ("owner", 3, 0)
    assert body["createdById"] == str(olga.pk)
    assert roles_of(head_of(Conversation.objects.get())) == {
        "Olga": "owner",
        "Mia": "member",
        "Otto": "member",
    }


def test_the_contracts_direct_conversation(trio: Any) -> None:
    olga, mia, _ = trio

    first = begin(olga, {"name": "ignored", "memberIds": ids(mia), "isGroup": False})
    again = begin(mia, {"memberIds": ids(mia, olga), "isGroup": False})
    by_kind = begin(mia, {"kind": "direct", "memberIds": ids(olga)})

    assert (first.status_code, again.status_code, by_kind.status_code) == (201, 200, 200)
    assert first.json()["id"] == again.json()["id"] == by_kind.json()["id"]
    assert (first.json()["kind"], first.json()["isGroup"]) == ("direct", False)
    assert (first.json()["name"], again.json()["name"]) == ("Mia", "Olga")


@pytest.mark.parametrize("named", [[], ["self"]])
def test_notes_to_oneself(trio: Any, named: list[str]) -> None:
    olga = trio[0]

    answer = begin(olga, {"memberIds": ids(olga) if named else [], "isGroup": False})

    assert (answer.status_code, answer.json()["kind"]) == (201, "direct")
    assert answer.json()["memberCount"] == 1


@pytest.mark.parametrize("kind", ["group", "public", "broadcast"])
def test_the_other_kinds_may_begin_alone(trio: Any, kind: str) -> None:
    answer = begin(trio[0], {"name": "News", "kind": kind, "topic": "daily"})

    assert answer.status_code == 201
    assert (answer.json()["kind"], answer.json()["topic"]) == (kind, "daily")
    assert answer.json()["isGroup"] is True


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "isGroup"),
        ({"name": "x", "memberIds": []}, "isGroup"),
        ({"name": "x", "isGroup": True}, "memberIds"),
        ({"isGroup": False}, "memberIds"),
        ({"kind": "direct"}, "memberIds"),
        ({"memberIds": [], "isGroup": True}, "name"),
        ({"name": None, "memberIds": [], "isGroup": True}, "name"),
        ({"name": "", "memberIds": [], "isGroup": True}, "name"),
        ({"name": " \u200b ", "memberIds": [], "isGroup": True}, "name"),
        ({"name": "x" * 201, "memberIds": [], "isGroup": True}, "name"),
        ({"name": 5, "memberIds": [], "isGroup": True}, "name"),
        ({"name": True, "memberIds": [], "isGroup": True}, "name"),
        ({"name": "a\0b", "memberIds": [], "isGroup": True}, "name"),
        ({"name": "x", "memberIds": "you", "isGroup": True}, "memberIds"),
        ({"name": "x", "memberIds": {"a": 1}, "isGroup": True}, "memberIds"),
        ({"name": "x", "memberIds": [5], "isGroup": True}, "memberIds[0]"),
        ({"name": "x", "memberIds": ["you"], "isGroup": True}, "memberIds[0]"),
        ({"name": "x", "memberIds": [str(uuid4())], "isGroup": True}, "memberIds"),
        ({"name": "x", "memberIds": [], "isGroup": "yes"}, "isGroup"),
        ({"name": "x", "memberIds": [], "isGroup": 1}, "isGroup"),
        ({"name": "x", "kind": "secret"}, "kind"),
        ({"name": "x", "kind": ["group"]}, "kind"),
        ({"name": "x", "kind": "group", "isGroup": False}, "isGroup"),
        ({"name": "x", "kind": "group", "topic": "x" * 1001}, "topic"),
        ({"name": "x", "kind": "group", "topic": 5}, "topic"),
        ({"name": "x", "kind": "group", "history": "some"}, "history"),
        ({"name": "x", "kind": "group", "clientId": "1"}, "clientId"),
        ({"memberIds": [str(uuid4()), str(uuid4())], "isGroup": False}, "memberIds"),
        ({"memberIds": [str(uuid4())], "isGroup": False}, "memberIds"),
        (
            {"name": "x", "kind": "group", "memberIds": [str(uuid4()) for _ in range(1001)]},
            "memberIds",
        ),
    ],
)
def test_what_makes_no_conversation(trio: Any, body: dict[str, Any], field: str) -> None:
    answer = begin(trio[0], body)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not Conversation.objects.exists()


def test_a_name_at_its_longest(trio: Any) -> None:
    answer = begin(trio[0], {"name": "ü" * 200, "kind": "public", "topic": "t" * 1000})

    assert answer.status_code == 201


@pytest.mark.parametrize("header", [True, False])
def test_a_retry_of_a_group_finds_it(trio: Any, header: bool) -> None:
    olga, mia, _ = trio
    body = {"name": "Climbing", "memberIds": ids(mia), "isGroup": True}
    key: dict[str, Any] = {"HTTP_IDEMPOTENCY_KEY": "any text"} if header else {}
    with_id = body if header else {**body, "clientId": str(uuid4())}

    first, again = begin(olga, with_id, **key), begin(olga, with_id, **key)
    other = begin(olga, {**with_id, "name": "Rowing"}, **key)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert (other.status_code, other.json()["code"]) == (409, "client_id_conflict")


def test_a_blocked_person_begins_nothing(trio: Any) -> None:
    olga, mia, _ = trio
    Block.objects.create(blocker=mia, blocked=olga)

    for by, to in ((olga, mia), (mia, olga)):
        answer = begin(by, {"memberIds": ids(to), "isGroup": False})
        assert (answer.status_code, answer.json()["code"]) == (403, "blocked")
    there = make_direct(olga, trio[2])
    Block.objects.create(blocker=trio[2], blocked=olga)
    assert begin(olga, {"memberIds": ids(trio[2]), "isGroup": False}).json()["id"] == str(there.pk)


def test_changing_it(scene: Scene) -> None:
    client = api(scene.owner)

    renamed = client.patch(of(scene), {"name": "Rowing", "topic": "on Fridays"}, format="json")
    elevated = client.patch(of(scene), {"kind": "public"}, format="json")

    assert (renamed.status_code, elevated.status_code) == (200, 200)
    assert (renamed.json()["name"], renamed.json()["topic"]) == ("Rowing", "on Fridays")
    assert (elevated.json()["kind"], elevated.json()["history"]) == ("public", "everything")
    back = client.patch(of(scene), {"kind": "group"}, format="json")
    assert (back.status_code, back.json()["code"]) == (409, "elevation_impossible")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": None},
        {"name": ""},
        {"name": "\u2800"},
        {"name": ["x"]},
        {"topic": 5},
        {"kind": "open"},
        {"history": True},
        {"other": "x"},
    ],
)
def test_changes_that_make_no_sense(scene: Scene, body: dict[str, Any]) -> None:
    answer = api(scene.owner).patch(of(scene), body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert head_of(scene.id).last_rev == 0


@pytest.mark.parametrize(
    ("who", "body", "status", "code"),
    [
        ("member", {"name": "x"}, 403, "admin_right_missing"),
        ("admin", {"kind": "public"}, 403, "owner_right_missing"),
        ("admin", {"history": "everything"}, 403, "owner_right_missing"),
        ("outsider", {"name": "x"}, 404, "conversation_not_found"),
    ],
)
def test_changes_that_are_not_ones_own(
    scene: Scene, who: str, body: dict[str, Any], status: int, code: str
) -> None:
    answer = api(getattr(scene, who)).patch(of(scene), body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_opening_the_past(scene: Scene) -> None:
    make_open = api(scene.owner).patch(of(scene), {"history": "everything"}, format="json")
    assert make_open.json()["openFromSeq"] == 1
    api(scene.owner).patch(of(scene), {"history": "since_joined"}, format="json")

    refused = api(scene.admin).post(of(scene, "history", "open"))
    opened = api(scene.owner).post(of(scene, "history", "open"))

    assert (refused.status_code, refused.json()["code"]) == (403, "owner_right_missing")
    assert (opened.status_code, opened.json()["openFromSeq"]) == (200, 1)


def test_joining_and_leaving(db: None) -> None:
    scene = make_scene("public")
    client = api(scene.outsider)

    joined = client.post(of(scene, "join"))
    left = client.post(of(scene, "leave"))

    assert (joined.status_code, joined.json()["role"]) == (200, "member")
    assert joined.json()["unread"] == 0
    assert left.status_code == 204
    assert not is_inside(scene.id, scene.outsider)
    assert visible_to(scene.id, scene.outsider) == [1, 2]


def test_doors_that_stay_closed(scene: Scene) -> None:
    group = of(scene, "join")
    api(scene.owner).delete(of(scene, "participants", str(scene.member.pk)))
    direct = make_direct(scene.owner, scene.admin)
    public = make_conversation(scene.owner, scene.leaver, kind="public")
    leave(public, scene.leaver)
    Ban.objects.create(conversation=public, user=scene.leaver, banned_by=scene.owner)

    answers = [
        api(scene.outsider).post(group),
        api(scene.member).post(group),
        api(scene.owner).post(f"{PATH}/{direct.pk}/leave"),
        api(scene.leaver).post(f"{PATH}/{public.pk}/join"),
        api(scene.outsider).post(f"{PATH}/{public.pk}/leave"),
    ]

    assert [(a.status_code, a.json()["code"]) for a in answers] == [
        (404, "conversation_not_found"),
        (403, "join_not_allowed"),
        (409, "direct_is_fixed"),
        (403, "banned"),
        (403, "not_a_participant"),
    ]


@pytest.mark.parametrize(
    ("method", "rest"),
    [
        ("get", []),
        ("patch", []),
        ("post", ["join"]),
        ("post", ["leave"]),
        ("post", ["history", "open"]),
    ],
)
def test_nobody_and_nowhere(scene: Scene, method: str, rest: list[str]) -> None:
    body: dict[str, Any] = {"name": "x"}

    nobody = getattr(api(), method)(of(scene, *rest), body, format="json")
    nowhere = getattr(api(scene.owner), method)(
        "/".join((PATH, str(uuid4()), *rest)), body, format="json"
    )

    assert (nobody.status_code, nobody.json()["code"]) == (401, "not_authenticated")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "conversation_not_found")
    assert api().get(PATH).status_code == api().post(PATH, body, format="json").status_code == 401


def test_public_ones_are_found_page_by_page(trio: Any) -> None:
    olga, mia, _ = trio
    for name in ("Rowing", "Climbing", "Crochet", "Secret"):
        make_conversation(olga, kind="group" if name == "Secret" else "public", title=name)
    client = api(mia)

    first = client.get(PATH, {"kind": "public", "limit": 2}).json()
    second = client.get(PATH, {"kind": "public", "limit": 2, "cursor": first["next"]}).json()
    searched = client.get(PATH, {"kind": "public", "q": "CR"}).json()

    assert [row["name"] for row in first["results"]] == ["Climbing", "Crochet"]
    assert [row["name"] for row in second["results"]] == ["Rowing"]
    assert second["next"] is None
    assert [(row["name"], row["joined"]) for row in searched["results"]] == [("Crochet", False)]


@pytest.mark.parametrize(
    "query",
    [
        {"kind": "group"},
        {"kind": "public", "cursor": "abc"},
        {"kind": "public", "cursor": "WyJhIiwiYiJd"},  # ["a", "b"]
        {"kind": "public", "limit": "0"},
        {"kind": "public", "q": "a\0"},
        {"kind": "public", "q": "x" * 201},
    ],
)
def test_searches_that_make_no_sense(trio: Any, query: dict[str, str]) -> None:
    answer = api(trio[0]).get(PATH, query)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
