"""What writing the entries of inboxes costs each node of a distributed database.

    CITUS_URL=… .venv/bin/python -m tests.benchmarks.entries [--conversations 500] [--shards 64]

So many groups of six move at once, or one alone; then what has moved is looked for and written, in
turns over the coordinator and over the workers. CPU of PostgreSQL's backends by node, and Python's;
the nodes have to be on this machine.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterable
from uuid import UUID

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.db import connection  # noqa: E402

from chatproject.core.db.distributed.nodes import nodes  # noqa: E402
from chatproject.core.ids import uuid7  # noqa: E402
from messaging.inbox import applying  # noqa: E402
from messaging.inbox.applying import Applied  # noqa: E402
from messaging.inbox.worker_entries import WorkerEntries  # noqa: E402
from tests import database  # noqa: E402
from tests.benchmarks.accounting import cpu_of  # noqa: E402
from tests.benchmarks.backends import seconds_by_node  # noqa: E402
from tests.benchmarks.inboxes import CONVERSATIONS, PERIODS  # noqa: E402
from tests.cast import make_person  # noqa: E402
from tests.citus import cluster  # noqa: E402
from tests.messaging.inbox.keeping import catch_up  # noqa: E402

MEMBERS, PEOPLE = 6, 300
MOVE = """
UPDATE conversations_conversation SET last_rev = last_rev + 1, last_message_at = now()
WHERE id = ANY(%(ids)s::uuid[])
"""
BehindAfter = Callable[[UUID, int], tuple[list[UUID], UUID | None]]
Apply = Callable[[list[UUID]], Applied]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=500)
    parser.add_argument("--shards", type=int, default=cluster.SHARDS)
    parser.add_argument("--rounds", type=int, default=6)
    options = parser.parse_args()
    cluster.SHARDS = options.shards
    database.make_template()
    name = connection.settings_dict["NAME"] = database.make_database()
    workers = WorkerEntries()
    try:
        nodes.renew()
        assert nodes.are_several, "CITUS_URL names a cluster with workers"
        ids = make_conversations(options.conversations)
        ways: dict[str, tuple[BehindAfter, Apply]] = {
            "the coordinator": (applying.behind_after, applying.apply_changes),
            "the workers": (workers.behind_after, workers.apply_changes),
        }
        for moving in (ids, ids[:1]):
            measure(name, ways, moving, options.rounds)
    finally:
        workers.close()
        connection.close()
        database.drop(name)


def make_conversations(number: int) -> list[UUID]:
    people = [make_person(f"P{n}").pk for n in range(PEOPLE)]
    ids = [uuid7() for _ in range(number)]
    for place, each in enumerate(ids):
        members = [people[(place * 7 + n * 41) % PEOPLE] for n in range(MEMBERS)]
        values = {"ids": [each], "people": members, "owner": members[0], "size": MEMBERS}
        with connection.cursor() as cursor:
            for text in (CONVERSATIONS, PERIODS):
                cursor.execute(text, values)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    assert catch_up().left == []
    return ids


def measure(
    name: str, ways: dict[str, tuple[BehindAfter, Apply]], ids: list[UUID], rounds: int
) -> None:
    spent: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    for turn in range(rounds + 2):
        for way, (behind_after, apply) in ways.items():
            with connection.cursor() as cursor:
                cursor.execute(MOVE, {"ids": ids})
            before, own, begun = seconds_by_node(name), cpu_of(os.getpid()), time.monotonic()
            behind, _ = behind_after(applying.FIRST, 5_000)
            looked = seconds_by_node(name)
            done = apply(behind)
            after = seconds_by_node(name)
            assert (len(behind), done.written, done.left) == (len(ids), len(ids) * MEMBERS, [])
            found = {node: after[node] - before[node] for node in after}
            found["looking"] = sum(looked[node] - before[node] for node in after)
            found["Python"] = cpu_of(os.getpid()) - own
            found["wall"] = time.monotonic() - begun
            if turn >= 2:
                spent[way].append(found)
    for way, turns in spent.items():
        print(f"{len(ids)} conversations over {way}: {told(turns, len(ids) * MEMBERS)}", flush=True)


def told(turns: Iterable[dict[str, float]], entries: int) -> str:
    """Medians, in milliseconds."""
    turns = list(turns)
    apart = ("looking", "Python", "wall")
    total = statistics.median(
        sum(value for key, value in turn.items() if key not in apart) for turn in turns
    )
    parts = ", ".join(
        f"{key} {1000 * statistics.median(turn[key] for turn in turns):.1f}" for key in turns[0]
    )
    return f"{1000 * total:.1f} ms, {1e6 * total / entries:.0f} µs an entry ({parts})"


if __name__ == "__main__":
    main()
