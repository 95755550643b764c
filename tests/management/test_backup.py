"""`manage.py backup` and `restore`: what comes back equals what was there, or nothing changes."""

import json
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.files.base import ContentFile

from accounts.models import Contact, User
from attachments.models import Attachment
from chatproject.core.db.identity import IDENTITY
from chatproject.core.storage.folder import FolderStorage
from conversations.models import Participant
from messaging.actions.edit import edit_message
from messaging.actions.hides import hide_message
from messaging.actions.reactions import add_reaction
from messaging.actions.receipts import mark_read
from messaging.models import Message
from tests import database
from tests.cast import make_conversation, make_direct, make_person, say
from tests.management.pasts import database_apart, fill
from tests.management.running import spawn, unsound
from tests.messaging.archive.steps import index_all
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)

# Written by the commands themselves, after the moment of the backup.
OWN = {"accounts_auditentry"}


@dataclass
class Installation:
    """A database with a data folder: where a chat lives."""

    name: str
    data: Path

    def start(self, *arguments: str) -> Popen[str]:
        return spawn(self.name, self.data, *arguments, env={"SECRET_KEY": ""})

    def manage(self, *arguments: str) -> tuple[int, str, str]:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=100)
        return process.returncode, out, err

    def tables(self) -> dict[str, list[str]]:
        """Every row of every table, as text."""
        with database.connect(self.name) as raw:
            names = raw.execute(
                "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"
            ).fetchall()
            return {
                name: sorted(row[0] for row in raw.execute(f"SELECT t::text FROM {name} t"))
                for (name,) in names
                if name not in OWN
            }

    def files(self) -> dict[str, bytes]:
        root = self.data / "files"
        return {
            str(path.relative_to(root)): path.read_bytes()
            for path in root.rglob("*")
            if path.is_file()
        }


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Installation]:
    """A chat with some of everything."""
    data = tmp_path / "source"
    data.mkdir(mode=0o700)
    (data / "secret_key").write_text("a-kept-secret-" + "x" * 40)
    with database_apart() as name:
        ann, ben, eve = make_person("Ann"), make_person("Ben"), make_person("Eve")
        room = make_conversation(ann, ben, kind="public", title="Café ☕ 'quoted' \\ \t tab")
        for number in range(20):
            say(
                room,
                ann if number % 2 else ben,
                f"line {number}\nnext\\line \U0001f389 <@{ann.pk}>",
            )
        edit_message(conversation_id=room.pk, user_id=ben.pk, seq=1, body="changed")
        add_reaction(conversation_id=room.pk, user_id=ann.pk, seq=1, emoji="👍")
        hide_message(conversation_id=room.pk, user_id=ann.pk, seq=3)
        mark_read(conversation_id=room.pk, user_id=ann.pk, seq=12)
        say(make_direct(ann, eve), eve, "psst")
        Contact.objects.create(owner=ann, person=ben, nickname="B")
        keep(data, ben, room.pk, 2, b"\x00\xff" * 70_000)
        yield Installation(name, data)


def keep(data: Path, person: Any, conversation_id: Any, seq: int, content: bytes) -> None:
    attachment = Attachment.objects.create(
        uploader=person,
        conversation_id=conversation_id,
        seq=seq,
        name="plan.bin",
        size=len(content),
        content_type="application/octet-stream",
        state="ready",
        expires_at=None,
    )
    (data / "files").mkdir(mode=0o700, exist_ok=True)
    FolderStorage(location=data / "files").put(attachment.original_key, ContentFile(content))


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Installation]:
    """An empty place: a database without a table, and no files."""
    (tmp_path / "target").mkdir(mode=0o700)
    with empty_database() as name:
        yield Installation(name, tmp_path / "target")


@contextmanager
def empty_database() -> Iterator[str]:
    name = database.make_database()
    with database.connect(name) as raw:
        raw.execute("DROP SCHEMA public CASCADE")
        raw.execute("CREATE SCHEMA public")
    yield name
    database.drop(name)


def back_up(place: Installation, path: Path) -> dict[str, Any]:
    code, out, err = place.manage("backup", str(path), "--json")
    assert code == 0, err
    report: dict[str, Any] = json.loads(out)
    return report


def test_what_comes_back_equals_what_was_there(
    source: Installation, target: Installation, tmp_path: Path
) -> None:
    path = tmp_path / "all.tar"
    report = back_up(source, path)
    assert (report["files"], report["missingFiles"]) == (1, 0)

    code, out, err = target.manage("restore", str(path), "--json")

    assert code == 0, err
    assert json.loads(out)["differingTables"] == {}
    assert target.tables() == source.tables()
    assert target.files() == source.files() != {}
    assert (target.data / "secret_key").read_text() == (source.data / "secret_key").read_text()
    code, out, err = target.manage("check_unread")
    assert code == 0, out + err


