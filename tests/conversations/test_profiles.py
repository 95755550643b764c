"""The card of a person: what everybody sees, and how one stands to them."""

from typing import Any

from accounts.models import User
from accounts.people.blocks import block_person
from accounts.people.contacts import add_contact
from accounts.people.privacy import set_privacy
from tests.cast import api, leave, make_conversation
from tests.messaging.actions.scene import Scene, make_scene


def card(viewer: User, person: User) -> dict[str, Any]:
    answer = api(viewer).get(f"/v1/users/{person.pk}/profile")
    assert answer.status_code == 200, answer.json()
    shape: dict[str, Any] = answer.json()
    return shape


def common(viewer: User, person: User) -> list[str]:
    return [each["id"] for each in card(viewer, person)["inCommon"]["conversations"]]


def test_a_member_sees_what_both_are_in(db: None) -> None:
    scene = make_scene()
    other = make_conversation(scene.owner, scene.outsider)
    make_conversation(scene.owner, scene.leaver)

    assert common(scene.owner, scene.member) == [str(scene.id)]
    assert common(scene.owner, scene.outsider) == [str(other.pk)]
    assert common(scene.outsider, scene.member) == []
    assert common(scene.owner, scene.owner) == []


def test_what_one_has_left_is_in_common_no_more(db: None) -> None:
    scene = make_scene()
    leave(scene.conversation, scene.leaver)

    assert common(scene.leaver, scene.member) == []
    assert common(scene.member, scene.leaver) == []


def test_the_time_zone_and_last_seen_are_for_who_may_see_the_presence(db: None) -> None:
    scene = make_scene()
    User.objects.filter(pk=scene.member.pk).update(time_zone="Europe/Berlin")

    assert card(scene.owner, scene.member)["timeZone"] == "Europe/Berlin"
    assert card(scene.outsider, scene.member)["timeZone"] is None
    scene.member.refresh_from_db()
    set_privacy(user=scene.member, presence="nobody")
    hidden = card(scene.owner, scene.member)
    assert (hidden["timeZone"], hidden["presence"]["status"]) == (None, "unknown")


def test_how_one_stands_to_a_person(db: None) -> None:
    scene = make_scene()
    add_contact(owner_id=scene.owner.pk, person_id=scene.member.pk, nickname="M")
    block_person(blocker_id=scene.owner.pk, person_id=scene.leaver.pk)

    assert card(scene.owner, scene.member)["contact"] == {"nickname": "M", "number": ""}
    assert card(scene.member, scene.owner)["contact"] is None
    assert card(scene.owner, scene.leaver)["isBlocked"]
    assert not card(scene.leaver, scene.owner)["isBlocked"]


def test_it_is_not_for_who_has_not_signed_in(db: None) -> None:
    assert (
        api(None).get(f"/v1/users/{'0' * 8}-0000-7000-8000-{'0' * 12}/profile").status_code == 401
    )


def test_of_nobody_there_is_no_card(db: None) -> None:
    scene: Scene = make_scene()
    answer = api(scene.owner).get("/v1/users/00000000-0000-7000-8000-000000000000/profile")

    assert (answer.status_code, answer.json()["code"]) == (404, "person_not_found")
