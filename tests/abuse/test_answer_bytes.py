"""No answer is larger than ANSWER_BYTES, but for its last message; what is left comes on asking."""

import json
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from conversations.models import Conversation, Participant
from messaging.actions.pins import pin_message
from messaging.exports.conversation import write_conversation
from messaging.exports.zip_archive import new_archive
from messaging.models import Message, Reaction, Revision
from messaging.reads.change_keys import MAX_RESTORED
from messaging.reads.changes import changes_since
from messaging.reads.sync import sync
from messaging.web.first_view import first_view
from messaging.ws.hub_queries import missed_since
from tests.cast import api, leave, make_conversation, make_person, say
from tests.messaging.moderation.scene import MODERATOR, make_worker, window
from tests.messaging.search.conftest import index_all

pytestmark = pytest.mark.django_db

BUDGET = 200_000
LARGE = "\U0001f600" * 8_000  # 32,000 bytes
QUOTES, CONTROLS = '"' * 8_000, "x" + "\x01" * 7_999  # 16,000 and 48,000 bytes as JSON
ROOM = 5_000  # of an answer beside its messages


@pytest.fixture(autouse=True)
def _budget(settings: Any) -> None:
    settings.ANSWER_BYTES = BUDGET


@pytest.fixture
def ann() -> User:
    return make_person("Ann")


@pytest.fixture
def ben() -> User:
    return make_person("Ben")


@pytest.fixture(params=[LARGE, QUOTES, CONTROLS], ids=["emoji", "quotes", "controls"])
def log(request: pytest.FixtureRequest, ann: User, ben: User) -> Conversation:
    conversation = make_conversation(ann, ben)
    fill(conversation, ann, request.param, 30)
    return conversation


def fill(conversation: Conversation, sender: User, text: str, number: int) -> None:
    for _ in range(number):
        say(conversation, sender, text)


def get(who: User, path: str) -> Any:
    answer = api(who).get(f"/v1/{path}")
    assert answer.status_code == 200
    assert len(answer.content) <= BUDGET + ROOM
    return answer.json()


def pages(who: User, path: str, *, go_on: Callable[[Any], str | None]) -> Iterator[Any]:
    """Page after page, each with something in it."""
    following: str | None = path
    while following:
        page = get(who, following)
        assert page["results"]
        yield page
        step = go_on(page)
        following = step and f"{path}{'&' if '?' in path else '?'}{step}"


def by_cursor(page: Any) -> str | None:
    return page["next"] and f"cursor={page['next']}"


def seqs_of(found: Iterator[Any]) -> list[int]:
    return [message["seq"] for page in found for message in page["results"]]


def test_history_backward_and_forward(log: Conversation, ben: User) -> None:
    path = f"conversations/{log.pk}/messages"
    back = list(
        pages(
            ben, f"{path}?limit=200", go_on=lambda it: it["previous"] and f"before={it['previous']}"
        )
    )
    assert len(back) > 1
    assert seqs_of(iter(back[::-1])) == list(range(1, 31))

    first = get(ben, f"{path}?after=0&limit=200")
    assert first["results"][0]["seq"] == 1
    following = get(ben, f"{path}?after={first['next']}&limit=200")
    assert following["results"][0]["seq"] == first["results"][-1]["seq"] + 1


def test_around_a_message(log: Conversation, ben: User) -> None:
    page = get(ben, f"conversations/{log.pk}/messages?around=15&limit=200")
    seqs = [message["seq"] for message in page["results"]]
    assert 15 in seqs
    assert seqs == list(range(seqs[0], seqs[-1] + 1))
    assert (page["previous"], page["next"]) == (str(seqs[0]), str(seqs[-1]))


def test_changes(log: Conversation, ben: User) -> None:
    since, seqs = 0, []
    while True:
        page = get(ben, f"conversations/{log.pk}/changes?since={since}&limit=500")
        seqs += [message["seq"] for message in page["results"]]
        assert page["throughRev"] == seqs[-1]
        since = page["throughRev"]
        if not page["more"]:
            break
    assert seqs == list(range(1, 31))


def test_sync_of_many_conversations(ann: User, ben: User) -> None:
    logs = [make_conversation(ann, ben) for _ in range(4)]
    for each in logs:
        fill(each, ann, LARGE, 8)
    revs, seen, calls = {str(each.pk): 0 for each in logs}, dict[str, list[int]](), 0
    while any(rev < 8 for rev in revs.values()):
        answer = api(ben).post("/v1/sync", {"conversations": revs}, format="json")
        assert len(answer.content) <= BUDGET + ROOM
        news, calls = answer.json()["conversations"], calls + 1
        for conversation_id, one in news.items():
            assert "reset" not in one or one["reset"] is False
            assert one["more"] == (one["throughRev"] < 8)
            seen.setdefault(conversation_id, []).extend(it["seq"] for it in one["results"])
            revs[conversation_id] = one["throughRev"]
        assert any(one["results"] for one in news.values())
    assert calls > 4
    assert seen == {str(each.pk): list(range(1, 9)) for each in logs}


