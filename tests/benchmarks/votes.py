"""A burst of votes: `python -m tests.benchmarks.votes --voters 200`.

Everybody of one conversation listens, and everybody votes at once in one poll of it. Says how long
the votes took, what each event weighs, and what one vote costs of CPU.
"""

import argparse
import asyncio
import os
import secrets
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import django
import httpx

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(48))  # the server gets the same
django.setup()

from tests.benchmarks.figures import cpu_per, latencies  # noqa: E402 (models need the setup)
from tests.benchmarks.plan import TINY  # noqa: E402
from tests.benchmarks.system import Site, connected, refuse_failures, running  # noqa: E402
from tests.benchmarks.wire import Connection  # noqa: E402

UPDATED = b'"type":"message.updated"'
CHOICES = ("Pizza", "Soup", "Bread and cheese")
ARRIVAL_SECONDS = 60


class PollListener(Connection):
    """Counts the changes of the poll that it hears, and their bytes."""

    heard = 0
    weight = 0
    heaviest = 0

    def _on_text(self, data: bytes, body: int, end: int) -> None:
        if UPDATED in data[body : body + 40]:
            self.heard += 1
            self.weight += end - body
            self.heaviest = max(self.heaviest, end - body)
        else:
            super()._on_text(data, body, end)


async def burst(site: Site, voters: int, at_once: int) -> dict[str, Any]:
    room = site.world.rooms[voters]
    base_url = f"http://127.0.0.1:{site.port}"
    waits: list[float] = []
    limits = httpx.Limits(max_connections=at_once)
    async with (
        connected(site.port, [_listener(site, each) for each in range(voters)]) as listeners,
        httpx.AsyncClient(base_url=base_url, timeout=ARRIVAL_SECONDS, limits=limits) as rest,
    ):
        seq = await _ask(rest, site, room)
        with site.accounts.watch() as usage:
            await asyncio.gather(
                *(_vote(rest, site, room, seq, each, waits) for each in range(voters))
            )
            voted = time.perf_counter()
            await _arrived(listeners, voters)
            late = time.perf_counter() - voted
        poll = await _read(rest, site, room, seq)
    assert poll["voterCount"] == voters, poll
    events = sum(each.heard for each in listeners)
    return {
        "votes a second": round(voters / usage.seconds, 1),
        "vote, ms": latencies(waits),
        "last event after the last vote, ms": round(1000 * late, 1),
        "events each hears": events / voters,
        "bytes of an event, on average and at most": (
            round(sum(each.weight for each in listeners) / events),
            max(each.heaviest for each in listeners),
        ),
        "CPU of a vote, told to everybody": cpu_per(usage, voters),
    }


def _listener(site: Site, person: int) -> Any:
    return lambda: PollListener(site.handshake(person))


def _as(site: Site, person: int) -> dict[str, str]:
    return {"Authorization": f"Bearer {site.world.token(person)}"}


async def _ask(rest: httpx.AsyncClient, site: Site, room: UUID) -> int:
    body = {"question": "What do we eat?", "choices": list(CHOICES)}
    path = f"/v1/conversations/{room}/polls"
    answer = await rest.post(path, json=body, headers=_as(site, 0))
    answer.raise_for_status()
    return int(answer.json()["seq"])


async def _vote(
    rest: httpx.AsyncClient, site: Site, room: UUID, seq: int, person: int, waits: list[float]
) -> None:
    began = time.perf_counter()
    answer = await rest.put(
        f"/v1/conversations/{room}/messages/{seq}/vote",
        json={"choices": [person % len(CHOICES)]},
        headers=_as(site, person),
    )
    answer.raise_for_status()
    waits.append(time.perf_counter() - began)


async def _read(rest: httpx.AsyncClient, site: Site, room: UUID, seq: int) -> dict[str, Any]:
    path = f"/v1/conversations/{room}/messages/{seq}"
    answer = await rest.get(path, headers=_as(site, 0))
    answer.raise_for_status()
    poll: dict[str, Any] = answer.json()["poll"]
    return poll


async def _arrived(listeners: list[PollListener], votes: int) -> None:
    """Waits until everybody has heard of every vote."""
    async with asyncio.timeout(ARRIVAL_SECONDS):
        while min(each.heard for each in listeners) < votes:
            refuse_failures(listeners)
            await asyncio.sleep(0.005)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voters", type=int, default=200)
    parser.add_argument("--at-once", type=int, default=50, help="votes under way together")
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    plan = replace(TINY, rooms=(given.voters,), people=max(given.voters, TINY.people))
    with (
        tempfile.TemporaryDirectory(prefix="votes-") as folder,
        running(Path(folder), plan, given.workers) as site,
    ):
        for name, value in asyncio.run(burst(site, given.voters, given.at_once)).items():
            sys.stdout.write(f"{name:45} {value}\n")


if __name__ == "__main__":
    main()
