"""Who has left: deletions are seen, and of what else came later nothing, by any way of reading."""

from collections.abc import Sequence
from typing import Any

import pytest

from chatproject.core.db.readings import Steps
from conversations.models import Participant
from conversations.visibility import Visibility, visibility_of
from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.actions.pins import pin_message
from messaging.actions.reactions import add_reaction, remove_reaction
from messaging.log import writing
from messaging.models import Message
from messaging.reads.change_keys import (
    MAX_LATER_REVS,
    MAX_RESTORED,
    ChangesRequest,
    find_changes,
)
from messaging.reads.changes import changes_since, read_changes
from messaging.reads.consistency import read_consistently
from messaging.reads.history import PageAnchor, history_page
from messaging.reads.inbox.conversations import conversation_json_for
from messaging.reads.message_rows import VisibleMessage
from messaging.reads.sync import sync
from messaging.reads.window import window
from tests.cast import leave, say
from tests.messaging.actions.scene import Scene


@pytest.fixture
def left(told_ten: Scene) -> Scene:
    """Ten messages; 2 was edited, 3 has a reaction, 4 is pinned. Then Leo left, at rev 14."""
    act = at(told_ten)
    act(edit_message, 2, body="second")
    act(add_reaction, 3, emoji="👍")
    act(pin_message, 4)
    leave(told_ten.conversation, told_ten.leaver)
    return told_ten


def at(scene: Scene) -> Any:
    def act(action: Any, seq: int, **fields: Any) -> None:
        action(conversation_id=scene.id, user_id=scene.owner.pk, seq=seq, **fields)

    return act


def history(scene: Scene, user: Any) -> dict[int, dict[str, Any]]:
    page = history_page(conversation_id=scene.id, viewer_id=user.pk, anchor=PageAnchor(), limit=50)
    return {message["seq"]: message for message in page["results"]}


def changes(scene: Scene, since: int, limit: int = 50) -> dict[str, Any]:
    return changes_since(
        conversation_id=scene.id, viewer_id=scene.leaver.pk, since=since, limit=limit
    )


def shown(answer: dict[str, Any]) -> list[int]:
    return [message["seq"] for message in answer["results"]]


def test_the_text_of_then_stands(left: Scene) -> None:
    before = history(left, left.leaver)
    act = at(left)
    act(edit_message, 1, body="changed")
    act(edit_message, 2, body="third")
    act(remove_reaction, 3, emoji="👍")
    act(add_reaction, 5, emoji="🎉")
    act(pin_message, 6)
    say(left.conversation, left.owner, "later")

    after = history(left, left.leaver)

    assert after == before
    assert (after[1]["content"], after[1]["editedAt"]) == ("message 1", None)
    assert after[2]["content"] == "second"
    assert after[2]["editedAt"] is not None
    assert after[3]["reactions"][0]["count"] == 1
    assert (after[5]["reactions"], after[4]["pinnedAt"], after[6]["pinnedAt"]) == ([], None, None)
    assert max(after) == 11
    assert {message["rev"] for message in after.values()} == {14}


def test_deletions_are_seen(left: Scene) -> None:
    at(left)(delete_message, 2)

    stone = history(left, left.leaver)[2]

    assert (stone["content"], stone["rev"]) == ("", 15)
    assert stone["deletedAt"] is not None


def test_changes_go_on_up_to_the_leaving(left: Scene) -> None:
    answer = changes(left, since=10)

    assert (shown(answer), answer["throughRev"], answer["more"]) == ([2, 3, 4, 11], 14, False)
    assert answer["results"][2]["pinnedAt"] is None


def test_changes_after_the_leaving_are_deletions_alone(left: Scene) -> None:
    act = at(left)
    act(edit_message, 1, body="changed")
    act(pin_message, 6)
    with writing(left.id) as log:
        log.append_system("participants.added", by=left.owner.pk, members=0)
    assert changes(left, since=14) == {
        "results": [],
        "threads": [],
        "throughRev": 14,
        "memberRev": 14,
        "more": False,
        "reset": False,
        "people": [],
    }
    act(delete_message, 7)
    say(left.conversation, left.owner, "later")
    act(delete_message, 13)
    act(delete_message, 8)

    first = changes(left, since=14, limit=1)
    assert (shown(first), first["throughRev"], first["more"]) == ([7], 18, True)
    second = changes(left, since=18)
    assert (shown(second), second["throughRev"], second["more"]) == ([8], 21, False)
    assert shown(changes(left, since=21)) == []


def test_what_was_changed_again_after_the_leaving_is_told_as_it_was(left: Scene) -> None:
    """A client that last asked at rev 10 must learn of the edit at 11, though its rev is 15 now."""
    at(left)(edit_message, 2, body="third")

    answer = changes(left, since=10, limit=2)
    assert (shown(answer), answer["more"]) == ([3, 4], True)
    rest = changes(left, since=answer["throughRev"], limit=2)
    assert (shown(rest), rest["throughRev"]) == ([2, 4, 11], 14)
    published = next(message for message in rest["results"] if message["seq"] == 2)
    assert (published["content"], published["rev"]) == ("second", 14)


