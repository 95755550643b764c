"""Everything read at once, in the conversations that one is in."""

from typing import Any

from messaging.actions.receipts import mark_all_read
from tests.cast import api, leave, make_conversation, say
from tests.messaging.actions.scene import Scene


def unread(user: Any) -> list[int]:
    results = api(user).get("/v1/conversations").json()["results"]
    return [each["unread"] for each in results]


def test_all_is_read_and_the_counts_stay_exact(scene: Scene, listening: Any) -> None:
    other = make_conversation(scene.outsider, scene.member)
    for conversation, sender in ((scene.conversation, scene.owner), (other, scene.outsider)):
        say(conversation, sender, "one")
        say(conversation, sender, f"two <@{scene.member.pk}>")
    api(scene.member).post(f"/v1/conversations/{other.pk}/unread")
    assert unread(scene.member) == [2, 2]

    with listening() as published:
        answer = api(scene.member).post("/v1/conversations/read-all")

    assert answer.json() == {"conversations": 2}
    assert unread(scene.member) == [0, 0]
    assert unread(scene.admin) == [2]
    assert set(published.types) == {"state.changed", "receipt.advanced"}
    assert mark_all_read(user_id=scene.member.pk) == 0


def test_a_mark_unread_goes_too(scene: Scene) -> None:
    api(scene.member).post(f"/v1/conversations/{scene.id}/unread")

    assert mark_all_read(user_id=scene.member.pk) == 1

    assert api(scene.member).get(f"/v1/conversations/{scene.id}").json()["unreadMark"] is False


def test_what_one_left_stays_as_it_was(scene: Scene) -> None:
    say(scene.conversation, scene.owner)
    leave(scene.conversation, scene.leaver)

    assert mark_all_read(user_id=scene.leaver.pk) == 0
    assert mark_all_read(user_id=scene.outsider.pk) == 0
