"""Drafts: the one written last holds, on all of one's devices, and nobody else learns of it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from chatproject.realtime.bus import user_topic
from messaging.actions import saved_drafts
from messaging.exports.person import account_of
from messaging.maintenance.erasure import finish_erasure
from messaging.membership.members import leave_conversation
from messaging.models import SavedDraft
from tests.cast import api, make_conversation
from tests.messaging.actions.scene import Scene, make_scene


def path(scene: Scene) -> str:
    return f"/v1/conversations/{scene.id}/draft"


def put(scene: Scene, person: User, **body: Any) -> Any:
    return api(person).put(path(scene), body, format="json")


def get(scene: Scene, person: User, **query: Any) -> Any:
    answer = api(person).get(path(scene), query)
    assert answer.status_code == 200
    return answer.json()["draft"]


def test_the_one_written_last_holds(scene: Scene) -> None:
    assert get(scene, scene.member) is None
    put(scene, scene.member, content="one", replyToSeq=3)
    answer = put(scene, scene.member, content="two")
    draft = get(scene, scene.member)
    assert answer.json() == {"draft": draft}
    assert (draft["content"], draft["replyToSeq"], draft["threadSeq"]) == ("two", None, None)
    assert SavedDraft.objects.count() == 1
    assert get(scene, scene.owner) is None


def test_a_thread_has_a_draft_of_its_own(scene: Scene) -> None:
    put(scene, scene.member, content="here")
    put(scene, scene.member, content="there", threadSeq=4)
    assert get(scene, scene.member)["content"] == "here"
    assert get(scene, scene.member, threadSeq=4)["content"] == "there"
    listed = api(scene.member).get("/v1/drafts").json()["results"]
    assert [(it["content"], it["threadSeq"]) for it in listed] == [("there", 4), ("here", None)]
    assert api(scene.member).delete(f"{path(scene)}?threadSeq=4").status_code == 204
    assert get(scene, scene.member, threadSeq=4) is None
    assert get(scene, scene.member)["content"] == "here"


def test_only_ones_own_devices_are_told(scene: Scene, listening: Any) -> None:
    with listening() as told:
        put(scene, scene.member, content="hm")
        api(scene.member).delete(path(scene))
        api(scene.member).delete(path(scene))
    assert told.topics == [user_topic(scene.member.pk)] * 2
    saved, deleted = told.events
    assert (saved["type"], saved["draft"]["content"]) == ("draft.changed", "hm")
    assert (deleted["type"], deleted["draft"]) == ("draft.changed", None)


def test_who_is_not_in_is_refused(scene: Scene) -> None:
    leave_conversation(conversation_id=scene.id, user_id=scene.leaver.pk)
    for person, status, code in (
        (scene.outsider, 404, "conversation_not_found"),
        (scene.leaver, 403, "not_a_participant"),
    ):
        client = api(person)
        for answer in (
            put(scene, person, content="x"),
            client.get(path(scene)),
            client.delete(path(scene)),
        ):
            assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not SavedDraft.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "content"),
        ({"content": 7}, "content"),
        ({"content": "a\0b"}, "content"),
        ({"content": "x" * 100_000}, "content"),
        ({"content": "x", "replyToSeq": 0}, "replyToSeq"),
        ({"content": "x", "threadSeq": "1"}, "threadSeq"),
    ],
)
def test_a_wrong_body_changes_nothing(scene: Scene, body: Any, field: str) -> None:
    put(scene, scene.member, content="before")
    answer = put(scene, scene.member, **body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert get(scene, scene.member)["content"] == "before"


def test_blanks_are_kept_as_they_are_typed(scene: Scene) -> None:
    assert put(scene, scene.member, content="  \n").json()["draft"]["content"] == "  \n"


def test_the_oldest_make_room(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_drafts, "MAX_SAVED", 2)
    places = [make_conversation(scene.member) for _ in range(3)]
    for place in places:
        saved_drafts.save_draft(
            conversation_id=place.pk, user_id=scene.member.pk, content=place.title
        )
    listed = [it["content"] for it in saved_drafts.drafts_of(scene.member.pk)]
    assert sorted(listed) == sorted(place.title for place in places[1:])


def test_they_are_exported_and_erased(scene: Scene) -> None:
    put(scene, scene.member, content="hm")
    (draft,) = account_of(scene.member)["drafts"]
    assert (draft["conversationId"], draft["content"]) == (str(scene.id), "hm")
    finish_erasure(user=scene.member)
    assert not SavedDraft.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_devices_at_once_leave_one_draft() -> None:
    scene = make_scene()

    def save(content: str) -> Any:
        try:
            return saved_drafts.save_draft(
                conversation_id=scene.id, user_id=scene.member.pk, content=content
            )
        finally:
            connection.close()

    contents = [f"device {number}" for number in range(6)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(save, contents))
    (left,) = SavedDraft.objects.values_list("content", flat=True)
    assert left in contents
