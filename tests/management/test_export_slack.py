"""`manage.py export_slack`: what it writes is a Slack export, and our import makes the same log."""

import json
import re
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
        names = [name for name in archive.namelist() if name.endswith(".json")]
        held = {name: json.loads(archive.read(name)) for name in names}
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


def test_a_conversation_without_messages_has_an_empty_folder(
    olga: User, mia: User, tmp_path: Path
) -> None:
    direct = make_direct(olga, mia)
    export(tmp_path / "export.zip", direct.pk)
    with ZipFile(tmp_path / "export.zip") as archive:
        archive.extractall(tmp_path / "unpacked")
    assert list((tmp_path / "unpacked" / f"D{direct.pk.hex.upper()}").iterdir()) == []
    told = run_import(tmp_path / "export.zip")
    assert [each["result"] for each in told["conversations"]] != ["failed"]


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


# What the importers of Zulip (`zerver/data_import/slack.py`) and Mattermost (`mmetl`) read of each
# entry; without these they stop, or lose what is there.
ASKED_FOR: dict[str, set[str]] = {
    "users.json": {"id", "team_id", "name", "real_name", "deleted", "is_bot", "tz", "profile"}
    | {"is_admin", "is_owner", "is_primary_owner", "is_restricted", "is_ultra_restricted"},
    "channels.json": {"id", "name", "created", "creator", "is_archived", "is_general", "members"}
    | {"topic", "purpose"},
    "groups.json": {"id", "name", "created", "creator", "is_archived", "members"}
    | {"topic", "purpose"},
    "mpims.json": {"id", "name", "created", "creator", "members"},
    "dms.json": {"id", "created", "members"},
}
OF_A_FILE = {"id", "name", "title", "mimetype", "size", "created", "user", "mode"} | {
    "url_private",
    "url_private_download",
}
OF_A_ROOT = {"thread_ts", "reply_count", "reply_users", "latest_reply", "replies"}


@pytest.fixture
def whole(busy: Conversation, olga: User, mia: User, tmp_path: Path) -> dict[str, Any]:
    """The JSON files of an export of everything there can be, by their names."""
    direct, notes = make_direct(olga, mia), make_direct(olga, olga)
    say(direct, olga, "between us")
    say(notes, olga, "to myself")
    public = make_conversation(olga, mia, kind=Conversation.Kind.PUBLIC, title="lobby")
    nobody = make_person("Ned", email=None)
    robo = make_person("Robo", is_bot=True, email=None)
    add_people(conversation_id=public.pk, by=olga.pk, user_ids=[nobody.pk, robo.pk])
    upload = SimpleUploadedFile("plan.txt", b"a plan")
    held = add_attachment(uploader_id=olga.pk, file=upload, name="plan.txt")
    say(public, olga, "the plan", attachment_ids=[UUID(held["id"])])
    say(public, robo, "beep")
    export(tmp_path / "whole.zip")
    with ZipFile(tmp_path / "whole.zip") as archive:
        names = [name for name in archive.namelist() if name.endswith(".json")]
        return {name: json.loads(archive.read(name)) for name in names}


def test_other_importers_find_the_fields_that_they_ask_for(whole: dict[str, Any]) -> None:
    for name, fields in ASKED_FOR.items():
        assert all(fields <= entry.keys() for entry in whole[name]), name
    assert [len(whole[name]) for name in ASKED_FOR] == [5, 1, 1, 0, 2]
    for person in whole["users.json"]:
        profile = person["profile"]
        assert ("bot_id" if person["is_bot"] else "email") in profile
        assert profile["real_name"] == profile["real_name_normalized"] == person["real_name"]
    people = {person["id"] for person in whole["users.json"]}
    for index in ("channels.json", "groups.json", "dms.json"):
        for entry in whole[index]:
            assert set(entry["members"]) <= people
            assert entry.get("creator", "") in people | {""}
    assert all(len(entry["members"]) == 2 for entry in whole["dms.json"])


def test_other_importers_find_days_messages_threads_and_files(whole: dict[str, Any]) -> None:
    indexes = ("channels.json", "groups.json", "mpims.json")
    folders = {entry["name"] for index in indexes for entry in whole[index]}
    folders |= {entry["id"] for entry in whole["dms.json"]}
    days = {name: entries for name, entries in whole.items() if "/" in name}
    assert {name.partition("/")[0] for name in days} == folders
    assert all(re.fullmatch(r"[^/]+/\d{4}-\d\d-\d\d\.json", name) for name in days)
    people = {person["id"] for person in whole["users.json"]}
    by_ts: dict[str, Any] = {}
    for entries in days.values():
        assert [each["ts"] for each in entries] == sorted(each["ts"] for each in entries)
        for each in entries:
            assert each["type"] == "message"
            assert re.fullmatch(r"\d{10}\.\d{6}", each["ts"])
            assert isinstance(each["text"], str)
            assert each["user"] in people
            assert all(set(it["users"]) <= people for it in each.get("reactions", ()))
            assert all(file.keys() >= OF_A_FILE for file in each.get("files", ()))
            by_ts[each["ts"]] = each
    roots = [each for each in by_ts.values() if "replies" in each]
    assert len(roots) == 1
    assert roots[0].keys() >= OF_A_ROOT
    assert roots[0]["thread_ts"] == roots[0]["ts"]
    assert roots[0]["reply_count"] == len(roots[0]["replies"]) == 2
    for reply in roots[0]["replies"]:
        assert by_ts[reply["ts"]]["thread_ts"] == roots[0]["ts"]
        assert by_ts[reply["ts"]]["user"] == reply["user"]
    assert roots[0]["latest_reply"] == roots[0]["replies"][-1]["ts"]


def test_an_address_that_nobody_has_is_not_imported(whole: dict[str, Any], tmp_path: Path) -> None:
    before = set(User.objects.values_list("pk", flat=True))
    (ned,) = [it for it in whole["users.json"] if it["real_name"] == "Ned"]
    assert ned["profile"]["email"].endswith("@no-address.invalid")
    run_import(tmp_path / "whole.zip")
    assert list(User.objects.exclude(pk__in=before).filter(name="Ned")).pop().email is None


def test_wrong_arguments_write_nothing(busy: Conversation, tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    code, text = run("export_slack", "nothing", "--output", str(path))
    assert (code, "no conversation" in text) == (2, True)
    code, report = run("export_slack", str(busy.pk), "--dry-run", "--output", str(path))
    assert (code, report["conversations"], path.exists()) == (0, 1, False)
    path.write_bytes(b"")
    assert run("export_slack", "--output", str(path))[0] == 2
    assert not AuditEntry.objects.filter(action="conversations.exported").exists()
