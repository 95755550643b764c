"""No statement of the hot calls reads rows in proportion to what is not asked for.

One person is in five hundred conversations, another in a few of these, and one of them has a long
log. Whatever is not a list of all that somebody is in reads the same for both, and the same of a
long log as of a short one. Each statement of a call
is planned as PostgreSQL does for all values alike (a generic plan, which it keeps) and carried out,
and the rows that its scans touch are counted: those that were returned, and those that were looked
at and thrown away.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from psycopg import sql
from pytest_django.fixtures import Settings

from accounts.auth.live_sign_ins import live_sign_in
from accounts.models import User
from chatproject.core.db.readings import Query, Steps, query
from chatproject.core.db.statements import fetch, native
from chatproject.core.errors import Refusal
from conversations.models import Conversation, Participant
from conversations.participants import list_participants
from messaging.actions.receipts import Advance, mark_all
from messaging.models import InboxEntry
from messaging.reads.cache.held_pages import begin_page
from messaging.reads.cache.log_catch_up import changed_since
from messaging.reads.changes import changes_since
from messaging.reads.history import PageAnchor, history_page
from messaging.reads.inbox.conversations import Filters, list_inbox
from messaging.reads.inbox.statements import LISTS
from messaging.reads.message_readers import list_receipts
from messaging.reads.messages import get_message
from messaging.reads.sync import JOINED, sync
from messaging.reads.threads.replies import thread_page
from messaging.reads.watermarks import OF_MANY
from messaging.sending.drafts import Draft
from messaging.sending.send import send_messages
from tests.cast import make_person, say
from tests.messages_by_sql import make_messages
from tests.messaging.inbox.keeping import catch_up

pytestmark = pytest.mark.django_db

LONG = 12_000  # messages of the long log
PAGE = 50
# Of one conversation and person, and what planning by a generic plan costs beside that.
FEW = 60
SHORT = 6  # conversations that both are in, beside the long one

LONG_LOG = """
INSERT INTO messaging_message (id, conversation_id, seq, rev, sender_id, client_id, kind, body,
                               created_at)
SELECT gen_random_uuid(), %(conversation)s, n, n, CASE WHEN n %% 9 = 0 THEN %(person)s END,
       gen_random_uuid(), 'text', 'message ' || n, now() - (%(rows)s - n) * interval '1 second'
