"""Threads as each sees them: their replies, what the root tells, what is unread."""

from typing import Any

import pytest
from orjson import loads

from accounts.models import User
from conversations.models import Conversation
from messaging.actions.delete import delete_message
from messaging.actions.hides import hide_message
from messaging.actions.receipts import mark_read
from messaging.exports.person import account_of
from messaging.log import writing
from messaging.maintenance.erasure import erase_messages, finish_erasure
from messaging.maintenance.integrity_check.threads import check_followers, check_threads
from messaging.maintenance.repairs import repair_counters
from messaging.maintenance.tombstones import leave_tombstones
from messaging.membership.members import add_people, leave_conversation
from messaging.models import Thread, ThreadFollower
from messaging.reads.cache.latest_page_cache import latest_pages
from messaging.ws.hub_queries import missed_since
from tests.cast import api, make_conversation, make_person, say
from tests.messaging.actions.scene import Scene, make_scene

pytestmark = pytest.mark.usefixtures("both_paths")


def reply(scene: Scene, person: User, content: str = "reply", **fields: Any) -> int:
    return say(scene.conversation, person, content, thread_seq=1, **fields)["seq"]


def get(person: User, path: str, **params: Any) -> Any:
    answer = api(person).get(f"/v1/{path}", params)
    assert answer.status_code == 200, answer.content
    return answer.json()


def thread(scene: Scene, person: User, **params: Any) -> Any:
    return get(person, f"conversations/{scene.id}/messages/1/thread", **params)


def root(scene: Scene, person: User) -> Any:
    return get(person, f"conversations/{scene.id}/messages/1")["thread"]


def inbox(scene: Scene, person: User) -> Any:
    return get(person, f"conversations/{scene.id}")


def seqs(answer: Any) -> list[int]:
    return [message["seq"] for message in answer["results"]]


@pytest.fixture
def talk(scene: Scene) -> Scene:
    """A root by the owner (1), replies (2, 3, 5), one of them in the timeline too (3), and a plain
    message (4)."""
    say(scene.conversation, scene.owner, "root")
    reply(scene, scene.member, "two")
    reply(scene, scene.member, "three", also_to_conversation=True)
    say(scene.conversation, scene.admin, "four")
    reply(scene, scene.admin, "five")
    return scene


def test_the_timeline_leaves_out_what_stays_in_its_thread(talk: Scene) -> None:
    page = get(talk.owner, f"conversations/{talk.id}/messages")
    assert seqs(page) == [1, 3, 4]
    assert page["next"] is None
    older = get(talk.owner, f"conversations/{talk.id}/messages", before=3)
    assert (seqs(older), older["previous"]) == ([1], None)
    assert inbox(talk, talk.owner)["lastMessage"]["seq"] == 4


def test_what_stays_in_its_thread_is_no_unread_message_of_the_conversation(talk: Scene) -> None:
    assert inbox(talk, talk.owner)["unread"] == 2
    reply(talk, talk.member, f"<@{talk.owner.pk}>")
    entry = inbox(talk, talk.owner)
    assert (entry["unread"], entry["unreadMentions"]) == (2, 0)


def test_the_root_tells_of_its_replies(talk: Scene) -> None:
    seen = root(talk, talk.owner)
    assert seen["replyCount"] == 3
    assert seen["participantIds"] == [str(talk.member.pk), str(talk.admin.pk)]
    assert (seen["following"], seen["unread"], seen["lastReadSeq"]) == (True, 3, 1)
    assert seen["lastReplyAt"] == thread(talk, talk.owner)["results"][-1]["createdAt"]
    assert root(talk, talk.leaver)["following"] is False
    assert root(talk, talk.leaver)["unread"] == 0


def test_pages_lead_through_the_replies_both_ways(talk: Scene) -> None:
    page = thread(talk, talk.owner)
    assert (seqs(page), page["next"], page["previous"]) == ([2, 3, 5], None, None)
    assert page["root"]["seq"] == 1
    assert page["thread"] == {"following": True, "unread": 3, "lastReadSeq": 1}
    last = thread(talk, talk.owner, limit=1)
    assert (seqs(last), last["next"]) == ([5], None)
    middle = thread(talk, talk.owner, limit=1, before=last["previous"])
    assert seqs(middle) == [3]
    first = thread(talk, talk.owner, limit=1, before=middle["previous"])
    assert (seqs(first), first["previous"]) == ([2], None)
    assert seqs(thread(talk, talk.owner, limit=2, after=first["next"])) == [3, 5]
    assert seqs(thread(talk, talk.owner, limit=3, around=3)) == [2, 3, 5]
    from_start = thread(talk, talk.owner, after=0)
    assert (seqs(from_start), from_start["previous"]) == ([2, 3, 5], None)


