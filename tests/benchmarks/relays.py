"""How fast one, two and three relays publish the same log, and what an event costs.

    .venv/bin/python -m tests.benchmarks.relays [--broker nats] [--messages 60000] [--rounds 4]

Each number of relays takes its turn, round after round: `manage.py relay`, so many processes with
EVENTS_RELAYS, on a broker of its own. They stand ready at an empty log, of which the heads then
move all at once; a turn ends when all cursors are there. CPU is the kernel's account of the relays,
of PostgreSQL's backends and of the broker.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from chatproject.server.embedded_postgres import lease  # noqa: E402
from messaging.relay.models import RelayState  # noqa: E402
from tests import database  # noqa: E402
from tests.benchmarks.accounting import Accounts  # noqa: E402
from tests.benchmarks.backends import seconds_by_node  # noqa: E402
from tests.messages_by_sql import make_messages  # noqa: E402
from tests.messaging.relay.broker_servers import SERVERS, BrokerServer  # noqa: E402
from tests.waiting import eventually  # noqa: E402

READY_SECONDS, PUBLISH_SECONDS = 120.0, 600.0
LOOK_EVERY = 0.05

FORGET = (
    "UPDATE conversations_conversation SET last_seq = 0, last_rev = 0",
    "TRUNCATE messaging_relaycursor, messaging_relaystate",
    "VACUUM ANALYZE conversations_conversation",
)
MOVE = """
UPDATE conversations_conversation c SET last_seq = m.seq, last_rev = m.rev
FROM (SELECT conversation_id, max(seq) AS seq, max(rev) AS rev
      FROM messaging_message GROUP BY conversation_id) m
WHERE c.id = m.conversation_id
"""
LEADING = """
SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.granted
"""
LEFT = """
SELECT FROM conversations_conversation c
LEFT JOIN messaging_relaycursor s ON s.conversation_id = c.id
WHERE c.last_rev <> coalesce(s.rev, 0) LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Turn:
    """A second's events, and microseconds of CPU an event by who used them."""

    rate: float
    micros: dict[str, float]
    busiest: float  # the share of a core that the busiest relay used


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--broker", choices=SERVERS, default="nats")
    parser.add_argument("--messages", type=int, default=60_000)
    parser.add_argument("--relays", nargs="*", type=int, default=[1, 2, 3])
    parser.add_argument("--rounds", type=int, default=4)
    options = parser.parse_args()
    if database.is_ours():
        lease.hold(database.CLUSTER)
    database.make_template()
    name = connection.settings_dict["NAME"] = database.make_database()
    try:
        with transaction.atomic():
            make_messages(options.messages)
        compare(name, options)
    finally:
        connection.close()
        database.drop(name)


def compare(name: str, options: argparse.Namespace) -> None:
    turns: dict[int, list[Turn]] = {count: [] for count in options.relays}
    for _ in range(options.rounds):
        for count, found in turns.items():
            found.append(publish(name, count, options))
            print(f"{count}: {told(found[-1:])}", flush=True)
    for count, found in turns.items():
        print(f"{count} relays: {told(found)}", flush=True)


def told(turns: Sequence[Turn]) -> str:
    """Medians, and the fastest: that of a turn in which others did little."""
    rates = [turn.rate for turn in turns]
    micros = {who: median(turn.micros[who] for turn in turns) for who in turns[0].micros}
    busiest = median(turn.busiest for turn in turns)
    return (
        f"{median(rates):,.0f} events/s, the fastest {max(rates):,.0f}; CPU an event: "
        + ", ".join(f"{who} {each:.0f} µs" for who, each in micros.items())
        + f"; the busiest relay used {100 * busiest:.0f} % of a core"
    )


# -- a turn


def publish(name: str, count: int, options: argparse.Namespace) -> Turn:
    execute(*FORGET)
    with SERVERS[options.broker]() as broker, relays(name, count, broker) as processes:
        wait_until_ready(count)
        names = {f"relay {n}": process.pid for n, process in enumerate(processes, 1)}
        accounts = Accounts(processes=names, trees={"broker": broker.pid})
        spent = -sum(seconds_by_node(name).values())
        with accounts.watch() as usage:
            execute(MOVE)
            wait_until_published()
        spent += sum(seconds_by_node(name).values())
        assert all(process.poll() is None for process in processes)
    micro = 1e6 / options.messages
    return Turn(
        rate=options.messages / usage.seconds,
        micros={
            "relays": micro * sum(usage.cpu[each] for each in names),
            "PostgreSQL": micro * spent,
            "broker": micro * usage.cpu["broker"],
            "others": micro * usage.cpu["others"] - micro * spent,
        },
        busiest=max(usage.share(each) for each in names),
    )


@contextmanager
def relays(
    name: str, count: int, broker: BrokerServer
) -> Iterator[list["subprocess.Popen[bytes]"]]:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "chatproject.settings",
        "DATABASE_URL": database.url(name),
        "EVENTS_URL": broker.url,
        "EVENTS_RELAYS": str(count),
    }
    command = [sys.executable, str(database.ROOT / "manage.py"), "relay"]
    with TemporaryDirectory(prefix="chat-relays-") as folder:
        log = (Path(folder) / "log").open("wb")
        processes = [
            subprocess.Popen(command, env=environment, stdout=log, stderr=log) for _ in range(count)
        ]
        try:
            yield processes
        except BaseException:
            print((Path(folder) / "log").read_text(), file=sys.stderr)
            raise
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(30)
            log.close()


def wait_until_ready(count: int) -> None:
    """Until each leads its part, and has been through its loop since."""
    eventually(lambda: execute(LEADING) == count, seconds=READY_SECONDS)
    leading = timezone.now()
    seen = RelayState.objects.filter(seen_at__gt=leading)
    eventually(lambda: seen.count() == count, seconds=READY_SECONDS)


def wait_until_published() -> None:
    deadline = time.monotonic() + PUBLISH_SECONDS
    with connection.cursor() as cursor:
        while cursor.execute(LEFT).rowcount:
            assert time.monotonic() < deadline, "the relays do not get done"
            time.sleep(LOOK_EVERY)  # seldom, since the looks count as PostgreSQL's CPU


def execute(*statements: str) -> int:
    """How many rows the last one found or changed."""
    with connection.cursor() as cursor:
        for text in statements:
            cursor.execute(text)
        return cursor.rowcount


if __name__ == "__main__":
    main()