@pytest.mark.timeout(600)
def test_archived_messages_come_back(
    source: Installation, target: Installation, tmp_path: Path
) -> None:
    """What is in files alone is in the backup, and is read from where it was restored to."""
    ann, ben = User.objects.get(name="Ann"), User.objects.get(name="Ben")
    room = make_conversation(ann, ben)
    fill(room, ann, ben, number=400)
    Participant.objects.filter(conversation=room).update(last_read_seq=400)
    index_all()
    env = {"DJANGO_SETTINGS_MODULE": "tests.messaging.archive.failpoint.settings"}  # without GRACE
    process = spawn(source.name, source.data, "archive_messages", "--days", "30", env=env)
    _, err = process.communicate(timeout=100)
    assert process.returncode == 0, err
    assert Message.objects.filter(conversation=room).count() < 150
    back_up(source, tmp_path / "all.tar")

    code, _, err = target.manage("restore", str(tmp_path / "all.tar"))

    assert code == 0, err
    assert target.tables() == source.tables()
    assert target.files() == source.files()
    assert any(name.startswith("archive/") for name in target.files())
    code, out, err = target.manage("check_archive", "--json")
    assert (code, json.loads(out)["differences"]) == (0, []), err
    path = target.data / "room.zip"
    asked = (str(room.pk), "--output", str(path), "--for", str(ann.email))
    code, _, err = target.manage("export_conversation", *asked)
    assert code == 0, err
    texts = [message["content"] for message in messages_in(path)]
    assert texts == [f"old words {number}" for number in range(1, 401)]


def messages_in(path: Path) -> list[Any]:
    with ZipFile(path) as file:
        (name,) = (it for it in file.namelist() if it.endswith("conversation.json"))
        messages: list[Any] = json.loads(file.read(name))["messages"]
        return messages


# PostgreSQL writes the list in a partial index's condition in another way once it was restored.
SCHEMA = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
UNION ALL SELECT indexname, split_part(indexdef, ' WHERE ', 1) FROM pg_indexes
    WHERE schemaname = 'public'
UNION ALL SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT extname, extversion FROM pg_extension
UNION ALL SELECT sequencename, last_value::text FROM pg_sequences
    WHERE sequencename NOT LIKE 'accounts_audit%'