@pytest.mark.parametrize("seq", [2, 99])
def test_what_is_no_root_has_no_thread(talk: Scene, seq: int) -> None:
    answer = api(talk.owner).get(f"/v1/conversations/{talk.id}/messages/{seq}/thread")
    assert (answer.status_code, answer.json()["code"]) == (404, "message_not_found")


def test_an_outsider_learns_of_nothing(talk: Scene) -> None:
    path = f"/v1/conversations/{talk.id}/messages/1/thread"
    client = api(talk.outsider)
    for answer in (
        client.get(path),
        client.put(f"{path}/following"),
        client.delete(f"{path}/following"),
        client.post(f"{path}/read", {"seq": 5}, format="json"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "conversation_not_found")
    assert get(talk.outsider, "threads")["results"] == []


class TestLeaver:
    @pytest.fixture
    def left(self, talk: Scene) -> Scene:
        reply(talk, talk.leaver, "six")
        leave_conversation(conversation_id=talk.id, user_id=talk.leaver.pk)
        reply(talk, talk.member, "eight")
        return talk

    def test_sees_the_thread_as_it_was(self, left: Scene) -> None:
        assert seqs(thread(left, left.leaver)) == [2, 3, 5, 6]
        assert root(left, left.leaver)["replyCount"] == 4
        assert root(left, left.member)["replyCount"] == 5

    def test_sees_deletions(self, left: Scene) -> None:
        delete_message(conversation_id=left.id, user_id=left.member.pk, seq=2)
        seen = root(left, left.leaver)
        assert (seen["replyCount"], seen["unread"]) == (3, 0)
        assert seen["participantIds"][0] == str(left.member.pk)

    def test_is_listed_no_threads_and_changes_nothing(self, left: Scene) -> None:
        assert get(left.leaver, "threads")["results"] == []
        answer = api(left.leaver).put(f"/v1/conversations/{left.id}/messages/1/thread/following")
        assert (answer.status_code, answer.json()["code"]) == (403, "not_a_participant")

    def test_who_comes_back_does_not_see_what_lay_between(self, left: Scene) -> None:
        add_people(conversation_id=left.id, by=left.owner.pk, user_ids=[left.leaver.pk])
        last = reply(left, left.member, "later")
        assert seqs(thread(left, left.leaver)) == [2, 3, 5, 6, last]
        seen = root(left, left.leaver)
        assert (seen["replyCount"], seen["following"], seen["unread"]) == (5, True, 1)
        assert root(left, left.member)["replyCount"] == 6
        assert no_differences()


class TestNewcomer:
    """The root is from before the membership."""

    @pytest.fixture
    def newcomer(self, talk: Scene) -> User:
        person = make_person("Nina")
        add_people(conversation_id=talk.id, by=talk.owner.pk, user_ids=[person.pk])
        return person

    def test_finds_no_thread_while_no_reply_is_seen(self, talk: Scene, newcomer: User) -> None:
        answer = api(newcomer).get(f"/v1/conversations/{talk.id}/messages/1/thread")
        assert answer.status_code == 404

    def test_sees_the_replies_that_come_and_not_the_root(self, talk: Scene, newcomer: User) -> None:
        last = reply(talk, talk.owner, f"<@{newcomer.pk}> look")
        page = thread(talk, newcomer)
        assert (seqs(page), page["root"]) == ([last], None)
        (listed,) = get(newcomer, "threads")["results"]
        assert listed["root"] is None
        assert listed["thread"]["replyCount"] == 1
        assert listed["thread"]["participantIds"] == [str(talk.owner.pk)]
        assert listed["thread"]["unread"] == 1
        since = get(newcomer, f"conversations/{talk.id}/changes", since=0)
        assert last in seqs(since)
        assert since["threads"] == []


def test_a_hidden_root_is_null_and_a_hidden_reply_is_not_unread(talk: Scene) -> None:
    for seq in (1, 2):
        hide_message(conversation_id=talk.id, user_id=talk.owner.pk, seq=seq)
    page = thread(talk, talk.owner)
    assert (page["root"], seqs(page)) == (None, [3, 5])
    assert page["thread"]["unread"] == 2
    assert no_differences()


def test_a_deleted_root_is_a_tombstone_above_its_replies(talk: Scene) -> None:
    delete_message(conversation_id=talk.id, user_id=talk.owner.pk, seq=1)
    page = thread(talk, talk.member)
    assert page["root"]["deletedAt"] is not None
    assert page["root"]["thread"]["replyCount"] == 3
    assert seqs(page) == [2, 3, 5]


def test_changes_carry_the_replies_and_their_threads(talk: Scene) -> None:
    rev = get(talk.owner, f"conversations/{talk.id}/messages")["rev"]
    reply(talk, talk.member, "six")
    changes = get(talk.owner, f"conversations/{talk.id}/changes", since=rev)
    (message,) = changes["results"]
    assert (message["seq"], message["threadSeq"]) == (6, 1)
    assert (message["alsoToConversation"], message["thread"]) == (False, None)
    (told,) = changes["threads"]
    assert (told["seq"], told["replyCount"], told["unread"]) == (1, 4, 4)
    answer = api(talk.owner).post("/v1/sync", {"conversations": {str(talk.id): rev}}, format="json")
    assert answer.json()["conversations"][str(talk.id)]["threads"] == [told]


class TestOwnState:
    def path(self, scene: Scene) -> str:
        return f"/v1/conversations/{scene.id}/messages/1/thread"

    def test_reading_moves_the_pointer_and_never_back(self, talk: Scene, listening: Any) -> None:
        client = api(talk.owner)
        with listening() as told:
            answer = client.post(f"{self.path(talk)}/read", {"seq": 3}, format="json")
        assert answer.json() == {"following": True, "unread": 1, "lastReadSeq": 3}
        (event,) = told.events
        assert event["type"] == "state.changed"
        assert event["thread"] == {"seq": 1, **answer.json()}
        with listening() as told:
            answer = client.post(f"{self.path(talk)}/read", {"seq": 2}, format="json")
        assert (answer.json()["lastReadSeq"], told.events) == (3, [])
        answer = client.post(f"{self.path(talk)}/read", {"seq": 900}, format="json")
        assert answer.json() == {"following": True, "unread": 0, "lastReadSeq": 5}
        assert no_differences()

    def test_following_by_choice_counts_what_comes(self, talk: Scene, listening: Any) -> None:
        client = api(talk.leaver)
        with listening() as told:
            answer = client.put(f"{self.path(talk)}/following")
            client.put(f"{self.path(talk)}/following")
        assert answer.json() == {"following": True, "unread": 0, "lastReadSeq": 5}
        assert told.types == ["state.changed"]
        reply(talk, talk.member)
        assert root(talk, talk.leaver)["unread"] == 1
        answer = client.delete(f"{self.path(talk)}/following")
        assert answer.json() == {"following": False, "unread": 0, "lastReadSeq": 5}
        reply(talk, talk.member)
        assert get(talk.leaver, "threads")["results"] == []

    def test_a_message_without_replies_can_be_followed(self, scene: Scene) -> None:
        say(scene.conversation, scene.owner)
        answer = api(scene.member).put(f"{self.path(scene)}/following")
        assert answer.json() == {"following": True, "unread": 0, "lastReadSeq": 1}
        reply(scene, scene.owner)
        assert root(scene, scene.member)["unread"] == 1

    def test_who_only_reads_a_public_conversation_follows_nothing(self, db: None) -> None:
        scene = make_scene("public")
        say(scene.conversation, scene.owner)
        reply(scene, scene.owner)
        assert seqs(thread(scene, scene.outsider)) == [2]
        answer = api(scene.outsider).put(f"{self.path(scene)}/following")
        assert (answer.status_code, answer.json()["code"]) == (403, "not_a_participant")


class TestList:
    def test_unread_ones_first_and_then_by_the_last_reply(self, scene: Scene) -> None:
        other = make_conversation(scene.member, scene.owner)
        for place in (scene.conversation, other):
            say(place, scene.owner)
            say(place, scene.owner)
        for place, seq in (
            (other, 1),
            (scene.conversation, 2),
            (other, 2),
            (scene.conversation, 1),
        ):
            say(place, scene.member, thread_seq=seq)
        read = f"/v1/conversations/{scene.id}/messages/1/thread/read"
        api(scene.owner).post(read, {"seq": 99}, format="json")

        listed, cursor, pages = [], None, 0
        while True:
            params = {} if cursor is None else {"cursor": cursor}
            page = get(scene.owner, "threads", limit=1, **params)
            assert page["unreadThreads"] == 3
            listed += [(it["conversationId"], it["seq"]) for it in page["results"]]
            cursor, pages = page["next"], pages + 1
            if cursor is None:
                break
        mine, others = str(scene.id), str(other.pk)
        assert listed == [(others, 2), (mine, 2), (others, 1), (mine, 1)]
        assert pages == 4
        unread = get(scene.owner, "threads", unread="true")["results"]
        assert [it["seq"] for it in unread] == [2, 2, 1]
        assert all(it["root"]["thread"] == it["thread"] for it in unread)

    def test_a_foreign_cursor_is_refused(self, scene: Scene) -> None:
        answer = api(scene.owner).get("/v1/threads", {"cursor": "x"})
        assert answer.status_code == 400


@pytest.mark.django_db(transaction=True)
def test_the_cached_page_tells_each_viewer_their_own_state() -> None:
    scene = make_scene()
    say(scene.conversation, scene.owner)
    reply(scene, scene.member)
    for person in (scene.owner, scene.member, scene.admin):
        page = get(person, f"conversations/{scene.id}/messages")
        assert page["results"][0]["thread"] == root(scene, person)
    assert latest_pages.holds(scene.id)
    reply(scene, scene.member)
    page = get(scene.owner, f"conversations/{scene.id}/messages")
    assert seqs(page) == [1]
    assert page["results"][0]["thread"]["replyCount"] == 2


def no_differences() -> bool:
    return not [it for batch in (*check_threads(), *check_followers()) for it in batch.differences]


def test_the_integrity_check_finds_a_wrong_thread_and_repairs_it(talk: Scene) -> None:
    assert no_differences()
    Thread.objects.filter(conversation=talk.conversation).update(reply_count=9, participant_ids=[])
    found = [it for batch in check_threads() for it in batch.differences]
    assert [(it.what, it.stored) for it in found] == [
        ("thread.reply_count", 9),
        ("thread.participant_ids", []),
    ]
    repair_counters(conversation_ids=[talk.id])
    assert no_differences()
    Thread.objects.all().delete()
    assert not no_differences()
    repair_counters(conversation_ids=[talk.id])
    assert no_differences()


def test_erasing_a_person_takes_them_out_of_threads(talk: Scene) -> None:
    for _ in erase_messages(user_id=talk.member.pk, conversation_id=talk.id):
        pass
    finish_erasure(user=talk.member)
    seen = root(talk, talk.owner)
    assert (seen["replyCount"], seen["participantIds"]) == (1, [str(talk.admin.pk)])
    assert not ThreadFollower.objects.filter(user=talk.member).exists()
    assert no_differences()


def test_retention_empties_replies_and_counts_anew(talk: Scene) -> None:
    with writing(talk.id) as log:
        leave_tombstones(log, [1, 2], by=None)
    seen = root(talk, talk.owner)
    assert (seen["replyCount"], seen["unread"]) == (2, 2)
    assert no_differences()


def test_an_export_of_a_person_names_the_threads_they_follow(talk: Scene) -> None:
    assert account_of(talk.member)["threads"] == [
        {"conversationId": str(talk.id), "seq": 1, "following": True, "lastReadSeq": 2}
    ]
    assert account_of(talk.outsider)["threads"] == []


def test_a_missed_reply_is_told_with_its_thread(talk: Scene) -> None:
    rev = Conversation.objects.get(pk=talk.id).last_rev
    reply(talk, talk.member, "six")
    told = [loads(it.frame) for it in missed_since(talk.id, rev).publications]
    assert [it["type"] for it in told] == ["message.created", "thread.updated"]
    assert told[1]["thread"]["replyCount"] == 4


def test_a_reply_that_stays_in_its_thread_is_not_read_with_the_timeline(talk: Scene) -> None:
    for person in (talk.owner, talk.admin, talk.leaver):
        mark_read(conversation_id=talk.id, user_id=person.pk, seq=99)
    statuses = {
        it["seq"]: it["status"] for it in thread(talk, talk.member)["results"] if it["mine"]
    }
    assert statuses == {2: "delivered", 3: "read"}
