"""What runs on one node of a distributed database names its conversation in every table it touches,
and joins nothing that is elsewhere."""

import re

import pytest

from chatproject.core.db.pipeline import Statement
from chatproject.core.db.statements import statement
from chatproject.management.distribution.plan import BY_CONVERSATION, REFERENCE
from messaging.actions import shard_pointers
from messaging.archive import checking, eligibility, pruning, reading, recalling
from messaging.inbox import shards as inbox_shards
from messaging.maintenance.integrity_check import heads
from messaging.maintenance.integrity_check.on_shards import on_shard
from messaging.moderation import archived_search
from messaging.reads import change_keys, changes, messages, public_previews, watermarks, window
from messaging.reads.cache import log_catch_up
from messaging.reads.inbox.on_shards import ENTRIES, ENTRY
from messaging.reads.shards import of_one, of_one_shard
from messaging.reads.threads import followed as followed_threads
from messaging.reads.threads import summaries as thread_summaries
from messaging.relay.changes import CHANGED_ON_SHARD as RELAYED
from messaging.search import hits, names, opensearch
from messaging.search.entries import CHANGED_ON_SHARD as INDEXED
from messaging.search.entries import STRETCH
from messaging.sending import shard_statements
from messaging.sending.shard_statements import Insert
from messaging.thread_counts import COUNTED_ON_SHARD

TABLE = re.compile(
    r"\b(?:FROM|JOIN|UPDATE|INTO) ((?:accounts|attachments|conversations|messaging)_\w+)"
    r"(?: (?:AS )?(?!WHERE|JOIN|LEFT|CROSS|ON|SET|ORDER|GROUP|UNION|FOR|LIMIT|AS|OFFSET)(\w+))?"
)
CONVERSATION = r"(?:%\(conversation\)s|\$1)(?:::uuid)?"
READS = {
    "window": window.NEWEST_FOR_ALL,
    "timeline": window.TIMELINE.newest_first,
    "log": window.LOG.oldest_first,
    "messages": messages.WHOLE,
    "watermarks": watermarks.OF_ONE,
    "watermarks of a group": watermarks.OF_GROUP,
    "change keys": change_keys.OF_ONE_LOG,
    "changes": changes.OF_ONE_LOG,
    "what has changed": log_catch_up.CHANGED,
    "roots of followed threads": followed_threads.ROOTS_OF_ONE,
    "own threads": thread_summaries.OWN,
    "threads of replies": of_one(thread_summaries.THREADS),
    "inbox": ENTRY,
    "public previews": of_one(public_previews.PREVIEWS),
    "search, made anew": of_one(STRETCH),
    "hits": hits.HIT_STATEMENTS.of_one,
    "neighbours of hits": hits.BEFORE.of_one,
    "thread counts": COUNTED_ON_SHARD,
    "pointers, lock": shard_pointers.TAKE_OR_WAIT,
    "pointers, move": shard_pointers.MOVE,
    "check of heads": on_shard(heads.HEADS),
    "archive, up to": eligibility.UP_TO_OF_SHARD,
    "archive, last seen": eligibility.LAST_SEEN,
    "archive, old rows": eligibility.OLD_ROWS_OF_SHARD,
    "archive, still rows": pruning.STILL_ROWS_OF_SHARD,
    "archive, stray recalls": of_one(checking.STRAY_RECALLS),
    "archive, rows that are there": recalling.THERE,
}
# About several conversations of one shard.
OF_ONE_SHARD = {
    "inbox": ENTRIES,
    "relay": RELAYED,
    "search": INDEXED,
    "watermarks": watermarks.OF_SHARD,
    "hits": hits.HIT_STATEMENTS.of_one_shard,
    "neighbours of hits": hits.BEFORE.of_one_shard,
    "titles of hits": of_one_shard(names.ON_SHARDS.given),
    "hits of OpenSearch": of_one_shard(statement(opensearch.SEEN, live="")),
    "archived messages that moderators find": archived_search.ALLOWED_ON_SHARD,
    "entries of inboxes, heads": inbox_shards.HEADS,
    "entries of inboxes, members": inbox_shards.MEMBERS,
}
SENDS = {
    name: value.sql.decode()
    for name, value in vars(shard_statements).items()
    if isinstance(value, Statement)
}
INSERTS = {
    name: value for name, value in vars(shard_statements).items() if isinstance(value, Insert)
}
# Of tables that stay on the coordinator, each in a statement of its own.
ON_THE_COORDINATOR = {"CLOCK", "LOCK_QUOTAS", "WORD_FILTERS"}


def unbound(text: str, value: str = CONVERSATION) -> list[str]:
    """The tables beside which the conversation is not named, and those that are elsewhere."""
    found = []
    text = " ".join(text.split())
    counts: dict[tuple[str, str], int] = {}
    for table, alias in TABLE.findall(text):
        if table in REFERENCE:
            continue
        if table not in BY_CONVERSATION:
            found.append(f"{table} is elsewhere")
            continue
        key = BY_CONVERSATION[table], alias
        counts[key] = counts.get(key, 0) + 1
    for (column, alias), count in counts.items():
        prefix = rf"(?:\b{alias}\.|(?<![\w.]))" if alias else r"(?<![\w.])"
        if len(re.findall(rf"{prefix}{column} = {value}", text)) < count:
            found.append(f"{alias or 'a table'}.{column} is not named {count} times")
    return found


@pytest.mark.parametrize("name", OF_ONE_SHARD)
def test_what_is_about_a_shard_names_its_conversations(name: str) -> None:
    assert not unbound(OF_ONE_SHARD[name], r"ANY\(%\(ids\)s::uuid\[\]\)")


@pytest.mark.parametrize("text", [window.LOG.oldest_first, messages.WHOLE])
def test_what_reads_across_the_archive_names_its_conversation(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "is_distributed", lambda: True)
    assert not unbound(reading.across(text))


@pytest.mark.parametrize("name", READS)
def test_reads_name_their_conversation(name: str) -> None:
    assert not unbound(READS[name])
    assert not re.search(r"conversation_id = \w+\.conversation_id", READS[name])


@pytest.mark.parametrize("name", sorted(SENDS.keys() - ON_THE_COORDINATOR))
def test_sends_name_their_conversation(name: str) -> None:
    assert not unbound(SENDS[name])
    assert " JOIN conversations" not in SENDS[name]


@pytest.mark.parametrize("name", INSERTS)
def test_inserts_are_of_one_sharded_table(name: str) -> None:
    text = INSERTS[name].statement(2).sql.decode()
    assert "conversation_id" in text.partition(" VALUES ")[0]
    assert "SELECT" not in text
    assert text.split()[2] in BY_CONVERSATION


def test_an_unbound_table_is_found() -> None:
    good = "SELECT FROM messaging_message m WHERE m.conversation_id = %(conversation)s"
    assert not unbound(good)
    joined = f"{good.replace('WHERE', 'JOIN messaging_hide h ON h.seq = m.seq WHERE')}"
    assert unbound(joined) == ["h.conversation_id is not named 1 times"]
    assert unbound("SELECT FROM messaging_delivery d") == ["messaging_delivery is elsewhere"]
