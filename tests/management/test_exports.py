"""`manage.py export_conversation` and `export_user`: all that one may see, and nothing else."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.auth.client_address import Client
from accounts.auth.sign_ins import start_token_sign_in
from accounts.models import Contact, User
from attachments.models import Attachment
from chatproject.core.storage import file_storage
from conversations.models import Conversation
from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.actions.hides import hide_message
from messaging.actions.scheduled import schedule_message
from messaging.models import Message
from messaging.moderation.models import Report
from messaging.reads.messages import get_message
from messaging.sending.drafts import Draft
from tests.cast import leave, make_conversation, make_direct, say
from tests.conformance.oracle import Oracle
from tests.management.running import entries, run
from tests.messaging.actions.scene import Scene
from tests.messaging.reads.world import lives, make_world, plain, undone, whole_history


@pytest.fixture
def folder(tmp_path: Path, own_store: Path) -> Path:
    """For exports; with a store of files of the test's own."""
    return tmp_path


def export(conversation: Conversation, person: User, folder: Path) -> tuple[Any, ZipFile]:
    """conversation.json and the archive."""
    path = folder / f"{person.pk}.zip"
    code, report = run(
        "export_conversation",
        str(conversation.pk),
        *("--for", str(person.pk), "--output", str(path), "--force"),
    )
    assert code == 0, report
    archive = ZipFile(path)
    assert archive.testzip() is None
    return json.loads(archive.read("conversation.json")), archive


def contents(shape: Any) -> list[str]:
    return [it["content"] for it in shape["messages"] if it["kind"] != "system"]


def attach(scene: Scene, seq: int, name: str, content: bytes) -> Attachment:
    attachment = Attachment.objects.create(
        uploader=scene.owner,
        conversation_id=scene.id,
        seq=seq,
        name=name,
        size=len(content),
        content_type="text/plain",
        state="ready",
        expires_at=None,
    )
    Message.objects.filter(conversation=scene.id, seq=seq).update(kind="file")
    file_storage().put(attachment.original_key, ContentFile(content))
    return attachment


def test_who_is_in_gets_everything(told_ten: Scene, folder: Path) -> None:
    edit_message(conversation_id=told_ten.id, user_id=told_ten.owner.pk, seq=2, body="message two")
    for person in (told_ten.owner, told_ten.member):
        shape, archive = export(told_ten.conversation, person, folder)
        assert contents(shape) == [
            "message 1",
            "message two",
            *(f"message {n}" for n in range(3, 11)),
        ]
        assert [it["content"] for it in shape["messages"][1]["revisions"]] == [
            "message 2",
            "message two",
        ]
        page = archive.read("index.html").decode()
        assert all(text in page for text in contents(shape))
        assert {it["name"] for it in shape["participants"]} == {"Olga", "Adam", "Mia", "Leo"}


def test_who_left_gets_what_they_still_see(told_ten: Scene, folder: Path) -> None:
    leave(told_ten.conversation, told_ten.leaver)
    say(told_ten.conversation, told_ten.owner, "behind your back")
    edit_message(
        conversation_id=told_ten.id, user_id=told_ten.owner.pk, seq=1, body="changed afterwards"
    )

    shape, archive = export(told_ten.conversation, told_ten.leaver, folder)

    assert contents(shape) == [f"message {n}" for n in range(1, 11)]
    everything = archive.read("index.html").decode() + json.dumps(shape)
    assert "behind your back" not in everything
    assert "changed afterwards" not in everything
    assert shape["participants"] == []


def test_an_outsider_gets_nothing(told_ten: Scene, folder: Path) -> None:
    path = folder / "none.zip"
    code, said = run(
        "export_conversation",
        str(told_ten.id),
        *("--for", str(told_ten.outsider.pk), "--output", str(path)),
    )
    assert (code, said) == (1, "There is no such conversation.")
    assert not path.exists()
    assert not entries("conversation.exported")


def test_hidden_and_deleted_messages_are_not_in_it(told_ten: Scene, folder: Path) -> None:
    hide_message(conversation_id=told_ten.id, user_id=told_ten.member.pk, seq=3)
    delete_message(conversation_id=told_ten.id, user_id=told_ten.owner.pk, seq=4)

    shape, archive = export(told_ten.conversation, told_ten.member, folder)

    assert [it["seq"] for it in shape["messages"]] == [1, 2, 4, 5, 6, 7, 8, 9, 10]
    page = archive.read("index.html").decode()
    assert "message 3" not in page
    assert "message 4" not in page


