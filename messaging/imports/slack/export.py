"""Reads the people and conversations of an export from its index files.

Nothing in an export is trusted: a field of the wrong type counts as missing, and an entry without
an id is reported and left out.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from unicodedata import normalize

from accounts.email_addresses import normalize_email
from conversations.models import Conversation
from messaging.imports.history import EPOCH
from messaging.imports.slack.archive import UPLOADS, ExportFiles, ExportRefused, Unreadable
from messaging.imports.slack.report import UNKNOWN, ConversationResult, Report

Kind = Conversation.Kind

INDEXES = {
    "channels.json": Kind.PUBLIC,
    "groups.json": Kind.GROUP,
    "mpims.json": Kind.GROUP,
    "dms.json": Kind.DIRECT,
}

# Lists of user groups, in exports that have one.
GROUP_INDEXES = ("usergroups.json", "subteams.json")

# Of addresses that our export makes for who has none.
NO_DOMAIN = "no-address.invalid"

_TS = re.compile(r"(\d{1,10})(?:\.(\d{1,6}))?")
# NUL and unpaired surrogates cannot be stored.
_BROKEN = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class SlackPerson:
    id: str
    name: str
    email: str
    team: str
    is_bot: bool
    is_deleted: bool
    bot_id: str = ""


@dataclass(frozen=True, slots=True)
class Pin:
    user: str
    at: int


@dataclass(frozen=True, slots=True)
class SlackConversation:
    """A conversation and its day files; times in microseconds since 1970, 0 where unknown."""

    id: str
    kind: str
    name: str
    topic: str
    created: int
    creator: str
    members: tuple[str, ...]
    is_archived: bool
    pins: dict[int, Pin]
    files: tuple[str, ...]
    purpose: str = ""  # beside a topic; a conversation here has only one of them


def moment(microseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=microseconds)


def time_of(ts: object) -> int | None:
    """Microseconds since 1970 of "1109480400.000012" or of whole seconds; None if invalid."""
    if isinstance(ts, int) and not isinstance(ts, bool):
        return ts * 10**6 if 0 < ts < 10**10 else None
    match = _TS.fullmatch(ts) if isinstance(ts, str) else None
    if match is None:
        return None
    return int(match[1]) * 10**6 + int((match[2] or "").ljust(6, "0")) or None


def text_of(value: object) -> str:
    """The text without characters that cannot be stored; empty for other types."""
    if not isinstance(value, str):
        return ""
    if value.isascii() and "\0" not in value:
        return value
    return _BROKEN.sub("", value)


def has_broken_characters(value: object) -> bool:
    return isinstance(value, str) and _BROKEN.search(value) is not None


def dict_of(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def ids_of(value: object) -> tuple[str, ...]:
    """The non-empty texts in a list, each once."""
    return tuple(dict.fromkeys(text for text in map(text_of, list_of(value)) if text))


def read_people(archive: ExportFiles, report: Report) -> list[SlackPerson]:
    """Raises ExportRefused when users.json cannot be used."""
    try:
        entries = archive.read_list("users.json")
    except Unreadable as error:
        raise ExportRefused(f"users.json cannot be used: {error}.") from error
    people = {}
    for where, entry in _entries("users.json", entries, report):
        if entry["id"] in people:
            report.skip("duplicate", where, entry["id"])
        else:
            people[entry["id"]] = _person(entry)
    return list(people.values())


def workspace_of(people: list[SlackPerson]) -> str:
    """The workspace's id, which keeps workspaces apart; empty when the export has none."""
    teams = Counter(person.team for person in people if person.team)
    return teams.most_common(1)[0][0] if teams else ""


def read_conversations(
    archive: ExportFiles, report: Report, name_of: Callable[[str], str | None]
) -> list[SlackConversation]:
    """The conversations of all index files; reports day files that belong to none."""
    folders = _day_files(archive, report)
    conversations: dict[str, SlackConversation] = {}
    for index in INDEXES:
        for where, entry in _entries(index, _index(archive, index, report), report):
            if entry["id"] in conversations:
                report.skip("duplicate", where, entry["id"])
                continue
            name = normalize("NFC", text_of(entry.get("name")))
            folder = folders.pop(name, None) or folders.pop(entry["id"], [])
            conversations[entry["id"]] = _conversation(index, entry, tuple(sorted(folder)), name_of)
    _report_strays(archive, folders, report)
    return list(conversations.values())


