"""An export of another system in the shape of Slack's, so that one import stores them all.

A translator reads its format once, as a stream, and tells people, conversations and messages here.
They are kept in a scratch folder, and the loader reads them as the index and day files of an
`slack.archive.Archive`. Texts are `markdown`, in our own markup but for mentions `<@id>` and
`<!channel>`, or `text` in Slack's.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from messaging.imports.slack.export import INDEXES, Kind, moment
from messaging.imports.slack.report import Report
from messaging.imports.source import Source

AT_ONCE = 5000  # messages in memory
MAX_AT = 10**16 - 1  # microseconds: Slack's times have ten digits of seconds

_INDEX_OF = {Kind.PUBLIC: "channels.json", Kind.GROUP: "groups.json", Kind.DIRECT: "dms.json"}


@dataclass(slots=True)
class TranslatedConversation:
    """`members` are those at the end; times in microseconds since 1970."""

    id: str
    kind: str
    title: str = ""
    topic: str = ""
    created: int = 0
    creator: str = ""
    is_archived: bool = False
    members: dict[str, None] = field(default_factory=dict)
    pins: list[dict[str, Any]] = field(default_factory=list)
    last: int = 0
    times: dict[str, int] = field(default_factory=dict)  # of messages that others may refer to


class Translation:
    """Takes what a translator tells, and is read as an archive then."""

    def __init__(self, scratch: Path, report: Report, source: Source) -> None:
        self._source = source
        self._names = frozenset(source.names)
        self._used: set[str] = set()
        self.report = report
        self.conversations: dict[str, TranslatedConversation] = {}
        self._people: dict[str, dict[str, Any]] = {}
        self._scratch = scratch
        self._days: dict[str, Path] = {}
        self._waiting: dict[str, list[str]] = defaultdict(list)
        self._count = 0

    # -- what translators tell

    def person(self, id: str, name: str, *, email: str = "", **flags: bool) -> str:
        """`flags` are `is_bot` and `is_deleted`. Who is known already stays as told first."""
        if id and id not in self._people:
            profile = {"real_name": name or id, **({"email": email} if email else {})}
            self._people[id] = {
                "id": id,
                "is_bot": flags.get("is_bot", False),
                "deleted": flags.get("is_deleted", False),
                "profile": profile,
            }
        return id

    def knows(self, id: str) -> bool:
        return id in self._people

    def name_of(self, id: str) -> str:
        """Empty for who is unknown."""
        person = self._people.get(id)
        return person["profile"]["real_name"] if person else ""

    def conversation(self, id: str, kind: str, **fields: Any) -> TranslatedConversation:
        """The one of this id; `fields` are those of TranslatedConversation, of a new one."""
        key = quote(id, safe=" ")
        if key not in self.conversations:
            self.conversations[key] = TranslatedConversation(key, kind, **fields)
        return self.conversations[key]

    def say(
        self,
        conversation: TranslatedConversation,
        at: int,
        where: str,
        message: dict[str, Any],
        *,
        key: str = "",
        is_in_order: bool = False,
    ) -> str:
        """Adds a message, whose `ts` it returns; by `key` others refer to it. What has no possible
        time is skipped, and its `ts` empty. Where an export is in order, and its times are but of
        a second, each message is later than the one before it."""
        if not 0 < at <= MAX_AT:
            self.report.skip("bad_time", where, str(at)[:60])
            return ""
        at = max(at, conversation.last + 1) if is_in_order else at
        conversation.last = at
        if key:
            conversation.times[key] = at
        ts = ts_of(at)
        entry = {"type": "message", **message, "ts": ts, "where": where}
        day = moment(at).date().isoformat()
        self._waiting[f"{conversation.id}/{day}.json"].append(json.dumps(entry))
        self._count += 1
        if self._count >= AT_ONCE:
            self._flush()
        return ts

    def ts_of_key(self, conversation: TranslatedConversation, key: str) -> str:
        """Of an earlier message; empty if there is none."""
        at = conversation.times.get(key)
        return "" if at is None else ts_of(at)

    def pin(self, conversation: TranslatedConversation, ts: str, *, by: str, at: int) -> None:
        created = at // 10**6
        conversation.pins.append({"id": ts, "user": by, "created": created})

    def file(self, name: str, *paths: str) -> dict[str, str]:
        """A file of a message, at the first of the paths that is in the export."""
        path = next((each for each in paths if each in self._names), "")
        if path:
            self._used.add(path)
        return {"name": name or path.rpartition("/")[2], "path": path}

    def report_unused(self, *read: str) -> None:
        """Says which files belong to no message and were not read."""
        for name in self._source.names:
            if name not in self._used and name not in read:
                self.report.skip("file_ignored", name)

    # -- what the loader reads

    @property
    def names(self) -> list[str]:
        self._flush()
        return ["users.json", *INDEXES, *self._days]

    @property
    def strangers(self) -> Sequence[str]:
        return ()

    def __contains__(self, name: str) -> bool:
        return name == "users.json" or name in INDEXES or name in self._days

    def read_list(self, name: str) -> list[Any]:
        if name == "users.json":
            return list(self._people.values())
        if name in INDEXES:
            held = self.conversations.values()
            return [_entry(it) for it in held if _INDEX_OF[Kind(it.kind)] == name]
        self._flush()
        with self._days[name].open(encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    def place(self, name: str, number: int, entry: Any) -> str:
        """Where an entry was in the export that was translated."""
        where: str = entry["where"]
        return where

    def has_file(self, path: str) -> bool:
        return path in self._used

    def open_file(self, path: str) -> AbstractContextManager[IO[bytes]]:
        return self._source.open(path)

    def _flush(self) -> None:
        for name, lines in self._waiting.items():
            path = self._days.setdefault(name, self._scratch / f"{len(self._days)}.jsonl")
            with path.open("a", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)
        self._waiting.clear()
        self._count = 0


def ts_of(at: int) -> str:
    return f"{at // 10**6}.{at % 10**6:06}"


def microseconds(text: object) -> int:
    """Of a time in ISO 8601; 0 for what is none. Without a zone it is UTC."""
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return 0
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    since = at - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86400 + since.seconds) * 10**6 + since.microseconds


def milliseconds(value: object) -> int:
    """Microseconds of a time in milliseconds; 0 for what is none."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value * 1000 if is_number and isinstance(value, int) else 0


def reactions_of(given: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """Of (name of the emoji or the emoji, person)."""
    users: dict[str, list[str]] = defaultdict(list)
    for name, user in given:
        users[name].append(user)
    return [{"name": name, "users": ids} for name, ids in users.items()]


def _entry(it: TranslatedConversation) -> dict[str, Any]:
    return {
        "id": it.id,
        "name": it.id,
        "title": it.title,
        "topic": {"value": it.topic},
        "created": it.created // 10**6,
        "creator": it.creator,
        "members": list(it.members),
        "is_archived": it.is_archived,
        "pins": it.pins,
    }
