"""Runs the imports from other systems, and reads what they stored."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from attachments.models import Attachment
from conversations.models import Conversation, Participant
from messaging.models import Message, Reaction


def run(system: str, path: Path, *arguments: str) -> dict[str, Any]:
    """The JSON report. Raises CommandError as the command does."""
    out = StringIO()
    call_command(f"import_{system}", str(path), "--json", *arguments, stdout=out)
    report: dict[str, Any] = json.loads(out.getvalue())
    return report


def refusal_of(system: str, path: Path, *arguments: str) -> str:
    """What is said of an export that is refused as a whole; nothing is written."""
    with pytest.raises(CommandError) as caught:
        run(system, path, *arguments)
    assert caught.value.returncode == 1
    assert not User.objects.exists()
    assert not Conversation.objects.exists()
    return str(caught.value)


def check_repeats(system: str, path: Path, *arguments: str) -> dict[str, Any]:
    """A dry run writes nothing and tells the same; a second import adds nothing. The report."""
    dry = run(system, path, "--dry-run", *arguments)
    assert not User.objects.exists()
    report = run(system, path, *arguments)
    for part in ("skipped", "changed"):
        assert dry[part] == report[part]
    models = (Message, User, Reaction, Attachment)
    count = [model.objects.count() for model in models]  # type: ignore[attr-defined]
    again = run(system, path, *arguments)
    assert {each["result"] for each in again["conversations"]} <= {"present", "skipped"}
    assert [model.objects.count() for model in models] == count  # type: ignore[attr-defined]
    return report


def lines_of(title: str | Conversation) -> list[str]:
    """`Name: text [file]` of each message, with mentions by name; of events the event's name."""
    held = Conversation.objects.get(title=title) if isinstance(title, str) else title
    names = {str(pk): name for pk, name in User.objects.values_list("pk", "name")}
    files: dict[int | None, list[str]] = {}
    for file in Attachment.objects.filter(conversation_id=held.pk).order_by("seq", "position"):
        files.setdefault(file.seq, []).append(f"[{file.name}]")
    lines = []
    for row in Message.objects.filter(conversation=held).order_by("seq"):
        text = row.meta["event"] if row.kind == "system" else row.body
        text = " ".join([*filter(None, [text]), *files.get(row.seq, [])])
        for pk, name in names.items():
            text = text.replace(pk, name)
        lines.append(f"{names[str(row.sender_id)]}: {text}")
    return lines


def message(text: str) -> Message:
    return Message.objects.get(body__contains=text)


def reactions_of(row: Message) -> list[tuple[str, str]]:
    found = Reaction.objects.filter(conversation=row.conversation_id, seq=row.seq)
    return sorted((it.user.name, it.emoji) for it in found.select_related("user"))


def members_of(title: str | Conversation) -> list[str]:
    held = Conversation.objects.get(title=title) if isinstance(title, str) else title
    inside = Participant.objects.open().filter(conversation=held)
    return sorted(inside.values_list("user__name", flat=True))


def reasons(report: dict[str, Any], part: str) -> dict[str, int]:
    counts: dict[str, int] = report[part]
    return {key: count for key, count in counts.items() if count}
