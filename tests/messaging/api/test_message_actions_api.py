"""The changes of a message and the pointers over REST: paths, shapes, codes."""

from typing import Any
from urllib.parse import quote

import pytest

from messaging.models import Hide, Message
from tests.cast import api, leave, say
from tests.messaging.actions.scene import Scene, make_scene

pytestmark = pytest.mark.usefixtures("both_paths")

MISSING = "01900000-0000-7000-8000-000000000000"

CALLS = [
    ("patch", "messages/1", {"content": "better"}),
    ("delete", "messages/1", None),
    ("post", "messages/1/reactions", {"emoji": "👍"}),
    ("delete", f"messages/1/reactions/{quote('👍')}", None),
    ("post", "messages/1/pin", None),
    ("delete", "messages/1/pin", None),
    ("post", "messages/1/hide", None),
    ("delete", "messages/1/hide", None),
    ("post", "read", {"seq": 1}),
    ("post", "delivered", {"seq": 1}),
    ("get", "pins", None),
]
EVERY_CALL = pytest.mark.parametrize(("method", "path", "body"), CALLS)


@pytest.fixture
def scene(db: None) -> Scene:
    """With one message, by the owner."""
    scene = make_scene()
    say(scene.conversation, scene.owner, "hello")
    return scene


def call(scene: Scene, user: Any, method: str, path: str, body: Any = None) -> Any:
    url = f"/v1/conversations/{scene.id}/{path}"
    options = {} if body is None else {"data": body, "format": "json"}
    return getattr(api(user), method)(url, **options)


@EVERY_CALL
def test_the_one_who_may_is_answered_again_and_with_a_slash(
    scene: Scene, method: str, path: str, body: Any
) -> None:
    answer = call(scene, scene.owner, method, path, body)

    assert answer.status_code == (204 if path.endswith("hide") else 200), answer.content
    assert answer["Cache-Control"] == "no-store"
    again = call(scene, scene.owner, method, f"{path}/", body)
    assert again.status_code == answer.status_code


@EVERY_CALL
def test_nobody_is_answered_without_signing_in(
    scene: Scene, method: str, path: str, body: Any
) -> None:
    answer = call(scene, None, method, path, body)

    assert answer.status_code == 401
    assert answer.json()["code"] == "not_authenticated"


@EVERY_CALL
def test_an_outsider_finds_nothing(scene: Scene, method: str, path: str, body: Any) -> None:
    answer = call(scene, scene.outsider, method, path, body)

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "conversation_not_found"


@EVERY_CALL
def test_a_conversation_that_is_not_there_is_no_other_answer(
    scene: Scene, method: str, path: str, body: Any
) -> None:
    url = f"/v1/conversations/{MISSING}/{path}"
    answer = getattr(api(scene.owner), method)(url, data=body, format="json")

    assert answer.status_code == 404
    assert answer.json()["code"] == "conversation_not_found"


@pytest.mark.parametrize("seq", ["2", "0", str(2**62), str(2**63), str(10**30)])
@pytest.mark.parametrize(("method", "path", "body"), [one for one in CALLS if "/1" in one[1]])
def test_a_message_that_is_not_there(
    scene: Scene, method: str, path: str, body: Any, seq: str
) -> None:
    answer = call(scene, scene.owner, method, path.replace("/1", f"/{seq}"), body)

    assert answer.status_code == 404
    assert answer.json()["code"] == "message_not_found"


@pytest.mark.parametrize("seq", ["-1", "abc", "1.5", "9" * 5000, "%00", "1%00"])
def test_a_seq_that_is_none_is_no_path(scene: Scene, seq: str) -> None:
    assert call(scene, scene.owner, "post", f"messages/{seq}/pin").status_code == 404


def test_an_edit_answers_the_message(scene: Scene) -> None:
    answer = call(scene, scene.owner, "patch", "messages/1", {"content": "better"}).json()

    assert (answer["seq"], answer["rev"], answer["content"]) == (1, 2, "better")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "required"),
        ("", "blank"),
        ("\u200b", "blank"),
        (5, "not_a_text"),
        (True, "not_a_text"),
        (["x"], "not_a_text"),
        ({}, "not_a_text"),
        ("x" * 8001, "too_long"),
        ("a\0b", "nul"),
    ],
)
def test_an_edit_to_what_is_no_text(scene: Scene, content: Any, code: str) -> None:
    answer = call(scene, scene.owner, "patch", "messages/1", {"content": content})

    assert answer.status_code == 400
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [("content", code)]
    assert Message.objects.get(seq=1).body == "hello"


