"""The server's own emoji: small pictures, by whom a setting says, in texts and reactions."""

from typing import Any

import pytest

from accounts.models import User
from attachments.actions.prune import prune_attachments
from attachments.models import Attachment, CustomEmoji
from tests.attachments import samples
from tests.attachments.steps import content, get, prepared, uploaded
from tests.cast import api, say
from tests.messaging.actions.scene import Scene


def add(person: User, name: str, shape: dict[str, Any]) -> Any:
    body = {"name": name, "attachmentId": shape["id"]}
    return api(person).post("/v1/emoji", body, format="json")


def picture(person: User, size: tuple[int, int] = (64, 64)) -> dict[str, Any]:
    return prepared(person, samples.picture(size=size))


def names(person: User) -> list[str]:
    return [each["name"] for each in api(person).get("/v1/emoji").json()["results"]]


def test_everybody_sees_it_and_reacts_with_it(scene: Scene) -> None:
    made = add(scene.member, "party_parrot", picture(scene.member))

    assert made.status_code == 201, made.json()
    assert names(scene.outsider) == ["party_parrot"]
    assert content(get(scene.outsider, made.json()["url"]))[:4] == b"RIFF"
    assert api(None).get("/v1/emoji").status_code == 401
    seq = say(scene.conversation, scene.owner, "look :party_parrot:")["seq"]
    path = f"/v1/conversations/{scene.id}/messages/{seq}/reactions"
    reacted = api(scene.member).post(path, {"emoji": ":party_parrot:"}, format="json")
    assert reacted.json()["reactions"][0]["emoji"] == ":party_parrot:"


def test_its_picture_does_not_expire(scene: Scene) -> None:
    shape = picture(scene.member)
    add(scene.member, "party_parrot", shape)

    assert Attachment.objects.get(pk=shape["id"]).expires_at is None
    assert prune_attachments().expired == 0


@pytest.mark.parametrize("name", ["x", "Big", "a b", "thumbs/up", "é", "x" * 33, ""])
def test_a_wrong_name_is_refused(scene: Scene, name: str) -> None:
    answer = add(scene.member, name, picture(scene.member))

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert not CustomEmoji.objects.exists()


def test_a_name_is_there_once_and_is_no_other_emojis(scene: Scene) -> None:
    add(scene.member, "party_parrot", picture(scene.member))

    again = add(scene.owner, "party_parrot", picture(scene.owner))
    known = add(scene.owner, "thumbsup", picture(scene.owner))

    assert {again.json()["code"], known.json()["code"]} == {"emoji_taken"}


def test_only_small_pictures_of_ones_own(scene: Scene) -> None:
    large = add(scene.member, "large", picture(scene.member, (600, 20)))
    file = add(scene.member, "file", uploaded(scene.member, b"words", "a.txt"))
    foreign = add(scene.member, "foreign", picture(scene.owner))
    pending = add(scene.member, "pending", uploaded(scene.member, samples.picture(), "a.png"))

    assert [it.json()["code"] for it in (large, file)] == ["invalid_input"] * 2
    assert foreign.json()["code"] == "attachment_not_found" or foreign.status_code == 404
    assert pending.json()["code"] == "attachment_pending"
    assert not CustomEmoji.objects.exists()


@pytest.mark.parametrize(
    ("setting", "is_staff", "may"),
    [("everyone", False, True), ("moderators", False, False), ("moderators", True, True),
     ("nobody", True, False)],
)  # fmt: skip
def test_a_setting_says_by_whom(
    scene: Scene, settings: Any, setting: str, is_staff: bool, may: bool
) -> None:
    settings.EMOJI_FROM = setting
    User.objects.filter(pk=scene.member.pk).update(is_staff=is_staff)

    answer = add(scene.member, "party_parrot", picture(scene.member))

    assert answer.status_code == (201 if may else 403)


def test_who_added_it_and_moderators_remove_it(scene: Scene) -> None:
    add(scene.member, "our_one", picture(scene.member))
    add(scene.member, "our_two", picture(scene.member))
    User.objects.filter(pk=scene.admin.pk).update(is_staff=True)

    assert api(scene.owner).delete("/v1/emoji/our_one").json()["code"] == "emoji_right_missing"
    assert api(scene.member).delete("/v1/emoji/our_one").status_code == 204
    assert api(scene.admin).delete("/v1/emoji/our_two").status_code == 204
    assert api(scene.admin).delete("/v1/emoji/our_two").json()["code"] == "emoji_not_found"
    assert api(scene.admin).get("/v1/emoji/our_two/picture").status_code == 404
    assert not Attachment.objects.exists()
