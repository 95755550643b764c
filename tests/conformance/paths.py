"""Every path that shows something of a log, each as one function that holds it against the oracle.

A path is `check(case)`: it asks the product about `case.world` in the name of `case.person`, and
compares with `case.oracle`. `@path` adds it to those that test_visibility.py runs, for each person
of each generated world; `@path_of_world` is for what is asked in nobody's name, where `case.person`
is the first of the people.
"""

import asyncio
import json
import re
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4
from zipfile import ZipFile

from django.db import transaction

from accounts.models import User
from attachments.errors import AttachmentMissing
from attachments.models import Attachment
from attachments.reads import find_attachment
from chatproject.core.db.statements import fetch, statement
from chatproject.core.errors import NotFound, Refusal
from chatproject.realtime.hub_queries import Head, Missed, View
from chatproject.realtime.socket import Socket
from conversations.errors import ConversationNotFound, NotAParticipant
from conversations.participants import list_participants
from conversations.public import find_public
from conversations.visibility import FOREVER, sql, visibilities_of, visibility_of
from messaging.actions.hides import hide_message
from messaging.errors import MessageNotFound, ReplyTargetNotFound
from messaging.exports.conversation import write_conversation
from messaging.exports.person import write_person
from messaging.exports.zip_archive import Archive
from messaging.maintenance.integrity_check.heads import check_heads
from messaging.maintenance.integrity_check.periods import check_periods
from messaging.models import Message
from messaging.moderation.access import may_read_message
from messaging.moderation.actions.reports import Complaint, file_report
from messaging.moderation.archived_search import find_archived
from messaging.moderation.message_search import Query, find_messages
from messaging.reads.changes import changes_since
from messaging.reads.gallery import HEAD, list_attachments
from messaging.reads.history import PageAnchor, history_page
from messaging.reads.inbox.conversations import Filters, conversation_json_for, list_inbox
from messaging.reads.message_readers import list_receipts
from messaging.reads.messages import get_message
from messaging.reads.pins import list_pins
from messaging.reads.public_previews import public_previews
from messaging.reads.revisions import list_revisions
from messaging.reads.sync import sync
from messaging.search.files import search_files
from messaging.search.indexer import index_conversations
from messaging.search.messages import Sort, search_messages
from messaging.search.names import find_conversations
from messaging.search.query import parse_query
from messaging.ws.hub_queries import live_spans, missed_since, view_of, views_of
from tests.cast import make_person, say
from tests.conformance.oracle import Oracle
from tests.conformance.worlds import ChangingWorld
from tests.realtime.scene import RecordingClient, Scene


@dataclass(frozen=True)
class Case:
    world: ChangingWorld
    oracle: Oracle
    person: User

    @property
    def id(self) -> UUID:
        return self.world.id

    @property
    def user_id(self) -> UUID:
        return self.person.pk

    @property
    def visible(self) -> list[int]:
        return self.oracle.visible(self.user_id)

    @property
    def visible_rows(self) -> list[int]:
        """Those of them that are rows of the table, as all are that were not archived."""
        return [seq for seq in self.visible if seq not in self.oracle.in_files_alone]

    @property
    def place(self) -> dict[str, UUID]:
        return {"conversation_id": self.id, "viewer_id": self.user_id}

    def some_seqs(self) -> list[int]:
        """First and last of what is shown and of what is not, and one that does not exist."""
        seqs = [message["seq"] for message in self.oracle.messages]
        groups = (self.visible, sorted(set(seqs) - set(self.visible)))
        ends = {seq for group in groups for seq in (*group[:1], *group[-1:])}
        return [*sorted(ends), len(seqs) + 1]

    def check_shapes(self, shapes: Iterable[dict[str, Any]]) -> list[int]:
        """The seqs of the messages, each of which is shown as it is to be seen."""
        seqs = []
        for shape in shapes:
            seq, oracle = shape["seq"], self.oracle
            reacted = {(it["emoji"], UUID(u)) for it in shape["reactions"] for u in it["userIds"]}
            assert shape["content"] == oracle.text(self.user_id, seq)
            assert reacted == oracle.reacted(self.user_id, seq)
            if oracle.bound(self.user_id, seq) != float("inf"):
                assert shape["pinnedAt"] is None
            seqs.append(seq)
        return seqs


Check = Callable[[Case], None]
PATHS: dict[str, Check] = {}
PATHS_OF_WORLD: dict[str, Check] = {}


