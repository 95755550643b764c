"""Pictures of people and of conversations: who sets one, who sees it, and when it goes."""

from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from django.test import override_settings
from PIL import Image

from accounts.models import User
from attachments.actions.prune import prune_attachments
from attachments.models import Attachment
from attachments.reads import stored_keys
from messaging.exports.person import account_of
from messaging.maintenance.erasure import finish_erasure
from messaging.membership.members import leave_conversation
from tests.attachments import samples
from tests.attachments.steps import content, get, prepared, upload, uploaded
from tests.cast import api, say
from tests.messaging.actions.scene import Scene, make_scene

MINE = "/v1/users/me/avatar"


def picture(person: User) -> dict[str, Any]:
    return prepared(person, samples.picture(size=(600, 400)))


def put(person: User, url: str, shape: dict[str, Any]) -> Any:
    return api(person).put(url, {"attachmentId": shape["id"]}, format="json")


def avatar_of(person: User, *, viewer: User) -> str | None:
    url: str | None = api(viewer).get(f"/v1/users/{person.pk}").json()["avatarUrl"]
    return url


def picture_url(scene: Scene, viewer: User) -> str | None:
    url: str | None = api(viewer).get(f"/v1/conversations/{scene.id}").json()["pictureUrl"]
    return url


def test_everybody_who_has_signed_in_sees_an_avatar_and_gets_it_small(scene: Scene) -> None:
    assert put(scene.member, MINE, picture(scene.member)).status_code == 200

    url = avatar_of(scene.member, viewer=scene.outsider)
    shown = Image.open(BytesIO(content(get(scene.outsider, str(url)))))
    assert (shown.format, shown.size) == ("WEBP", (320, 213))
    assert api(None).get(str(url)).status_code == 401


def test_an_avatar_is_in_the_inbox_beside_the_name(scene: Scene) -> None:
    body = {"kind": "direct", "memberIds": [str(scene.member.pk)]}
    api(scene.owner).post("/v1/conversations", body, format="json")
    put(scene.member, MINE, picture(scene.member))

    found = api(scene.owner).get("/v1/conversations").json()["results"]
    (peer,) = [each["peer"] for each in found if each["peer"]]
    assert peer["avatarUrl"] == avatar_of(scene.member, viewer=scene.owner)


def test_another_avatar_has_another_address_and_the_one_before_is_gone(scene: Scene) -> None:
    put(scene.member, MINE, picture(scene.member))
    before = avatar_of(scene.member, viewer=scene.owner)

    put(scene.member, MINE, picture(scene.member))

    assert avatar_of(scene.member, viewer=scene.owner) not in (before, None)
    assert Attachment.objects.filter(uploader=scene.member).count() == 1


def test_a_removed_avatar_is_gone(scene: Scene) -> None:
    put(scene.member, MINE, picture(scene.member))
    url = avatar_of(scene.member, viewer=scene.owner)

    assert api(scene.member).delete(MINE).json()["avatarUrl"] is None

    assert avatar_of(scene.member, viewer=scene.owner) is None
    assert get(scene.owner, str(url)).json()["code"] == "attachment_missing"
    assert not Attachment.objects.filter(uploader=scene.member).exists()
    assert api(scene.member).delete(MINE).status_code == 200


def test_only_an_own_picture_that_is_ready(scene: Scene) -> None:
    refused = {
        "foreign": put(scene.member, MINE, picture(scene.owner)),
        "words": put(scene.member, MINE, uploaded(scene.member, b"words", "a.txt")),
        "pending": put(scene.member, MINE, uploaded(scene.member, samples.picture(), "a.png")),
    }
    codes = {name: answer.json()["code"] for name, answer in refused.items()}

    assert codes == {
        "foreign": "attachment_missing",
        "words": "invalid_input",
        "pending": "attachment_pending",
    }
    assert avatar_of(scene.member, viewer=scene.owner) is None


