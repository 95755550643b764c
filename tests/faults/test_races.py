"""Two at the same moment, again and again: exactly one effect, and the same answer for both."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.errors import InviteNotValid
from accounts.models import User
from conversations.models import Conversation, Participant
from messaging.actions.receipts import mark_read
from messaging.actions.scheduled import schedule_message
from messaging.membership.create_conversation import open_direct
from messaging.membership.invites import accept_invite, invite_to_conversation
from messaging.membership.members import join_conversation, leave_conversation, remove_person
from messaging.models import Message, ScheduledMessage
from messaging.sending.drafts import Draft
from messaging.sending.scheduled_sends import send_due, send_now
from messaging.sending.send import send_message
from tests.cast import make_conversation, make_person, say
from tests.citus import cluster
from tests.faults.figures import record
from tests.messaging.membership.checks import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.faults_long,
    pytest.mark.timeout(1_200),
]

# On a distributed database each takes ten times as long.
MANY, SOME = (100, 20) if cluster.is_there() else (1_000, 200)
POINTERS = 10  # at once


def code_of(answer: Any) -> str:
    return getattr(answer, "code", "")


@pytest.mark.parametrize("way", ["leave", "remove"])
def test_leaving_or_removing_against_sending(way: str) -> None:
    """The message is stored, answered and visible to who is out, or none of it."""
    owner, member = make_person(), make_person()
    stored = 0
    for number in range(MANY):
        group = make_conversation(owner, member)
        place: dict[str, Any] = {"conversation_id": group.pk, "user_id": member.pk}
        go = (
            (lambda place=place: leave_conversation(**place))
            if way == "leave"
            else (lambda place=place: remove_person(by=owner.pk, **place))
        )
        draft = Draft(group.pk, member.pk, uuid4(), f"number {number}")
        sent, gone = at_once(lambda draft=draft: send_message(draft), go)
        assert code_of(gone) == ""
        to_seq = Participant.objects.get(conversation=group, user=member).to_seq
        rows = Message.objects.filter(conversation=group, sender=member, kind="text")
        seqs = list(rows.values_list("seq", flat=True))
        if code_of(sent):
            assert (code_of(sent), seqs) == ("not_a_participant", [])
        else:
            stored += 1
            assert seqs == [sent.row["seq"]]
            assert to_seq is not None
            assert seqs[0] <= to_seq
    record(
        f"{MANY} x {way} against send",
        "exactly one effect and the same answer",
        f"{stored} stored and seen by who is out, {MANY - stored} refused and not stored",
    )


def test_read_pointers() -> None:
    """1,000 moves of one pointer by ten devices: it never goes back, and each move counts once."""
    owner, reader = make_person(), make_person()
    group = make_conversation(owner, reader)
    for number in range(POINTERS):
        say(group, owner, f"number {number}")
    moves = 0
    for _ in range(MANY // POINTERS):
        period = Participant.objects.get(conversation=group, user=reader)
        before = period.state_rev
        Participant.objects.filter(pk=period.pk).update(last_read_seq=0, last_delivered_seq=0)
        place: dict[str, Any] = {"conversation_id": group.pk, "user_id": reader.pk}
        answers = at_once(
            *(
                lambda seq=seq, place=place: mark_read(seq=seq, **place)
                for seq in range(1, POINTERS + 1)
            )
        )
        period.refresh_from_db()
        assert period.last_read_seq == POINTERS
        revs = {answer["stateRev"] for answer in answers}
        assert max(revs) == period.state_rev <= before + POINTERS
        for seq, answer in enumerate(answers, start=1):
            assert seq <= answer["lastReadSeq"] <= POINTERS
        moves += period.state_rev - before
    record(
        f"{MANY} concurrent read pointers",
        "exactly one effect and the same answer",
        f"{moves} moves forward, the others were behind; all ended at the last message",
    )


def repeated(name: str, race: Callable[[], None]) -> None:
    for _ in range(SOME):
        race()
    record(
        f"{SOME} x {name}",
        "exactly one effect and the same answer",
        f"{SOME} times one effect, no answer that differs",
    )


def test_double_join() -> None:
    owner = make_person()

    def race() -> None:
        public = make_conversation(owner, kind=Conversation.Kind.PUBLIC)
        newcomer = make_person()
        join = {"conversation_id": public.pk, "user_id": newcomer.pk}
        answers = at_once(*[lambda: join_conversation(**join)] * 2)
        assert answers == [None, None]
        assert Participant.objects.filter(conversation=public, user=newcomer).count() == 1
        events = Message.objects.filter(conversation=public, kind="system", sender=newcomer)
        assert events.count() == 1

    repeated("double join", race)


def test_direct_conversation() -> None:
    def race() -> None:
        one, other = make_person(), make_person()
        pairs = [(one, other), (other, one)]
        opened = at_once(
            *(lambda a=a, b=b: open_direct(user_id=a.pk, other_id=b.pk) for a, b in pairs)
        )
        ids = {it.conversation_id for it in opened}
        assert len(ids) == 1
        assert Participant.objects.filter(conversation__in=ids).count() == 2

    repeated("direct conversation opened by both", race)


def test_same_key() -> None:
    owner = make_person()
    group = make_conversation(owner)

    def race() -> None:
        draft = Draft(group.pk, owner.pk, uuid4(), "once")
        one, other = at_once(*[lambda: send_message(draft)] * 2)
        assert one.row["seq"] == other.row["seq"]
        assert Message.objects.filter(conversation=group, client_id=draft.client_id).count() == 1

    repeated("send with the same key", race)


def test_last_invite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "INVITES_PER_HOUR", SOME + 1)
    owner = make_person()
    group = make_conversation(owner)

    def race() -> None:
        invite = invite_to_conversation(conversation_id=group.pk, by=owner, max_uses=1)
        people: list[User] = [make_person(), make_person()]
        answers = at_once(
            *(lambda it=it: accept_invite(token=invite.token, user_id=it.pk) for it in people)
        )
        assert [type(it) for it in answers].count(InviteNotValid) == 1
        assert Participant.objects.filter(conversation=group, user__in=people).count() == 1

    repeated("the last use of an invite", race)


def test_scheduled_send() -> None:
    """Its time comes twice, while its author says: now."""
    owner = make_person()
    group = make_conversation(owner)

    def race() -> None:
        draft = Draft(group.pk, owner.pk, uuid4(), "at its time")
        schedule_message(draft, send_at=timezone.now() + timedelta(hours=1))
        mine = ScheduledMessage.objects.filter(pk=draft.client_id)
        mine.update(send_at=timezone.now() - timedelta(seconds=1))
        now = {"conversation_id": group.pk, "author_id": owner.pk, "scheduled_id": draft.client_id}
        _, _, sent = at_once(
            lambda: send_due(draft.client_id),
            lambda: send_due(draft.client_id),
            lambda: send_now(**now),
        )
        (message,) = Message.objects.filter(conversation=group, client_id=draft.client_id)
        assert sent["seq"] == message.seq
        assert not mine.exists()

    repeated("scheduled send, twice by time and once by hand", race)