ORDER BY 1, 2
"""


def test_the_restored_one_goes_on_working(
    source: Installation, target: Installation, tmp_path: Path
) -> None:
    """Sequences, constraints, triggers and extensions came along."""
    back_up(source, tmp_path / "all.tar")
    assert target.manage("restore", str(tmp_path / "all.tar"))[0] == 0
    with database.connect(target.name) as restored, database.connect(source.name) as original:
        assert restored.execute(SCHEMA).fetchall() == original.execute(SCHEMA).fetchall()
    code, _, err = target.manage("migrate", "--check")
    assert code == 0, err


def test_a_place_that_is_not_empty_is_left_alone(source: Installation, tmp_path: Path) -> None:
    path = tmp_path / "all.tar"
    back_up(source, path)
    before = source.tables()
    release()

    code, _, err = source.manage("restore", str(path))

    assert code == 1
    assert "--replace" in err
    assert source.tables() == before


def test_replacing_gives_up_what_came_since(source: Installation, tmp_path: Path) -> None:
    path = tmp_path / "all.tar"
    back_up(source, path)
    before, files = source.tables(), source.files()
    identity = identity_of(source)
    last = Message.objects.get(seq=20)
    say(last.conversation_id, User.objects.get(pk=last.sender_id), "later")
    shutil.rmtree(source.data / "files")
    (source.data / "files").mkdir(mode=0o700)
    release()

    code, _, err = source.manage("restore", str(path), "--replace")

    assert code == 0, err
    assert source.tables() == before
    assert source.files() == files
    assert unsound() == []
    # What others keep by its revs is not of the restored one, which may come to them again.
    assert identity_of(source) == identity_of(source) != identity


def identity_of(installation: Installation) -> str:
    with database.connect(installation.name) as raw:
        row = raw.execute(IDENTITY).fetchone()
    assert row is not None
    return str(row[0])


def test_a_database_in_use_is_left_alone(
    source: Installation, target: Installation, tmp_path: Path
) -> None:
    back_up(source, tmp_path / "all.tar")
    with database.connect(target.name):
        code, _, err = target.manage("restore", str(tmp_path / "all.tar"))
    assert code == 1
    assert "connected" in err
    assert target.tables() == {}


def test_a_damaged_backup_changes_nothing(
    source: Installation, target: Installation, tmp_path: Path
) -> None:
    whole = tmp_path / "all.tar"
    back_up(source, whole)
    for damage in ("flipped", "cut", "empty", "manifest"):
        path = tmp_path / f"{damage}.tar"
        shutil.copyfile(whole, path)
        harm(path, damage)

        code, _, err = target.manage("restore", str(path))

        assert code == 1, damage
        assert "Traceback" not in err
        assert (target.tables(), target.files()) == ({}, {})


def harm(path: Path, damage: str) -> None:
    data = bytearray(path.read_bytes())
    if damage == "flipped":
        with tarfile.open(path) as tar:
            place = tar.getmember("database.dump").offset_data
        data[place + 2000] ^= 1
    elif damage == "cut":
        del data[len(data) // 2 :]
    elif damage == "empty":
        data.clear()
    else:
        data = data.replace(b'"version"', b'"VERSION"')
    path.write_bytes(data)


def test_a_backup_of_a_newer_version_is_refused(
    source: Installation, target: Installation, tmp_path: Path
) -> None:
    with database.connect(source.name) as raw:
        raw.execute(
            "INSERT INTO django_migrations (app, name, applied)"
            " VALUES ('messaging', '9999_from_the_future', now())"
        )
    back_up(source, tmp_path / "all.tar")
    code, _, err = target.manage("restore", str(tmp_path / "all.tar"))
    assert code == 1
    assert "9999_from_the_future" in err
    assert target.tables() == {}


def test_a_dry_run_checks_and_changes_nothing(
    source: Installation, target: Installation, tmp_path: Path
) -> None:
    path = tmp_path / "all.tar"
    assert source.manage("backup", str(path), "--dry-run")[0] == 0
    assert not path.exists()
    back_up(source, path)
    code, out, _ = target.manage("restore", str(path), "--dry-run", "--json")
    assert (code, json.loads(out)["files"]) == (0, 1)
    assert (target.tables(), target.files()) == ({}, {})


def test_a_file_that_is_gone_is_noted(
    source: Installation, target: Installation, tmp_path: Path
) -> None:
    shutil.rmtree(source.data / "files")
    report = back_up(source, tmp_path / "all.tar")
    assert (report["files"], report["missingFiles"]) == (0, 1)
    assert target.manage("restore", str(tmp_path / "all.tar"))[0] == 0


def test_it_is_for_the_operators_eyes_and_replaces_nothing(
    source: Installation, tmp_path: Path
) -> None:
    path = tmp_path / "all.tar"
    back_up(source, path)
    assert path.stat().st_mode & 0o077 == 0
    before = path.read_bytes()
    assert source.manage("backup", str(path))[0] == 2
    assert path.read_bytes() == before
    assert source.manage("backup", "/no/such/folder/a.tar")[0] == 2
    assert source.manage("restore", str(tmp_path / "none.tar"))[0] == 2
    assert source.manage("restore")[0] == 2


def test_a_killed_restore_leaves_what_was_there(source: Installation, tmp_path: Path) -> None:
    """Killed while the database is being filled; run again it ends."""
    ida = make_person("Ida")
    big = make_conversation(ida)
    fill(big, ida, number=30_000)
    path = tmp_path / "all.tar"
    back_up(source, path)
    Message.objects.filter(conversation=big.pk, seq=1).update(body="since then")
    before = source.tables()
    release()

    process = spawn(
        source.name, source.data, "restore", str(path), "--replace", env={"SECRET_KEY": ""}
    )
    with database.connect() as raw:
        eventually(lambda: is_filling(raw, source.name))
    process.kill()
    process.communicate()
    assert process.returncode == -9
    with database.connect() as raw:
        eventually(lambda: not is_filling(raw, source.name))

    if source.tables() != before:  # psql outlived its parent, and has ended the work
        assert source.tables()["messaging_message"] != before["messaging_message"]
    code, _, err = source.manage("restore", str(path), "--replace")
    assert code == 0, err
    assert "since then" not in " ".join(source.tables()["messaging_message"])


def is_filling(raw: Any, name: str) -> bool:
    found = raw.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND application_name = 'psql'",
        [name],
    ).fetchone()
    return bool(found[0])


def release() -> None:
    """Lets go of this process' connections, which a restore would wait for."""
    from django.db import connection

    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
