"""`manage.py erase_user`: no trace of the words, and nothing moves for anybody else."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import authenticate
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import Contact, SignIn, User
from accounts.people.accounts import close_account
from attachments.models import Attachment
from conversations.models import Conversation, Participant
from messaging.actions.edit import edit_message
from messaging.actions.hides import hide_message
from messaging.actions.reactions import add_reaction
from messaging.actions.scheduled import schedule_message
from messaging.membership.change_conversation import change_conversation
from messaging.models import Message
from messaging.moderation.models import Report
from messaging.reads.inbox.conversations import conversation_json_for
from messaging.sending.drafts import Draft
from tests.cast import make_conversation, make_direct, make_person, say
from tests.management.pasts import database_apart, fill, words_in
from tests.management.running import entries, run, spawn, unsound
from tests.messaging.actions.scene import Scene
from tests.waiting import eventually

SECRET = "zebrafinch"


@pytest.fixture
def talked(scene: Scene) -> Scene:
    """The member has said, changed, shown, named and reported things full of one word."""
    member, group = scene.member, scene.conversation
    User.objects.filter(pk=member.pk).update(
        name=f"Mia {SECRET}", email=f"{SECRET}@example.org", about=f"I like {SECRET}"
    )
    for number in range(3):
        say(group, member, f"{SECRET} {number}")
        say(group, scene.owner, f"what about that, <@{member.pk}>?")
    edit_message(conversation_id=scene.id, user_id=member.pk, seq=1, body=f"new {SECRET}")
    add_reaction(conversation_id=scene.id, user_id=scene.owner.pk, seq=1, emoji="👍")
    change_conversation(conversation_id=scene.id, by=scene.owner.pk, title="Once")
    say(make_direct(member, scene.outsider), member, f"between us: {SECRET}")
    Attachment.objects.create(
        uploader=member,
        conversation_id=scene.id,
        seq=3,
        name=f"{SECRET}.txt",
        size=1,
        content_type="text/plain",
    )
    Attachment.objects.create(
        uploader=member, name=f"{SECRET}.txt", size=1, content_type="text/plain"
    )
    Contact.objects.create(owner=scene.owner, person=member, nickname=SECRET)
    Report.objects.create(
        reporter=scene.owner,
        person=member,
        conversation=group,
        seq=1,
        reason="spam",
        snapshot=[{"seq": 1, "senderId": str(member.pk), "content": f"{SECRET} 0"}],
    )
    later = timezone.now() + timedelta(days=1)
    planned = Draft(scene.id, member.pk, uuid4(), f"{SECRET} tomorrow")
    schedule_message(planned, send_at=later)
    Report.objects.create(
        reporter=member, person=scene.owner, reason="spam", comment=f"not a {SECRET}", snapshot=[]
    )
    return scene


def erase(person: User, *flags: str) -> tuple[int, Any]:
    return run("erase_user", str(person.pk), "--yes", *flags)


def places() -> list[Any]:
    log = Message.objects.order_by("conversation", "seq")
    return list(log.values("conversation", "seq", "sender", "created_at"))


def traces() -> list[str]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        found = []
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text ILIKE '%%{SECRET}%%'")
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def test_no_table_holds_the_words_any_more(talked: Scene) -> None:
    assert {"accounts_user", "messaging_message", "messaging_report"} <= set(traces())
    code, report = erase(talked.member)
    assert (code, report["messages"]) == (0, 4)
    assert traces() == []


def test_order_and_counts_of_others_stay(talked: Scene) -> None:
    before = list(
        Message.objects.order_by("conversation", "seq").values("seq", "sender", "created_at")
    )

    erase(talked.member)

    kept = list(
        Message.objects.order_by("conversation", "seq").values("seq", "sender", "created_at")
    )
    assert [it for it in kept if it in before] == before
    assert Message.objects.filter(sender=talked.owner, body__startswith="what about").count() == 3
    (inbox,) = conversation_json_for(talked.admin.pk, [talked.id])
    assert inbox["unread"] == 3
    assert unsound() == []


def test_the_person_is_nobody_and_signed_in_nowhere(talked: Scene) -> None:
    member = talked.member
    member.set_password("a-quiet-harbour-9")
    member.save()
    browser = Browser()
    browser.force_login(member)
    assert SignIn.objects.filter(user=member).exists()

    erase(member)

    gone = User.objects.get(pk=member.pk)
    assert (gone.name, gone.email, gone.about) == ("Erased person", None, "")
    assert not gone.is_active
    assert not gone.has_usable_password()
    assert not SignIn.objects.filter(user=member).exists()
    assert browser.get("/v1/users/me").status_code in (401, 403)
    assert authenticate(username=f"{SECRET}@example.org", password="a-quiet-harbour-9") is None
    assert not Participant.objects.open().filter(user=member, conversation=talked.id).exists()


def test_the_files_go(talked: Scene) -> None:
    erase(talked.member)
    assert not Attachment.objects.exists()


def test_what_the_admin_noted_loses_the_name(talked: Scene) -> None:
    from django.contrib.contenttypes.models import ContentType

    LogEntry.objects.create(
        user=talked.owner,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(talked.member.pk),
        object_repr=SECRET,
        action_flag=CHANGE,
    )
    erase(talked.member)
    assert traces() == []


def test_former_titles_by_the_person_go_and_the_present_one_stays(talked: Scene) -> None:
    Participant.objects.filter(user=talked.member, conversation=talked.id).update(role="admin")
    for title in (f"All {SECRET}", "Present"):
        change_conversation(conversation_id=talked.id, by=talked.member.pk, title=title)

    erase(talked.member)

    assert traces() == []
    assert Conversation.objects.get(pk=talked.id).title == "Present"
    assert unsound() == []


def test_a_closed_account_can_be_erased(talked: Scene) -> None:
    close_account(user=talked.member)
    assert erase(talked.member)[0] == 0
    assert traces() == []


def test_a_suspended_one_too(talked: Scene) -> None:
    User.objects.filter(pk=talked.member.pk).update(is_active=False)
    assert erase(talked.member)[0] == 0
    assert traces() == []
    assert (
        not Participant.objects.open().filter(user=talked.member, conversation=talked.id).exists()
    )


def test_what_an_imported_bot_wrote_goes_too(talked: Scene) -> None:
    """A bot speaks without being in."""
    bot = make_person("Bot", is_bot=True)
    Message.objects.filter(conversation=talked.id, seq=2).update(sender=bot, body="from afar")
    assert erase(bot)[1]["messages"] == 1
    assert Message.objects.get(conversation=talked.id, seq=2).body == ""


def test_again_there_is_nothing_left_to_erase(talked: Scene) -> None:
    erase(talked.member)
    revs = list(Conversation.objects.order_by("id").values_list("last_rev", flat=True))

    assert erase(talked.member)[1]["messages"] == 0

    assert list(Conversation.objects.order_by("id").values_list("last_rev", flat=True)) == revs


def test_a_dry_run_changes_nothing(talked: Scene) -> None:
    before = traces()
    code, report = erase(talked.member, "--dry-run")
    assert (code, report["messages"]) == (0, 4)
    assert traces() == before
    assert not entries("erasure.begun")


def test_it_is_written_down_without_the_name(talked: Scene) -> None:
    erase(talked.member, "--reason", "a letter")
    (entry,) = entries("person.erased")
    assert (entry.person_id, entry.reason, entry.after) == (
        talked.member.pk,
        "a letter",
        {"messages": 4},
    )


def test_it_asks_first(talked: Scene) -> None:
    assert run("erase_user", str(talked.member.pk))[0] == 2
    assert traces()


def test_nobody_is_refused(db: None) -> None:
    assert run("erase_user", "nobody@example.org", "--yes")[0] == 2


def test_hides_and_reads_of_the_person_leave_the_counts_right(talked: Scene) -> None:
    hide_message(conversation_id=talked.id, user_id=talked.member.pk, seq=2)
    direct = Conversation.objects.get(kind="direct")
    say(direct, talked.outsider, "are you there?")
    hide_message(conversation_id=direct.pk, user_id=talked.member.pk, seq=2)
    erase(talked.member)
    assert unsound() == []


NUMBER = 8000


@pytest.mark.django_db(transaction=True)
def test_a_killed_run_is_ended_by_the_same_command(tmp_path: Path) -> None:
    with database_apart() as name:
        ann, ben = make_person("Ann"), make_person("Ben", email="ben@example.org")
        room = make_conversation(ann, ben)
        fill(room, ben, number=NUMBER, words=SECRET)
        command = ("erase_user", "ben@example.org", "--yes", "--json")

        process = spawn(name, tmp_path, *command)
        eventually(lambda: left(room) < NUMBER)
        process.kill()
        process.communicate()

        assert process.returncode == -9, "it was through before it could be killed"
        assert 0 < left(room) < NUMBER
        assert unsound() == []
        say(room, ann, "is anybody there?")

        process = spawn(name, tmp_path, *command)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        assert 0 < json.loads(out)["messages"] < NUMBER
        assert words_in(name, SECRET) == []
        assert words_in(name, "ben@example.org") == []
        assert unsound() == []


def left(room: Conversation) -> int:
    return Message.objects.filter(conversation=room).exclude(body="").count()