def test_files_come_along_for_who_sees_their_message(told_ten: Scene, folder: Path) -> None:
    before = attach(told_ten, 5, "../plans: 1.txt", b"the plans")
    leave(told_ten.conversation, told_ten.leaver)
    say(told_ten.conversation, told_ten.owner, "one more")
    after = attach(told_ten, 12, "later.txt", b"later plans")

    shape, archive = export(told_ten.conversation, told_ten.leaver, folder)
    (place,) = [it["file"] for message in shape["messages"] for it in message["attachments"]]
    assert archive.read(place) == b"the plans"
    assert place == f"files/{before.pk}-.._plans_ 1.txt"
    assert not [name for name in archive.namelist() if str(after.pk) in name]

    _, archive = export(told_ten.conversation, told_ten.member, folder)
    assert archive.read(f"files/{after.pk}-later.txt") == b"later plans"


def test_text_cannot_become_markup(scene: Scene, folder: Path) -> None:
    said = "<script>alert(1)</script> & <b>"
    say(scene.conversation, scene.owner, said)
    Conversation.objects.filter(pk=scene.id).update(title="<i>title")
    User.objects.filter(pk=scene.owner.pk).update(name="<u>Olga")

    shape, archive = export(scene.conversation, scene.member, folder)

    assert contents(shape) == [said]
    page = archive.read("index.html").decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;" in page
    assert not any(markup in page for markup in ("<script", "<i>title", "<u>"))


def test_mentions_are_read_as_names_and_events_as_sentences(scene: Scene, folder: Path) -> None:
    say(scene.conversation, scene.owner, f"come, <@{scene.member.pk}>")
    leave(scene.conversation, scene.leaver)

    page = export(scene.conversation, scene.admin, folder)[1].read("index.html").decode()

    assert "come, @Mia" in page
    assert "Leo left" in page