FROM generate_series(1, %(rows)s) n
"""
EVERYWHERE = """
INSERT INTO conversations_participant (id, conversation_id, user_id, joined_at)
SELECT gen_random_uuid(), id, %(person)s, now() - interval '1 year'
FROM conversations_conversation
ON CONFLICT DO NOTHING
"""
LENGTH = "UPDATE conversations_conversation SET last_seq = %s, last_rev = %s WHERE id = %s"


# Rows of one other conversation in each table beside the log, of which PostgreSQL concludes that
# every conversation and person have as many.
CROWD = 5_000
CROWDED = {
    "accounts_contact": """
        (owner_id, person_id, nickname, contact_number, created_at)
        SELECT %(person)s, id, '', '', now() FROM accounts_user
        WHERE id <> %(person)s LIMIT %(rows)s
    """,
    "conversations_ban": """
        (conversation_id, user_id, banned_by_id, reason, created_at)
        SELECT %(conversation)s, id, %(person)s, '', now() FROM accounts_user LIMIT %(rows)s
    """,
    "messaging_hide": """
        (conversation_id, seq, user_id, created_at)
        SELECT %(conversation)s, n, %(person)s, now() FROM generate_series(1, %(rows)s) n
    """,
    "messaging_mention": """
        (conversation_id, seq, user_id)
        SELECT %(conversation)s, n, u FROM generate_series(1, %(rows)s) n,
               unnest(ARRAY[%(person)s::uuid, NULL]) u
    """,
    # Sent while behind, and such as are never unread: of both there is an index.
    "messaging_message": """
        (id, conversation_id, seq, rev, sender_id, client_id, kind, body, sent_behind, deleted_at,
         created_at)
        SELECT gen_random_uuid(), %(conversation)s, 1000000 + n, 1000000 + n, %(person)s,
               gen_random_uuid(), 'text', 'x', n %% 2 = 0, CASE WHEN n %% 2 = 1 THEN now() END,
               now()
        FROM generate_series(1, %(rows)s) n
    """,
    "messaging_pollvote": """
        (conversation_id, seq, user_id, choice, rev, created_at)
        SELECT %(conversation)s, n, %(person)s, 1, n, now() FROM generate_series(1, %(rows)s) n
    """,
    "messaging_reaction": """
        (conversation_id, seq, user_id, emoji, rev, created_at)
        SELECT %(conversation)s, n, %(person)s, '👍', n, now() FROM generate_series(1, %(rows)s) n
    """,
    "messaging_revision": """
        (conversation_id, seq, rev, body, created_at)
        SELECT %(conversation)s, n, n, '', now() FROM generate_series(1, %(rows)s) n
    """,
    "messaging_thread": """
        (conversation_id, seq, reply_count, last_seq, participant_ids)
        SELECT %(conversation)s, n, 1, n, '{}' FROM generate_series(1, %(rows)s) n
    """,
    "messaging_threadfollower": """
        (conversation_id, seq, user_id, is_following, last_read_seq)
        SELECT %(conversation)s, n, %(person)s, true, 0 FROM generate_series(1, %(rows)s) n
    """,
}


# Of all that one is in, whatever is asked for: its order, or what the client does not know of.
OF_ALL = {*LISTS.values(), JOINED}


class World(NamedTuple):
    person: UUID
    other: UUID
    newcomer: UUID  # only in the long one and the short ones
    long: UUID
    short: list[UUID]


@pytest.fixture(scope="module", params=["empty", "crowded", "left"])
def world(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any
) -> Iterator[World]:
    """Shared by the tests, of which none changes anything; rolled back after them. The tables
    beside the log are empty, or crowded by one other conversation, or its rows have left them, as
    old messages do for the archive: of these the pages stay in the indexes."""
    with django_db_blocker.unblock(), transaction.atomic():
        make_messages(10_000)
        person, other = User.objects.filter(email__endswith="@load.example")[:2]
        newcomer = make_person("Nina")
        long = Conversation.objects.create(kind="group", title="Long", member_count=2)
        busy = Conversation.objects.exclude(pk=long.pk).last()
        assert busy
        with connection.cursor() as cursor:
            for each in (person, other):
                cursor.execute(EVERYWHERE, {"person": each.pk})
            values = {"conversation": long.pk, "person": person.pk, "rows": LONG}
            cursor.execute(LONG_LOG, values)
            cursor.execute(LENGTH, [LONG, LONG, long.pk])
            say(long.pk, person, "a reply", thread_seq=18)
            others = Conversation.objects.exclude(pk__in=[long.pk, busy.pk])
            short = list(others.order_by("pk")[:SHORT])
            Participant.objects.bulk_create(
                Participant(conversation=it, user=newcomer) for it in (long, *short)
            )
            for each in short:
                for sender in (person, newcomer):
                    say(each, sender)
            cursor.execute("ANALYZE messaging_message, conversations_participant")
            cursor.execute("ANALYZE conversations_conversation, messaging_thread, accounts_signin")
            crowd = {"conversation": busy.pk, "person": person.pk, "rows": CROWD}
            for table, rows in CROWDED.items() if request.param != "empty" else ():
                cursor.execute(f"INSERT INTO {table} {rows} RETURNING ctid", crowd)
                if request.param == "left":
                    there = [row[0] for row in cursor.fetchall()]
                    cursor.execute(f"DELETE FROM {table} WHERE ctid = ANY(%s::tid[])", [there])
                cursor.execute(f"ANALYZE {table}")
            cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        yield World(person.pk, other.pk, newcomer.pk, long.pk, [it.pk for it in short])
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _unblocked(world: World, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield


def rows_touched(steps: Steps[Any]) -> dict[str, int]:
    """By statement, how many rows its scans have touched."""
    touched: dict[str, int] = {}
    try:
        queries = next(steps)
        while True:
            for query in queries:
                touched[query.sql] = max(touched.get(query.sql, 0), _touched(_plan(query)))
            queries = steps.send([query.fetch() for query in queries])
    except StopIteration:
        return touched


def _plan(query: Query) -> dict[str, Any]:
    text, names = native(query.sql)
    params: Any = query.params
    values = sql.SQL(", ").join(sql.Literal(params[name]) for name in names)
    with connection.cursor() as cursor:
        raw = cursor.cursor
        raw.execute(b"PREPARE planned AS " + text)
        try:
            given = sql.SQL("({})").format(values) if names else sql.SQL("")
            explain = sql.SQL("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE planned {}")
            ((found,),) = raw.execute(explain.format(given)).fetchall()
        finally:
            raw.execute("DEALLOCATE planned")
    plan: dict[str, Any] = found[0]["Plan"]
    return plan


def _touched(plan: dict[str, Any]) -> int:
    rows = 0
    if "Relation Name" in plan:
        kinds = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
        rows = round(sum(plan.get(kind, 0) for kind in kinds) * plan["Actual Loops"])
    return rows + sum(_touched(inner) for inner in plan.get("Plans", ()))


def both_by_statement(
    one: Steps[Any], other: Steps[Any]
) -> dict[str, tuple[int | None, int | None]]:
    first, second = rows_touched(one), rows_touched(other)
    return {it: (first.get(it), second.get(it)) for it in first.keys() | second.keys()}


def check_no_more(one: Steps[Any], other: Steps[Any]) -> None:
    """The statements that both have read no more for one than for the other."""
    compared = 0
    for statement, (first, second) in both_by_statement(one, other).items():
        if first is None or second is None or statement in OF_ALL:
            continue
        compared += 1
        assert first <= second + FEW, (first, second, statement)
    assert compared


def check(steps: Steps[Any], most: int) -> None:
    touched = rows_touched(steps)
    assert touched
    for statement, rows in touched.items():
        assert rows <= most, (rows, statement)


@pytest.mark.parametrize(
    "anchor",
    [
        PageAnchor(),
        PageAnchor(before=LONG // 2),
        PageAnchor(after=LONG // 2),
        PageAnchor(around=LONG // 2),
    ],
)
def test_a_page_of_a_long_log(world: World, anchor: PageAnchor) -> None:
    place = {"conversation_id": world.long, "viewer_id": world.person}
    # A message is looked up with its sender and its thread.
    check(history_page.steps(**place, anchor=anchor, limit=PAGE), 8 * PAGE + FEW)


def test_one_message_and_who_has_it(world: World) -> None:
    place = {"conversation_id": world.long, "viewer_id": world.person, "seq": LONG // 2}
    check(get_message.steps(**place), FEW)
    check(list_receipts.steps(**place, after=None, limit=PAGE), FEW)


def test_what_has_changed(world: World) -> None:
    place = {"conversation_id": world.long, "viewer_id": world.person}
    check(changes_since.steps(**place, since=LONG - PAGE, limit=PAGE), 8 * PAGE + FEW)


def test_what_a_cache_has_missed(world: World) -> None:
    head = Conversation.objects.get(pk=world.long)
    check(changed_since(head, head.last_rev - PAGE), PAGE + FEW)


def test_a_thread(world: World) -> None:
    place = {"conversation_id": world.long, "viewer_id": world.person, "seq": 18}
    check(thread_page.steps(**place, anchor=PageAnchor(), limit=PAGE), FEW)


def test_a_sync_of_a_few(world: World) -> None:
    others = Conversation.objects.exclude(pk=world.long)[:5]
    revs = {world.long: LONG - 5, **{it.pk: it.last_rev for it in others}}
    check(sync.steps(world.person, revs), 700)  # `joined` is asked of all that one is in


def test_who_is_in(world: World) -> None:
    place = {"conversation_id": world.long, "viewer_id": world.person}
    check(list_participants.steps(**place, limit=PAGE), FEW)


def test_the_inbox_counts_only_what_is_on_the_page(world: World) -> None:
    """All one's conversations are ordered, and no more than a page is looked into."""
    inside = 2 * (Conversation.objects.count() + 1)
    asked = {"user_id": world.person, "after": None, "filters": Filters()}
    check(list_inbox.steps(**asked, limit=10), inside + 10 * 100)