def test_a_pin_that_a_client_holds_is_taken_off(left: Scene) -> None:
    """Rev 13 pinned message 4, and a client knew it; who has left sees no pins."""
    answer = changes(left, since=13)

    assert shown(answer) == [4, 11]
    assert answer["results"][0]["pinnedAt"] is None


def test_a_rev_of_another_log_is_a_reset(left: Scene) -> None:
    answer = changes(left, since=99)

    assert (answer["results"], answer["reset"], answer["throughRev"]) == ([], True, 14)


def test_too_much_that_came_later_is_a_reset(left: Scene) -> None:
    with writing(left.id) as log:
        log.update(last_rev=14 + MAX_LATER_REVS + 1)
    assert changes(left, since=13)["reset"] is True
    assert changes(left, since=14)["reset"] is False


def test_too_many_turned_back_are_a_reset(told_ten: Scene) -> None:
    for _ in range(MAX_RESTORED):
        say(told_ten.conversation, told_ten.owner)
    leave(told_ten.conversation, told_ten.leaver)
    end = MAX_RESTORED + 11
    with writing(told_ten.id) as log:
        for message in Message.objects.filter(conversation=told_ten.conversation, seq__lt=end - 10):
            rev = log.next_rev()
            Message.objects.filter(conversation=told_ten.id, seq=message.seq).update(rev=rev)
    assert changes(told_ten, since=end - 1)["reset"] is False
    with writing(told_ten.id) as log:
        rev = log.next_rev()
        Message.objects.filter(conversation=told_ten.id, seq=end - 10).update(rev=rev)
    assert changes(told_ten, since=end - 1)["reset"] is True
    assert changes(told_ten, since=end)["reset"] is False


def test_sync_and_the_inbox_tell_the_same(left: Scene) -> None:
    say(left.conversation, left.owner, "later")
    with writing(left.id) as log:
        log.update(title="New title", topic="New topic")
    at(left)(edit_message, 10, body="changed")

    assert sync(left.leaver.pk, {left.id: 14})["conversations"] == {}
    (entry,) = conversation_json_for(left.leaver.pk, [left.id])

    assert (entry["headSeq"], entry["rev"], entry["unread"]) == (11, 14, 10)
    assert (entry["role"], entry["memberCount"], entry["lastMessageAt"]) == (None, None, None)
    assert entry["leftAt"] is not None
    assert (entry["name"], entry["topic"]) == ("", "")  # as the period keeps them
    assert entry["lastMessage"]["seq"] == 11
    Participant.objects.filter(user=left.leaver).update(to_seq=10, left_title="Old title")
    (entry,) = conversation_json_for(left.leaver.pk, [left.id])
    assert (entry["name"], entry["lastMessage"]["content"]) == ("Old title", "message 10")


def test_changes_wait_that_came_after_the_sight(told_ten: Scene) -> None:
    """What is edited between the two questions may be for nobody who has just left; it comes with
    the next call, when it may still be seen."""
    member = told_ten.member.pk
    (found,) = find_changes(
        member, [ChangesRequest(visibility_of(told_ten.id, member), 8)], limit=9
    )
    at(told_ten)(edit_message, 9, body="changed meanwhile")

    published = read_changes(member, [found])

    assert [message["seq"] for message in published.messages[str(told_ten.id)]] == [10]
    assert found.through == 10
    later = changes_since(conversation_id=told_ten.id, viewer_id=member, since=10, limit=9)
    assert shown(later) == [9]


def test_rows_that_came_while_somebody_left_are_read_again(told_ten: Scene) -> None:
    """Between the visibility and its rows, Leo is let out and a message is edited."""
    visibilities: list[Visibility] = []

    def read(visibility: Visibility) -> Steps[Sequence[VisibleMessage]]:
        if not visibilities:
            leave(told_ten.conversation, told_ten.leaver)
            at(told_ten)(edit_message, 2, body="secret")
        visibilities.append(visibility)
        found = yield from window.steps(visibility, 1, 2, limit=5, newest_first=False)
        return found.messages

    visibility, rows = read_consistently(told_ten.id, told_ten.leaver.pk, read)

    assert [row.row["body"] for row in rows] == ["message 1", "message 2"]
    assert len(visibilities) == 2
    assert visibility.participant is None


def test_rows_that_changed_while_nobody_left_stand(told_ten: Scene) -> None:
    calls: list[int] = []

    def read(visibility: Visibility) -> Steps[Sequence[VisibleMessage]]:
        at(told_ten)(edit_message, 2, body=f"version {len(calls)}")
        say(told_ten.conversation, told_ten.owner, "came later")
        calls.append(visibility.head)
        found = yield from window.steps(visibility, 1, 99, limit=50, newest_first=False)
        return found.messages

    _, rows = read_consistently(told_ten.id, told_ten.member.pk, read)

    assert calls == [10]
    assert [row.row["body"] for row in rows][:2] == ["message 1", "version 0"]
    assert len(rows) == 10
