"""`manage.py apply_retention`: what is too old loses its content, and nothing else changes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.models import User
from attachments.models import Attachment
from conversations.models import Conversation
from messaging.actions.edit import edit_message
from messaging.actions.reactions import add_reaction
from messaging.maintenance.retention import Due, expire
from messaging.models import Message, Reaction, Revision
from messaging.reads.changes import changes_since
from messaging.reads.inbox.conversations import conversation_json_for
from tests.cast import leave, make_conversation, make_direct, make_person, say
from tests.management.pasts import age, database_apart, fill
from tests.management.running import entries, run, spawn, unsound
from tests.messaging.actions.scene import Scene
from tests.waiting import eventually

WORDS = "message"


@pytest.fixture
def half_old(told_ten: Scene, settings: Any) -> Scene:
    """Five of the ten messages are 40 days old; groups keep them for 30."""
    settings.RETENTION_DAYS = {"group": 30}
    age(told_ten.id, days=40, up_to=5)
    return told_ten


def bodies(scene: Scene) -> list[str]:
    log = Message.objects.filter(conversation=scene.id).order_by("seq")
    return list(log.values_list("body", flat=True))


def test_old_ones_become_stubs_and_new_ones_stay(half_old: Scene) -> None:
    before = list(Message.objects.order_by("seq").values("id", "seq", "sender_id", "client_id"))

    code, report = run("apply_retention")

    assert (code, report) == (0, {"conversations": 1, "messages": 5, "dryRun": False})
    assert bodies(half_old) == [""] * 5 + [f"message {n}" for n in range(6, 11)]
    assert list(Message.objects.order_by("seq").values("id", "seq", "sender_id", "client_id")) == (
        before
    )
    assert unsound() == []


def test_unread_counts_only_what_still_says_something(half_old: Scene) -> None:
    run("apply_retention")
    (inbox,) = conversation_json_for(half_old.member.pk, [half_old.id])
    assert inbox["unread"] == 5


def test_devices_learn_of_it_as_of_any_deletion(half_old: Scene) -> None:
    run("apply_retention")
    news = changes_since(
        conversation_id=half_old.id, viewer_id=half_old.member.pk, since=10, limit=50
    )
    assert [it["seq"] for it in news["results"]] == [1, 2, 3, 4, 5]
    assert all(it["deletedAt"] and not it["content"] for it in news["results"])


def test_who_has_left_loses_them_too(half_old: Scene) -> None:
    leave(half_old.conversation, half_old.leaver)
    run("apply_retention")
    news = changes_since(
        conversation_id=half_old.id, viewer_id=half_old.leaver.pk, since=11, limit=50
    )
    assert [it["seq"] for it in news["results"]] == [1, 2, 3, 4, 5]


def test_versions_reactions_and_files_go_along(
    half_old: Scene, django_capture_on_commit_callbacks: Any
) -> None:
    owner = half_old.owner
    edit_message(conversation_id=half_old.id, user_id=owner.pk, seq=2, body="another message")
    add_reaction(conversation_id=half_old.id, user_id=owner.pk, seq=3, emoji="👍")
    Attachment.objects.create(
        uploader=owner, conversation_id=half_old.id, seq=4, name="a", size=1, content_type="a/b"
    )
    kept = Attachment.objects.create(
        uploader=owner, conversation_id=half_old.id, seq=9, name="b", size=1, content_type="a/b"
    )

    run("apply_retention")

    assert not Revision.objects.exists()
    assert not Reaction.objects.exists()
    assert list(Attachment.objects.all()) == [kept]


def test_again_there_is_nothing_to_do(half_old: Scene) -> None:
    run("apply_retention")
    head = Conversation.objects.get(pk=half_old.id)

    assert run("apply_retention")[1]["messages"] == 0

    assert Conversation.objects.get(pk=half_old.id).last_rev == head.last_rev


def test_a_dry_run_counts_and_changes_nothing(half_old: Scene) -> None:
    code, report = run("apply_retention", "--dry-run")

    assert (code, report["messages"]) == (0, 5)
    assert "" not in bodies(half_old)
    assert not entries("retention.begun")


def test_kinds_without_a_limit_keep_everything(half_old: Scene) -> None:
    direct = make_direct(half_old.owner, half_old.member)
    say(direct, half_old.owner, "for ever")
    age(direct.pk, days=4000, up_to=1)

    run("apply_retention")

    assert Message.objects.get(conversation=direct).body == "for ever"


def test_a_conversation_can_have_a_limit_of_its_own(half_old: Scene) -> None:
    where = ("--conversation", str(half_old.id))

    assert run("apply_retention", *where, "--keep", "forever")[1]["messages"] == 0
    assert run("apply_retention")[1]["messages"] == 0
    assert run("apply_retention", *where, "--keep", "39")[1]["messages"] == 5
    assert run("apply_retention", *where, "--keep", "default")[1]["messages"] == 0
    assert [it.after for it in entries("retention.set")] == [
        {"days": 0},
        {"days": 39},
        {"days": None},
    ]


def test_one_conversation_can_be_named(half_old: Scene) -> None:
    other = make_conversation(half_old.owner)
    say(other, half_old.owner)
    age(other.pk, days=40, up_to=1)

    assert run("apply_retention", "--conversation", str(other.pk))[1] == {
        "conversations": 1,
        "messages": 1,
        "dryRun": False,
    }
    assert "" not in bodies(half_old)


def test_it_is_written_down_before_and_after(half_old: Scene) -> None:
    run("apply_retention", "--as", "Kim", "--reason", "policy")

    (begun,), (applied,) = entries("retention.begun"), entries("retention.applied")
    assert begun.operator == applied.operator == "Kim: apply_retention"
    assert applied.after["messages"] == 5


@pytest.mark.parametrize(
    "wrong",
    [
        ("--keep", "30"),
        ("--conversation", "nothing"),
        ("--conversation", "01890000-0000-7000-8000-000000000000"),
    ],
)
def test_a_wrong_argument_is_refused(half_old: Scene, wrong: tuple[str, ...]) -> None:
    assert run("apply_retention", *wrong)[0] == 2
    assert "" not in bodies(half_old)


@pytest.mark.parametrize("days", ["0", "-1", "x", "1.5", ""])
def test_a_wrong_number_of_days_is_refused(half_old: Scene, days: str) -> None:
    code, _ = run("apply_retention", "--conversation", str(half_old.id), f"--keep={days or ' '}")
    assert code == 2


def test_the_nightly_task_does_the_same(half_old: Scene) -> None:
    from messaging.tasks import retain

    retain.func(0)

    assert bodies(half_old)[:6] == [""] * 5 + ["message 6"]
    (entry,) = entries("retention.applied")
    assert entry.after == {"conversations": 1, "messages": 5}
    assert unsound() == []


def test_it_speaks_plainly_too(half_old: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("apply_retention")
    assert "5 messages in 1 conversations lost their content." in capsys.readouterr().out


NUMBER = 8000


@pytest.mark.django_db(transaction=True)
def test_a_killed_run_leaves_all_sound_and_the_next_one_ends_it(tmp_path: Path) -> None:
    """Killed in the middle, while somebody goes on writing."""
    with database_apart() as name:
        ann, ben = make_person("Ann"), make_person("Ben")
        room = make_conversation(ann, ben)
        fill(room, ann, ben, number=NUMBER)
        command = ("apply_retention", "--conversation", str(room.pk), "--keep", "30")

        process = spawn(name, tmp_path, *command)
        eventually(lambda: expired(room) > 0)
        process.kill()
        process.communicate()

        assert process.returncode == -9, "it was through before it could be killed"
        assert 0 < expired(room) < NUMBER
        assert empty(room) == expired(room)
        assert unsound() == []

        say(room, ann, "in between")
        assert spawn(name, tmp_path, *command).wait(60) == 0
        say(room, ben, "afterwards")
        assert empty(room) == NUMBER
        assert unsound() == []


@pytest.mark.django_db(transaction=True)
def test_people_go_on_talking_while_it_works() -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    room = make_conversation(ann, ben)
    fill(room, ann, ben, number=3000)
    due = Due(room.pk, timezone.now() - timedelta(days=30))

    with ThreadPoolExecutor(2) as people:
        talks = [people.submit(talk, room, person) for person in (ann, ben)]
        emptied = sum(expire(due, sleep=lambda _: None))
        for done in talks:
            done.result()

    assert emptied == empty(room) == 3000
    log = Message.objects.filter(conversation=room).order_by("seq")
    assert list(log.values_list("seq", flat=True)) == list(range(1, 3101))
    assert log.values("rev").distinct().count() == 3100
    assert Conversation.objects.get(pk=room.pk).last_rev == 6100
    assert unsound() == []


def talk(room: Conversation, person: User) -> None:
    for number in range(50):
        say(room, person, f"new {number}")
    connection.close()


def expired(room: Conversation) -> int:
    return Conversation.objects.get(pk=room.pk).expired_seq


def empty(room: Conversation) -> int:
    return Message.objects.filter(conversation=room, body="").count()
