"""Single messages over REST: sending, reading, versions, receipts."""

from typing import Any
from uuid import uuid4

import pytest

from attachments.models import Attachment
from attachments.wire import attachment_of
from conversations.models import LARGE_CONVERSATION, Conversation, Participant
from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.actions.hides import hide_message
from messaging.actions.reactions import add_reaction
from messaging.actions.receipts import mark_delivered, mark_read
from messaging.membership.members import add_people
from messaging.models import Message, Receipt
from messaging.reads.messages import whole_messages
from messaging.wire import message_json, reactions_json, row_of
from tests.cast import api, leave, make_person, say
from tests.messaging.actions.scene import Scene
from tests.messaging.reads.test_history_api import OWN, SHARED

pytestmark = pytest.mark.usefixtures("both_paths")

PATHS = ["", "/revisions", "/receipts"]


def path(scene: Scene, rest: str = "") -> str:
    return f"/v1/conversations/{scene.id}/messages{rest}"


def get(scene: Scene, user: Any, rest: str) -> Any:
    return api(user).get(path(scene, rest))


def send(scene: Scene, user: Any, body: Any, **headers: Any) -> Any:
    return api(user).post(path(scene), body, format="json", headers=headers)


def test_sending_answers_the_stored_message(scene: Scene) -> None:
    answer = send(scene, scene.member, {"content": "hello"})

    assert answer.status_code == 200
    body = answer.json()
    assert body.keys() == SHARED | OWN
    assert (body["seq"], body["content"], body["mine"], body["status"]) == (
        1,
        "hello",
        True,
        "sent",
    )
    assert body["senderId"] == str(scene.member.pk)


def test_a_retry_is_answered_with_the_message_as_it_now_is(scene: Scene) -> None:
    key = str(uuid4())
    first = send(scene, scene.member, {"content": "hello", "clientId": key}).json()
    add_reaction(conversation_id=scene.id, user_id=scene.member.pk, seq=1, emoji="👍")

    again = send(scene, scene.member, {"content": "hello"}, **{"Idempotency-Key": key}).json()

    assert again["id"] == first["id"]
    assert again["myReactions"] == ["👍"]
    assert Message.objects.filter(conversation=scene.conversation).count() == 1
    other = send(scene, scene.member, {"content": "another", "clientId": key})
    assert (other.status_code, other.json()["code"]) == (409, "client_id_conflict")


def test_sending_is_refused_with_a_code(scene: Scene) -> None:
    assert send(scene, scene.member, {}).json()["errors"][0]["code"] == "required"
    assert send(scene, scene.member, {"content": 7}).json()["errors"][0]["code"] == "not_a_text"
    assert send(scene, scene.outsider, {"content": "hi"}).status_code == 404
    leave(scene.conversation, scene.leaver)
    late = send(scene, scene.leaver, {"content": "hi"})
    assert (late.status_code, late.json()["code"]) == (403, "not_a_participant")
    assert send(scene, None, {"content": "hi"}).status_code == 401


def test_one_message_has_the_shape_of_a_pages_and_its_people(told_ten: Scene) -> None:
    answer = get(told_ten, told_ten.member, "/4")

    assert answer.status_code == 200
    assert answer.json().keys() == SHARED | OWN | {"people"}
    assert answer.json()["content"] == "message 4"


def test_an_attachment_is_told_with_its_message(scene: Scene) -> None:
    kept = Attachment.objects.create(
        uploader=scene.member,
        storage_key=uuid4().hex,
        name="a.png",
        content_type="image/png",
        size=5,
        state="ready",
    )
    sent = send(scene, scene.member, {"attachmentIds": [str(kept.pk)]}).json()

    shape = attachment_of(kept)
    assert (sent["kind"], sent["attachments"]) == ("image", [shape])
    assert get(scene, scene.owner, "/1").json()["attachments"] == [shape]