def test_the_inbox_by_entries_looks_at_no_more_than_the_page(
    world: World, settings: Settings
) -> None:
    """Whatever one is in. Of a large conversation, and of one's own, counters are asked."""
    settings.INBOX = "entries"
    asked = {"user_id": world.person, "after": None, "filters": Filters()}
    with transaction.atomic():
        catch_up()
        InboxEntry.objects.filter(conversation=world.long).update(fans_out=False)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE messaging_inboxentry, messaging_inboxcursor")
        check(list_inbox.steps(**asked, limit=10), 10 * 100 + FEW)
        transaction.set_rollback(True)


def calls_of(person: UUID, conversation: UUID, world: World) -> dict[str, Steps[Any]]:
    """Every reading of the hot path, of a page's end of a conversation."""
    place: dict[str, Any] = {"conversation_id": conversation, "viewer_id": person}
    head = Conversation.objects.get(pk=conversation).last_seq
    revs = dict.fromkeys(world.short, 1) | {world.long: LONG - 2}
    inbox = {"user_id": person, "after": None, "limit": SHORT}
    return {
        "inbox": list_inbox.steps(**inbox, filters=Filters()),
        "unread": list_inbox.steps(**inbox, filters=Filters(unread=True)),
        "page": history_page.steps(**place, anchor=PageAnchor(), limit=5),
        "before": history_page.steps(**place, anchor=PageAnchor(before=head - 2), limit=5),
        "message": get_message.steps(**place, seq=head),
        "receipts": list_receipts.steps(**place, seq=head, after=None, limit=5),
        "changes": changes_since.steps(**place, since=head - 5, limit=5),
        "participants": list_participants.steps(**place, limit=5),
        "sync": sync.steps(person, revs),
        "revalidation": begin_page(conversation, person),
    }