def path(check: Check) -> Check:
    PATHS[check.__name__] = check
    return check


def path_of_world(check: Check) -> Check:
    PATHS_OF_WORLD[check.__name__] = check
    return check


def refusal_of(call: Callable[..., Any], *args: Any, **kwargs: Any) -> type[Refusal] | None:
    """What it was refused with; what it did is undone."""
    try:
        with transaction.atomic():
            call(*args, **kwargs)
            transaction.set_rollback(True)
    except Refusal as refusal:
        return type(refusal)
    return None


@contextmanager
def only_if(is_known: bool, refusal: type[Refusal] = ConversationNotFound) -> Any:
    """What is in it is refused to those who may not know, and to nobody else."""
    try:
        yield
        was_refused = False
    except refusal:
        was_refused = True
    assert was_refused != is_known


# -- the rule itself


@path
def rule_in_python(case: Case) -> None:
    known = case.oracle.knows(case.user_id)
    assert (case.id in visibilities_of(case.user_id, [case.id])) == known
    with only_if(known):
        visibility = visibility_of(case.id, case.user_id)
        assert visibilities_of(case.user_id, [case.id]) == {case.id: visibility}
        for message in case.oracle.messages:
            span = visibility.span_of(message["seq"])
            bound = case.oracle.bound(case.user_id, message["seq"])
            to_rev = FOREVER if bound == float("inf") else bound
            assert (None if span is None else span.to_rev) == to_rev
        assert visibility.is_live == case.oracle.is_live(case.user_id)
        within = Message.objects.within(visibility).order_by("seq")
        assert list(within.values_list("seq", flat=True)) == case.visible_rows


VISIBLE = statement(
    """
    SELECT m.seq FROM messaging_message m
    JOIN conversations_conversation c ON c.id = %(conversation)s
    WHERE m.conversation_id = %(conversation)s AND {is_visible} AND {not_hidden} ORDER BY m.seq
    """,
    is_visible=sql.is_visible("m.seq", sql.CONVERSATION, sql.VIEWER),
    not_hidden=sql.not_hidden("m.seq", sql.CONVERSATION, sql.VIEWER),
)


@path
def rule_in_sql(case: Case) -> None:
    rows = fetch(VISIBLE, {"conversation": case.id, "viewer": case.user_id})
    assert [seq for (seq,) in rows] == case.visible_rows


# -- reads of one conversation


@path
def history(case: Case) -> None:
    for limit in (4, 200):
        seen: list[int] = []
        anchor = PageAnchor()
        with only_if(case.oracle.knows(case.user_id)):
            while True:
                page = history_page(**case.place, anchor=anchor, limit=limit)
                seen = case.check_shapes(page["results"]) + seen
                if page["previous"] is None:
                    break
                anchor = PageAnchor(before=int(page["previous"]))
            assert seen == case.visible


@path
def one_message(case: Case) -> None:
    for seq in case.some_seqs():
        with only_if(seq in case.visible, NotFound):
            case.check_shapes([get_message(**case.place, seq=seq)])


@path
def revisions(case: Case) -> None:
    edited = {it["seq"] for it in case.oracle.revisions} & set(case.visible)
    for seq in sorted(edited):
        versions, _ = list_revisions(**case.place, seq=seq, limit=200)
        assert versions[-1]["content"] == case.oracle.text(case.user_id, seq)
        assert versions[-1]["rev"] <= (case.oracle.bound(case.user_id, seq) or 0)


@path
def pins(case: Case) -> None:
    with only_if(case.oracle.knows(case.user_id)):
        found = case.check_shapes(list_pins(**case.place).answer["results"])
        live = case.oracle.live(case.user_id)
        pinned = [seq for seq in live if case.oracle.message(seq)["pinned_at"] is not None]
        assert sorted(found) == pinned


@path
def receipts(case: Case) -> None:
    """Who sees a message and is inside learns who else inside had it in a membership."""
    oracle = case.oracle
    for seq in case.some_seqs():
        ask = {**case.place, "seq": seq, "after": None, "limit": 99}
        if seq not in case.visible:
            assert refusal_of(list_receipts, **ask) in (ConversationNotFound, MessageNotFound)
        elif not oracle.is_inside(case.user_id):
            assert refusal_of(list_receipts, **ask) is NotAParticipant
        else:
            assert {UUID(it["userId"]) for it in list_receipts(**ask)} == {
                period["user_id"]
                for period in oracle.periods
                if oracle.is_inside(period["user_id"])
                and period["user_id"] != oracle.message(seq)["sender_id"]
                and period["from_seq"] <= seq
                and (period["to_seq"] is None or seq <= period["to_seq"])
            }


