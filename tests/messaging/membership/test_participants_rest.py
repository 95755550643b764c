"""Participants and bans over REST: shapes, codes, and what is refused before it is tried."""

from typing import Any
from uuid import uuid4

import pytest

from conversations.models import Ban, Participant
from tests.cast import api, leave, make_direct, make_person
from tests.messaging.actions.scene import Scene
from tests.messaging.membership.checks import head_of, is_inside, roles_of

pytestmark = pytest.mark.usefixtures("both_paths")


def people(scene: Scene, *rest: object) -> str:
    return "/".join(map(str, (f"/v1/conversations/{scene.id}/participants", *rest)))


def bans(scene: Scene, *rest: object) -> str:
    return "/".join(map(str, (f"/v1/conversations/{scene.id}/bans", *rest)))


def test_adding_listing_and_showing(scene: Scene) -> None:
    client = api(scene.admin)
    body = {"memberIds": [str(scene.outsider.pk), str(scene.member.pk), str(scene.outsider.pk)]}

    added = client.post(people(scene), body, format="json")

    assert added.status_code == 200
    assert [row["name"] for row in added.json()["results"]] == ["Otto", "Mia"]
    listed = client.get(people(scene)).json()
    names = [row["name"] for row in listed["results"]]
    assert sorted(names) == ["Adam", "Leo", "Mia", "Olga", "Otto"]
    assert (listed["next"], listed["previous"]) == (None, None)
    one = client.get(people(scene, scene.outsider.pk))
    assert (one.status_code, one.json()) == (200, listed["results"][names.index("Otto")])
    assert set(one.json()) == {"userId", "name", "isBot", "role", "joinedAt"}


def test_pages_follow_their_cursor(scene: Scene) -> None:
    client = api(scene.member)
    seen: list[str] = []
    answer: Any = {"next": ""}

    while answer["next"] is not None:
        answer = client.get(people(scene), {"limit": 3, "cursor": answer["next"]}).json()
        seen += [row["name"] for row in answer["results"]]

    assert sorted(seen) == ["Adam", "Leo", "Mia", "Olga"]


def test_filters(scene: Scene) -> None:
    client = api(scene.member)

    by_name = client.get(people(scene), {"q": "mi"}).json()["results"]
    by_role = client.get(people(scene), {"role": "admin"}).json()["results"]

    assert [row["name"] for row in by_name + by_role] == ["Mia", "Adam"]


