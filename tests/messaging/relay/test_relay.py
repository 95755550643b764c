"""The loop of the relay in this process, on a real broker and a database that commits."""

import asyncio
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from conversations.models import Conversation
from messaging.models import ErasedPerson, RelayCursor, RelayState
from messaging.relay import moved
from messaging.relay import relay as relay_module
from messaging.relay.leadership import Leadership, NotLeading
from messaging.relay.moved import DecodedLog, decoded_log, make_publication
from messaging.relay.relay import Relay
from tests.cast import make_conversation, make_person, say
from tests.messaging.relay.broker_servers import NatsServer
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def wait_for_a_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as it takes: other tests have transactions open on the same server."""
    monkeypatch.setattr(moved, "PATIENCE_MS", 0)


def publish_all(url: str) -> None:
    asyncio.run(Relay(url).run(until_idle=True))


@pytest.mark.parametrize("way", ["decoding", "heads"])
def test_everything_is_published_once_and_cursors_stand_at_the_heads(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == "heads":
        monkeypatch.setattr(relay_module, "decoded_log", lambda own: None)
    owner = make_person()
    places = [make_conversation(owner) for _ in range(3)]
    for place in places:
        for number in range(4):
            say(place, owner, str(number))
    ErasedPerson.objects.create(user_id=make_person("Leo").pk)
    with NatsServer() as server:
        publish_all(server.url)
        say(places[0], owner, "later")
        publish_all(server.url)

        ids = [f"{place.pk}:{rev}" for place in places for rev in range(1, 5)]
        found = asyncio.run(server.read([*ids, f"{places[0].pk}:5"]))

    assert len(found) == 14  # the person's erasure among them
    heads = dict(Conversation.objects.values_list("pk", "last_rev"))
    assert dict(RelayCursor.objects.values_list("conversation_id", "rev")) == heads
    assert RelayState.objects.get().follows_by == way
    assert not ErasedPerson.objects.filter(published_at=None).exists()


def test_decoding_is_tried_again_where_it_could_not_be_had(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = 0

    def first_refused(own: Any) -> DecodedLog | None:
        nonlocal asked
        asked += 1
        return decoded_log(own) if asked > 1 else None

    monkeypatch.setattr(relay_module, "DECODE_AGAIN", 0.0)
    monkeypatch.setattr(relay_module, "decoded_log", first_refused)
    owner = make_person()
    place = make_conversation(owner)
    say(place, owner, "before")
    with NatsServer() as server:
        publish_all(server.url)
        found = asyncio.run(server.read([f"{place.pk}:1"]))

    assert [it["id"] for it in found] == [f"{place.pk}:1"]
    assert (asked, RelayState.objects.get().follows_by) == (2, "decoding")


def test_nothing_is_decoded_where_a_transaction_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moved, "PATIENCE_MS", 200)
    busy = connection.copy()
    busy.set_autocommit(False)
    leadership = Leadership()
    try:
        busy.cursor().execute("SELECT pg_current_xact_id()")
        assert decoded_log(leadership.connection) is None
        assert leadership.connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        leadership.end()
        busy.close()


def test_decoding_tells_which_conversations_were_written_to() -> None:
    """The tests' server flushes its log now and then, and what is not flushed is not decoded."""
    owner = make_person()
    one = make_conversation(owner)
    make_publication()
    leadership = Leadership()
    try:
        decoded = DecodedLog(leadership.connection)
        found: list[UUID] = []

        def hears_of(conversation: Conversation) -> bool:
            found.extend(decoded.read())
            return conversation.pk in found

        with transaction.atomic():
            undone = make_conversation(owner)
            transaction.set_rollback(True)
        say(one, owner, "a")
        last = make_conversation(owner)

        eventually(lambda: hears_of(last))
        assert one.pk in found
        assert undone.pk not in found
    finally:
        leadership.end()


def test_a_slot_ends_with_its_connection_and_so_keeps_no_log() -> None:
    make_publication()
    leadership = Leadership()
    DecodedLog(leadership.connection)
    leadership.end()
    slots = "SELECT count(*) FROM pg_replication_slots WHERE database = current_database()"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE application_name = 'chat relay' AND datname = current_database()"
        )
        cursor.execute(slots)
        assert cursor.fetchone() == (0,)


def test_where_a_slot_cannot_be_had_the_relay_does_without() -> None:
    """PostgreSQL makes none in a transaction that has written."""
    leadership = Leadership()
    own: Any = leadership.connection
    try:
        with own.transaction():
            own.execute("CREATE TEMP TABLE written (id int)")
            assert decoded_log(own) is None
    except psycopg.errors.InFailedSqlTransaction:
        pass
    finally:
        leadership.end()


def test_one_relay_leads_until_its_connection_ends() -> None:
    first = Leadership()
    try:
        with pytest.raises(NotLeading):
            Leadership()
        first.prove()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(%s::int, 5000)", [first.connection.info.backend_pid]
            )
        with pytest.raises(NotLeading):
            first.prove()
        second = Leadership()
        second.end()
    finally:
        first.end()


def test_the_command_needs_a_broker(settings: Any) -> None:
    settings.EVENTS_URL = ""
    with pytest.raises(CommandError, match="EVENTS_URL"):
        call_command("relay")
