"""Forwarding: visible messages go where one may post, with files that live on by themselves."""

from contextlib import suppress
from threading import Barrier, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User
from attachments.models import Attachment
from attachments.reads import stored_keys
from attachments.tasks import remove_objects
from chatproject.core.storage import file_storage
from conversations.errors import ConversationNotFound
from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.actions.forward import forward_message
from messaging.errors import MessageGone, MessageNotFound, SystemMessage
from messaging.log import writing
from messaging.models import Forward, Mention, Message
from tests.attachments.steps import content, get
from tests.cast import api, leave, make_conversation, make_person, say
from tests.messaging.actions.scene import Scene


def forward(scene: Scene, user: User, seq: int, *targets: Any, key: UUID | None = None) -> Any:
    return forward_message(
        conversation_id=scene.id,
        user_id=user.pk,
        seq=seq,
        targets=[each.pk for each in targets],
        client_id=key or uuid4(),
    )


def make_file(uploader: User, body: bytes = b"words", **fields: Any) -> Attachment:
    fields = {"content_type": "text/plain", "state": "ready"} | fields
    file = Attachment.objects.create(uploader=uploader, name="a.txt", size=len(body), **fields)
    file_storage().put(file.original_key, ContentFile(body))
    return file


def run_deferred() -> None:
    for job in ProcrastinateJob.objects.filter(task_name=remove_objects.name):
        remove_objects(**job.args)


def origin(user: User, conversation: Any, seq: int) -> Any:
    return api(user).get(f"/v1/conversations/{conversation.pk}/messages/{seq}/origin")


def test_it_goes_where_one_may_post_and_nowhere_else(scene: Scene, listening: Any) -> None:
    sent = say(scene.conversation, scene.owner, "pass it on")
    mine = make_conversation(scene.member, scene.outsider)
    broadcast = make_conversation(scene.outsider, scene.member, kind="broadcast")
    foreign = make_conversation(scene.outsider)

    with listening() as published:
        results = forward(scene, scene.member, sent["seq"], mine, broadcast, foreign)

    assert results[0].message["content"] == "pass it on"
    assert results[0].message["meta"] == {"forwarded": True}
    assert [it.refusal and it.refusal.code for it in results] == [
        None,
        "posting_right_missing",
        "conversation_not_found",
    ]
    (event,) = published.events
    assert (event["conversationId"], event["message"]["meta"]) == (
        str(mine.pk),
        {"forwarded": True},
    )
    answer = api(scene.outsider).get(f"/v1/conversations/{mine.pk}/messages").json()
    assert answer["results"][-1]["meta"] == {"forwarded": True}
    assert str(scene.id) not in str(answer)


def inbox_of(user: User, conversation: Any) -> Any:
    return api(user).get(f"/v1/conversations/{conversation.pk}").json()


def test_its_mentions_call_nobody_anew(scene: Scene, listening: Any) -> None:
    text = f"@all and <@{scene.outsider.pk}> come"
    sent = say(scene.conversation, scene.owner, text)
    target = make_conversation(scene.member, scene.outsider)

    (result,) = forward(scene, scene.member, sent["seq"], target)

    seq = result.message["seq"]
    assert result.message["content"] == text
    assert not Mention.objects.filter(conversation=target.pk).exists()
    told = inbox_of(scene.outsider, target)
    assert (told["unread"], told["unreadMentions"], told["mentioned"]) == (1, 0, False)
    called = inbox_of(scene.admin, scene.conversation)
    assert (called["unreadMentions"], called["mentioned"]) == (1, True)
    edit_message(conversation_id=target.pk, user_id=scene.member.pk, seq=seq, body=f"now {text}")
    assert not Mention.objects.filter(conversation=target.pk).exists()
    say(target, scene.member, text)
    assert inbox_of(scene.outsider, target)["unreadMentions"] == 1


def test_the_origin_is_told_to_who_may_see_it(scene: Scene) -> None:
    sent = say(scene.conversation, scene.owner, "in here only")
    mine = make_conversation(scene.member, scene.outsider, scene.admin)
    (result,) = forward(scene, scene.member, sent["seq"], mine)
    seq = result.message["seq"]

    for insider in (scene.member, scene.admin):
        told = origin(insider, mine, seq).json()
        assert (told["conversationId"], told["seq"]) == (str(scene.id), sent["seq"])
    refused = origin(scene.outsider, mine, seq)
    assert (refused.status_code, refused.json()["code"]) == (404, "origin_not_found")
    assert origin(scene.owner, mine, seq).json()["code"] == "conversation_not_found"
    plain = say(mine, scene.member, "not forwarded")
    assert origin(scene.member, mine, plain["seq"]).json()["code"] == "origin_not_found"


def test_what_one_does_not_see_is_not_forwarded(scene: Scene) -> None:
    sent = say(scene.conversation, scene.owner)
    target = make_conversation(scene.outsider, scene.leaver)
    leave(scene.conversation, scene.leaver)
    later = say(scene.conversation, scene.owner)

    with pytest.raises(ConversationNotFound):
        forward(scene, scene.outsider, sent["seq"], target)
    with pytest.raises(MessageNotFound):
        forward(scene, scene.leaver, later["seq"], target)
    assert not Forward.objects.exists()


def test_who_left_forwards_what_they_saw(scene: Scene) -> None:
    sent = say(scene.conversation, scene.owner, "before")
    target = make_conversation(scene.leaver)
    leave(scene.conversation, scene.leaver)
    edit_message(conversation_id=scene.id, user_id=scene.owner.pk, seq=sent["seq"], body="after")

    (result,) = forward(scene, scene.leaver, sent["seq"], target)

    assert result.message["content"] == "before"


