"""What a search costs on a distributed database against one PostgreSQL, in CPU of all nodes.

    CITUS_URL=… .venv/bin/python -m tests.benchmarks.search_nodes [--messages 60000] [--rounds 4]

The same messages (`tests.benchmarks.search`) in an ordinary database on the coordinator and in two
distributed ones, of which one is asked over the coordinator alone, and the other past Citus where
that can be. A process of its own asks each; they take turns, line by line. The nodes have to be on
this machine. Python's CPU is told beside PostgreSQL's.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from statistics import median
from typing import Any

SIDES = ("one PostgreSQL", "through Citus", "past Citus")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=4, help="turns of each side, a line")
    parser.add_argument("--calls", type=int, default=5, help="searches in a turn")
    parser.add_argument("--side", choices=SIDES, help="for the processes that search")
    options = parser.parse_args()
    if options.side:
        answer(options)
    else:
        compare(options)


# -- the process that compares


def compare(options: argparse.Namespace) -> None:
    given = ["--messages", str(options.messages), "--calls", str(options.calls)]
    sides = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.search_nodes", *given, "--side", side],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for side in SIDES
    ]
    lines, *_ = [ask(side, "") for side in sides]
    for line in lines:
        turns: list[list[dict[str, Any]]] = [[] for _ in sides]
        for _ in range(options.rounds):
            for side, found in zip(sides, turns, strict=True):
                found.append(ask(side, line))
        print(f"{line}: {told(turns)}", flush=True)
    for side in sides:
        assert side.stdin is not None
        side.stdin.close()
        side.wait()


def ask(side: "subprocess.Popen[str]", line: str) -> Any:
    assert side.stdin is not None
    assert side.stdout is not None
    side.stdin.write(f"{line}\n")
    side.stdin.flush()
    return json.loads(side.stdout.readline())


def told(turns: Sequence[Sequence[dict[str, Any]]]) -> str:
    hits = {turn["hits"] for side in turns for turn in side}
    assert len(hits) == 1, f"they find different numbers of messages: {hits}"
    parts = [f"{hits.pop()} hits"]
    first = 0.0
    for name, side in zip(SIDES, turns, strict=True):
        postgres, python = (median(turn[key] for turn in side) for key in ("postgres", "python"))
        first = first or postgres
        ratio = f" ({postgres / first:.1f} times)" if first and side is not turns[0] else ""
        parts.append(f"{name} {postgres:.1f} ms{ratio} and {python:.1f} of Python")
    return ", ".join(parts)


# -- a process that searches


def answer(options: argparse.Namespace) -> None:
    """Answers a line of JSON to each line on its input: the lines there are, or what one cost."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what is printed on the way is for people
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    os.environ["SEARCH_SECONDS"] = "30"
    os.environ["DATABASE_URL"] = os.environ["CITUS_URL"]

    from tests.citus import cluster

    if options.side == SIDES[2]:
        os.environ["DATABASE_URL"] = cluster.all_hosts()

    from django.db import connection

    from chatproject.core.db.distributed.nodes import nodes
    from tests import database
    from tests.benchmarks import search

    number = SIDES.index(options.side)
    database.make_template()
    name = f"server_{os.environ['TEST_SESSION']}_{os.getpid()}_search{number}"
    if options.side != SIDES[0]:
        database.copy_template(name)
    else:
        with database.connect() as raw:
            raw.execute(f"CREATE DATABASE {name} TEMPLATE {database.template_name()}")
    connection.settings_dict["NAME"] = name
    try:
        nodes.renew()
        search.fill(options.messages, search.texts(None))
        search.index_all(options.messages)
        searches = {
            f"{who}, {what}": (user, text)
            for who, user in (("50", search.person_id(0)), ("5,000", search.person_id(1)))
            for what, text in search.QUERIES.items()
        }
        for line in sys.stdin:
            asked = searches.get(line.strip())
            found = list(searches) if asked is None else measure(name, *asked, options.calls)
            out.write(json.dumps(found) + "\n")
            out.flush()
    finally:
        connection.close()
        database.drop(name)


def measure(name: str, user_id: Any, text: str, calls: int) -> dict[str, Any]:
    """Milliseconds a search."""
    from accounts.models import User
    from messaging.search.indexes import search_index
    from messaging.search.messages import Sort, search_messages
    from messaging.search.query import parse_query
    from tests.benchmarks.accounting import cpu_of
    from tests.benchmarks.backends import seconds_by_node

    viewer = User.objects.get(pk=user_id)
    search_index().prepare()

    def search() -> int:
        page = search_messages(viewer=viewer, query=parse_query(text), sort=Sort.NEWEST)
        return len(page.results)

    search()
    own, before = cpu_of(os.getpid()), seconds_by_node(name)
    hits = [search() for _ in range(calls)]
    after = seconds_by_node(name)
    spent = sum(after.values()) - sum(before.values())
    python = cpu_of(os.getpid()) - own
    return {
        "hits": hits[0],
        "postgres": 1000 * spent / calls,
        "python": 1000 * python / calls,
    }


if __name__ == "__main__":
    main()