@path
def gallery(case: Case) -> None:
    with only_if(case.oracle.knows(case.user_id)):
        found = list_attachments(**case.place, kind="all", before=HEAD, limit=200)
        held = Attachment.objects.filter(conversation_id=case.id, seq__in=case.visible)
        assert [it["seq"] for it in found] == list(
            held.order_by("-seq", "-position").values_list("seq", flat=True)
        )


@path
def files(case: Case) -> None:
    """A file may be had by whoever may see its message; hiding it from oneself takes no right."""
    covered = case.oracle.covered(case.user_id)
    for attachment in Attachment.objects.filter(conversation_id=case.id):
        refusal = refusal_of(find_attachment, attachment_id=attachment.pk, viewer_id=case.user_id)
        assert refusal == (None if attachment.seq in covered else AttachmentMissing)


@path
def participants(case: Case) -> None:
    ask = {**case.place, "limit": 99}
    if case.oracle.is_live(case.user_id):
        list_participants(**ask)
    else:
        expected = NotAParticipant if case.oracle.knows(case.user_id) else ConversationNotFound
        assert refusal_of(list_participants, **ask) is expected


# -- reads of many conversations


@path
def changes(case: Case) -> None:
    """From nothing on they are all that one sees; from later on, nothing that one does not see."""
    for since in (0, case.oracle.conversation["last_rev"] // 2):
        seen: set[int] = set()
        with only_if(case.oracle.knows(case.user_id)):
            answer = {"throughRev": since, "more": True, "reset": False}
            while answer["more"]:
                answer = changes_since(**case.place, since=answer["throughRev"], limit=5)
                seen |= set(case.check_shapes(answer["results"]))
            assert seen <= set(case.visible)
            assert since or answer["reset"] or seen == set(case.visible)


@path
def sync_of_all(case: Case) -> None:
    other = uuid4()  # so that it is asked about more than one conversation
    answer = sync(case.user_id, {case.id: 0, other: 0})["conversations"]
    assert answer[str(other)] == {"gone": True}
    news = answer.get(str(case.id), {"results": []})
    assert ("gone" in news) != case.oracle.knows(case.user_id)
    if "results" in news:  # or a reset
        assert sorted(case.check_shapes(news["results"])) == case.visible
    assert sync(case.user_id, {})["joined"] == [str(case.id)] * case.oracle.is_inside(case.user_id)


@path
def inbox(case: Case) -> None:
    """Head, preview and unread of the entry; and in which list it stands."""
    oracle = case.oracle
    with only_if(oracle.knows(case.user_id)):
        (entry,) = conversation_json_for(case.user_id, [case.id])
        period = oracle.last_period(case.user_id)
        last_seq = oracle.conversation["last_seq"]
        is_live = oracle.is_live(case.user_id)
        assert entry["headSeq"] == (last_seq if is_live else period["to_seq"])  # type: ignore[index]
        assert entry["unread"] == len(oracle.unread(case.user_id))
        preview = entry["lastMessage"]
        in_reach = [seq for seq in case.visible if entry["fromSeq"] <= seq <= entry["headSeq"]]
        assert case.check_shapes([preview] if preview else []) == in_reach[-1:]
    for left in (False, True):
        filters = Filters(left=left)
        listed = list_inbox(user_id=case.user_id, after=None, limit=9, filters=filters).entries
        is_listed = bool(oracle.periods_of(case.user_id))
        is_listed &= oracle.is_inside(case.user_id) != left
        assert listed == ([entry] if is_listed else [])


@path
def public_list(case: Case) -> None:
    is_open = case.oracle.conversation["kind"] == "public" and case.user_id not in case.oracle.bans
    listed = {it["id"] for it in find_public(user_id=case.user_id, limit=200).rows}
    assert (str(case.id) in listed) == is_open
    previews = public_previews(viewer_id=case.user_id, ids=[case.id])
    for preview in previews.values():
        assert preview["seq"] in case.visible
        assert preview["kind"] != "system"


# -- search


@path
def search(case: Case) -> None:
    """Messages by the version of the text that the person sees, whatever it was or became."""
    index_conversations([case.id])
    oracle = case.oracle
    for word in ("words", "version", "to"):
        expected = [
            seq
            for seq in case.visible
            if re.search(rf"\b{word}\b", oracle.text(case.user_id, seq))
            and oracle.message(seq)["kind"] != "system"
        ]
        for sort in Sort:
            found = found_by(case, f'"{word}"', sort)
            shapes = [hit["message"] for hit in found]
            assert sorted(case.check_shapes(shapes)) == expected
            around = [m for hit in found for side in hit["neighbours"].values() for m in side]
            assert set(case.check_shapes(around)) <= set(case.visible)


@path
def search_by_filters(case: Case) -> None:
    index_conversations([case.id])
    oracle, visible = case.oracle, case.visible
    shown = {seq: oracle.message(seq) for seq in visible}
    posts = {
        seq: it for seq, it in shown.items() if it["kind"] != "system" and not it["deleted_at"]
    }
    pinned = [seq for seq in oracle.live(case.user_id) if shown[seq]["pinned_at"]]
    unread = oracle.unread(case.user_id) if oracle.is_inside(case.user_id) else []
    expected = {
        "is:mine": [seq for seq, it in posts.items() if it["sender_id"] == case.user_id],
        "is:reply": [seq for seq, it in posts.items() if it["reply_to_seq"]],
        "is:pinned": [seq for seq in pinned if seq in posts],
        "is:unread": unread,
        "has:file": [seq for seq, it in posts.items() if it["kind"] == "file"],
        "has:reaction": [seq for seq in posts if oracle.reacted(case.user_id, seq)],
    }
    for text, seqs in expected.items():
        found = found_by(case, text, Sort.NEWEST)
        assert sorted(hit["message"]["seq"] for hit in found) == seqs, text


def found_by(case: Case, text: str, sort: Sort) -> list[dict[str, Any]]:
    """All pages, each of three hits."""
    hits: list[dict[str, Any]] = []
    position = None
    while True:
        page = search_messages(
            viewer=case.person,
            query=parse_query(text),
            sort=sort,
            position=position,
            limit=3,
            neighbours=2,
        )
        hits += page.results
        position = page.next
        if position is None:
            return hits


@path
def search_conversations(case: Case) -> None:
    """By the title as the person knows it; not at all where they may not know of it."""
    found = find_conversations(
        viewer_id=case.user_id, name=case.world.conversation.title or "Olga", after=None, limit=50
    )
    ids = {result["conversation"]["id"] for result, _ in found}
    assert ids <= {str(case.id)}
    if not case.oracle.knows(case.user_id):
        assert ids == set()


@path
def search_files_of_all(case: Case) -> None:
    found, following = search_files(viewer=case.person, query=parse_query("txt"), limit=100)
    held = Attachment.objects.filter(conversation_id=case.id, seq__in=case.visible)
    assert {it["attachment"]["id"] for it in found} == {
        str(key) for key in held.values_list("pk", flat=True)
    }
    assert following is None


# -- what one does with a message that one sees


@path
def reply_targets(case: Case) -> None:
    """Who may post may answer what they see, hidden or not, unless it is gone or of the system."""
    if refusal_of(say, case.id, case.person) is not None:
        return
    for seq in case.some_seqs():
        is_there = seq in case.oracle.covered(case.user_id)
        message = case.oracle.message(seq) if is_there else {"kind": "system"}
        is_fit = message["kind"] != "system" and message["deleted_at"] is None
        refusal = refusal_of(say, case.id, case.person, reply_to_seq=seq)
        assert refusal == (None if is_fit else ReplyTargetNotFound)


@path
def hiding(case: Case) -> None:
    covered = case.oracle.covered(case.user_id)
    for seq in case.some_seqs():
        refusal = refusal_of(hide_message, conversation_id=case.id, user_id=case.user_id, seq=seq)
        assert (refusal is None) == (seq in covered)


@path
def reports(case: Case) -> None:
    """Of what one sees alone; and no more than that is in the picture that moderators get."""
    for seq in case.some_seqs():
        complaint = Complaint(case.user_id, "spam", conversation_id=case.id, seq=seq)
        try:
            with transaction.atomic():
                report, _ = file_report(complaint)
                assert seq in case.visible
                assert {it["seq"] for it in report.snapshot or []} <= set(case.visible)
                transaction.set_rollback(True)
        except (ConversationNotFound, MessageNotFound):
            assert seq not in case.visible
        except Refusal:
            assert seq in case.visible


# -- exports


def archived(write: Callable[[Archive], Any]) -> dict[str, Any]:
    """Each conversation.json of the archive, by its name."""
    buffer = BytesIO()
    with TemporaryDirectory() as scratch:
        with ZipFile(buffer, "w") as file:
            write(Archive(file, Path(scratch)))
        with ZipFile(buffer) as file:
            names = [name for name in file.namelist() if name.endswith("conversation.json")]
            return {name: json.loads(file.read(name)) for name in names}


def check_export(case: Case, exported: dict[str, Any]) -> None:
    assert case.check_shapes(exported["messages"]) == case.visible
    files = {file["id"] for it in exported["messages"] for file in it["attachments"]}
    held = Attachment.objects.filter(conversation_id=case.id, seq__in=case.visible)
    assert files == {str(key) for key in held.values_list("pk", flat=True)}


@path
def export_conversation(case: Case) -> None:
    def write(archive: Archive) -> None:
        write_conversation(archive, conversation_id=case.id, viewer=case.person)

    with only_if(case.oracle.knows(case.user_id)):
        check_export(case, archived(write)["conversation.json"])


@path
def export_user(case: Case) -> None:
    """Every conversation that one is or was in."""
    found = archived(lambda archive: write_person(archive, person=case.person))
    if not case.oracle.periods_of(case.user_id):
        assert found == {}
        return
    (exported,) = found.values()
    check_export(case, exported)


# -- what is asked in nobody's name


@path_of_world
def counters(case: Case) -> None:
    """The integrity check counts by the same rule: where all is well it finds nothing."""
    assert [it for batch in (*check_heads(), *check_periods()) for it in batch.differences] == []


@path_of_world
def moderators_search(case: Case) -> None:
    """Rows, and what is in files alone; never the same twice."""
    query = Query(subject=str(case.id))
    seq_of = {message["id"]: message["seq"] for message in case.oracle.messages}
    for sees_all in (False, True):
        archived = find_archived(query, sees_all=sees_all, limit=500)
        assert archived.is_whole
        found = find_messages(query, sees_all=sees_all, limit=500)
        found += [message.pk for message in archived.messages]
        expected = sorted(seq_of.values()) if sees_all else case.oracle.moderated()
        assert sorted(seq_of[key] for key in found) == expected
    moderator, chief = make_person("Mora"), make_person("Chief", is_superuser=True)
    for message in [*Message.objects.filter(conversation=case.id), *archived.messages]:
        assert may_read_message(moderator, message) == (message.seq in case.oracle.moderated())
        assert may_read_message(chief, message)


@path_of_world
def live_events(case: Case) -> None:
    """What is told of each message reaches the sockets of who may see it, and nobody else's."""
    people = [person.pk for person in case.world.people]
    _, spans = live_spans(case.id, people)
    own = views_of(people)
    views = {user_id: view_of(user_id, case.id) for user_id in people}
    missed = missed_since(case.id, 0)
    # Nobody's socket has missed what was archived since.
    seqs = {message["seq"] for message in case.oracle.messages} - case.oracle.in_files_alone
    assert {publication.seq for publication in missed.publications} == seqs
    heard = asyncio.run(hear(case, {u: view for u, view in views.items() if view}, missed))
    for user_id in people:
        is_live, is_inside = case.oracle.is_live(user_id), case.oracle.is_inside(user_id)
        assert own[user_id] == [views[user_id]] * is_inside
        assert (user_id in spans) == (views[user_id] is not None) == is_live
        if is_live:
            assert views[user_id].spans == spans[user_id]  # type: ignore[union-attr]
            assert sorted(heard[user_id]) == sorted(seqs & {*case.oracle.covered(user_id)})


async def hear(case: Case, views: dict[UUID, View], missed: Missed) -> dict[UUID, list[int]]:
    """The seqs of the messages that each person's socket is told of."""
    # As if each had just been changed, one after the other.
    events = [event._replace(rev=rev) for rev, event in enumerate(missed.publications, start=1)]
    async with Scene() as scene:
        clients = {user_id: RecordingClient() for user_id in views}
        scene.queries.head[case.id] = Head(0, missed.head.member_rev)
        for user_id, client in clients.items():
            scene.queries.visible[case.id, user_id] = views[user_id].spans
            socket = Socket(client.send, user_id=user_id, sign_in_id=uuid4())
            await scene.hub.connect(socket, only=case.id)
        scene.hub.publish_here(events)
        await scene.settle()
        return {
            user_id: [frame["message"]["seq"] for frame in client.frames if "message" in frame]
            for user_id, client in clients.items()
        }
