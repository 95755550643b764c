"""Whoever changes or refers to an archived message finds it as if it had never been moved."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from conversations.models import Conversation
from messaging.errors import ClientIdTaken, MessageNotFound, NotTheSender
from messaging.maintenance.erasure import (
    close_account_for_erasure,
    count_written,
    erase_messages,
    finish_erasure,
)
from messaging.maintenance.integrity_check.heads import check_heads
from messaging.maintenance.integrity_check.periods import check_periods
from messaging.maintenance.retention import count_due, due_conversations, expire, set_retention
from messaging.membership.members import leave_conversation
from messaging.models import ArchiveKeyRun, ArchiveRecall, ArchiveSegment, Report
from messaging.sending.drafts import Draft
from messaging.sending.results import SendStatus
from messaging.sending.send import send_messages
from tests.cast import api, say
from tests.messaging.actions.scene import Scene
from tests.messaging.archive.scenes import NUMBER, OLD, archived
from tests.messaging.archive.steps import archive_all, rows_of, say_many


@pytest.fixture
def log(scene: Scene) -> Scene:
    return archived(scene)


def faults() -> list[Any]:
    batches = [*check_heads(), *check_periods()]
    return [found for batch in batches for found in batch.differences]


def path(scene: Scene, seq: int, *more: str) -> str:
    return "/".join([f"/v1/conversations/{scene.id}/messages/{seq}", *more])


def test_counts_are_right(log: Scene) -> None:
    assert faults() == []
    unread = api(log.admin).get(f"/v1/conversations/{log.id}").json()["unread"]
    assert unread == NUMBER


EDIT = ("patch", "", {"content": "other words"})
DELETE = ("delete", "", None)
REACT = ("post", "/reactions", {"emoji": "👍"})
PIN = ("post", "/pin", None)
HIDE = ("post", "/hide", None)


@pytest.mark.parametrize(
    ("who", "asked", "is_done"),
    [
        ("member", EDIT, True),
        ("owner", EDIT, False),
        ("outsider", EDIT, False),
        ("owner", DELETE, True),
        ("outsider", DELETE, False),
        ("admin", REACT, True),
        ("outsider", REACT, False),
        ("owner", PIN, True),
        ("outsider", PIN, False),
        ("member", HIDE, True),
        ("outsider", HIDE, False),
    ],
)
def test_an_action_brings_the_message_back(
    log: Scene, who: str, asked: tuple[str, str, Any], is_done: bool
) -> None:
    """What is refused does not."""
    method, more, body = asked
    client = api(getattr(log, who))
    answer = getattr(client, method)(path(log, OLD) + more, body, format="json")
    assert (answer.status_code < 300) == is_done, answer.content
    assert (OLD in rows_of(log.id)) == is_done
    assert ArchiveRecall.objects.filter(seq=OLD).exists() == is_done
    assert faults() == []
    page = api(log.admin).get(f"/v1/conversations/{log.id}/messages?around={OLD}&limit=10").json()
    seqs = [message["seq"] for message in page["results"]]
    assert seqs == list(range(OLD - 5, OLD + 5))


def test_a_saved_message_is_a_row(log: Scene) -> None:
    place = {"conversationId": str(log.id), "seq": OLD}
    assert api(log.outsider).post("/v1/saved", place, format="json").status_code == 404
    assert OLD not in rows_of(log.id)
    assert api(log.admin).post("/v1/saved", place, format="json").status_code == 201
    assert OLD in rows_of(log.id)
    (saved,) = api(log.admin).get("/v1/saved").json()["results"]
    assert saved["message"]["seq"] == OLD


def test_a_report_opens_rows(log: Scene) -> None:
    what = {"conversationId": str(log.id), "seq": OLD, "reason": "spam"}
    assert api(log.outsider).post("/v1/reports", what, format="json").status_code == 404
    assert api(log.owner).post("/v1/reports", what, format="json").status_code == 201
    report = Report.objects.get()
    assert [it["seq"] for it in report.snapshot] == list(range(report.from_seq, report.to_seq + 1))
    assert OLD in rows_of(log.id)


def test_a_change_of_an_old_message_is_among_the_changes(log: Scene) -> None:
    since = Conversation.objects.get(pk=log.id).last_rev
    api(log.member).patch(path(log, OLD), {"content": "other words"}, format="json")
    found = api(log.owner).get(f"/v1/conversations/{log.id}/changes?since={since}").json()
    assert [(it["seq"], it["content"]) for it in found["results"]] == [(OLD, "other words")]
    assert not found["reset"]


def test_who_was_away_for_longer_loads_anew(log: Scene) -> None:
    found = api(log.owner).get(f"/v1/conversations/{log.id}/changes?since=3").json()
    assert found["reset"]
    assert not found["results"]


def test_a_reply_and_a_thread_begin_at_an_archived_message(log: Scene) -> None:
    reply = say(log.conversation, log.owner, "yes", reply_to_seq=OLD)
    root = OLD + 1
    assert root not in rows_of(log.id)
    say(log.conversation, log.member, "in a thread", thread_seq=root)
    assert {OLD, root} <= rows_of(log.id)
    assert reply["reply_to_seq"] == OLD
    thread = api(log.owner).get(path(log, root, "thread")).json()
    assert [it["content"] for it in thread["results"]] == ["in a thread"]
    assert faults() == []


def test_who_cannot_write_brings_nothing_back(log: Scene) -> None:
    draft = Draft(log.id, log.outsider.pk, uuid4(), "hello", reply_to_seq=OLD)
    (result,) = send_messages([draft])
    assert result.status is SendStatus.REFUSED
    assert OLD not in rows_of(log.id)


def archived_draft(scene: Scene) -> Draft:
    shown = api(scene.owner).get(path(scene, OLD)).json()
    sender = scene.member if shown["senderId"] == str(scene.member.pk) else scene.owner
    return Draft(scene.id, sender.pk, UUID(shown["clientId"]), shown["content"])


def test_a_late_retry_sends_nothing_again(log: Scene) -> None:
    draft = archived_draft(log)
    head = Conversation.objects.get(pk=log.id).last_seq
    others = [Draft(log.id, log.owner.pk, uuid4(), f"new {n}") for n in range(2)]
    results = send_messages([others[0], draft, others[1]])
    assert [it.status for it in results] == [
        SendStatus.STORED,
        SendStatus.RETRIED,
        SendStatus.STORED,
    ]
    assert results[1].row is not None
    assert results[1].row["seq"] == OLD
    assert Conversation.objects.get(pk=log.id).last_seq == head + 2
    (other,) = send_messages([draft._replace(body="other content")])
    assert isinstance(other.refusal, ClientIdTaken)


def test_a_key_that_is_anothers_does_not_keep_a_message_away(log: Scene) -> None:
    """The last half of a client_id says where to look, and no more than that."""
    old = archived_draft(log)
    near = UUID(int=old.client_id.int ^ (1 << 120))
    (result,) = send_messages([Draft(log.id, log.owner.pk, near, "new")])
    assert result.status is SendStatus.STORED


def test_every_archived_message_has_its_key(log: Scene) -> None:
    runs = ArchiveKeyRun.objects.filter(conversation_id=log.id)
    segment = ArchiveSegment.objects.get()
    assert sum(len(run.keys) for run in runs) == segment.row_count == segment.pruned_count


def test_retention_empties_what_is_in_files(log: Scene) -> None:
    set_retention(conversation_id=log.id, days=1)
    later = timezone.now() + timedelta(days=2)
    (due,) = [it._replace(cutoff=later) for it in _due_at(log)]
    assert count_due(due) == NUMBER
    assert sum(expire(due, sleep=lambda seconds: None)) == NUMBER
    page = api(log.owner).get(path(log, OLD)).json()
    assert page["content"] == ""
    assert page["deletedAt"]
    assert faults() == []


def _due_at(scene: Scene) -> list[Any]:
    from messaging.maintenance.retention import Due

    assert due_conversations() == []
    return [Due(scene.id, timezone.now())]


def test_an_erased_persons_words_are_gone_at_once(log: Scene) -> None:
    written = count_written(log.member.pk)
    assert written == NUMBER // 2
    close_account_for_erasure(user=log.member)
    assert sum(erase_messages(user_id=log.member.pk, conversation_id=log.id)) == written
    finish_erasure(user=log.member)
    page = api(log.owner).get(f"/v1/conversations/{log.id}/messages?limit=100&before=60").json()
    own = {message["mine"] for message in page["results"] if message["content"]}
    assert own == {True}
    assert count_written(log.member.pk) == 0
    assert faults() == []


def test_moderators_delete_what_is_in_files(log: Scene) -> None:
    from accounts.models import AuditEntry
    from messaging.moderation.actions.messages import delete_as_moderator

    assert delete_as_moderator(conversation_id=log.id, seq=OLD, by=log.owner, reason="rude")
    assert AuditEntry.objects.filter(action="message.deleted").count() == 1
    with pytest.raises(MessageNotFound):
        delete_as_moderator(conversation_id=log.id, seq=9_999, by=log.owner)


def test_whoever_hides_the_newest_keeps_a_last_line(log: Scene) -> None:
    client = api(log.member)
    for seq in sorted(rows_of(log.id), reverse=True):
        if seq > NUMBER - 3 or seq > Conversation.objects.get(pk=log.id).archived_seq:
            client.post(path(log, seq, "hide"))
    shown = client.get(f"/v1/conversations/{log.id}").json()["lastMessage"]
    page = client.get(f"/v1/conversations/{log.id}/messages?limit=1").json()["results"]
    assert [shown["seq"]] == [it["seq"] for it in page]
    assert faults() == []


def test_who_leaves_keeps_the_last_line(log: Scene) -> None:
    leave_conversation(conversation_id=log.id, user_id=log.member.pk)
    say_many(log.conversation, [log.owner], 160)
    api(log.owner).post(f"/v1/conversations/{log.id}/read", {"seq": 400}, format="json")
    before = api(log.member).get("/v1/conversations?left=true").content
    assert archive_all() > 100
    assert api(log.member).get("/v1/conversations?left=true").content == before
    assert faults() == []


def test_another_may_not_edit_it(log: Scene) -> None:
    from messaging.actions.edit import edit_message

    with pytest.raises(NotTheSender):
        edit_message(conversation_id=log.id, user_id=log.owner.pk, seq=OLD, body="mine now")
