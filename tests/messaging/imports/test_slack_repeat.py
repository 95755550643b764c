"""Running an import again: nothing is added, nothing of others is touched."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError

from accounts.models import User
from conversations.models import Conversation, Participant
from messaging.imports.slack import conversations
from messaging.membership.create_conversation import open_direct
from messaging.models import Mention, Message, Reaction
from tests.cast import say
from tests.messaging.imports.slack_export import SlackExport, bodies, imported, run_import

pytestmark = pytest.mark.django_db
TABLES = (User, Conversation, Participant, Message, Reaction, Mention)


@pytest.fixture
def export() -> SlackExport:
    export = SlackExport("Ann", "Bob")
    export.conversation("general", "Ann", "Bob")
    export.conversation("empty", "Ann")
    for n in range(7):
        text = f"message {n} for <@UBOB>"
        export.say("general", "Ann", text, reactions=[{"name": "tada", "users": ["UBOB"]}])
    export.say("general", None, "beep", subtype="bot_message", bot_id="B1")
    export.say("general", "Eve", "from elsewhere")
    export.say(export.direct("Ann", "Bob"), "Bob", "psst")
    return export


@pytest.fixture
def load(export: SlackExport, tmp_path: Path) -> Any:
    return lambda *args: run_import(export.write(tmp_path / "export.zip"), *args)


def everything() -> dict[str, list[dict[str, Any]]]:
    return {table.__name__: list(table.objects.order_by("pk").values()) for table in TABLES}


def results(report: dict[str, Any]) -> dict[str, str]:
    return {
        conversation["name"]: conversation["result"] for conversation in report["conversations"]
    }


def refused(load: Any) -> str:
    """What is said on a refusal of conversations, by which the exit code is 3."""
    with pytest.raises(CommandError) as caught:
        load()
    assert caught.value.returncode == 3
    return str(caught.value)


def test_second_run_adds_nothing(load: Any) -> None:
    first = load()
    before = everything()
    second = load()
    assert everything() == before
    assert first["messages"] == {"new": 10, "present": 0}
    assert second["messages"] == {"new": 0, "present": 10}
    assert second["people"] == {"new": 0, "present": 2, "linked": 0}
    assert set(results(second).values()) == {"present"}


def test_dry_run_writes_nothing_and_tells_the_same(load: Any) -> None:
    dry = load("--dry-run")
    assert all(not rows for rows in everything().values())
    wet = load()
    assert dry | {"dryRun": False} == wet


def test_dry_run_over_what_is_imported(load: Any) -> None:
    load()
    assert load("--dry-run")["messages"] == {"new": 0, "present": 10}


def test_talk_after_the_import_stays(load: Any) -> None:
    load()
    ann = User.objects.get(name="Ann")
    say(imported("general"), ann, "new here")
    before = everything()
    report = load()
    assert everything() == before
    assert results(report)["general"] == "present"


def test_newer_export_of_a_conversation_is_refused(export: SlackExport, load: Any) -> None:
    load()
    export.say("general", "Ann", "since then")
    before = everything()
    assert "general" in refused(load)
    assert everything() == before


def test_newer_export_after_people_have_talked_is_refused(export: SlackExport, load: Any) -> None:
    load()
    say(imported("general"), User.objects.get(name="Ann"), "new here")
    export.say("general", "Ann", "since then")
    before = everything()
    assert "general" in refused(load)
    assert everything() == before


def test_direct_conversation_with_other_messages_is_refused(load: Any, tmp_path: Path) -> None:
    """It stays as its two people have it; the others are imported."""
    direct = direct_between_imported_people(tmp_path)
    say(direct, User.objects.get(name="Ann"), "talking already")
    before = list(Message.objects.filter(conversation=direct).values())
    assert "DANNBOB" in refused(load)
    assert list(Message.objects.filter(conversation=direct).values()) == before
    assert len(bodies("general")) == 9


def test_direct_conversation_that_is_still_empty_is_filled(load: Any, tmp_path: Path) -> None:
    direct = direct_between_imported_people(tmp_path)
    Participant.objects.filter(conversation=direct).update(notify="mentions")
    report = load()
    assert results(report)["DANNBOB"] == "imported"
    inside = Participant.objects.filter(conversation=direct)
    assert set(inside.values_list("notify", "last_read_seq")) == {("mentions", 1)}
    assert Conversation.objects.get(pk=direct).member_count == 2
    assert results(load())["DANNBOB"] == "present"


def direct_between_imported_people(tmp_path: Path) -> UUID:
    run_import(SlackExport("Ann", "Bob").write(tmp_path / "people.zip"))
    ann, bob = User.objects.get(name="Ann"), User.objects.get(name="Bob")
    return open_direct(user_id=ann.pk, other_id=bob.pk).conversation_id


def test_interrupted_conversation_is_nobodys_until_it_is_complete(
    load: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt_after(2, monkeypatch)
    with pytest.raises(CommandError, match="Interrupted") as caught:
        load()
    assert caught.value.returncode == 130
    half = Conversation.objects.get()
    assert (half.kind, half.last_seq) == ("group", 6)
    assert not Participant.objects.exists()


def test_interrupted_import_goes_on(load: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt_after(2, monkeypatch)
    with pytest.raises(CommandError, match="Interrupted"):
        load()
    report = load()
    assert results(report) == {"general": "resumed", "empty": "imported", "DANNBOB": "imported"}
    assert report["messages"] == {"new": 4, "present": 6}
    assert load()["messages"] == {"new": 0, "present": 10}


def test_import_that_was_begun_from_another_export_begins_anew(
    export: SlackExport, load: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt_after(2, monkeypatch)
    with pytest.raises(CommandError, match="Interrupted"):
        load()
    export.day("general")[2]["ts"] = export.day("general")[2]["ts"].replace(".0", ".5")
    report = load()
    assert results(report)["general"] == "imported"
    assert len(bodies("general")) == 9
    assert Reaction.objects.filter(conversation=imported("general")).count() == 7
    assert load()["messages"] == {"new": 0, "present": 10}


def test_import_that_was_begun_from_a_longer_export_begins_anew(
    export: SlackExport, load: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt_after(2, monkeypatch)
    with pytest.raises(CommandError, match="Interrupted"):
        load()
    del export.day("general")[4:]
    assert results(load())["general"] == "imported"
    assert len(bodies("general")) == imported("general").last_seq == 4


def interrupt_after(batches: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of three messages; Ctrl-C when so many of them are stored."""
    monkeypatch.setattr(conversations, "BATCH", 3)
    append, stored = conversations.append_history, []

    def append_or_stop(*args: Any) -> None:
        if len(stored) == batches:
            monkeypatch.setattr(conversations, "append_history", append)
            raise KeyboardInterrupt
        append(*args)
        stored.append(args)

    monkeypatch.setattr(conversations, "append_history", append_or_stop)