def test_sync_over_the_socket_is_the_same_read(log: Conversation, ben: User) -> None:
    """Frames and REST call one action (`messaging/ws/frames.py`)."""
    answer = sync(ben.pk, {log.pk: 0})["conversations"][str(log.pk)]
    assert answer["more"]
    assert 0 < answer["throughRev"] == answer["results"][-1]["seq"] < 30


def test_revisions(ann: User, ben: User) -> None:
    log = make_conversation(ann, ben)
    said = say(log, ann, "first")
    Revision.objects.bulk_create(
        Revision(conversation=log, seq=1, rev=rev, body=LARGE, created_at=said["created_at"])
        for rev in range(40)
    )
    Conversation.objects.filter(pk=log.pk).update(last_rev=40)
    path = f"conversations/{log.pk}/messages/1/revisions?limit=200"
    found = list(pages(ben, path, go_on=by_cursor))
    assert [it["rev"] for page in found for it in page["results"]] == list(range(40))
    by_number = get(ben, f"conversations/{log.pk}/messages/1/revisions?limit=2")
    assert [it["rev"] for it in by_number["results"]] == [0, 1]


@pytest.mark.parametrize("cursor", ["nonsense", "WyJhIl0", "WzEsMl0"])
def test_a_cursor_of_another_list_is_refused(log: Conversation, ben: User, cursor: str) -> None:
    for path in ("messages/1/revisions", "pins"):
        answer = api(ben).get(f"/v1/conversations/{log.pk}/{path}?cursor={cursor}")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "cursor")


def test_pins(log: Conversation, ann: User, ben: User) -> None:
    for seq in range(1, 31):
        pin_message(conversation_id=log.pk, user_id=ann.pk, seq=seq)
    path = f"conversations/{log.pk}/pins"
    found = pages(ben, path, go_on=by_cursor)
    assert seqs_of(found) == list(range(30, 0, -1))


def test_the_inbox_and_the_page(ann: User, ben: User) -> None:
    for _ in range(20):
        fill(make_conversation(ann, ben, topic="t" * 1_000), ann, LARGE, 1)
    found = list(pages(ben, "conversations?limit=500", go_on=by_cursor))
    ids = [entry["id"] for page in found for entry in page["results"]]
    assert len(found) > 1
    assert len(ids) == len(set(ids)) == 20
    inbox = first_view(person=ben)["inbox"]
    assert inbox["next"]
    assert len(inbox["results"]) < 20


def test_reactions_and_files_count(ann: User, ben: User) -> None:
    log = make_conversation(ann, ben)
    fill(log, ann, "hello", 30)
    people = [make_person() for _ in range(50)]
    Reaction.objects.bulk_create(
        Reaction(
            conversation=log, seq=seq, user=person, emoji=emoji, rev=1, created_at=log.created_at
        )
        for seq in range(1, 31)
        for emoji in ("👍", "🎉", "❤", "😀", "🚀")
        for person in people
    )
    page = get(ben, f"conversations/{log.pk}/messages?limit=200")
    assert 1 < len(page["results"]) < 30
    assert page["previous"]


def test_one_message_that_is_larger_comes_alone(ann: User, ben: User, settings: Any) -> None:
    settings.ANSWER_BYTES = 0
    log = make_conversation(ann, ben)
    fill(log, ann, LARGE, 3)
    page = api(ben).get(f"/v1/conversations/{log.pk}/messages").json()
    assert ([it["seq"] for it in page["results"]], page["previous"]) == ([3], "3")
    changes = changes_since(conversation_id=log.pk, viewer_id=ben.pk, since=0, limit=9)
    assert ([it["seq"] for it in changes["results"]], changes["more"]) == ([1], True)


# -- siblings: search, reports, what the hub reads for who is behind


@pytest.mark.parametrize("sort", ["relevance", "newest"])
def test_search_and_its_neighbours(ann: User, ben: User, sort: str) -> None:
    log = make_conversation(ann, ben)
    texts = [f"needle{n} needle " + LARGE[:7_900] for n in range(30)]
    for text in texts:
        say(log, ann, text)
    index_all()
    path = f"search?q=needle&limit=100&neighbours=10&sort={sort}"
    found = list(pages(ben, path, go_on=by_cursor))
    assert len(found) > 3
    seqs = [hit["message"]["seq"] for page in found for hit in page["results"]]
    assert sorted(seqs) == list(range(1, 31))
    assert any(hit["neighbours"]["after"] for page in found for hit in page["results"])