def test_the_shape_is_that_of_events(told_ten: Scene) -> None:
    """Built from a row and its reactions by the one function that events are built by."""
    for person, emoji in ((told_ten.admin, "🎉"), (told_ten.member, "👍"), (told_ten.owner, "🎉")):
        add_reaction(conversation_id=told_ten.id, user_id=person.pk, seq=4, emoji=emoji)
    message = Message.objects.get(conversation=told_ten.conversation, seq=4)
    rows = [
        {"emoji": "🎉", "user_id": told_ten.admin.pk},
        {"emoji": "👍", "user_id": told_ten.member.pk},
        {"emoji": "🎉", "user_id": told_ten.owner.pk},
    ]

    (shape,) = whole_messages(told_ten.id, [4])

    assert shape == {**message_json(row_of(message)), "reactions": reactions_json(rows)}
    assert get(told_ten, told_ten.admin, "/4").json().items() >= shape.items()


@pytest.mark.parametrize("rest", PATHS)
def test_what_one_may_not_see_is_not_there(told_ten: Scene, rest: str) -> None:
    leave(told_ten.conversation, told_ten.leaver)
    say(told_ten.conversation, told_ten.owner, "later")
    hide_message(conversation_id=told_ten.id, user_id=told_ten.member.pk, seq=5)

    for user, seq in (
        (told_ten.leaver, 12),
        (told_ten.member, 5),
        (told_ten.member, 13),
        (told_ten.member, 0),
        (told_ten.member, 2**63),
        (told_ten.member, 10**100),
    ):
        answer = get(told_ten, user, f"/{seq}{rest}")
        assert (answer.status_code, answer.json()["code"]) == (404, "message_not_found")
    outside = get(told_ten, told_ten.outsider, f"/5{rest}")
    assert (outside.status_code, outside.json()["code"]) == (404, "conversation_not_found")
    assert get(told_ten, None, f"/5{rest}").status_code == 401
    assert get(told_ten, told_ten.member, f"/{'9' * 5000}{rest}").status_code == 404


def test_versions_oldest_first(told_ten: Scene) -> None:
    unedited = get(told_ten, told_ten.member, "/4/revisions").json()
    assert [(it["rev"], it["content"]) for it in unedited["results"]] == [(0, "message 4")]

    for text in ("second", "third"):
        edit_message(conversation_id=told_ten.id, user_id=told_ten.owner.pk, seq=4, body=text)
    answer = get(told_ten, told_ten.member, "/4/revisions").json()
    assert [(it["rev"], it["content"]) for it in answer["results"]] == [
        (0, "message 4"),
        (11, "second"),
        (12, "third"),
    ]
    assert (
        answer["results"][0]["createdAt"]
        == get(told_ten, told_ten.member, "/4").json()["createdAt"]
    )
    assert (answer["next"], answer["previous"]) == (None, None)


def test_who_left_sees_the_versions_up_to_then(told_ten: Scene) -> None:
    edit = {"conversation_id": told_ten.id, "user_id": told_ten.owner.pk}
    edit_message(**edit, seq=4, body="second")
    leave(told_ten.conversation, told_ten.leaver)
    edit_message(**edit, seq=4, body="third")
    edit_message(**edit, seq=5, body="changed")

    def versions(seq: int) -> list[str]:
        answer = get(told_ten, told_ten.leaver, f"/{seq}/revisions").json()
        return [it["content"] for it in answer["results"]]

    assert versions(4) == ["message 4", "second"]
    assert versions(5) == ["message 5"]


def test_a_deleted_and_a_system_message_have_no_versions(told_ten: Scene) -> None:
    edit_message(conversation_id=told_ten.id, user_id=told_ten.owner.pk, seq=4, body="second")
    delete_message(conversation_id=told_ten.id, user_id=told_ten.owner.pk, seq=4)
    leave(told_ten.conversation, told_ten.leaver)

    assert get(told_ten, told_ten.member, "/4/revisions").json()["results"] == []
    assert get(told_ten, told_ten.member, "/11/revisions").json()["results"] == []


def receipts(scene: Scene, user: Any, seq: int, query: str = "") -> dict[str, Any]:
    answer = get(scene, user, f"/{seq}/receipts{query}")
    assert answer.status_code == 200, answer.content
    return {it["name"]: it for it in answer.json()["results"]}


