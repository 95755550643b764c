"""`manage.py check_unread`: silent about a sound system, and finds and mends each kind of fault."""

import io
import json
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from conversations.models import Conversation, Participant
from messaging.actions.hides import hide_message
from messaging.actions.polls import send_poll, vote
from messaging.maintenance.integrity_check import batches
from messaging.models import Message, Thread
from messaging.polls import Poll
from messaging.sending.drafts import Draft
from tests.cast import leave, make_conversation, make_person, say
from tests.messaging.actions.scene import Scene


def check(*flags: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the report."""
    out = io.StringIO()
    try:
        call_command("check_unread", "--json", *flags, stdout=out)
    except CommandError as error:
        return error.returncode, json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


@pytest.fixture
def sound(told_ten: Scene) -> Scene:
    """Of each kind of thing that counts or does not."""
    say(told_ten.conversation, told_ten.member, "@all")
    say(told_ten.conversation, told_ten.admin, "in a thread", thread_seq=11)
    say(told_ten.conversation, told_ten.admin)
    hide_message(conversation_id=told_ten.id, user_id=told_ten.member.pk, seq=4)
    leave(told_ten.conversation, told_ten.leaver)
    other = make_conversation(told_ten.owner, told_ten.outsider, kind="public")
    say(other, told_ten.owner)
    poll = Poll(("a", "b"), takes_several=False, is_anonymous=False, closes_at=None)
    asked = send_poll(Draft(other.pk, told_ten.owner.pk, uuid4(), "Which?"), poll)["seq"]
    vote(conversation_id=other.pk, user_id=told_ten.outsider.pk, seq=asked, choices=[1])
    make_conversation(told_ten.owner)
    assert check() == (
        0,
        {
            "conversations": 3,
            "memberships": 6,
            "threads": 1,
            "followers": 2,
            "polls": 1,
            "differences": [],
            "repaired": [],
        },
    )
    return told_ten


def heads() -> Any:
    return Conversation.objects.filter(last_seq__gt=5)


def periods(scene: Scene) -> Any:
    return Participant.objects.filter(conversation=scene.conversation, user=scene.member)


def messages(scene: Scene) -> Any:
    return Message.objects.filter(conversation=scene.conversation)


def threads(scene: Scene) -> Any:
    return Thread.objects.filter(conversation=scene.conversation)


FAULTS = {
    "last_seq": lambda scene: heads().update(last_seq=12),
    "last_rev": lambda scene: heads().update(last_rev=12),
    "last_at": lambda scene: heads().update(last_at=None),
    "last_message_at": lambda scene: heads().update(last_message_at=None),
    "member_count": lambda scene: heads().update(member_count=9),
    "last_read_seq": lambda scene: periods(scene).update(last_read_seq=99),
    "last_delivered_seq": lambda scene: periods(scene).update(last_delivered_seq=99),
    "thread.reply_count": lambda scene: threads(scene).update(reply_count=7),
    "thread.last_seq": lambda scene: threads(scene).update(last_seq=1),
    "thread.participant_ids": lambda scene: threads(scene).update(participant_ids=[]),
    "sent_behind": lambda scene: messages(scene).filter(seq=11).update(sent_behind=False),
}


@pytest.mark.parametrize("what", FAULTS)
def test_a_fault_is_found_and_mended(sound: Scene, what: str) -> None:
    FAULTS[what](sound)

    code, report = check()
    assert code == 1
    assert what in {it["what"] for it in report["differences"]}
    assert {it["conversationId"] for it in report["differences"]} == {str(sound.id)}

    code, report = check("--fix")
    assert (code, report["differences"]) == (0, [])
    assert what in {it["what"] for it in report["repaired"]}
    assert check()[0] == 0


def test_a_wrong_count_is_told_with_both_figures(sound: Scene) -> None:
    messages(sound).filter(seq=11).update(sent_behind=False)

    _, report = check()

    assert {
        "what": "unread",
        "conversationId": str(sound.id),
        "userId": str(sound.member.pk),
        "stored": 11,
        "actual": 10,
    } in report["differences"]


def test_a_missing_message_is_told_and_stays_missing(sound: Scene) -> None:
    messages(sound).filter(seq=5).delete()

    for flags in ((), ("--fix",)):
        code, report = check(*flags)
        assert code == 1
        gap = {"what": "gap", "userId": None, "stored": 14, "actual": 13}
        assert {**gap, "conversationId": str(sound.id)} in report["differences"]
    assert messages(sound).count() == 13


def test_a_rev_beyond_the_last_message_is_no_fault(sound: Scene) -> None:
    heads().update(last_rev=50)
    assert check()[0] == 0


def test_it_reads_in_batches(sound: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "SIZE", 2)
    say(make_conversation(sound.owner, make_person()), sound.owner)
    assert (check()[1]["conversations"], check()[1]["memberships"]) == (4, 8)
    FAULTS["member_count"](sound)
    FAULTS["sent_behind"](sound)
    assert check("--fix")[0] == 0


def test_it_speaks_plainly_too(sound: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("check_unread")
    assert "All counters are right." in capsys.readouterr().out
    FAULTS["member_count"](sound)
    with pytest.raises(CommandError):
        call_command("check_unread")
    assert f"differs: member_count in {sound.id}: 9 stored, 3 actual" in capsys.readouterr().out
    call_command("check_unread", "--fix")
    assert "repaired: member_count" in capsys.readouterr().out
