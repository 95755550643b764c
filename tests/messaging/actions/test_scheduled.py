"""Scheduled messages go out once, at their time, by the rules that hold then."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User
from attachments.actions.prune import prune_attachments
from attachments.models import Attachment
from chatproject.core.errors import InvalidInput, Unavailable
from chatproject.realtime.bus import user_topic
from conversations.errors import ConversationNotFound, NotAParticipant, PostingRightMissing
from messaging.actions import scheduled
from messaging.actions.scheduled import (
    ScheduledChanges,
    cancel_scheduled,
    change_scheduled,
    schedule_message,
)
from messaging.errors import (
    AttachmentNotFound,
    ClientIdTaken,
    ReplyTargetNotFound,
    ScheduledMessageNotFound,
    ScheduledMessageSending,
    ThreadNotFound,
    TooManyScheduled,
)
from messaging.membership.account_closing import on_account_closing
from messaging.models import Message, ScheduledMessage
from messaging.reads.scheduled import list_scheduled
from messaging.sending import scheduled_sends
from messaging.sending.drafts import Draft
from messaging.sending.scheduled_sends import defer_overdue, send_due, send_now
from tests.cast import api, leave, make_conversation, make_person, say
from tests.messaging.actions.scene import Scene, make_scene


def plan(scene: Scene, author: User, body: str = "later", **fields: Any) -> ScheduledMessage:
    send_at = fields.pop("send_at", timezone.now() + timedelta(hours=1))
    fields.setdefault("client_id", uuid4())
    return schedule_message(Draft(scene.id, author.pk, body=body, **fields), send_at=send_at)


def make_due(planned: ScheduledMessage) -> None:
    ScheduledMessage.objects.filter(pk=planned.pk).update(
        send_at=timezone.now() - timedelta(minutes=2)
    )


def make_file(uploader: User, **fields: Any) -> Attachment:
    fields.setdefault("state", "ready")
    return Attachment.objects.create(
        uploader=uploader, name="a.txt", content_type="text/plain", size=1, **fields
    )


def own(scene: Scene, author: User, planned: ScheduledMessage) -> dict[str, Any]:
    return {"conversation_id": scene.id, "author_id": author.pk, "scheduled_id": planned.pk}


def sent_by(user: User) -> list[str]:
    return list(Message.objects.filter(sender=user).values_list("body", flat=True))


def test_it_is_sent_once_with_its_id_as_client_id(scene: Scene, listening: Any) -> None:
    planned = plan(scene, scene.member)
    make_due(planned)

    with listening() as published:
        send_due(planned.pk)
        send_due(planned.pk)

    (message,) = Message.objects.filter(sender=scene.member)
    assert (message.client_id, message.body) == (planned.pk, "later")
    assert published.types == ["message.created", "scheduled.changed"]
    told = published.events[1]
    assert (told["state"], told["scheduled"]) == ("sent", None)
    assert not ScheduledMessage.objects.exists()


def test_a_reply_in_a_thread_goes_into_the_thread(scene: Scene) -> None:
    root = say(scene.conversation, scene.owner, "root")
    quiet = plan(scene, scene.member, "quiet", thread_seq=root["seq"])
    loud = plan(scene, scene.member, "loud", thread_seq=root["seq"], also_to_conversation=True)
    told = list_scheduled(author_id=scene.member.pk, limit=10)
    assert [(it["threadSeq"], it["alsoToConversation"]) for it in told] == [
        (root["seq"], False),
        (root["seq"], True),
    ]
    for each in (quiet, loud):
        make_due(each)
        send_due(each.pk)

    sent = Message.objects.filter(sender=scene.member).order_by("seq")
    assert [(it.body, it.thread_seq, it.thread_only) for it in sent] == [
        ("quiet", root["seq"], True),
        ("loud", root["seq"], False),
    ]


def test_a_thread_that_cannot_be_is_refused(scene: Scene) -> None:
    root = say(scene.conversation, scene.owner, "root")
    other = say(scene.conversation, scene.owner, "another")
    reply = say(scene.conversation, scene.owner, "reply", thread_seq=root["seq"])

    for seq in (999, reply["seq"]):
        with pytest.raises(ThreadNotFound):
            plan(scene, scene.member, thread_seq=seq)
    with pytest.raises(ReplyTargetNotFound):
        plan(scene, scene.member, thread_seq=root["seq"], reply_to_seq=other["seq"])
    with pytest.raises(ConversationNotFound):
        plan(scene, scene.outsider, thread_seq=root["seq"])
    plan(scene, scene.member, thread_seq=root["seq"], reply_to_seq=reply["seq"])
    path = f"/v1/conversations/{scene.id}/scheduled"
    at = (timezone.now() + timedelta(hours=1)).isoformat()
    body = {"content": "x", "sendAt": at, "threadSeq": root["seq"], "alsoToConversation": True}
    answer = api(scene.member).post(path, body, format="json")
    assert (answer.status_code, answer.json()["threadSeq"]) == (201, root["seq"])
    refused = api(scene.member).post(path, body | {"threadSeq": 999}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (400, "thread_not_found")


def test_it_waits_for_its_time(scene: Scene) -> None:
    planned = plan(scene, scene.member)

    send_due(planned.pk)

    assert sent_by(scene.member) == []
    (job,) = ProcrastinateJob.objects.filter(task_name="messaging.tasks.send_scheduled")
    assert job.scheduled_at == planned.send_at
    assert job.args == {"scheduled_id": str(planned.pk)}


def test_only_the_authors_devices_are_told(scene: Scene, listening: Any) -> None:
    with listening() as published:
        planned = plan(scene, scene.member, "a secret so far")
        change_scheduled(
            **own(scene, scene.member, planned), changes=ScheduledChanges(body="another")
        )
        cancel_scheduled(**own(scene, scene.member, planned))

    assert set(published.topics) == {user_topic(scene.member.pk)}
    assert [event["state"] for event in published.events] == ["waiting", "waiting", "cancelled"]


@pytest.mark.parametrize(
    ("kind", "who", "refusal"),
    [
        ("group", "outsider", ConversationNotFound),
        ("group", "leaver", NotAParticipant),
        ("public", "outsider", NotAParticipant),
        ("broadcast", "member", PostingRightMissing),
    ],
)
def test_who_may_not_post_schedules_nothing(
    db: None, kind: str, who: str, refusal: type[Exception]
) -> None:
    scene = make_scene(kind)
    leave(scene.conversation, scene.leaver)

    with pytest.raises(refusal):
        plan(scene, getattr(scene, who))
    assert not ScheduledMessage.objects.exists()
    assert not ProcrastinateJob.objects.exists()


@pytest.mark.parametrize(
    ("ahead", "code"), [(timedelta(seconds=-1), "past"), (timedelta(days=400), "too_far")]
)
def test_a_time_that_is_past_or_too_far_is_refused(
    scene: Scene, ahead: timedelta, code: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        plan(scene, scene.member, send_at=timezone.now() + ahead)

    assert [(it["field"], it["code"]) for it in refused.value.errors] == [("sendAt", code)]
    assert not ScheduledMessage.objects.exists()


def test_a_reply_needs_a_message_that_the_author_sees(scene: Scene) -> None:
    sent = say(scene.conversation, scene.owner)
    plan(scene, scene.member, reply_to_seq=sent["seq"])

    with pytest.raises(ReplyTargetNotFound):
        plan(scene, scene.member, reply_to_seq=sent["seq"] + 1)


def test_a_retry_finds_it_and_another_content_is_refused(scene: Scene) -> None:
    key, at = uuid4(), timezone.now() + timedelta(hours=1)
    first = plan(scene, scene.member, client_id=key, send_at=at)
    again = plan(scene, scene.member, client_id=key, send_at=at)

    assert first.pk == again.pk == key
    assert ScheduledMessage.objects.count() == 1
    with pytest.raises(ClientIdTaken):
        plan(scene, scene.member, "other", client_id=key, send_at=at)
    with pytest.raises(ClientIdTaken):
        plan(scene, scene.admin, client_id=key, send_at=at)
    sent = say(scene.conversation, scene.member)
    with pytest.raises(ClientIdTaken):
        plan(scene, scene.member, client_id=sent["client_id"])


def test_there_is_a_limit(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduled, "MAX_SCHEDULED", 2)
    plan(scene, scene.member)
    plan(scene, scene.member)

    with pytest.raises(TooManyScheduled):
        plan(scene, scene.member)
    plan(scene, scene.admin)


def test_who_left_meanwhile_is_told_why_it_was_not_sent(scene: Scene, listening: Any) -> None:
    planned = plan(scene, scene.leaver)
    make_due(planned)
    leave(scene.conversation, scene.leaver)

    with listening() as published:
        send_due(planned.pk)

    assert sent_by(scene.leaver) == [""]  # the word of the leaving
    assert published.topics == [user_topic(scene.leaver.pk)]
    (event,) = published.events
    assert (event["type"], event["state"]) == ("scheduled.changed", "refused")
    assert event["scheduled"]["refusal"]["code"] == "not_a_participant"
    (listed,) = list_scheduled(author_id=scene.leaver.pk, limit=10)
    assert (listed["state"], listed["refusal"]["code"]) == ("refused", "not_a_participant")


def test_a_suspended_author_sends_nothing(scene: Scene) -> None:
    planned = plan(scene, scene.member)
    make_due(planned)
    User.objects.filter(pk=scene.member.pk).update(is_active=False)

    send_due(planned.pk)

    planned.refresh_from_db()
    assert (planned.state, planned.refusal_code) == ("refused", "account_suspended")
    assert sent_by(scene.member) == []


def test_a_refused_one_waits_again_with_a_new_time(scene: Scene) -> None:
    planned = plan(scene, scene.member)
    make_due(planned)
    scene.conversation.locked_at = timezone.now()
    scene.conversation.save()
    send_due(planned.pk)
    scene.conversation.locked_at = None
    scene.conversation.save()

    with pytest.raises(InvalidInput):
        change_scheduled(**own(scene, scene.member, planned), changes=ScheduledChanges(body="x"))
    later = timezone.now() + timedelta(days=1)
    changed = change_scheduled(
        **own(scene, scene.member, planned), changes=ScheduledChanges(send_at=later)
    )

    assert (changed.state, changed.refusal_code, changed.body) == ("waiting", "", "later")
    make_due(planned)
    send_due(planned.pk)
    assert sent_by(scene.member) == ["later"]


def test_a_server_that_is_busy_is_asked_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = plan(scene, scene.member)
    make_due(planned)

    def away(draft: Draft) -> None:
        raise Unavailable

    with monkeypatch.context() as patched:
        patched.setattr(scheduled_sends, "send_message", away)
        with pytest.raises(Unavailable):
            send_due(planned.pk)
    with pytest.raises(ScheduledMessageSending):
        cancel_scheduled(**own(scene, scene.member, planned))

    send_due(planned.pk)
    assert sent_by(scene.member) == ["later"]


def test_sending_at_once(scene: Scene) -> None:
    planned = plan(scene, scene.member)

    first = send_now(**own(scene, scene.member, planned))
    again = send_now(**own(scene, scene.member, planned))

    assert first["clientId"] == again["clientId"] == str(planned.pk)
    assert first["seq"] == again["seq"]
    assert sent_by(scene.member) == ["later"]


def test_sending_at_once_that_is_refused_leaves_it_waiting(scene: Scene) -> None:
    planned = plan(scene, scene.leaver)
    leave(scene.conversation, scene.leaver)

    with pytest.raises(NotAParticipant):
        send_now(**own(scene, scene.leaver, planned))

    planned.refresh_from_db()
    assert planned.state == "waiting"


def test_others_find_nothing(scene: Scene) -> None:
    planned = plan(scene, scene.member)

    for other in (scene.owner, scene.outsider):
        with pytest.raises(ScheduledMessageNotFound):
            cancel_scheduled(**own(scene, other, planned))
        with pytest.raises(ScheduledMessageNotFound):
            send_now(**own(scene, other, planned))
        with pytest.raises(ScheduledMessageNotFound):
            change_scheduled(**own(scene, other, planned), changes=ScheduledChanges(body="mine"))
        assert list_scheduled(author_id=other.pk, limit=10) == []
    planned.refresh_from_db()
    assert planned.body == "later"


def test_files_wait_with_it(scene: Scene) -> None:
    file = make_file(scene.member)
    planned = plan(scene, scene.member, "", attachment_ids=(file.pk,))
    file.refresh_from_db()
    assert file.expires_at is None
    assert prune_attachments().expired == 0

    make_due(planned)
    send_due(planned.pk)

    file.refresh_from_db()
    assert file.seq == Message.objects.get(sender=scene.member).seq


def test_a_cancelled_ones_files_expire_as_any_upload(scene: Scene) -> None:
    kept, dropped = make_file(scene.member), make_file(scene.member)
    planned = plan(scene, scene.member, attachment_ids=(kept.pk, dropped.pk))

    change_scheduled(
        **own(scene, scene.member, planned), changes=ScheduledChanges(attachment_ids=[kept.pk])
    )
    dropped.refresh_from_db()
    assert dropped.expires_at is not None
    cancel_scheduled(**own(scene, scene.member, planned))

    kept.refresh_from_db()
    assert kept.expires_at is not None


def test_anothers_file_is_refused(scene: Scene) -> None:
    file = make_file(scene.owner)

    with pytest.raises(AttachmentNotFound):
        plan(scene, scene.member, attachment_ids=(file.pk,))
    file.refresh_from_db()
    assert file.expires_at is not None


def test_a_lost_task_is_made_good(scene: Scene) -> None:
    planned = plan(scene, scene.member)
    make_due(planned)
    ProcrastinateJob.objects.all()._raw_delete("default")

    assert defer_overdue() == 1
    defer_overdue()

    assert ProcrastinateJob.objects.filter(status="todo").count() == 1


def test_a_closed_account_sends_nothing_any_more(scene: Scene) -> None:
    file = make_file(scene.member)
    plan(scene, scene.member, attachment_ids=(file.pk,))
    plan(scene, scene.owner)

    on_account_closing(sender=User, user=scene.member)

    assert [each.author_id for each in ScheduledMessage.objects.all()] == [scene.owner.pk]
    file.refresh_from_db()
    assert file.expires_at is not None


# -- over REST


@pytest.fixture
def path(scene: Scene) -> Iterator[str]:
    return f"/v1/conversations/{scene.id}/scheduled"


def in_an_hour() -> str:
    return (timezone.now() + timedelta(hours=1)).isoformat()


def test_over_rest(scene: Scene, path: str) -> None:
    client = api(scene.member)
    body = {"content": "later", "sendAt": in_an_hour()}
    made = client.post(path, body, format="json")
    assert made.status_code == 201, made.json()
    one = f"{path}/{made.json()['id']}"

    changed = client.patch(one, {"content": "much later"}, format="json")
    assert (changed.status_code, changed.json()["content"]) == (200, "much later")
    assert client.get(one).json() == changed.json()
    assert client.get(path).json()["results"] == [changed.json()]
    assert client.get("/v1/scheduled").json()["results"] == [changed.json()]

    sent = client.post(f"{one}/send-now")
    assert (sent.status_code, sent.json()["content"]) == (200, "much later")
    assert client.get(one).status_code == 404
    second = client.post(path, body, format="json").json()
    assert client.delete(f"{path}/{second['id']}").status_code == 204


def test_the_list_has_pages(scene: Scene, path: str) -> None:
    for hours in (3, 1, 2):
        plan(scene, scene.member, f"{hours}", send_at=timezone.now() + timedelta(hours=hours))

    first = api(scene.member).get(path, {"limit": 2}).json()
    rest = api(scene.member).get(path, {"limit": 2, "cursor": first["next"]}).json()

    assert [each["content"] for each in first["results"]] == ["1", "2"]
    assert [each["content"] for each in rest["results"]] == ["3"]
    assert rest["next"] is None


@pytest.mark.parametrize(
    "body",
    [
        {"content": "no time"},
        {"sendAt": "2999-01-01T00:00:00Z"},
        {"content": "x", "sendAt": "soon"},
        {"content": " ", "sendAt": "2999-01-01T00:00:00Z"},
    ],
)
def test_a_wrong_body_is_refused(scene: Scene, path: str, body: dict[str, Any]) -> None:
    answer = api(scene.member).post(path, body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert not ScheduledMessage.objects.exists()


def test_outsiders_learn_nothing_over_rest(scene: Scene, path: str) -> None:
    planned = plan(scene, scene.member)
    client = api(scene.outsider)
    body = {"content": "x", "sendAt": in_an_hour()}

    assert client.post(path, body, format="json").status_code == 404
    assert client.get(path).status_code == 404
    for answer in (
        client.get(f"{path}/{planned.pk}"),
        client.patch(f"{path}/{planned.pk}", {"content": "x"}, format="json"),
        client.delete(f"{path}/{planned.pk}"),
        client.post(f"{path}/{planned.pk}/send-now"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "scheduled_message_not_found")


@pytest.mark.django_db(transaction=True)
def test_two_workers_store_one_message() -> None:
    author = make_person("Ann")
    conversation = make_conversation(author, make_person("Ben"))
    draft = Draft(conversation.pk, author.pk, uuid4(), "once")
    planned = schedule_message(draft, send_at=timezone.now() + timedelta(hours=1))
    make_due(planned)
    workers, together = 6, Barrier(6)
    faults: list[Exception] = []

    def work() -> None:
        try:
            together.wait()
            send_due(planned.pk)
        except Exception as error:  # noqa: BLE001 (it is what the test looks for)
            faults.append(error)
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    assert Message.objects.filter(conversation=conversation, client_id=planned.pk).count() == 1
    assert not ScheduledMessage.objects.exists()
