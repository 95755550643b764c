"""Saved messages: read by the rule as it holds at the time, with a reminder that comes once."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User
from chatproject.core.errors import InvalidInput
from chatproject.realtime.bus import user_topic
from conversations.errors import ConversationNotFound
from conversations.models import Ban
from messaging.actions import saved
from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.actions.hides import hide_message
from messaging.actions.saved import (
    SavedChanges,
    change_saved,
    defer_overdue_reminders,
    remind,
    remove_saved,
    save_message,
)
from messaging.errors import MessageNotFound, SavedMessageNotFound, TooManySaved
from messaging.membership.account_closing import on_account_closing
from messaging.models import SavedMessage
from messaging.reads.saved import list_saved
from tests.cast import api, leave, say
from tests.messaging.actions.scene import Scene, make_scene


def keep(scene: Scene, user: User, seq: int, **fields: Any) -> dict[str, Any]:
    shape, _ = save_message(conversation_id=scene.id, user_id=user.pk, seq=seq, **fields)
    return shape


def listed(user: User, *, is_done: bool = False) -> list[dict[str, Any]]:
    return list_saved(user_id=user.pk, is_done=is_done, limit=50).results


def soon() -> Any:
    return timezone.now() + timedelta(hours=1)


def make_due(shape: dict[str, Any]) -> None:
    SavedMessage.objects.filter(pk=shape["id"]).update(
        remind_at=timezone.now() - timedelta(minutes=2)
    )


def test_only_oneself_is_told_and_shown_it(scene: Scene, listening: Any) -> None:
    sent = say(scene.conversation, scene.owner, "read this")

    with listening() as published:
        keep(scene, scene.member, sent["seq"])

    assert set(published.topics) == {user_topic(scene.member.pk)}
    (mine,) = listed(scene.member)
    assert mine["message"]["content"] == "read this"
    assert listed(scene.owner) == []


def test_saving_again_is_one(scene: Scene) -> None:
    sent = say(scene.conversation, scene.owner)
    first = keep(scene, scene.member, sent["seq"])
    change_saved(user_id=scene.member.pk, saved_id=first["id"], changes=SavedChanges(is_done=True))
    again = keep(scene, scene.member, sent["seq"], remind_at=soon())

    assert again["id"] == first["id"]
    assert again["doneAt"] is None
    assert again["remindAt"] is not None
    assert SavedMessage.objects.count() == 1


def test_an_outsider_and_who_does_not_see_it_save_nothing(scene: Scene) -> None:
    leave(scene.conversation, scene.leaver)
    later = say(scene.conversation, scene.owner)

    with pytest.raises(ConversationNotFound):
        keep(scene, scene.outsider, later["seq"])
    with pytest.raises(MessageNotFound):
        keep(scene, scene.leaver, later["seq"])
    assert not SavedMessage.objects.exists()


def test_the_rule_is_asked_when_it_is_read(db: None) -> None:
    scene = make_scene("public")
    sent = say(scene.conversation, scene.owner, "for now")
    keep(scene, scene.outsider, sent["seq"])
    keep(scene, scene.member, sent["seq"])
    keep(scene, scene.admin, sent["seq"])
    Ban.objects.create(conversation=scene.conversation, user=scene.outsider, banned_by=scene.owner)
    hide_message(conversation_id=scene.id, user_id=scene.member.pk, seq=sent["seq"])

    assert [each["message"] for each in listed(scene.outsider)] == [None]
    assert [each["message"] for each in listed(scene.member)] == [None]
    assert listed(scene.admin)[0]["message"]["content"] == "for now"
    delete_message(conversation_id=scene.id, user_id=scene.owner.pk, seq=sent["seq"])
    assert listed(scene.admin)[0]["message"]["content"] == ""


def test_who_left_sees_it_as_it_was_then(scene: Scene) -> None:
    sent = say(scene.conversation, scene.owner, "before")
    keep(scene, scene.leaver, sent["seq"])
    leave(scene.conversation, scene.leaver)
    edit_message(conversation_id=scene.id, user_id=scene.owner.pk, seq=sent["seq"], body="after")

    assert listed(scene.leaver)[0]["message"]["content"] == "before"


def test_a_reminder_comes_once_and_goes_on_top(scene: Scene, listening: Any) -> None:
    first, second = (say(scene.conversation, scene.owner, text) for text in ("one", "two"))
    reminded = keep(scene, scene.member, first["seq"], remind_at=soon())
    keep(scene, scene.member, second["seq"])
    (job,) = ProcrastinateJob.objects.filter(task_name="messaging.tasks.remind_of_saved")
    assert job.args == {"saved_id": reminded["id"]}
    assert [each["message"]["content"] for each in listed(scene.member)] == ["two", "one"]

    remind(reminded["id"])  # too early
    make_due(reminded)
    with listening() as published:
        remind(reminded["id"])
        remind(reminded["id"])

    (event,) = published.events
    assert (event["type"], event["state"]) == ("saved.changed", "due")
    assert event["saved"]["message"]["content"] == "one"
    assert [each["message"]["content"] for each in listed(scene.member)] == ["one", "two"]


def test_no_reminder_of_what_is_done_or_moved(scene: Scene, listening: Any) -> None:
    sent = say(scene.conversation, scene.owner)
    shape = keep(scene, scene.member, sent["seq"], remind_at=soon())
    own = {"user_id": scene.member.pk, "saved_id": shape["id"]}
    make_due(shape)
    change_saved(**own, changes=SavedChanges(is_done=True))
    with listening() as published:
        remind(shape["id"])
    assert published.events == []

    changed = change_saved(
        **own, changes=SavedChanges(is_done=False, sets_reminder=True, remind_at=None)
    )
    assert (changed["remindAt"], changed["doneAt"]) == (None, None)


@pytest.mark.parametrize("ahead", [timedelta(seconds=-1), timedelta(days=400)])
def test_a_time_that_is_past_or_too_far_is_refused(scene: Scene, ahead: timedelta) -> None:
    sent = say(scene.conversation, scene.owner)

    with pytest.raises(InvalidInput):
        keep(scene, scene.member, sent["seq"], remind_at=timezone.now() + ahead)
    assert not SavedMessage.objects.exists()


def test_there_is_a_limit(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved, "MAX_SAVED", 1)
    first, second = (say(scene.conversation, scene.owner) for _ in range(2))
    keep(scene, scene.member, first["seq"])
    keep(scene, scene.member, first["seq"])

    with pytest.raises(TooManySaved):
        keep(scene, scene.member, second["seq"])


def test_others_change_nothing(scene: Scene) -> None:
    sent = say(scene.conversation, scene.owner)
    shape = keep(scene, scene.member, sent["seq"])

    for other in (scene.owner, scene.outsider):
        with pytest.raises(SavedMessageNotFound):
            remove_saved(user_id=other.pk, saved_id=shape["id"])
        with pytest.raises(SavedMessageNotFound):
            change_saved(user_id=other.pk, saved_id=shape["id"], changes=SavedChanges(True))
    assert len(listed(scene.member)) == 1


def test_a_lost_task_is_made_good(scene: Scene) -> None:
    sent = say(scene.conversation, scene.owner)
    shape = keep(scene, scene.member, sent["seq"], remind_at=soon())
    make_due(shape)
    ProcrastinateJob.objects.all()._raw_delete("default")

    assert defer_overdue_reminders() == 1
    defer_overdue_reminders()

    assert ProcrastinateJob.objects.filter(status="todo").count() == 1


def test_a_closed_account_keeps_nothing(scene: Scene) -> None:
    sent = say(scene.conversation, scene.owner)
    keep(scene, scene.member, sent["seq"])
    keep(scene, scene.admin, sent["seq"])

    on_account_closing(sender=User, user=scene.member)

    assert [each.user_id for each in SavedMessage.objects.all()] == [scene.admin.pk]


def test_over_rest(scene: Scene) -> None:
    sent = say(scene.conversation, scene.owner, f"hello <@{scene.admin.pk}>")
    client = api(scene.member)
    body = {"conversationId": str(scene.id), "seq": sent["seq"]}

    made = client.post("/v1/saved", body, format="json")
    assert made.status_code == 201, made.json()
    assert client.post("/v1/saved", body, format="json").status_code == 200
    page = client.get("/v1/saved").json()
    assert page["results"] == [made.json()]
    assert {each["id"] for each in page["people"]} == {str(scene.owner.pk), str(scene.admin.pk)}

    one = f"/v1/saved/{made.json()['id']}"
    at = soon().isoformat()
    assert client.patch(one, {"remindAt": at}, format="json").json()["remindAt"] is not None
    assert client.patch(one, {"done": True}, format="json").json()["remindAt"] is not None
    assert client.patch(one, {"remindAt": None}, format="json").json()["remindAt"] is None
    assert client.get("/v1/saved").json()["results"] == []
    assert len(client.get("/v1/saved?state=done").json()["results"]) == 1
    assert api(scene.outsider).delete(one).status_code == 404
    assert client.delete(one).status_code == 204
    assert client.delete(one).json()["code"] == "saved_message_not_found"


def test_the_list_has_pages_and_ends_where_an_answer_is_full(scene: Scene, settings: Any) -> None:
    for number in range(3):
        sent = say(scene.conversation, scene.owner, f"{number}" * 2000)
        keep(scene, scene.member, sent["seq"])
    client = api(scene.member)

    def walk(query: str) -> list[list[str]]:
        pages, cursor = [], ""
        while cursor is not None:
            page = client.get(f"/v1/saved?{query}&cursor={cursor}").json()
            pages.append([each["message"]["content"][0] for each in page["results"]])
            cursor = page["next"]
        return pages

    assert walk("limit=2") == [["2", "1"], ["0"]]
    settings.ANSWER_BYTES = 3000
    assert walk("limit=10") == [["2"], ["1"], ["0"]]


@pytest.mark.parametrize(
    "body", [{}, {"seq": 1}, {"conversationId": "x", "seq": 1}, {"seq": 0, "remindAt": "soon"}]
)
def test_a_wrong_body_is_refused(scene: Scene, body: dict[str, Any]) -> None:
    answer = api(scene.member).post("/v1/saved", body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
