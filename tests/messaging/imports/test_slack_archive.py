"""What is no export is refused as a whole, with nothing written; damage inside is reported."""

import struct
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError

from accounts.models import User
from conversations.models import Conversation
from messaging.imports.slack import archive
from tests.messaging.imports.slack_export import SlackExport, bodies, run_import

pytestmark = pytest.mark.django_db


def small_export() -> SlackExport:
    export = SlackExport("Ann")
    export.conversation("general", "Ann")
    export.say("general", "Ann", "hello")
    return export


def refusal_of(path: Path) -> str:
    with pytest.raises(CommandError) as caught:
        run_import(path)
    assert caught.value.returncode == 1
    assert not User.objects.exists()
    assert not Conversation.objects.exists()
    return str(caught.value)


def zip_of(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as zip_file:
        for name, data in files.items():
            zip_file.writestr(name, data)
    return path


def test_missing_file(tmp_path: Path) -> None:
    assert "cannot be read" in refusal_of(tmp_path / "nothing.zip")


def test_folder(tmp_path: Path) -> None:
    assert "cannot be read" in refusal_of(tmp_path)


@pytest.mark.parametrize("data", [b"", b"no zip at all", b"PK\x03\x04" + bytes(200)])
def test_no_zip(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(data)
    assert "not a zip file" in refusal_of(path)


def test_truncated_zip(tmp_path: Path) -> None:
    path = small_export().write(tmp_path / "export.zip")
    path.write_bytes(path.read_bytes()[:-30])
    assert "not a zip file" in refusal_of(path)


def test_other_zip(tmp_path: Path) -> None:
    assert "no users.json" in refusal_of(zip_of(tmp_path / "a.zip", readme=b"hello"))


@pytest.mark.parametrize("data", [b"{", b"{}", b"\xff\xfe", b"[" * 100_000])
def test_unusable_people(tmp_path: Path, data: bytes) -> None:
    path = zip_of(tmp_path / "a.zip", **{"users.json": data})
    assert "users.json cannot be used" in refusal_of(path)


@pytest.mark.parametrize(
    "name", ["../users.json", "/etc/passwd", "a/../../b.json", "C:/a.json", "a\\b.json", "a\nb"]
)
def test_path_tricks(tmp_path: Path, name: str) -> None:
    export = small_export()
    export.files[name] = b"[]"
    assert "No export holds" in refusal_of(export.write(tmp_path / "a.zip"))


def test_one_name_twice(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as zip_file:
        zip_file.writestr("users.json", b"[]")
        with pytest.warns(UserWarning, match="Duplicate name"):
            zip_file.writestr("users.json", b"[]")
    assert "twice" in refusal_of(path)


def test_zip_bomb(tmp_path: Path) -> None:
    export = small_export()
    export.files["general/2020-09-14.json"] = b" " * (20 * 2**20)
    assert "zip bomb" in refusal_of(export.write(tmp_path / "a.zip"))


def test_huge_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_FILE_SIZE", 1000)
    export = small_export()
    export.files["general/2020-09-14.json"] = b" " * 1001
    assert "at most 1,000" in refusal_of(export.write(tmp_path / "a.zip"))


def test_encrypted(tmp_path: Path) -> None:
    path = small_export().write(tmp_path / "a.zip")
    data = bytearray(path.read_bytes())
    directory = data.index(b"PK\x01\x02")
    data[directory + 8 : directory + 10] = struct.pack("<H", 1)
    path.write_bytes(data)
    assert "encrypted" in refusal_of(path)


def test_damaged_file_is_left_out(tmp_path: Path) -> None:
    """A flipped byte in one day's data: its checksum does not hold, the other days are loaded."""
    export = small_export()
    export.files["general/2020-09-14.json"] = b'[{"ts": "1600050000.0", "text": "lost"}]'
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(export.write(path)) as zip_file:
        info = zip_file.getinfo("general/2020-09-14.json")
    data = bytearray(path.read_bytes())
    data[info.header_offset + 30 + len(info.filename) + 5] ^= 0xFF
    path.write_bytes(data)
    report = run_import(path)
    assert report["skipped"] == {"bad_file": 1}
    assert "damaged" in report["items"][0]["detail"]
    assert bodies("general") == ["hello"]


def test_folder_around_the_export(tmp_path: Path) -> None:
    export = small_export()
    path = export.write(tmp_path / "a.zip", prefix="My export/")
    with zipfile.ZipFile(path, "a") as zip_file:
        zip_file.writestr("__MACOSX/My export/._users.json", b"x")
    report = run_import(path)
    assert bodies("general") == ["hello"]
    assert report["skipped"] == {"file_ignored": 1}


def test_files_that_are_not_read_are_reported(tmp_path: Path) -> None:
    export = small_export()
    export.files |= {
        "integration_logs.json": b"[]",
        "general/notes.txt": b"x",
        "nowhere/2020-09-13.json": b"[]",
    }
    report = run_import(export.write(tmp_path / "a.zip"))
    assert report["skipped"] == {"file_ignored": 3}
    assert sorted(item["where"] for item in report["items"]) == [
        "general/notes.txt",
        "integration_logs.json",
        "nowhere/2020-09-13.json",
    ]


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b'{"a": 1}', b"\xff", b"[" * 100_000, b'[{"ts": ' + b"9" * 5000 + b"}]"],
)
def test_unusable_day_is_left_out(tmp_path: Path, data: bytes) -> None:
    export = small_export()
    export.files["general/2020-09-14.json"] = data
    report = run_import(export.write(tmp_path / "a.zip"))
    assert report["skipped"] == {"bad_file": 1}
    assert report["items"][0]["where"] == "general/2020-09-14.json"
    assert bodies("general") == ["hello"]


def test_unusable_index_is_left_out(tmp_path: Path) -> None:
    export = small_export()
    export.files["groups.json"] = b"{"
    assert run_import(export.write(tmp_path / "a.zip"))["skipped"] == {"bad_file": 1}
    assert bodies("general") == ["hello"]


def test_unusable_entries_are_left_out(tmp_path: Path) -> None:
    export = small_export()
    export.people += [None, 5, {"name": "no id"}, {"id": ["U1"]}]
    export.indexes["channels.json"] += ["general", {"name": "no id"}]
    export.day("general").extend([None, "text", {"text": "no ts"}, {"ts": "soon", "text": "x"}])
    export.day("general").append({"ts": "99999999999", "text": "later than ever", "user": "UANN"})
    report = run_import(export.write(tmp_path / "a.zip"))
    assert report["skipped"] == {"bad_entry": 8, "bad_time": 3}
    assert bodies("general") == ["hello"]
