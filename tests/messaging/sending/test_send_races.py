"""Real threads at one log."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from chatproject.core.errors import Refusal
from conversations.models import Conversation, Participant
from messaging.models import Message
from messaging.sending import send
from messaging.sending.drafts import Draft
from messaging.sending.results import SendStatus
from messaging.sending.send import send_message, store_messages
from messaging.sending.store import store
from tests.cast import make_conversation, make_person, say
from tests.lock_waits import until_somebody_waits

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(drafts: list[Draft]) -> list[object]:
    """Sends each draft in a thread of its own, all at one moment; rows or refusals."""
    barrier = Barrier(len(drafts))

    def run(draft: Draft) -> object:
        barrier.wait()
        try:
            return send_message(draft).row
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(drafts)) as pool:
        return list(pool.map(run, drafts))


def test_twenty_retries_of_one_client_id_store_one_message() -> None:
    owner = make_person()
    group = make_conversation(owner)
    answers = at_once([Draft(group.pk, owner.pk, uuid4(), "once")] * 20)
    assert Message.objects.count() == 1
    assert all(answer == answers[0] for answer in answers)


def test_forty_concurrent_senders_leave_no_gap() -> None:
    people = [make_person() for _ in range(40)]
    group = make_conversation(*people)
    at_once([Draft(group.pk, person.pk, uuid4(), "x") for person in people])
    stored = list(Message.objects.order_by("seq").values_list("seq", "rev", "created_at"))
    assert [row[:2] for row in stored] == [(n, n) for n in range(1, 41)]
    times = [row[2] for row in stored]
    assert times == sorted(set(times))


def test_no_message_after_a_committed_leave() -> None:
    """A send that waits for the lock of a leave is refused by it, however early it began."""
    owner, leaver = make_person(), make_person()
    group = make_conversation(owner, leaver)
    draft = Draft(group.pk, leaver.pk, uuid4(), "too late")
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            locked = Conversation.objects.locked().get(pk=group.pk)
            sending = pool.submit(at_once, [draft])
            until_somebody_waits()
            Participant.objects.filter(conversation=group, user=leaver).update(
                left_at=timezone.now(), to_seq=locked.last_seq, to_rev=locked.last_rev
            )
        assert sending.result() == ["not_a_participant"]
    assert not Message.objects.exists()


def test_a_locked_conversation_does_not_hold_up_the_others() -> None:
    owner = make_person()
    busy, free = make_conversation(owner), make_conversation(owner)
    drafts = [Draft(one.pk, owner.pk, uuid4(), "x") for one in (busy, free)]

    def store() -> list[object]:
        try:
            return [out.status is SendStatus.DEFERRED for out in store_messages(drafts, wait=False)]
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        Conversation.objects.locked().get(pk=busy.pk)
        assert pool.submit(store).result() == [True, False]
    assert say(busy, owner)["seq"] == 1
    assert Message.objects.filter(conversation=free).count() == 1


def test_what_was_deferred_is_not_overtaken_by_the_other_half_of_its_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The lock goes while the batch is stored in halves, since the database refuses one draft."""
    owner = make_person()
    group, other = make_conversation(owner), make_conversation(owner)
    bad = Draft(other.pk, owner.pk, uuid4(), "\u200b")
    first, later = (Draft(group.pk, owner.pk, uuid4(), text) for text in ("first", "later"))
    locked, release, released = Event(), Event(), Event()

    def hold_the_lock() -> None:
        with transaction.atomic():
            Conversation.objects.locked().get(pk=group.pk)
            locked.set()
            release.wait(30)
        released.set()
        connection.close()

    def store_and_release(drafts: list[Draft], *, wait: bool) -> object:
        results = store(drafts, wait=wait)
        release.set()
        released.wait(30)
        return results

    monkeypatch.setattr(send, "store", store_and_release)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(hold_the_lock)
        locked.wait(30)
        results = store_messages([first, first, bad, later], wait=False)
    assert [out.status.value for out in results] == ["deferred", "deferred", "refused", "deferred"]
    assert not Message.objects.filter(conversation=group).exists()


def test_links_into_many_conversations_at_once_count_one_another(settings: Any) -> None:
    settings.NEW_ACCOUNT_HOURS, settings.NEW_ACCOUNT_LINKS = 24, 3
    owner, member = make_person(), make_person()
    groups = [make_conversation(owner, member) for _ in range(12)]
    answers = at_once([Draft(one.pk, member.pk, uuid4(), "http://x.example") for one in groups])
    assert answers.count("too_many_links") == 9
    assert Message.objects.count() == 3


def test_a_lost_connection_is_made_good_by_asking_again() -> None:
    owner = make_person()
    group = make_conversation(owner)
    say(group, owner)
    _end_own_connection()
    assert say(group, owner)["seq"] == 2


def _end_own_connection() -> None:
    """As a restart of the database would: the next statement finds the connection closed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    from tests import database

    with database.connect(connection.settings_dict["NAME"]) as other:
        other.execute("SELECT pg_terminate_backend(%s::int)", [pid])


DOOM = """
CREATE FUNCTION doom() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE check_violation USING MESSAGE = 'too late'; END $$;
CREATE CONSTRAINT TRIGGER doom AFTER INSERT ON messaging_message
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION doom();
"""


def test_an_error_at_the_commit_stores_nothing_and_leaves_the_connection_usable() -> None:
    owner = make_person()
    group = make_conversation(owner)
    draft = Draft(group.pk, owner.pk, uuid4(), "doomed")
    with connection.cursor() as cursor:
        cursor.execute(DOOM)
    try:
        with pytest.raises(IntegrityError):
            store([draft], wait=True)
        assert not Message.objects.exists()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION doom CASCADE")
    assert send_message(draft).row["seq"] == 1


def test_a_send_first_in_a_transaction_is_undone_with_it() -> None:
    owner = make_person()
    group = make_conversation(owner)
    with transaction.atomic():
        assert send_message(Draft(group.pk, owner.pk, uuid4(), "not yet")).row["seq"] == 1
        transaction.set_rollback(True)
    assert not Message.objects.exists()