def test_deleted_and_system_messages_stay(scene: Scene) -> None:
    sent = say(scene.conversation, scene.owner)
    delete_message(conversation_id=scene.id, user_id=scene.owner.pk, seq=sent["seq"])
    with writing(scene.id) as log:
        system = log.append_system("conversation.renamed", by=scene.owner.pk, title="x")

    with pytest.raises(MessageGone):
        forward(scene, scene.owner, sent["seq"], scene.conversation)
    with pytest.raises(SystemMessage):
        forward(scene, scene.owner, system.seq, scene.conversation)


def test_again_it_has_no_second_effect(scene: Scene) -> None:
    file = make_file(scene.owner)
    sent = say(scene.conversation, scene.owner, "once", attachment_ids=(file.pk,))
    target, key = make_conversation(scene.member), uuid4()

    first = forward(scene, scene.member, sent["seq"], target, key=key)
    again = forward(scene, scene.member, sent["seq"], target, key=key)

    assert first[0].message["seq"] == again[0].message["seq"]
    assert Message.objects.filter(conversation=target).count() == 1
    assert Attachment.objects.count() == 2


def test_files_outlive_the_original(scene: Scene) -> None:
    file = make_file(scene.owner, b"kept")
    sent = say(scene.conversation, scene.owner, attachment_ids=(file.pk,))
    target = make_conversation(scene.member, scene.outsider)
    (result,) = forward(scene, scene.member, sent["seq"], target)
    (copy,) = result.message["attachments"]
    assert copy["id"] != str(file.pk)
    assert list(stored_keys()) == [file.original_key]

    delete_message(conversation_id=scene.id, user_id=scene.owner.pk, seq=sent["seq"])
    run_deferred()

    assert content(get(scene.outsider, copy["url"])) == b"kept"
    delete_message(conversation_id=target.pk, user_id=scene.member.pk, seq=result.message["seq"])
    run_deferred()
    assert file.original_key not in {each.key for each in file_storage().objects()}
    assert not Forward.objects.exists()


def test_a_refused_target_leaves_no_copy(scene: Scene) -> None:
    file = make_file(scene.owner)
    sent = say(scene.conversation, scene.owner, attachment_ids=(file.pk,))
    foreign = make_conversation(scene.outsider)

    (result,) = forward(scene, scene.member, sent["seq"], foreign)
    run_deferred()

    assert result.refusal.code == "conversation_not_found"
    assert Attachment.objects.count() == 1
    assert content(get(scene.owner, f"/v1/attachments/{file.pk}")) == b"words"


def test_copies_count_towards_the_quota(scene: Scene, settings: Any) -> None:
    settings.ATTACHMENT_QUOTA_BYTES = 8
    file = make_file(scene.owner)
    sent = say(scene.conversation, scene.owner, attachment_ids=(file.pk,))
    first, second = make_conversation(scene.member), make_conversation(scene.member)

    results = forward(scene, scene.member, sent["seq"], first, second)

    assert [it.refusal and it.refusal.code for it in results] == [None, "quota_exceeded"]


def test_a_picture_that_is_being_prepared_waits(scene: Scene) -> None:
    file = make_file(scene.owner, content_type="image/png", state="pending")
    sent = say(scene.conversation, scene.owner, attachment_ids=(file.pk,))

    (result,) = forward(scene, scene.member, sent["seq"], make_conversation(scene.member))

    assert result.refusal.code == "attachment_pending"
    assert Attachment.objects.count() == 1


def test_over_rest(scene: Scene) -> None:
    sent = say(scene.conversation, scene.owner, "hello")
    target = make_conversation(scene.member)
    path = f"/v1/conversations/{scene.id}/messages/{sent['seq']}/forward"
    body = {"conversationIds": [str(target.pk)]}

    answer = api(scene.member).post(path, body, format="json")

    assert answer.status_code == 200
    (result,) = answer.json()["results"]
    assert (result["conversationId"], result["refusal"]) == (str(target.pk), None)
    assert api(scene.outsider).post(path, body, format="json").status_code == 404
    for wrong in ({}, {"conversationIds": []}, {"conversationIds": ["x"]}):
        refused = api(scene.member).post(path, wrong, format="json")
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_input")


@pytest.mark.django_db(transaction=True)
def test_a_deletion_at_the_same_time_loses_no_file() -> None:
    owner, member = make_person("Ann"), make_person("Ben")
    group, target = make_conversation(owner, member), make_conversation(member)
    file = make_file(owner, b"either way")
    sent = say(group, owner, "with a file", attachment_ids=(file.pk,))
    together, results = Barrier(2), []

    def send_on() -> None:
        together.wait()
        with suppress(MessageGone):
            results.extend(
                forward_message(
                    conversation_id=group.pk,
                    user_id=member.pk,
                    seq=sent["seq"],
                    targets=[target.pk],
                    client_id=uuid4(),
                )
            )
        connection.close()

    def delete() -> None:
        together.wait()
        delete_message(conversation_id=group.pk, user_id=owner.pk, seq=sent["seq"])
        connection.close()

    threads = [Thread(target=send_on), Thread(target=delete)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run_deferred()

    for result in results:
        for copy in result.message["attachments"] if result.message else ():
            assert content(get(member, copy["url"])) == b"either way"
    kept = {each.original_key for each in Attachment.objects.all()}
    assert {each.key for each in file_storage().objects()} >= kept