def test_a_long_log_is_written_page_by_page(
    told_ten: Scene, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messaging.exports.messages.PAGE", 3)
    shape, _ = export(told_ten.conversation, told_ten.member, folder)
    assert contents(shape) == [f"message {n}" for n in range(1, 11)]


PATIENT = settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@PATIENT
@given(kind=st.sampled_from(["group", "public", "broadcast", "direct"]), steps=lives())
def test_an_export_is_what_the_rule_shows(db: None, folder: Path, kind: str, steps: Any) -> None:
    """Whatever happened: of each person the messages that history shows, as it shows them."""
    with undone():
        world = make_world(kind).live(steps)
        for person in world.people:
            seqs = set(Oracle.of(world.id).visible(person.pk))
            path = folder / "any.zip"
            code, _ = run(
                "export_conversation",
                str(world.id),
                *("--for", str(person.pk), "--output", str(path), "--force"),
            )
            if code:
                assert (code, seqs) == (1, set())
                continue
            with ZipFile(path) as archive:
                found = json.loads(archive.read("conversation.json"))["messages"]
            assert {it["seq"] for it in found} == seqs
            shown, _ = whole_history(world.id, person.pk, limit=200)
            for seq in seqs - shown.keys():  # what stays in a thread
                reply = get_message(conversation_id=world.id, viewer_id=person.pk, seq=seq)
                assert reply["threadSeq"] is not None
                shown[seq] = plain(reply)
            for it in found:
                versions = it.pop("revisions", [])
                assert not versions or versions[-1]["content"] == it["content"]
                assert all(version["rev"] <= it["rev"] for version in versions)
            assert {it["seq"]: plain(it) for it in found} == shown


# ---- a whole person


def export_user(person: User, folder: Path) -> ZipFile:
    path = folder / "user.zip"
    code, report = run("export_user", str(person.pk), "--output", str(path), "--force")
    assert code == 0, report
    archive = ZipFile(path)
    assert archive.testzip() is None
    return archive


def test_a_person_gets_account_and_conversations(told_ten: Scene, folder: Path) -> None:
    member = told_ten.member
    direct = make_direct(member, told_ten.outsider)
    say(direct, told_ten.outsider, "hello Mia")
    Contact.objects.create(owner=member, person=told_ten.owner, nickname="boss")
    start_token_sign_in(user=member, client=Client(address="127.0.0.9", user_agent="phone"))
    Report.objects.create(
        reporter=member, person=told_ten.owner, reason="spam", comment="he shouts", snapshot=[]
    )

    planned = Draft(told_ten.id, member.pk, uuid4(), "see you tomorrow")
    schedule_message(planned, send_at=timezone.now() + timedelta(days=1))

    archive = export_user(member, folder)

    account = json.loads(archive.read("account.json"))
    assert (account["name"], account["email"]) == (member.name, member.email)
    assert [it["nickname"] for it in account["contacts"]] == ["boss"]
    assert [it["userAgent"] for it in account["signIns"]] == ["phone"]
    assert [it["comment"] for it in account["reports"]] == ["he shouts"]
    assert [it["content"] for it in account["scheduledMessages"]] == ["see you tomorrow"]
    for conversation, words in ((direct, "hello Mia"), (told_ten.conversation, "message 7")):
        place = f"conversations/{conversation.pk}"
        assert words in archive.read(f"{place}/index.html").decode()
        assert words in archive.read(f"{place}/conversation.json").decode()
        assert f"{place}/index.html" in archive.read("index.html").decode()


def test_nothing_of_others_is_in_it(told_ten: Scene, folder: Path) -> None:
    other = make_conversation(told_ten.owner, told_ten.admin, title="Without Mia")
    say(other, told_ten.owner, "not for Mia")
    Contact.objects.create(owner=told_ten.owner, person=told_ten.member, nickname="the slow one")
    Report.objects.create(
        reporter=told_ten.owner, person=told_ten.member, reason="spam", comment="so slow"
    )

    archive = export_user(told_ten.member, folder)

    everything = b"".join(archive.read(name) for name in archive.namelist()).decode()
    for words in ("not for Mia", "Without Mia", "the slow one", "so slow", str(other.pk)):
        assert words not in everything
    for secret in (told_ten.member.password, str(told_ten.owner.email)):
        assert secret not in everything


def test_somebody_without_conversations_gets_the_account(told_ten: Scene, folder: Path) -> None:
    archive = export_user(told_ten.outsider, folder)
    assert sorted(archive.namelist()) == ["account.json", "index.html"]


# ---- the command


def test_it_is_written_down(told_ten: Scene, folder: Path) -> None:
    export(told_ten.conversation, told_ten.member, folder)
    export_user(told_ten.member, folder)

    (one,), (other,) = entries("conversation.exported"), entries("person.exported")
    assert one.conversation_id == told_ten.id
    assert one.person_id == other.person_id == told_ten.member.pk
    assert one.after == {"messages": 10, "files": 0}


def test_a_file_that_is_there_is_not_replaced(told_ten: Scene, folder: Path) -> None:
    path = folder / "mine.zip"
    path.write_text("mine")
    assert run("export_user", str(told_ten.member.pk), "--output", str(path))[0] == 2
    assert path.read_text() == "mine"


def test_nothing_is_left_of_an_export_that_fails(
    told_ten: Scene, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("messaging.exports.person.account_of", interrupt)
    path = folder / "user.zip"
    assert run("export_user", str(told_ten.member.pk), "--output", str(path))[0] == 130
    assert not [it.name for it in folder.iterdir() if it.is_file()]


def test_an_export_is_for_the_operators_eyes(told_ten: Scene, folder: Path) -> None:
    export(told_ten.conversation, told_ten.member, folder)
    assert (folder / f"{told_ten.member.pk}.zip").stat().st_mode & 0o077 == 0


def test_a_dry_run_writes_nothing(told_ten: Scene, folder: Path) -> None:
    path = folder / "none.zip"
    for command in (
        ("export_user", str(told_ten.member.pk)),
        ("export_conversation", str(told_ten.id), "--for", str(told_ten.member.pk)),
    ):
        assert run(*command, "--output", str(path), "--dry-run")[0] == 0
    assert not path.exists()
    assert not entries("person.exported")


@pytest.mark.parametrize(
    "wrong",
    [
        ("export_user", "nobody@example.org"),
        ("export_user", "{member}", "--output", "/no/such/folder/a.zip"),
        ("export_conversation", "nothing", "--for", "{member}"),
        ("export_conversation", "{group}", "--for", "nobody@example.org"),
    ],
)
def test_a_wrong_argument_is_refused(told_ten: Scene, wrong: tuple[str, ...]) -> None:
    ids = {"member": told_ten.member.pk, "group": told_ten.id}
    assert run(*(it.format_map(ids) for it in wrong))[0] == 2
