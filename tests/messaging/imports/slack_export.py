"""Slack exports made for a test, and the command run on them."""

import json
import zipfile
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command

from conversations.models import Conversation
from messaging.models import Message

BEGIN = 1_600_000_000  # a Sunday in September 2020


class SlackExport:
    """Collects what is in the export; `write` makes the zip file."""

    def __init__(self, *people: str) -> None:
        self.people: list[Any] = []
        self.indexes: dict[str, list[Any]] = {}
        self.days: dict[str, list[Any]] = {}
        self.files: dict[str, bytes] = {}
        self._clock = BEGIN
        for name in people:
            self.person(name)

    def person(self, name: str, /, **fields: Any) -> str:
        """Ann has the id UANN and the address ann@example.com."""
        slack_id = f"U{name.upper()}"
        profile = {"real_name": name, "email": f"{name.lower()}@example.com"}
        profile |= fields.pop("profile", {})
        self.people.append({"id": slack_id, "team_id": "T1", "profile": profile, **fields})
        return slack_id

    def conversation(
        self, name: str, /, *members: str, index: str = "channels.json", **fields: Any
    ) -> str:
        """The channel general has the id CGENERAL and the folder general."""
        entry = {"id": f"C{name.upper()}", "name": name, "created": BEGIN - 60, **fields}
        entry["members"] = [f"U{member.upper()}" for member in members]
        self.indexes.setdefault(index, []).append(entry)
        return name

    def direct(self, *members: str, **fields: Any) -> str:
        """Its folder has the name of its id."""
        slack_id = "D" + "".join(members).upper()
        entry = {"id": slack_id, "created": BEGIN - 60, **fields}
        entry["members"] = [f"U{member.upper()}" for member in members]
        self.indexes.setdefault("dms.json", []).append(entry)
        return slack_id

    def say(
        self, conversation: str, person: str | None, text: str | None = "hello", **fields: Any
    ) -> str:
        """Adds a message a second after the last one; returns its ts. None leaves a field out."""
        self._clock += 1
        message = {
            "type": "message",
            "ts": f"{self._clock}.000000",
            "user": f"U{person.upper()}" if person else None,
            "text": text,
            **fields,
        }
        message = {key: value for key, value in message.items() if value is not None}
        self.day(conversation, self._clock).append(message)
        return str(message.get("ts"))

    def day(self, conversation: str, time: float = BEGIN) -> list[Any]:
        date = datetime.fromtimestamp(time, UTC).date()
        return self.days.setdefault(f"{conversation}/{date}.json", [])

    def write(self, path: Path, *, prefix: str = "") -> Path:
        lists = {"users.json": self.people, **self.indexes, **self.days}
        files = {name: json.dumps(value).encode() for name, value in lists.items()} | self.files
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zip_file:
            for name, data in files.items():
                zip_file.writestr(prefix + name, data)
        return path


def run_import(path: Path, *arguments: str) -> dict[str, Any]:
    """The JSON report. Raises CommandError as the command does."""
    out = StringIO()
    call_command("import_slack", str(path), "--json", *arguments, stdout=out)
    report: dict[str, Any] = json.loads(out.getvalue())
    return report


def imported(title: str) -> Conversation:
    return Conversation.objects.get(title=title)


def bodies(title: str) -> list[str]:
    """The texts of a conversation, in order; system messages by their event."""
    rows = Message.objects.filter(conversation=imported(title)).order_by("seq")
    return [message.body or message.meta["event"] for message in rows]
