"""Eleven kinds of exports, made by hand: exports/*.json hold their files and what becomes of
them."""

import json
import re
import unicodedata
import zipfile
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from messaging.models import Message
from tests.messaging.imports.slack_export import bodies, run_import

pytestmark = pytest.mark.django_db
FOLDER = Path(__file__).with_name("exports")
KINDS = sorted(path.stem for path in FOLDER.glob("*.json"))
_MENTION = re.compile("<@([0-9a-f-]{36})>")


def kind(name: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return value


def write_zip(path: Path, export: dict[str, Any]) -> Path:
    """The names as `zip` tells: in which form, with or without the flag for UTF-8."""
    how = export["zip"]
    with zipfile.ZipFile(path, "w") as zip_file:
        for name, value in export["files"].items():
            stored = unicodedata.normalize(how.get("form", "NFC"), name)
            zip_file.writestr(how.get("prefix", "") + stored, json.dumps(value))
        for name in how.get("others", ()):
            zip_file.writestr(name, b"")
    if not how.get("isFlagged", True):
        path.write_bytes(_without_flag(path.read_bytes()))
    return path


def _without_flag(data: bytes) -> bytes:
    """The flag is bit 11 behind the signature of each entry, here and in the directory."""
    changed = bytearray(data)
    for signature, offset in ((b"PK\x03\x04", 7), (b"PK\x01\x02", 9)):
        for match in re.finditer(re.escape(signature), data):
            changed[match.start() + offset] &= ~0x08
    return bytes(changed)


def run(path: Path) -> tuple[dict[str, Any], int]:
    """The report and the exit code."""
    out = StringIO()
    code = 0
    try:
        call_command("import_slack", str(path), "--json", stdout=out)
    except CommandError as error:
        code = error.returncode
    return json.loads(out.getvalue()), code


def shown(title: str) -> list[str]:
    """The texts with people by their names."""
    return [
        _MENTION.sub(lambda match: f"@{User.objects.get(pk=match[1]).name}", body)
        for body in bodies(title)
    ]


def test_there_are_eleven_kinds() -> None:
    assert len(KINDS) == 11


@pytest.mark.parametrize("name", KINDS)
def test_kind(name: str, tmp_path: Path) -> None:
    export = kind(name)
    expected = export["expected"]
    report, code = run(write_zip(tmp_path / "export.zip", export))
    assert {title: shown(title) for title in expected["texts"]} == expected["texts"]
    assert (report["skipped"], report["changed"]) == (expected["skipped"], expected["changed"])
    assert code == expected["exit"]
    for title, names in expected.get("senders", {}).items():
        rows = Message.objects.filter(conversation__title=title).order_by("seq")
        assert [row.sender and row.sender.name for row in rows] == names


@pytest.mark.parametrize("name", KINDS)
def test_each_item_is_in_the_report(name: str, tmp_path: Path) -> None:
    """With its place in the export, as docs/import.md promises."""
    export = kind(name)
    expected = export["expected"]
    report, _ = run(write_zip(tmp_path / "export.zip", export))
    items = Counter(item["reason"] for item in report["items"] if item["where"])
    assert items == {**expected["skipped"], **expected["changed"]}


@pytest.mark.parametrize("name", KINDS)
def test_second_import_adds_nothing(name: str, tmp_path: Path) -> None:
    path = write_zip(tmp_path / "export.zip", kind(name))
    run(path)
    count = Message.objects.count()
    report, _ = run(path)
    assert (report["messages"]["new"], Message.objects.count()) == (0, count)


def test_folder_without_a_conversation_is_seen(tmp_path: Path) -> None:
    report, _ = run(write_zip(tmp_path / "export.zip", kind("folder_without_conversation")))
    refused = [each for each in report["conversations"] if each["result"] == "refused"]
    assert [each["name"] for each in refused] == ["planning"]
    assert "2 messages" in refused[0]["detail"]


def test_second_import_after_a_fix_brings_it(tmp_path: Path) -> None:
    export = kind("folder_without_conversation")
    run(write_zip(tmp_path / "broken.zip", export))
    files = export["files"]
    files["plans/2020-09-13.json"] = files.pop("planning/2020-09-13.json")
    report = run_import(write_zip(tmp_path / "mended.zip", export))
    assert report["messages"] == {"new": 2, "present": 1}
    assert bodies("plans") == ["lost?", "and this?"]


def test_channel_that_was_imported_empty_is_filled(tmp_path: Path) -> None:
    """By an import that did not say that its messages were missing."""
    export = kind("folder_without_conversation")
    lost = export["files"].pop("planning/2020-09-13.json")
    assert run(write_zip(tmp_path / "short.zip", export))[1] == 0
    assert bodies("plans") == []
    export["files"]["plans/2020-09-13.json"] = lost
    path = write_zip(tmp_path / "whole.zip", export)
    assert run_import(path)["messages"] == {"new": 2, "present": 1}
    assert bodies("plans") == ["lost?", "and this?"]
    assert run_import(path)["messages"] == {"new": 0, "present": 3}
