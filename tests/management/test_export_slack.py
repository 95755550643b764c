"""`manage.py export_slack`: what it writes is a Slack export, and our import makes the same log."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import AuditEntry, User
from attachments.actions.upload import add_attachment
from attachments.models import Attachment
from conversations.models import Conversation, Participant
from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.actions.pins import pin_message
from messaging.actions.reactions import add_reaction
from messaging.membership.change_conversation import change_conversation
from messaging.membership.members import add_people, leave_conversation
from messaging.models import Message, Reaction
from tests.cast import make_conversation, make_direct, make_person, say
from tests.management.running import run
from tests.messaging.imports.slack_export import run_import

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga() -> User:
    return make_person("Olga")


@pytest.fixture
def mia() -> User:
    return make_person("Mia")


@pytest.fixture
def busy(olga: User, mia: User) -> Conversation:
    """Everything that a log may have."""
    room = make_conversation(olga, mia, title="Straße & Büro")
    place = {"conversation_id": room.pk}
    ann = make_person("Ann")
    add_people(**place, by=olga.pk, user_ids=[ann.pk])
    first = say(room, olga, f"hello <@{mia.pk}>, **bold**, *so*, `<@{mia.pk}>` & 2\\*3 < 4 @all")
    say(room, mia, "in a thread", thread_seq=first["seq"])
    say(room, mia, "for all", thread_seq=first["seq"], also_to_conversation=True)
    say(room, ann, "a quotation", reply_to_seq=first["seq"])
    add_reaction(**place, seq=first["seq"], user_id=mia.pk, emoji="👍")
    add_reaction(**place, seq=first["seq"], user_id=ann.pk, emoji="❤️")
    pin_message(**place, seq=first["seq"], user_id=olga.pk)
    second = say(room, mia, "- one\n- two\n\n> said\n\n```\ncode <b>\n```")
    edit_message(**place, seq=second["seq"], user_id=mia.pk, body="- one\n- *two*")
    gone = say(room, mia, "secret")
    delete_message(**place, seq=gone["seq"], user_id=mia.pk)
    change_conversation(**place, by=olga.pk, topic="news", title="Büro")
    leave_conversation(conversation_id=room.pk, user_id=ann.pk)
    room.refresh_from_db()
    return room


def export(path: Path, *ids: object) -> Any:
    code, report = run("export_slack", *map(str, ids), "--output", str(path))
    assert code == 0
    return report


def log_of(conversation: Conversation) -> list[Any]:
    """What is said in it, without the ids that differ from one system to another."""
    rows = Message.objects.filter(conversation=conversation, deleted_at=None).order_by("seq")
    rows = rows.exclude(meta__event="conversation.created")
    names = dict(User.objects.values_list("pk", "name"))
    at = {row.seq: row.created_at for row in rows}
    said = []
    for row in rows:
        body = row.body
        for person, name in names.items():
            body = body.replace(str(person), name)
        said.append(
            (
                names[row.sender_id],
                row.created_at,
                body or row.meta["event"],
                at.get(row.thread_seq),
                row.thread_only,
                at.get(row.reply_to_seq),
                row.edited_at,
                row.pinned_at is not None,
                _reactions(row, names),
            )
        )
    return said


def _reactions(row: Message, names: dict[Any, str]) -> list[tuple[str, str]]:
    found = Reaction.objects.filter(conversation=row.conversation_id, seq=row.seq)
    return sorted((names[it.user_id], it.emoji) for it in found)


def test_our_export_into_our_import_is_the_same_log(busy: Conversation, tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    report = export(path, busy.pk)
    told = run_import(path)
    assert told["conversations"][0]["result"] == "imported"
    copy = Conversation.objects.get(title="Büro", origin__isnull=False)
    assert log_of(copy) == log_of(busy)
    assert (copy.topic, copy.kind) == (busy.topic, busy.kind)
    names = Participant.objects.open().filter(conversation=copy).values_list("user__name", "role")
    assert sorted(names) == [("Mia", "member"), ("Olga", "owner")]
    assert (report["messages"], report["files"], report["people"]) == (len(log_of(busy)), 0, 3)
    again = run_import(path)
    assert again["conversations"][0]["result"] == "present"


def test_it_is_in_slacks_words(busy: Conversation, olga: User, mia: User, tmp_path: Path) -> None:
    export(tmp_path / "export.zip", busy.pk)
    with ZipFile(tmp_path / "export.zip") as archive:
        held = {name: json.loads(archive.read(name)) for name in archive.namelist()}
    (group,) = held["groups.json"]
    assert (group["name"], group["id"][0]) == ("büro", "G")
    assert held["channels.json"] == held["dms.json"] == []
    people = {each["profile"]["real_name"]: each for each in held["users.json"]}
    assert people["Mia"]["profile"]["email"] == mia.email
    days = [name for name in held if name.startswith("büro/")]
    said = [each for name in sorted(days) for each in held[name]]
    joined, first, thread = said[0], said[1], said[2]
    assert (joined["subtype"], joined["user"]) == ("channel_join", people["Ann"]["id"])
    assert joined["inviter"] == people["Olga"]["id"]
    her = people["Mia"]["id"]
    assert first["text"].startswith(f"hello <@{her}>, *bold*, _so_, ")
    assert first["text"].endswith("&amp; 2*3 &lt; 4 <!channel>")
    assert first["reactions"][0] == {"name": "thumbsup", "users": [her], "count": 1}
    assert thread["thread_ts"] == first["ts"] == group["pins"][0]["id"]
    assert "secret" not in json.dumps(held)


def test_everything_is_in_the_export_of_the_whole(
    busy: Conversation, olga: User, mia: User, tmp_path: Path
) -> None:
    direct = make_direct(olga, mia)
    say(direct, olga, "between us")
    public = make_conversation(olga, kind=Conversation.Kind.PUBLIC, title="Büro")
    say(public, olga, "to all")
    report = export(tmp_path / "export.zip")
    assert report["conversations"] == 3
    with ZipFile(tmp_path / "export.zip") as archive:
        folders = {name.partition("/")[0] for name in archive.namelist() if "/" in name}
    assert folders == {"büro", "büro-2", f"D{direct.pk.hex.upper()}"}
    entry = AuditEntry.objects.get(action="conversations.exported")
    keys = ("conversations", "messages", "files", "people", "leftOut")
    assert entry.after == {key: report[key] for key in keys} | {"isWhole": True}
    told = run_import(tmp_path / "export.zip")
    assert {each["result"] for each in told["conversations"]} == {"imported"}


def test_files_go_with_it(olga: User, tmp_path: Path) -> None:
    room = make_conversation(olga, title="files")
    upload = SimpleUploadedFile("plan.txt", b"a plan")
    held = add_attachment(uploader_id=olga.pk, file=upload, name="plan.txt")
    say(room, olga, "the plan", attachment_ids=[UUID(held["id"])])
    report = export(tmp_path / "export.zip", room.pk)
    assert report["files"] == 1
    told = run_import(tmp_path / "export.zip")
    assert told["changed"].get("file_not_fetched", 0) == 0
    copy = Conversation.objects.get(origin__isnull=False)
    row = Message.objects.get(conversation=copy, kind="file")
    file = Attachment.objects.get(conversation_id=copy.pk, seq=row.seq)
    assert (row.body, file.name, file.size, file.state) == ("the plan", "plan.txt", 6, "ready")


def test_wrong_arguments_write_nothing(busy: Conversation, tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    code, text = run("export_slack", "nothing", "--output", str(path))
    assert (code, "no conversation" in text) == (2, True)
    code, report = run("export_slack", str(busy.pk), "--dry-run", "--output", str(path))
    assert (code, report["conversations"], path.exists()) == (0, 1, False)
    path.write_bytes(b"")
    assert run("export_slack", "--output", str(path))[0] == 2
    assert not AuditEntry.objects.filter(action="conversations.exported").exists()
