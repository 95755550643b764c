"""Exports that were made to do harm: deep, large, of wrong types, full of mentions, as zips.

The same for every system: what can be read is imported, the rest is said, and an export that is
refused leaves nothing behind.
"""

import json
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from messaging.models import Mention, Message
from messaging.text import MAX_LENGTH
from tests.messaging.imports import test_discord, test_mattermost, test_rocketchat, test_telegram
from tests.messaging.imports.slack_export import BEGIN
from tests.messaging.imports.translated import reasons, refusal_of, run

pytestmark = pytest.mark.django_db

Entry = dict[str, Any]
ORDINARY = "an ordinary text"


class System(NamedTuple):
    """How an export of one conversation of Ann and Ben is made: each entry, and its files."""

    name: str
    entry: Callable[[int, str], Entry]
    files: Callable[[list[Any]], dict[str, bytes]]
    mention: str  # of Ben
    stranger: str  # a mention of nobody


def _lines(entries: list[Any]) -> bytes:
    return "\n".join(map(json.dumps, entries)).encode()


def _mattermost(entries: list[Any]) -> dict[str, bytes]:
    kinds = ("version", "channel", "user")
    objects = [it for it in test_mattermost.LINES if isinstance(it, dict)]
    head = [it for it in objects if it["type"] in kinds]
    return {"export.jsonl": _lines([*head, *({"type": "post", "post": it} for it in entries)])}


def _mattermost_entry(number: int, text: str) -> Entry:
    fields = {"reactions": [], "replies": [], "props": {}, "attachments": [], "edit_at": 0}
    entry: Entry = test_mattermost.post("ann", text, number, type="", **fields)["post"]
    return entry


def _rocketchat(entries: list[Any]) -> dict[str, bytes]:
    held = {**test_rocketchat.COLLECTIONS, "rocketchat_message": entries}
    return {f"{name}.json": _lines(rows) for name, rows in held.items()}


def _rocketchat_entry(number: int, text: str) -> Entry:
    fields: Entry = {"reactions": {}, "attachments": [], "files": [], "editedAt": None, "t": ""}
    at = {"$date": {"$numberLong": str((BEGIN + number) * 1000)}}
    return test_rocketchat.said(f"m{number}", "a", text, 1) | {**fields, "ts": at}


def _discord(entries: list[Any]) -> dict[str, bytes]:
    return {"general.json": json.dumps(test_discord.channel(*entries)).encode()}


def _discord_entry(number: int, text: str) -> Entry:
    day, second = divmod(number, 60)
    at = f"2021-03-{day + 1:02}T10:00:{second:02}.123+00:00"
    fields = {"timestamp": at, "mentions": [test_discord.BEN], "reference": {}}
    return test_discord.said(number, test_discord.ANN, text, **fields)


def _telegram(entries: list[Any]) -> dict[str, bytes]:
    ben = test_telegram.said(1, "Ben", "I am Ben")
    told = {**test_telegram.GROUP, "messages": [ben, *entries]}
    return {"result.json": json.dumps(told).encode()}


def _telegram_entry(number: int, text: str) -> Entry:
    fields = {"reactions": [], "photo": "", "poll": {}, "edited_unixtime": str(BEGIN)}
    return test_telegram.said(number + 10, "Ann", text, **fields)


def _slack(entries: list[Any]) -> dict[str, bytes]:
    people = [
        {"id": f"U{name.upper()}", "team_id": "T1", "profile": {"real_name": name}}
        for name in ("Ann", "Ben")
    ]
    members = [person["id"] for person in people]
    channel = {"id": "C1", "name": "general", "created": BEGIN, "members": members}
    day = "general/2020-09-13.json"
    held: dict[str, Any] = {"users.json": people, "channels.json": [channel], day: entries}
    return {name: json.dumps(value).encode() for name, value in held.items()}


def _slack_entry(number: int, text: str) -> Entry:
    fields: Entry = {"blocks": [], "attachments": [], "files": [], "reactions": [], "edited": {}}
    place = {"type": "message", "ts": f"{BEGIN + number}.000000", "user": "UANN", "text": text}
    return {**place, **fields, "thread_ts": "", "subtype": ""}


def _whatsapp(entries: list[Any]) -> dict[str, bytes]:
    head = [_whatsapp_entry(0, "hello") | {"who": "Ben"}]
    lines = [f"[13.09.20, {it['at']}] {it['who']}: {it['text']}" for it in [*head, *entries]]
    return {"_chat.txt": "\n".join(lines).encode()}


def _whatsapp_entry(number: int, text: str) -> Entry:
    return {"at": f"{12 + number // 3600}:{number // 60 % 60:02}:{number % 60:02}"} | {
        "who": "Ann",
        "text": text,
    }