@pytest.mark.parametrize(
    "query",
    [
        {"cursor": "abc"},
        {"cursor": "WyJ4Il0"},  # ["x"]
        {"limit": "0"},
        {"limit": "1000000000"},
        {"role": "king"},
        {"q": "a\0"},
        {"q": "x" * 201},
    ],
)
def test_a_query_that_makes_no_sense(scene: Scene, query: dict[str, str]) -> None:
    answer = api(scene.member).get(people(scene), query)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "memberIds"),
        ({"memberIds": None}, "memberIds"),
        ({"memberIds": []}, "memberIds"),
        ({"memberIds": "all"}, "memberIds"),
        ({"memberIds": [5]}, "memberIds[0]"),
        ({"memberIds": ["nobody"]}, "memberIds[0]"),
        ({"memberIds": [str(uuid4()), None]}, "memberIds[1]"),
        ({"memberIds": [str(uuid4())]}, "memberIds"),
        ({"memberIds": [str(uuid4()) for _ in range(1001)]}, "memberIds"),
    ],
)
def test_people_who_cannot_be_added(scene: Scene, body: dict[str, Any], field: str) -> None:
    answer = api(scene.owner).post(people(scene), body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert answer.json()["errors"][0]["field"] == field
    assert head_of(scene.id).member_count == 4


def test_roles_are_given(scene: Scene) -> None:
    client = api(scene.owner)

    answer = client.patch(people(scene, scene.member.pk), {"role": "owner"}, format="json")

    assert (answer.status_code, answer.json()["role"]) == (200, "owner")
    assert roles_of(scene.id)["Olga"] == "admin"


@pytest.mark.parametrize("body", [{}, {"role": "king"}, {"role": 1}, {"role": True}])
def test_roles_that_are_none(scene: Scene, body: dict[str, Any]) -> None:
    answer = api(scene.owner).patch(people(scene, scene.member.pk), body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


def test_removing_and_leaving(scene: Scene) -> None:
    removed = api(scene.admin).delete(people(scene, scene.member.pk))
    left = api(scene.leaver).delete(people(scene, scene.leaver.pk))

    assert (removed.status_code, left.status_code) == (204, 204)
    assert removed.content == b""
    assert sorted(roles_of(scene.id)) == ["Adam", "Olga"]
    kept = Participant.objects.get(user=scene.member)
    assert kept.removed_by == scene.admin


def test_removing_for_good(scene: Scene) -> None:
    client = api(scene.admin)

    assert client.delete(people(scene, scene.member.pk) + "?ban=maybe").status_code == 400
    assert client.delete(people(scene, scene.member.pk) + "?ban=true").status_code == 204

    assert not is_inside(scene.id, scene.member)
    assert Ban.objects.get().user == scene.member


def test_banning_listing_and_lifting(scene: Scene) -> None:
    client = api(scene.admin)

    banned = client.post(
        bans(scene), {"userId": str(scene.member.pk), "reason": " spam "}, format="json"
    )

    assert banned.status_code == 200
    assert (banned.json()["userId"], banned.json()["reason"]) == (str(scene.member.pk), "spam")
    assert client.get(bans(scene)).json() == {
        "results": [banned.json()],
        "next": None,
        "previous": None,
    }
    assert not is_inside(scene.id, scene.member)
    assert client.delete(bans(scene, scene.member.pk)).status_code == 204
    assert client.delete(bans(scene, scene.member.pk)).json()["code"] == "ban_not_found"
    assert client.get(bans(scene)).json()["results"] == []


def test_bans_come_in_pages(scene: Scene) -> None:
    for name in ("A", "B", "C"):
        Ban.objects.create(
            conversation=scene.conversation, user=make_person(name), banned_by=scene.owner
        )
    client = api(scene.owner)

    first = client.get(bans(scene), {"limit": 2}).json()
    second = client.get(bans(scene), {"limit": 2, "cursor": first["next"]}).json()

    names = [ban["name"] for ban in first["results"] + second["results"]]
    assert (sorted(names), second["next"]) == (["A", "B", "C"], None)


@pytest.mark.parametrize(
    "body",
    [{}, {"userId": 5}, {"userId": "x"}, {"userId": str(uuid4()), "reason": 5},
     {"userId": str(uuid4()), "reason": "x" * 501}],
)  # fmt: skip
def test_a_ban_that_makes_no_sense(scene: Scene, body: dict[str, Any]) -> None:
    answer = api(scene.owner).post(bans(scene), body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert not Ban.objects.exists()


CALLS = [
    ("get", people, {}),
    ("post", people, {"memberIds": [str(uuid4())]}),
    ("get", bans, {}),
    ("post", bans, {"userId": str(uuid4())}),
]


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_who_is_nobody_and_who_is_outside(
    scene: Scene, method: str, path: Any, body: dict[str, Any]
) -> None:
    nobody = getattr(api(), method)(path(scene), body, format="json")
    outside = getattr(api(scene.outsider), method)(path(scene), body, format="json")

    assert (nobody.status_code, nobody.json()["code"]) == (401, "not_authenticated")
    assert (outside.status_code, outside.json()["code"]) == (404, "conversation_not_found")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("get", people, {}),
        ("patch", people, {"role": "member"}),
        ("delete", people, {}),
        ("delete", bans, {}),
    ],
)
def test_the_same_of_one_person(scene: Scene, method: str, path: Any, body: dict[str, Any]) -> None:
    of = path(scene, scene.member.pk)

    assert getattr(api(), method)(of, body, format="json").status_code == 401
    assert getattr(api(scene.outsider), method)(of, body, format="json").status_code == 404


def test_a_members_rights_end_at_the_admins(scene: Scene) -> None:
    client = api(scene.member)

    answers = [
        client.post(people(scene), {"memberIds": [str(scene.outsider.pk)]}, format="json"),
        client.delete(people(scene, scene.leaver.pk)),
        client.get(bans(scene)),
        client.post(bans(scene), {"userId": str(scene.leaver.pk)}, format="json"),
    ]
    promoting = client.patch(people(scene, scene.leaver.pk), {"role": "admin"}, format="json")

    assert {(a.status_code, a.json()["code"]) for a in answers} == {(403, "admin_right_missing")}
    assert (promoting.status_code, promoting.json()["code"]) == (403, "owner_right_missing")


def test_a_banned_person_is_named_when_added(scene: Scene) -> None:
    Ban.objects.create(conversation=scene.conversation, user=scene.outsider, banned_by=scene.owner)

    answer = api(scene.owner).post(
        people(scene), {"memberIds": [str(scene.outsider.pk)]}, format="json"
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "banned")
    assert str(scene.outsider.pk) in answer.json()["errors"][0]["detail"]


def test_a_direct_conversation_shows_its_two_and_stays(scene: Scene) -> None:
    direct = make_direct(scene.owner, scene.member)
    path = f"/v1/conversations/{direct.pk}/participants"
    client = api(scene.owner)

    assert len(client.get(path).json()["results"]) == 2
    added = client.post(path, {"memberIds": [str(scene.admin.pk)]}, format="json")
    left = client.delete(f"{path}/{scene.owner.pk}")
    assert {(a.status_code, a.json()["code"]) for a in (added, left)} == {(409, "direct_is_fixed")}


def test_who_left_is_told_so(scene: Scene) -> None:
    leave(scene.conversation, scene.leaver)

    answer = api(scene.leaver).get(people(scene))

    assert (answer.status_code, answer.json()["code"]) == (403, "not_a_participant")
