"""Everybody is answered with the same bytes whether the older part of a log is rows or files."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Block, User
from conversations.models import Participant
from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.actions.hides import hide_message
from messaging.actions.pins import pin_message
from messaging.actions.reactions import add_reaction
from messaging.actions.receipts import mark_read
from messaging.models import Message
from tests.cast import leave, make_person, say
from tests.messaging.actions.scene import Scene
from tests.messaging.archive.steps import archive_all, ask_all, index_all, rows_of, say_many

OLD, YOUNG = 240, 120


@pytest.fixture
def people(scene: Scene) -> dict[str, User | None]:
    """`late` came in the middle of the old part, `between` was there for a part of it."""
    return {
        "owner": scene.owner,
        "member": scene.member,
        "leaver": scene.leaver,
        "outsider": scene.outsider,
        "late": make_person("Lara"),
        "between": make_person("Ben"),
    }


@pytest.fixture
def seqs(scene: Scene, people: dict[str, Any]) -> list[int]:
    """Fills the log; returns the seqs to ask for."""
    room, owner, member = scene.conversation, scene.owner, scene.member
    say_many(room, [owner, member], 40)
    Participant.objects.create(
        conversation=room, user=people["between"], from_seq=30, last_read_seq=29
    )
    say(room, owner, "answered", reply_to_seq=5)
    root = say(room, member, "a thread")["seq"]
    for n in range(5):
        say(room, owner, f"reply {n}", thread_seq=root, also_to_conversation=n == 4)
    say_many(room, [owner, scene.admin, member], 60)
    say(room, owner, f"for <@{member.pk}>")
    say(room, owner, "see https://example.org/page and ünïcode \U0001f600 \\ \" '")
    place = {"conversation_id": room.pk}
    edit_message(**place, user_id=member.pk, seq=4, body="edited once")
    edit_message(**place, user_id=owner.pk, seq=45, body="changed")
    add_reaction(**place, user_id=member.pk, seq=3, emoji="👍")
    add_reaction(**place, user_id=scene.leaver.pk, seq=3, emoji="👍")
    delete_message(**place, user_id=owner.pk, seq=7)
    pin_message(**place, user_id=owner.pk, seq=9)
    hide_message(**place, user_id=member.pk, seq=11)
    leave(room, scene.leaver)
    edit_message(**place, user_id=member.pk, seq=6, body="after the leaving")
    add_reaction(**place, user_id=owner.pk, seq=8, emoji="🎉")
    delete_message(**place, user_id=owner.pk, seq=13)
    leave(room, people["between"])
    say_many(room, [owner, member], 60)
    last = Message.objects.filter(conversation=room).count()
    Participant.objects.create(
        conversation=room, user=people["late"], from_seq=last - 20, last_read_seq=last - 21
    )
    say_many(room, [owner, member, people["late"]], OLD + YOUNG - last)
    hide_message(**place, user_id=people["late"].pk, seq=last + 5)
    for reader in (owner, member, scene.admin):
        mark_read(**place, user_id=reader.pk, seq=OLD)
    Block.objects.create(blocker=member, blocked=scene.admin)
    return [1, 3, 4, 6, 7, 9, 11, 42, 45, last, 259, 300]


SEARCHES = [
    "/v1/search?q=message&limit=50&neighbours=2",
    "/v1/search?q=edited",
    "/v1/search?q=message+has:reaction",
    "/v1/search?q=message+is:unread",
    "/v1/search?q=needle",
]


def paths_of(scene: Scene, seqs: list[int]) -> list[str]:
    base = f"/v1/conversations/{scene.id}"
    times = [
        Message.objects.get(conversation=scene.id, seq=seq).created_at
        + timedelta(microseconds=plus)
        for seq in (1, 120, 300)
        for plus in (0, 1)
    ]
    moments = [at.isoformat().replace("+00:00", "Z") for at in times]
    places = [*map(str, seqs), *moments]
    return [
        f"{base}/messages",
        *(
            f"{base}/messages?{side}={at}&limit=30"
            for side in ("before", "after", "around")
            for at in places
        ),
        *(f"{base}/messages?limit=200&before={at}" for at in places),
        *(f"{base}/messages/{seq}" for seq in seqs),
        *(f"{base}/messages/{seq}/revisions" for seq in seqs),
        *(f"{base}/messages/{seq}/readers" for seq in seqs[:4]),
        f"{base}/messages/42/thread",
        f"{base}/pins",
        f"{base}/attachments",
        "/v1/conversations",
        f"{base}",
        "/v1/saved",
    ]


def answers_before_and_after(
    people: dict[str, Any], scene: Scene, paths: Sequence[str]
) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """As rows, and with the older part in files."""
    index_all()
    before = ask_all(people, paths)
    gone = archive_all()
    assert gone > OLD // 2
    assert 2 not in rows_of(scene.id)
    return before, ask_all(people, paths)


def test_pages_and_messages(scene: Scene, people: dict[str, Any], seqs: list[int]) -> None:
    before, after = answers_before_and_after(people, scene, paths_of(scene, seqs))
    wrong = [asked for asked in before if before[asked] != after[asked]]
    assert not wrong, (len(wrong), wrong[:20])
    assert sum(status == 200 for status, _ in before.values()) > 100


def test_search(scene: Scene, people: dict[str, Any], seqs: list[int]) -> None:
    before, after = answers_before_and_after(people, scene, SEARCHES)
    assert [asked for asked in before if before[asked] != after[asked]] == []
    assert {status for status, _ in before.values()} == {200}