SYSTEMS = [
    System("mattermost", _mattermost_entry, _mattermost, "@ben.b ", "@nobody "),
    System("rocketchat", _rocketchat_entry, _rocketchat, "@ben.b ", "@nobody "),
    System("discord", _discord_entry, _discord, "<@2> ", "<@404> "),
    System("telegram", _telegram_entry, _telegram, "@ben ", "@nobody "),
    System("slack", _slack_entry, _slack, "<@UBEN> ", "<@UNOBODY> "),
    System("whatsapp", _whatsapp_entry, _whatsapp, "@\u2068Ben\u2069 ", "@\u2068Nobody\u2069 "),
]
OF_JSON = [it for it in SYSTEMS if it.name != "whatsapp"]


@pytest.fixture(params=SYSTEMS, ids=lambda it: it.name)
def system(request: pytest.FixtureRequest) -> System:
    found: System = request.param
    return found


@pytest.fixture(params=OF_JSON, ids=lambda it: it.name)
def of_json(request: pytest.FixtureRequest) -> System:
    found: System = request.param
    return found


def zipped(folder: Path, files: dict[str, bytes]) -> Path:
    path = folder / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def imported(system: System, folder: Path, entries: list[Any]) -> dict[str, Any]:
    return run(system.name, zipped(folder, system.files(entries)))


def texts() -> list[str]:
    rows = Message.objects.exclude(kind="system").order_by("conversation_id", "seq")
    return list(rows.values_list("body", flat=True))


def test_a_megabyte_of_text_becomes_several_messages(system: System, tmp_path: Path) -> None:
    words = " ".join(f"word{number}" for number in range(100_000))
    report = imported(system, tmp_path, [system.entry(1, words), system.entry(2, ORDINARY)])
    assert len(words) > 2**20 - 2**17
    assert reasons(report, "changed")["split"] == 1
    assert " ".join(" ".join(texts()).split()).count(words[:500]) == 1
    found = [word for text in texts() for word in text.split() if word.startswith("word")]
    assert len(found) >= 100_000  # one that a part ends within is two
    assert max(map(len, texts())) <= MAX_LENGTH
    assert ORDINARY in texts()


def test_a_line_of_a_megabyte_without_a_blank(system: System, tmp_path: Path) -> None:
    long = "z" * 2**20
    imported(system, tmp_path, [system.entry(1, long), system.entry(2, ORDINARY)])
    assert sum(text.count("z") for text in texts()) == 2**20
    assert ORDINARY in texts()


