"""What storing a flush of drafts costs in CPU of PostgreSQL and of Python, by kind of draft.

    .venv/bin/python -m tests.benchmarks.stores [--rounds 60] [--kinds plain reply] [--sizes 1 20]

Runs on a database of its own on the tests' PostgreSQL, without fsync: CPU is what is compared.
It uses nothing but `store`, so that it runs in the tree of before too; rates of a shared machine
swing, so run both trees in turns and compare ratios.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

PEOPLE, CONVERSATIONS = 100, 40
TICK = os.sysconf("SC_CLK_TCK")
KINDS = ("plain", "reply", "mention", "file", "direct", "mixed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60, help="flushes that are measured")
    parser.add_argument("--kinds", nargs="*", choices=KINDS, default=KINDS)
    parser.add_argument("--sizes", nargs="*", type=int, default=[1, 20, 200])
    options = parser.parse_args()
    with own_database():
        from django.db import connection

        world = World()
        for kind in options.kinds:
            for size in options.sizes:
                figures = measure(world, kind, size, max(options.rounds, 400 // size))
                print(json.dumps({"kind": kind, "size": size, **figures}), flush=True)
        connection.close()


@contextmanager
def own_database() -> Iterator[None]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    from tests import database

    with database.CLUSTER.lock():
        database.CLUSTER.start()
    database.make_template()
    name = f"stores_{os.getpid()}"
    with database.connect() as raw:
        raw.execute(f'CREATE DATABASE "{name}" TEMPLATE "{database.template_name()}"')
    try:
        os.environ["DATABASE_URL"] = database.url(name)
        import django

        django.setup()
        yield
    finally:
        with database.connect() as raw:
            raw.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


class World:
    """People, groups with a first message in each, and direct conversations."""

    def __init__(self) -> None:
        from tests.cast import make_conversation, make_direct, make_person, say

        self.people = [make_person(f"P{n}") for n in range(PEOPLE)]
        self.groups = [make_conversation(*self.people[n : n + 20]) for n in range(CONVERSATIONS)]
        self.directs = [
            make_direct(one, other)
            for one, other in zip(self.people[::2], self.people[1::2], strict=True)
        ]
        for n, group in enumerate(self.groups):
            say(group, self.people[n], "the first")

    def drafts(self, kind: str, size: int, turn: int) -> list[object]:
        return [self._draft(kind, turn * size + n) for n in range(size)]

    def _draft(self, kind: str, n: int) -> object:
        from messaging.sending.drafts import Draft

        place, who = n % CONVERSATIONS, n // CONVERSATIONS % 20
        group, sender = self.groups[place], self.people[place + who]
        kind = ("plain" if n % 10 else "reply") if kind == "mixed" else kind
        text = f"message number {n} " + "x" * 60
        if kind == "reply":
            return Draft(group.pk, sender.pk, uuid4(), text, reply_to_seq=1)
        if kind == "mention":
            return Draft(group.pk, sender.pk, uuid4(), f"<@{self.people[place].pk}> {text}")
        if kind == "file":
            file = self._file(sender.pk)
            return Draft(group.pk, sender.pk, uuid4(), text, attachment_ids=(file,))
        if kind == "direct":
            place = n % len(self.directs)
            text = f"<@{self.people[2 * place + 1].pk}> {text}"
            return Draft(self.directs[place].pk, self.people[2 * place].pk, uuid4(), text)
        return Draft(group.pk, sender.pk, uuid4(), text)

    def _file(self, uploader_id: UUID) -> UUID:
        from attachments.models import Attachment

        return Attachment.objects.create(
            uploader_id=uploader_id, name="a.txt", content_type="text/plain", size=1, state="ready"
        ).pk


def measure(world: World, kind: str, size: int, rounds: int) -> dict[str, float]:
    """Medians of a flush, by message where it says so, in microseconds."""
    from django.db import connection

    from messaging.sending.store import store

    flushes = [world.drafts(kind, size, turn) for turn in range(rounds + 5)]
    for drafts in flushes[:5]:
        store(drafts, wait=False)
    backend = connection.connection.info.backend_pid
    cpu, before, took = time.process_time(), backend_cpu(backend), []
    for drafts in flushes[5:]:
        began = time.perf_counter()
        results = store(drafts, wait=False)
        took.append(time.perf_counter() - began)
        assert all(result.row is not None for result in results), results
    messages = rounds * size / 1e6
    return {
        "postgres_us_per_message": round((backend_cpu(backend) - before) / messages, 1),
        "python_us_per_message": round((time.process_time() - cpu) / messages, 1),
        "flush_us": round(statistics.median(took) * 1e6),
    }


def backend_cpu(pid: int) -> float:
    """Seconds that the backend was on a processor, from the scheduler where it counts those."""
    schedstat = Path(f"/proc/{pid}/schedstat")
    if schedstat.exists():
        return int(schedstat.read_text().split()[0]) / 1e9
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


if __name__ == "__main__":
    main()