def test_receipts_tell_who_has_it_and_when(told_ten: Scene) -> None:
    mark_delivered(conversation_id=told_ten.id, user_id=told_ten.admin.pk, seq=6)
    mark_read(conversation_id=told_ten.id, user_id=told_ten.member.pk, seq=3)
    mark_read(conversation_id=told_ten.id, user_id=told_ten.member.pk, seq=8)
    first, second = Receipt.objects.filter(user=told_ten.member, kind="read").order_by("up_to_seq")

    found = receipts(told_ten, told_ten.owner, 5)

    assert found.keys() == {"Adam", "Mia", "Leo"}
    assert (found["Adam"]["delivered"], found["Adam"]["read"]) == (True, False)
    assert found["Adam"]["deliveredAt"] is not None
    assert found["Adam"]["readAt"] is None
    assert (found["Mia"]["delivered"], found["Mia"]["read"]) == (True, True)
    assert (found["Leo"]["delivered"], found["Leo"]["read"]) == (False, False)
    earlier = receipts(told_ten, told_ten.owner, 3)
    assert earlier["Mia"]["readAt"] < found["Mia"]["readAt"]
    assert (first.up_to_seq, second.up_to_seq) == (3, 8)


def test_receipts_of_a_pointer_without_times(told_ten: Scene) -> None:
    """As in a large conversation, or an imported past: who was there has read it, but when?"""
    inside = Participant.objects.filter(conversation=told_ten.conversation)
    inside.update(last_read_seq=6, last_delivered_seq=8)
    Conversation.objects.update(member_count=LARGE_CONVERSATION + 1)
    sent_at = Message.objects.get(conversation=told_ten.conversation, seq=5).created_at
    inside.exclude(user=told_ten.leaver).update(joined_at=sent_at)

    found = receipts(told_ten, told_ten.owner, 5)

    assert (found["Mia"]["read"], found["Mia"]["readAt"]) == (True, None)
    inside.filter(user=told_ten.leaver).update(joined_at=sent_at.replace(year=2999))
    assert receipts(told_ten, told_ten.owner, 5)["Leo"]["read"] is False


def test_a_receipt_tells_of_its_own_range_alone(told_ten: Scene) -> None:
    """Who comes in at the head of an open past and reads on has not read what was before."""
    Conversation.objects.update(history="everything")
    newcomer = make_person("Nora")
    add_people(conversation_id=told_ten.id, by=told_ten.owner.pk, user_ids=[newcomer.pk])
    say(told_ten.conversation, told_ten.owner)
    mark_read(conversation_id=told_ten.id, user_id=newcomer.pk, seq=12)

    assert receipts(told_ten, told_ten.owner, 12)["Nora"]["read"] is True
    before = receipts(told_ten, told_ten.owner, 5)["Nora"]
    assert (before["delivered"], before["read"], before["readAt"]) == (False, False, None)


def test_receipts_name_only_who_could_see_it(told_ten: Scene) -> None:
    Participant.objects.filter(user=told_ten.member).update(from_seq=6)
    leave(told_ten.conversation, told_ten.leaver)

    assert receipts(told_ten, told_ten.owner, 5).keys() == {"Adam"}
    assert receipts(told_ten, told_ten.owner, 6).keys() == {"Adam", "Mia"}
    gone = get(told_ten, told_ten.leaver, "/5/receipts")
    assert (gone.status_code, gone.json()["code"]) == (403, "not_a_participant")


def test_receipts_by_pages(told_ten: Scene) -> None:
    names: list[str] = []
    cursor = ""
    for _ in range(3):
        query = f"?limit=1&cursor={cursor}" if cursor else "?limit=1"
        page = get(told_ten, told_ten.owner, f"/5/receipts{query}").json()
        names += [it["name"] for it in page["results"]]
        cursor = page["next"]
    assert sorted(names) == ["Adam", "Leo", "Mia"]
    assert cursor is None
    assert get(told_ten, told_ten.owner, "/5/receipts?cursor=x").status_code == 400
    assert get(told_ten, told_ten.owner, "/5/receipts?limit=0").status_code == 400


def test_the_number_of_queries(told_ten: Scene, queries: Any) -> None:
    with queries(2):  # visibility, row
        get(told_ten, told_ten.member, "/4")
    with queries(3):  # visibility, row, receipts with names
        get(told_ten, told_ten.owner, "/4/receipts")