def test_no_message_can_claim_an_avatar_and_nobody_can_delete_it_as_an_upload(scene: Scene) -> None:
    shape = picture(scene.member)
    put(scene.member, MINE, shape)
    path = f"/v1/conversations/{scene.id}/messages"

    claimed = api(scene.member).post(path, {"attachmentIds": [shape["id"]]}, format="json")

    assert claimed.status_code >= 400
    assert api(scene.member).delete(f"/v1/attachments/{shape['id']}").status_code == 404
    assert avatar_of(scene.member, viewer=scene.owner) is not None


def test_a_picture_in_a_message_is_no_avatar(scene: Scene) -> None:
    shape = picture(scene.member)
    say(scene.conversation, scene.member, "", attachment_ids=(UUID(shape["id"]),))

    assert put(scene.member, MINE, shape).json()["code"] == "attachment_missing"


def test_avatars_do_not_expire_and_are_backed_up_and_exported(scene: Scene) -> None:
    put(scene.member, MINE, picture(scene.member))
    kept = Attachment.objects.get(uploader=scene.member)

    assert prune_attachments(dry_run=True).expired == 0
    assert kept.clean_key in set(stored_keys())
    scene.member.refresh_from_db()
    assert account_of(scene.member)["avatarFile"] == f"files/{kept.pk}"


def test_avatars_count_in_the_quota(scene: Scene) -> None:
    shape = picture(scene.member)
    put(scene.member, MINE, shape)

    with override_settings(ATTACHMENT_QUOTA_BYTES=shape["size"]):
        answer = upload(scene.member, b"more")
    assert answer.json()["code"] == "quota_exceeded"


def test_an_erased_person_has_no_avatar_and_their_pictures_of_groups_go_too(scene: Scene) -> None:
    put(scene.admin, MINE, picture(scene.admin))
    put(scene.admin, f"/v1/conversations/{scene.id}/picture", picture(scene.admin))

    finish_erasure(user=scene.admin)

    assert avatar_of(scene.admin, viewer=scene.owner) is None
    assert picture_url(scene, scene.owner) is None
    assert not Attachment.objects.filter(uploader=scene.admin).exists()


def test_a_picture_of_a_group_is_for_its_members(scene: Scene, listening: Any) -> None:
    path = f"/v1/conversations/{scene.id}/picture"
    with listening() as published:
        set_ = put(scene.admin, path, picture(scene.admin))

    assert published.types == ["message.created", "conversation.updated"]
    url = set_.json()["pictureUrl"]
    assert published.events[1]["conversation"]["pictureUrl"] == url
    assert picture_url(scene, scene.member) == url
    assert content(get(scene.member, url))[:4] == b"RIFF"
    assert get(scene.outsider, url).json()["code"] == "conversation_not_found"


def test_who_has_left_is_not_shown_the_picture(scene: Scene) -> None:
    leave_conversation(conversation_id=scene.id, user_id=scene.leaver.pk)
    url = put(scene.owner, f"/v1/conversations/{scene.id}/picture", picture(scene.owner)).json()[
        "pictureUrl"
    ]

    assert picture_url(scene, scene.leaver) is None
    assert get(scene.leaver, url).status_code == 404


def test_everybody_sees_the_picture_of_a_public_conversation(db: None) -> None:
    scene = make_scene("public")
    path = f"/v1/conversations/{scene.id}/picture"
    url = put(scene.owner, path, picture(scene.owner)).json()["pictureUrl"]

    assert content(get(scene.outsider, url))[:4] == b"RIFF"


@pytest.mark.parametrize(
    ("who", "code"), [("member", "admin_right_missing"), ("outsider", "conversation_not_found")]
)
def test_only_admins_set_and_remove_it(scene: Scene, who: str, code: str) -> None:
    path = f"/v1/conversations/{scene.id}/picture"
    put(scene.owner, path, picture(scene.owner))
    person = getattr(scene, who)

    assert put(person, path, picture(person)).json()["code"] == code
    assert api(person).delete(path).json()["code"] == code
    assert picture_url(scene, scene.owner) is not None


def test_a_removed_picture_of_a_group(scene: Scene) -> None:
    path = f"/v1/conversations/{scene.id}/picture"
    put(scene.owner, path, picture(scene.owner))

    assert api(scene.admin).delete(path).json()["pictureUrl"] is None
    assert get(scene.owner, path).json()["code"] == "attachment_missing"
    assert not Attachment.objects.exists()
