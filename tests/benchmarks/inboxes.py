"""What a page of an inbox costs by counters and by entries: `python -m tests.benchmarks.inboxes`.

One person is in so many groups of six, each with a message. Both ways are asked in turns for the
first page of 50, and for which conversations are on it alone. CPU is that of all backends, of all
nodes where CITUS_URL names a distributed database on this machine, by the kernel's accounts.
"""

import argparse
import os
from collections.abc import Callable
from unittest.mock import patch

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from accounts.models import User  # noqa: E402
from chatproject.core.db.readings import read  # noqa: E402
from chatproject.core.ids import uuid7  # noqa: E402
from chatproject.server.embedded_postgres import lease  # noqa: E402
from messaging.reads import inbox_sources  # noqa: E402
from messaging.reads.inbox import Filters, list_inbox  # noqa: E402
from messaging.reads.inbox_entry_cache import inbox_entries  # noqa: E402
from messaging.reads.inbox_list import list_conversations  # noqa: E402
from tests import database  # noqa: E402
from tests.benchmarks.accounting import cpu_of  # noqa: E402
from tests.benchmarks.backends import seconds_by_node  # noqa: E402
from tests.cast import make_person  # noqa: E402
from tests.citus import cluster  # noqa: E402
from tests.messaging.inbox.keeping import catch_up  # noqa: E402

LIMIT = 50
WARMING = 3
CONVERSATIONS = """
INSERT INTO conversations_conversation (id, kind, title, topic, created_by_id, created_at,
    last_seq, last_rev, last_at, last_message_at, member_count)
SELECT id, 'group', 'Group ' || n, '', %(owner)s, now(), 1, 1, at, at, %(size)s
FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY AS c(id, n),
     LATERAL (SELECT now() - n * interval '1 minute' AS at) t
"""
PERIODS = """
INSERT INTO conversations_participant (id, conversation_id, user_id, joined_at)
SELECT gen_random_uuid(), c, u, now()
FROM unnest(%(ids)s::uuid[]) AS c, unnest(%(people)s::uuid[]) AS u
"""
MESSAGES = """
INSERT INTO messaging_message (id, conversation_id, seq, rev, sender_id, kind, body, created_at)
SELECT gen_random_uuid(), id, 1, 1, %(owner)s, 'text', 'a message of some words',
       now() - n * interval '1 minute'
FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY AS c(id, n)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", nargs="*", type=int, default=[50, 500])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--calls", type=int, default=5, help="of each way in a round")
    parser.add_argument("--shards", type=int, default=cluster.SHARDS)
    options = parser.parse_args()
    cluster.SHARDS = options.shards
    if database.is_ours():
        lease.hold(database.CLUSTER)
    database.make_template()
    name = connection.settings_dict["NAME"] = database.make_database()
    try:
        people = [make_person(f"Person {n}") for n in range(5)]
        for number in options.conversations:
            measure(make_reader(people, number), number, options)
    finally:
        connection.close()
        database.drop(name)


def make_reader(people: list[User], number: int) -> User:
    reader = make_person(f"Reader of {number}")
    values = {
        "ids": [uuid7() for _ in range(number)],
        "people": [person.pk for person in (reader, *people)],
        "owner": people[0].pk,
        "size": len(people) + 1,
    }
    with connection.cursor() as cursor:
        for text in (CONVERSATIONS, PERIODS, MESSAGES):
            cursor.execute(text, values)
        cursor.execute("ANALYZE")
    assert catch_up().left == []
    return reader


def measure(reader: User, number: int, options: argparse.Namespace) -> None:
    def page() -> list[str]:
        inbox_entries.clear()
        found = list_inbox(user_id=reader.pk, after=None, limit=LIMIT, filters=Filters())
        return [entry.id for entry in found.kept]

    def keys() -> list[str]:
        asked = {"user_id": reader.pk, "after": None, "limit": LIMIT, "filters": Filters()}
        return [each.id for each in read(list_conversations(**asked))]

    with patch.object(inbox_sources, "IS_FRESH", "SELECT FROM messaging_inboxstate"):
        for what, call in (("page", page), ("which", keys)):
            answers = {way: _by(way, call) for way in ("counters", "entries") * WARMING}
            assert answers["counters"] == answers["entries"]
            assert len(answers["counters"]) == min(number, LIMIT)
            spent = {"counters": [0.0, 0.0], "entries": [0.0, 0.0]}
            for _ in range(options.rounds):
                for way, sums in spent.items():
                    before = _cpu()
                    for _ in range(options.calls):
                        _by(way, call)
                    for place, seconds in enumerate(_cpu()):
                        sums[place] += seconds - before[place]
            told = ", ".join(
                f"{way} {_ms(sums[0], options):.1f} ms and {_ms(sums[1], options):.1f} of Python"
                for way, sums in spent.items()
            )
            print(f"{number} conversations, {what}: {told}", flush=True)


def _by(way: str, call: Callable[[], list[str]]) -> list[str]:
    settings.INBOX = way
    return call()


def _ms(seconds: float, options: argparse.Namespace) -> float:
    return seconds * 1000 / (options.rounds * options.calls)


def _cpu() -> tuple[float, float]:
    """Seconds of all backends of the database, and of this process."""
    spent = seconds_by_node(connection.settings_dict["NAME"])
    return sum(spent.values()), cpu_of(os.getpid())


if __name__ == "__main__":
    main()