def test_highlights_count(ann: User, ben: User) -> None:
    log = make_conversation(ann, ben)
    for _ in range(12):
        say(log, ann, "aa " * 2_600)
    index_all()
    found = pages(ben, "search?q=aa&limit=100", go_on=by_cursor)
    assert len([hit for page in found for hit in page["results"]]) == 12


def test_a_list_of_reports_reads_no_snapshots(log: Conversation, ben: User) -> None:
    for seq in range(1, 6):
        body = {"conversationId": str(log.pk), "seq": seq, "reason": "spam"}
        assert api(ben).post("/v1/reports", body, format="json").status_code == 201
    with CaptureQueriesContext(connection) as queries:
        assert len(get(ben, "reports?limit=200")["results"]) == 5
    assert not any('"snapshot"' in query["sql"] for query in queries)
    moderator = make_worker("Mora", MODERATOR)
    with CaptureQueriesContext(connection) as queries:
        client = window(moderator)
        assert client.get("/admin/messaging/report/").status_code == 200
    # But for those that have none yet, which is asked for first.
    reads = [query["sql"] for query in queries if '"snapshot" IS NULL' not in query["sql"]]
    assert not any('"messaging_report"."snapshot"' in sql for sql in reads)


def test_what_a_listener_has_missed_is_told_within_bounds(log: Conversation) -> None:
    log.refresh_from_db()
    missed = missed_since(log.pk, 0)
    assert (missed.publications, missed.is_whole) == ([], False)
    assert missed.head.rev == log.last_rev
    near = missed_since(log.pk, log.last_rev - 2)
    assert (len(near.publications), near.is_whole) == (2, True)


# -- who left


def test_what_goes_with_a_leaving_is_whole_or_a_reset(ann: User, ben: User) -> None:
    """Messages that changed after the leaving go with one page; where that is too large the
    conversation is loaded anew."""
    log = make_conversation(ann, ben)
    fill(log, ann, LARGE, 4)
    fill(log, ann, "small", 20)
    leave(log, ben)
    bump(log, range(1, 3))
    changes = changes_since(conversation_id=log.pk, viewer_id=ben.pk, since=24, limit=500)
    assert not changes["reset"]
    assert {1, 2} < {it["seq"] for it in changes["results"]}

    Message.objects.filter(conversation=log, seq__lte=24).update(body=LARGE)
    bump(log, range(1, 21))
    changes = changes_since(conversation_id=log.pk, viewer_id=ben.pk, since=24, limit=500)
    assert changes["reset"]
    assert changes["results"] == []


def bump(log: Conversation, seqs: range) -> None:
    """The messages change once more, as by a pin."""
    assert len(seqs) < MAX_RESTORED
    log.refresh_from_db()
    for rev, seq in enumerate(seqs, log.last_rev + 1):
        Message.objects.filter(conversation=log, seq=seq).update(rev=rev)
    Conversation.objects.filter(pk=log.pk).update(last_rev=log.last_rev + len(seqs))


def test_a_cut_before_the_leaving_leaves_out_what_goes_with_it(ann: User, ben: User) -> None:
    log = make_conversation(ann, ben)
    fill(log, ann, LARGE, 20)
    leave(log, ben)
    bump(log, range(1, 3))
    period = Participant.objects.get(conversation=log, user=ben)
    seqs, since = list[int](), 0
    while True:
        page = changes_since(conversation_id=log.pk, viewer_id=ben.pk, since=since, limit=500)
        if page["more"]:
            assert not {1, 2} & {it["seq"] for it in page["results"]}
        seqs += [it["seq"] for it in page["results"]]
        since = page["throughRev"]
        if not page["more"]:
            break
    assert since == period.to_rev
    assert sorted(seqs) == list(range(1, 22))


def test_an_export_holds_an_answer_at_once(ann: User, ben: User, tmp_path: Path) -> None:
    """Of a conversation with 16 MB of versions."""
    log = make_conversation(ann, ben)
    fill(log, ann, LARGE, 20)
    Message.objects.filter(conversation=log, seq__in=[5, 6]).update(edited_at=timezone.now())
    Revision.objects.bulk_create(
        Revision(conversation=log, seq=seq, rev=100 + n, body=LARGE, created_at=timezone.now())
        for seq in (5, 6)
        for n in range(250)
    )
    Conversation.objects.filter(pk=log.pk).update(last_rev=400)
    tracemalloc.start()
    with new_archive(tmp_path / "export.zip") as archive:
        write_conversation(archive, conversation_id=log.pk, viewer=ben)
        _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    shape = json.loads(ZipFile(tmp_path / "export.zip").read("conversation.json"))
    assert sum(len(it.get("revisions", ())) for it in shape["messages"]) == 500
    assert most < 16 * BUDGET  # as text of Python's, one emoji makes four bytes of each character
