"""`manage.py check_inbox`: silent about sound entries, and finds and mends each kind of fault."""

import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import AuditEntry
from conversations.models import Participant
from conversations.own_state import archive_conversation, pin_conversation
from messaging.inbox import integrity
from messaging.models import InboxCursor, InboxEntry
from tests.cast import leave, make_conversation, say
from tests.messaging.actions.scene import Scene
from tests.messaging.inbox.keeping import catch_up


def check(*flags: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the report."""
    out = io.StringIO()
    try:
        call_command("check_inbox", "--json", *flags, stdout=out)
    except CommandError as error:
        return error.returncode, json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


def text(*flags: str) -> str:
    out = io.StringIO()
    call_command("check_inbox", *flags, stdout=out)
    return out.getvalue()


@pytest.fixture
def sound(scene: Scene) -> Scene:
    say(scene.conversation, scene.member)
    leave(scene.conversation, scene.leaver)
    pin_conversation(conversation_id=scene.id, user_id=scene.member.pk)
    archive_conversation(conversation_id=scene.id, user_id=scene.admin.pk)
    other = make_conversation(scene.owner, scene.outsider, kind="public")
    say(other, scene.owner)
    catch_up()
    assert check() == (
        0,
        {
            "people": 5,
            "entries": 5,
            "isKept": True,
            "conversationsBehind": 0,
            "differences": [],
            "repaired": [],
        },
    )
    return scene


def entries(scene: Scene) -> Any:
    return InboxEntry.objects.filter(conversation=scene.id)


def plant_surplus(scene: Scene) -> None:
    """Of somebody who has left."""
    InboxEntry.objects.create(
        user=scene.leaver, conversation=scene.conversation, active_at=timezone.now()
    )


LATER = timezone.now() + timedelta(days=1)
FAULTS: dict[str, Callable[[Scene], object]] = {
    "missing": lambda scene: entries(scene).filter(user=scene.member).delete(),
    "surplus": plant_surplus,
    "pinned": lambda scene: entries(scene).filter(user=scene.member).update(pinned=LATER),
    "is_archived": lambda scene: entries(scene).filter(user=scene.admin).update(is_archived=False),
    "active_at": lambda scene: entries(scene).filter(user=scene.owner).update(active_at=LATER),
    "fans_out": lambda scene: entries(scene).filter(user=scene.owner).update(fans_out=False),
}


@pytest.mark.parametrize("what", FAULTS)
def test_a_fault_is_found_and_mended(sound: Scene, what: str) -> None:
    FAULTS[what](sound)

    code, report = check()
    assert code == 1
    (found,) = report["differences"]
    assert (found["what"], found["conversationId"]) == (what, str(sound.id))
    assert check("--fix", "--dry-run")[1]["differences"] == [found]

    code, report = check("--fix")
    assert (code, report["differences"], report["repaired"]) == (0, [], [found])
    assert AuditEntry.objects.filter(action="inbox.repaired").count() == 1
    assert check()[0] == 0


def test_what_is_not_applied_yet_is_no_fault(sound: Scene) -> None:
    say(sound.conversation, sound.owner)
    code, report = check()
    assert (code, report["conversationsBehind"], report["differences"]) == (0, 1, [])
    InboxCursor.objects.all().delete()
    InboxEntry.objects.all().delete()
    code, report = check()
    assert (code, report["conversationsBehind"], report["differences"]) == (0, 2, [])


def test_an_own_change_is_never_behind(sound: Scene) -> None:
    say(sound.conversation, sound.owner)
    Participant.objects.filter(conversation=sound.id, user=sound.owner).update(pinned_at=LATER)
    assert [it["what"] for it in check()[1]["differences"]] == ["pinned"]


def test_it_reads_in_batches(sound: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integrity, "BATCH", 2)
    FAULTS["missing"](sound)
    FAULTS["active_at"](sound)
    code, report = check("--fix")
    assert (code, report["people"], len(report["repaired"])) == (0, 5, 2)


def test_it_says_what_it_found(sound: Scene) -> None:
    assert "All entries are right." in text()
    FAULTS["missing"](sound)
    assert f"repaired: missing of {sound.member.pk} in {sound.id}" in text("--fix")


def test_without_entries_there_is_nothing_to_check(db: None) -> None:
    assert "No entries are kept" in text()