def read_group_names(archive: ExportFiles, report: Report) -> dict[str, str]:
    """The names of user groups by their ids, where the export lists them."""
    names = {}
    for index in GROUP_INDEXES:
        for _, entry in _entries(index, _index(archive, index, report), report):
            name = text_of(entry.get("handle")) or text_of(entry.get("name"))
            if name:
                names[entry["id"]] = name
    return names


def _report_strays(archive: ExportFiles, folders: dict[str, list[str]], report: Report) -> None:
    """Messages in a folder that belongs to no conversation are a refusal, not an oddity: a whole
    channel would be lost in silence."""
    for folder, files in sorted(folders.items()):
        count = 0
        for name in sorted(files):
            held = _count(archive, name)
            reason = "no_conversation" if held else "file_ignored"
            report.skip(reason, name, "no conversation has this folder")
            count += held
        if count:
            detail = f"No conversation has this folder, which holds {count:,} messages."
            report.conversations.append(
                ConversationResult(folder, UNKNOWN, "refused", detail=detail)
            )


def _count(archive: ExportFiles, name: str) -> int:
    """How many messages a file holds; an unreadable one counts, since nobody knows."""
    try:
        return len(archive.read_list(name))
    except Unreadable:
        return 1


def _index(archive: ExportFiles, index: str, report: Report) -> list[Any]:
    if index not in archive:
        return []
    try:
        return archive.read_list(index)
    except Unreadable as error:
        report.skip("bad_file", index, str(error))
        return []


def _entries(name: str, entries: list[Any], report: Report) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, entry in enumerate(entries):
        where = f"{name}[{number}]"
        if not text_of(dict_of(entry).get("id")):
            report.skip("bad_entry", where, "no object with an id")
        else:
            yield where, entry | {"id": text_of(entry["id"])}


def _day_files(archive: ExportFiles, report: Report) -> dict[str, list[str]]:
    """The day files of each folder; reports files that are neither day file nor index."""
    folders: dict[str, list[str]] = {}
    for name in archive.names:
        folder, slash, file = name.partition("/")
        if slash and file.endswith(".json") and "/" not in file:
            folders.setdefault(folder, []).append(name)
        elif not name.startswith(UPLOADS) and name not in {"users.json", *INDEXES, *GROUP_INDEXES}:
            report.skip("file_ignored", name)
    for name in archive.strangers:
        report.skip("file_ignored", name)
    return folders


def _person(entry: dict[str, Any]) -> SlackPerson:
    profile = dict_of(entry.get("profile"))
    names = (profile.get("real_name"), profile.get("display_name"), entry.get("real_name"))
    email = normalize_email(text_of(profile.get("email")))
    known = (" ".join(text_of(name).split()) for name in (*names, entry.get("name"), entry["id"]))
    return SlackPerson(
        id=entry["id"],
        name=next(name for name in known if name),
        email="" if email.endswith(f"@{NO_DOMAIN}") else email,
        team=text_of(entry.get("team_id")),
        is_bot=entry.get("is_bot") is True,
        is_deleted=entry.get("deleted") is True,
        bot_id=text_of(profile.get("bot_id")),
    )


def _conversation(
    index: str,
    entry: dict[str, Any],
    files: tuple[str, ...],
    name_of: Callable[[str], str | None],
) -> SlackConversation:
    members = ids_of(entry.get("members"))
    kind = INDEXES[index]
    is_multi = index == "mpims.json" or entry.get("is_mpim") is True
    if entry.get("is_private") is True and kind == Kind.PUBLIC:
        kind = Kind.GROUP
    name = text_of(entry.get("title")) or text_of(entry.get("name")) or entry["id"]
    if is_multi:
        name = ", ".join(name_of(member) or member for member in members) or name
    topic = text_of(dict_of(entry.get("topic")).get("value"))
    purpose = text_of(dict_of(entry.get("purpose")).get("value"))
    return SlackConversation(
        id=entry["id"],
        kind=kind,
        name=name,
        topic=topic or purpose,
        purpose=purpose if topic and purpose != topic else "",
        created=time_of(entry.get("created")) or 0,
        creator=text_of(entry.get("creator")),
        members=members,
        is_archived=entry.get("is_archived") is True,
        pins=_pins(entry),
        files=files,
    )


def _pins(entry: dict[str, Any]) -> dict[int, Pin]:
    """The pins of the conversation by the time of the pinned message."""
    pins = {}
    for pin in map(dict_of, list_of(entry.get("pins"))):
        at = time_of(pin.get("id"))
        if at is not None:
            pins[at] = Pin(text_of(pin.get("user")), time_of(pin.get("created")) or at)
    return pins