@pytest.mark.parametrize(
    ("who", "status", "code"),
    [("member", 403, "not_the_sender"), ("leaver", 403, "not_a_participant")],
)
def test_who_may_not_edit(scene: Scene, who: str, status: int, code: str) -> None:
    leave(scene.conversation, scene.leaver)

    answer = call(scene, getattr(scene, who), "patch", "messages/1", {"content": "x"})

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_deleting_twice_answers_the_same_tombstone(scene: Scene) -> None:
    first = call(scene, scene.owner, "delete", "messages/1")
    again = call(scene, scene.owner, "delete", "messages/1")

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert first.json()["content"] == ""
    edit = call(scene, scene.owner, "patch", "messages/1", {"content": "x"})
    assert (edit.status_code, edit.json()["code"]) == (409, "message_deleted")


@pytest.mark.parametrize("emoji", ["👍", "❤️", "👨‍👩‍👧", "#️⃣", ":party-parrot:", ":+1:"])
def test_a_reaction_goes_on_and_off(scene: Scene, emoji: str) -> None:
    on = call(scene, scene.member, "post", "messages/1/reactions", {"emoji": emoji})
    assert on.json()["reactions"][0]["userIds"] == [str(scene.member.pk)]

    off = call(scene, scene.member, "delete", f"messages/1/reactions/{quote(emoji, safe='')}")
    assert off.status_code == 200
    assert off.json()["reactions"] == []


@pytest.mark.parametrize("emoji", ["", "a", 1, None, ["👍"], True, "👍" * 100, "\u0000"])
def test_a_reaction_that_is_no_emoji(scene: Scene, emoji: Any) -> None:
    answer = call(scene, scene.member, "post", "messages/1/reactions", {"emoji": emoji})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "emoji"


@pytest.mark.parametrize("emoji", ["a", "%00", "%ED%A0%80", "%F0%9F%91%8D%F0%9F%91%8D", "%FF"])
def test_taking_back_what_is_no_emoji(scene: Scene, emoji: str) -> None:
    answer = call(scene, scene.member, "delete", f"messages/1/reactions/{emoji}")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "emoji"


def test_pins_are_listed(scene: Scene) -> None:
    call(scene, scene.member, "post", "messages/1/pin")

    answer = call(scene, scene.owner, "get", "pins").json()

    assert [message["seq"] for message in answer["results"]] == [1]
    assert answer["next"] is answer["previous"] is None
    call(scene, scene.owner, "delete", "messages/1/pin")
    assert call(scene, scene.owner, "get", "pins").json()["results"] == []


def test_hiding_and_showing_again(scene: Scene) -> None:
    call(scene, scene.member, "post", "messages/1/hide")
    assert Hide.objects.filter(user=scene.member, seq=1).exists()
    call(scene, scene.member, "delete", "messages/1/hide")
    assert not Hide.objects.exists()


def test_the_pointers_are_answered(scene: Scene) -> None:
    answer = call(scene, scene.member, "post", "delivered", {"seq": 1}).json()
    assert (answer["lastReadSeq"], answer["lastDeliveredSeq"]) == (0, 1)

    answer = call(scene, scene.member, "post", "read", {"seq": 10**9}).json()
    assert (answer["lastReadSeq"], answer["lastDeliveredSeq"]) == (1, 1)


@pytest.mark.parametrize("seq", [None, 0, -1, "1", 1.5, True, [1], {}, 2**62 + 1, 10**30])
@pytest.mark.parametrize("kind", ["read", "delivered"])
def test_a_pointer_to_no_seq(scene: Scene, kind: str, seq: Any) -> None:
    answer = call(scene, scene.member, "post", kind, {"seq": seq})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "seq"


def test_a_whole_number_may_be_written_with_a_point(scene: Scene) -> None:
    """1.0 is an integer to JSON Schema, and so to /v1/schema."""
    say(scene.conversation, scene.owner)

    answer = call(scene, scene.member, "post", "read", {"seq": 1.0})

    assert (answer.status_code, answer.json()["lastReadSeq"]) == (200, 1)


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_other_methods_are_refused(scene: Scene, method: str) -> None:
    answer = call(scene, scene.member, method, "read")

    assert answer.status_code == 405
    assert answer.json()["code"] == "method_not_allowed"


@pytest.mark.parametrize("body", [b"[1]", b'"x"', b"{", b"", b"null", b'{"seq":1e999}'])
def test_a_body_that_is_no_object(scene: Scene, body: bytes) -> None:
    answer = api(scene.member).post(
        f"/v1/conversations/{scene.id}/read", data=body, content_type="application/json"
    )

    assert answer.status_code == 400