@pytest.mark.parametrize("kind", ["known", "unknown", "open"])
def test_a_storm_of_mentions(system: System, tmp_path: Path, kind: str) -> None:
    mention = {
        "known": system.mention,
        "unknown": system.stranger,
        "open": system.mention.rstrip(" >\u2069"),  # never closed
    }[kind]
    storm = mention * (2**20 // len(mention.encode()))
    imported(system, tmp_path, [system.entry(1, storm), system.entry(2, ORDINARY)])
    rows = Message.objects.count()
    assert Mention.objects.count() <= rows  # each message calls Ben once at most
    assert max(map(len, texts())) <= MAX_LENGTH
    assert ORDINARY in texts()


def test_a_storm_of_marks(system: System, tmp_path: Path) -> None:
    for number, mark in enumerate(("*", "~", "`", "```", ":", "<", "[", "](", "**", "_ ", "> ")):
        text = mark * 20_000
        folder = tmp_path / str(number)
        folder.mkdir()
        entries = [system.entry(number * 2 + 1, text), system.entry(number * 2 + 2, ORDINARY)]
        run(system.name, zipped(folder, system.files(entries)), "--dry-run")
    assert not Message.objects.exists()


def deep(levels: int = 64) -> Any:
    value: Any = "deep"
    for _ in range(levels):
        value = [{"elements": value, "text": value, "type": "rich_text"}] if levels < 9 else [value]
    return value


WRONG: list[Any] = [
    *(None, 7, -1, 2**70, 1.5, True, "", "\0", "\ud800", [], [[]], {}, {"x": {}}),
    *([None], [7], ["x"], [{}], "x" * 300, deep(), {"id": deep(), "type": deep(3)}),
]


def mutations(system: System) -> Iterator[Entry]:
    number = 10
    for field in system.entry(1, "x"):
        for wrong in WRONG:
            number += 1
            yield system.entry(number, f"text {number}") | {field: wrong}


def test_wrong_types_are_imported_or_said(of_json: System, tmp_path: Path) -> None:
    entries = list(mutations(of_json))
    report = imported(of_json, tmp_path, [*entries, of_json.entry(9, ORDINARY)])
    assert ORDINARY in texts()
    said = sum(count for reason, count in report["skipped"].items() if reason != "bad_reaction")
    # Events have no text, and one entry may be told as skipped and be there in part.
    assert Message.objects.count() + said >= len(entries)
    assert Message.objects.count() > len(entries) // 3
    assert all(len(text) <= MAX_LENGTH for text in texts())


def test_entries_that_are_none_are_said(of_json: System, tmp_path: Path) -> None:
    files = of_json.files([of_json.entry(1, ORDINARY)])
    odd = [7, None, [], "x", {}]
    mixed = of_json.files([*odd, of_json.entry(1, ORDINARY)])
    assert files.keys() == mixed.keys()
    report = run(of_json.name, zipped(tmp_path, mixed))
    assert ORDINARY in texts()
    assert sum(report["skipped"].values()) >= len(odd) - 1


def test_unknown_kinds_are_said(of_json: System, tmp_path: Path) -> None:
    name = {"mattermost": "type", "rocketchat": "t", "discord": "type", "telegram": "action"}
    kind = {"mattermost": "system_of_tomorrow"}.get(of_json.name, "of_tomorrow")
    odd = of_json.entry(1, "") | {name.get(of_json.name, "subtype"): kind}
    if of_json.name == "telegram":
        odd["type"] = "service"
    report = imported(of_json, tmp_path, [odd, of_json.entry(2, ORDINARY)])
    told = reasons(report, "skipped")
    assert told.get("no_counterpart", 0) + told.get("no_event", 0) >= 1
    assert ORDINARY in texts()


def test_what_is_too_deep_to_be_read_is_refused_or_said(of_json: System, tmp_path: Path) -> None:
    files = of_json.files([of_json.entry(1, ORDINARY)])
    name = {"slack": "users.json", "rocketchat": "users.json"}.get(of_json.name, next(iter(files)))
    files[name] = b'{"messages": ' + b"[" * 100_000
    if of_json.name == "rocketchat":  # line by line, each is told
        report = run(of_json.name, zipped(tmp_path, files))
        assert reasons(report, "skipped")["bad_entry"] >= 1
    else:
        assert refusal_of(of_json.name, zipped(tmp_path, files))


@pytest.mark.parametrize(
    "name", ["../evil.json", "/etc/evil.json", "C:/evil.json", "a/../../evil.json", "a\\evil.json"]
)
def test_a_zip_with_a_path_that_leads_out_is_refused(
    system: System, tmp_path: Path, name: str
) -> None:
    path = zipped(tmp_path, {**system.files([system.entry(1, ORDINARY)]), "x" * len(name): b"[]"})
    data = path.read_bytes().replace(b"x" * len(name), name.encode())
    path.write_bytes(data)
    assert "No export holds a file named" in refusal_of(system.name, path)


def test_a_zip_bomb_is_refused(system: System, tmp_path: Path) -> None:
    files = system.files([system.entry(1, ORDINARY)])
    path = zipped(tmp_path, {**files, "bomb.json": b"0" * (80 * 2**20)})
    assert "zip bomb" in refusal_of(system.name, path)


def test_a_zip_whose_sizes_lie_is_refused_or_said(system: System, tmp_path: Path) -> None:
    files = system.files([system.entry(1, ORDINARY)])
    path = zipped(tmp_path, files)
    with zipfile.ZipFile(path) as archive:
        sizes = {info.file_size for info in archive.infolist()}
    data = path.read_bytes()
    for size in sizes:  # of the central directory and of the files' own heads
        data = data.replace(struct.pack("<I", size), struct.pack("<I", 1))
    path.write_bytes(data)
    assert refusal_of(system.name, path)


def test_an_encrypted_and_a_broken_zip_are_refused(system: System, tmp_path: Path) -> None:
    path = zipped(tmp_path, system.files([system.entry(1, ORDINARY)]))
    data = path.read_bytes()
    directory = data.index(b"PK\x01\x02")
    path.write_bytes(data[: directory + 8] + b"\x01" + data[directory + 9 :])
    assert "encrypted" in refusal_of(system.name, path)
    path.write_bytes(data[: len(data) // 2])
    assert refusal_of(system.name, path)


def test_a_refused_export_leaves_nothing(system: System, tmp_path: Path) -> None:
    path = zipped(tmp_path, {"readme.md": b"nothing of any system"})
    assert refusal_of(system.name, path)
    assert not Message.objects.exists()


def test_a_line_of_whatsapp_that_only_looks_like_a_time(tmp_path: Path) -> None:
    text = "see\n[99.99.99, 99:99:99] nobody: this\n[31.02.20, 25:61:61] x: y"
    whatsapp = SYSTEMS[-1]
    imported(whatsapp, tmp_path, [whatsapp.entry(1, text), whatsapp.entry(2, ORDINARY)])
    assert texts() == ["hello", text, ORDINARY]