CALLS = (
    *("inbox", "unread", "page", "before", "message", "receipts", "changes", "participants"),
    *("sync", "revalidation"),
)


@pytest.mark.parametrize("call", CALLS)
def test_being_in_many_conversations_reads_no_more(world: World, call: str) -> None:
    many, few = (
        calls_of(person, world.long, world)[call] for person in (world.person, world.newcomer)
    )
    check_no_more(many, few)


@pytest.mark.parametrize("call", CALLS[2:])
def test_a_long_log_reads_no_more_than_a_short_one(world: World, call: str) -> None:
    long, short = (calls_of(world.person, it, world)[call] for it in (world.long, world.short[0]))
    check_no_more(long, short)


def test_reading_all_of_somebody_s_is_found_out(world: World) -> None:
    """As PostgreSQL does for a join with what is asked by the person too."""
    text = """
        SELECT c.id, p.id FROM conversations_conversation c
        LEFT JOIN conversations_participant p ON p.conversation_id = c.id AND p.user_id = %(user)s
        WHERE c.id = ANY(ARRAY(SELECT unnest(%(ids)s::uuid[])))
    """
    ids = [world.long, *world.short]
    many, few = (
        query(text, {"ids": ids, "user": person}) for person in (world.person, world.newcomer)
    )
    with pytest.raises(AssertionError):
        check_no_more(many, few)


def test_reading_all_of_a_log_is_found_out(world: World) -> None:
    text = "SELECT count(*) FROM messaging_message WHERE conversation_id = %(conversation)s"
    long, short = (query(text, {"conversation": it}) for it in (world.long, world.short[0]))
    with pytest.raises(AssertionError):
        check_no_more(long, short)


def test_people_who_hide_receipts_are_not_all_looked_for(world: World) -> None:
    asked = {"ids": [world.long, *world.short], "user": world.person}
    people = sum(
        Participant.objects.filter(conversation=it).count() for it in (world.long, *world.short)
    )
    touched = rows_touched(query(OF_MANY, asked))[OF_MANY]
    assert touched <= 8 * people  # and there are a thousand


TOUCHED_SO_FAR = """
SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)
FROM pg_stat_xact_user_tables WHERE relname ~ '^(messaging|conversations|accounts)_'
"""


@pytest.mark.parametrize("what", ["send", "reply", "read", "delivered"])
def test_writes_read_a_few_rows_too(world: World, what: str) -> None:
    seq = LONG - 1
    place: dict[str, Any] = {"conversation_id": world.long, "client_id": uuid4(), "body": "x"}
    replies_to = seq if what == "reply" else None
    before = fetch(TOUCHED_SO_FAR, {})[0][0]
    with transaction.atomic():
        if what in ("read", "delivered"):
            advance = Advance(world.other, world.long, kind=what, seq=seq)
            done: Any = mark_all([advance])[0]
            assert not isinstance(done, Refusal)
        else:
            draft = Draft(**place, sender_id=world.other, reply_to_seq=replies_to)
            assert send_messages([draft])[0].refusal is None
        after = fetch(TOUCHED_SO_FAR, {})[0][0]
        transaction.set_rollback(True)
    assert 0 < after - before <= FEW


def test_who_asks(world: World) -> None:
    check(live_sign_in.steps(world.person), FEW)
