"""Backups, imports and exports made to harm: refused in words, or handed over harmless."""

import io
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from chatproject.core.progress import Progress
from chatproject.management.backups.manifest import BackupBroken
from chatproject.management.backups.restoring import opened
from messaging.exports.conversation import _harmless
from messaging.imports.slack import archive
from messaging.imports.slack.archive import Archive, ExportRefused

DUMP = "database.dump"
DIGEST = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"  # of one zero byte


def manifest(**changes: Any) -> bytes:
    fields = {"version": "1", "made_at": "2026-01-01", "entries": {DUMP: [1, DIGEST]}}
    return json.dumps(fields | changes).encode()


def backup(path: Path, told: bytes, *names: str, link: str = "") -> Path:
    """A tar with the manifest, and files of one zero byte."""
    with tarfile.open(path, "w") as tar:
        for name in names or (DUMP,):
            info = tarfile.TarInfo(name)
            info.size = 1
            tar.addfile(info, io.BytesIO(b"\0"))
        if link:
            info = tarfile.TarInfo(link)
            info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            tar.addfile(info)
        info = tarfile.TarInfo("manifest.json")
        info.size = len(told)
        tar.addfile(info, io.BytesIO(told))
    return path


def check(path: Path) -> None:
    with opened(path) as found:
        found.verify(Progress())


def test_a_whole_one_is_taken(tmp_path: Path) -> None:
    check(backup(tmp_path / "a.tar", manifest()))


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"[]",
        b"null",
        b"[" * 100_000,
        b"\xff\xfe",
        manifest(entries={}),
        manifest(entries={"secret_key": [1, DIGEST]}),
        manifest(entries=[DUMP]),
        manifest(entries={DUMP: [1]}),
        manifest(entries={DUMP: ["1", DIGEST]}),
        manifest(entries={DUMP: [1, DIGEST], "files/../../etc/x": [1, DIGEST]}),
        manifest(entries={DUMP: [1, DIGEST], "files//etc/x": [1, DIGEST]}),
        manifest(entries={DUMP: [1, DIGEST], "other": [1, DIGEST]}),
        manifest(entries={DUMP: [2, DIGEST]}),
        manifest(entries={DUMP: [1, DIGEST[::-1]]}),
        manifest(migrations="accounts"),
        manifest(migrations=[1]),
        manifest(tables={"accounts_user": "many"}),
        manifest(unknown=1),
    ],
)
def test_a_manifest_that_is_not_ours_is_refused(tmp_path: Path, told: bytes) -> None:
    path = backup(tmp_path / "a.tar", told)
    with pytest.raises(BackupBroken):
        check(path)


def test_what_the_manifest_leaves_out_is_not_taken_unverified(tmp_path: Path) -> None:
    path = backup(tmp_path / "a.tar", manifest(), DUMP, "files/aa/bb")
    with pytest.raises(BackupBroken, match="not listed"):
        check(path)


def test_a_link_is_no_file_of_a_backup(tmp_path: Path) -> None:
    told = manifest(entries={DUMP: [1, DIGEST], "files/aa": [1, DIGEST]})
    path = backup(tmp_path / "a.tar", told, DUMP, link="files/aa")
    with pytest.raises(BackupBroken):
        check(path)


@pytest.mark.parametrize("content", [b"", b"no tar", b"\x1f\x8b" + bytes(600), bytes(10_240)])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.tar").write_bytes(content)
    with pytest.raises(BackupBroken):
        check(tmp_path / "a.tar")


def test_an_import_that_unpacks_to_far_more_than_its_size_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of its files compresses no better than real ones are allowed to."""
    monkeypatch.setattr(archive, "TOTAL_RATIO_FROM_SIZE", 1_000_000)
    day = json.dumps([{"type": "message", "text": "spam " * 40}] * 300)
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("users.json", "[]")
        for n in range(40):
            file.writestr(f"general/2020-01-{n:02}.json", day)
    with pytest.raises(ExportRefused, match="zip bomb"):
        Archive(tmp_path / "a.zip")


@pytest.mark.parametrize(
    ("name", "content_type", "kept"),
    [
        ("page.html", "text/html", "page.html.txt"),
        ("page.HTM", "application/octet-stream", "page.HTM.txt"),
        ("photo.png", "text/html", "photo.png.txt"),
        ("drawing.svg", "image/svg+xml", "drawing.svg.txt"),
        ("run.exe.", "application/octet-stream", "run.exe..txt"),
        ("shortcut.lnk", "application/octet-stream", "shortcut.lnk.txt"),
        ("photo.png", "image/png", "photo.png"),
        ("notes.txt", "text/plain", "notes.txt"),
        ("html", "text/plain", "html"),
        ("report.html.pdf", "application/pdf", "report.html.pdf"),
    ],
)
def test_pages_and_programs_of_others_are_no_longer_such_in_an_export(
    name: str, content_type: str, kept: str
) -> None:
    assert _harmless(name, content_type) == kept
