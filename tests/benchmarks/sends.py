"""Durable sends over WebSockets: as many as are acknowledged, and how long each one takes."""

import asyncio
import secrets
import threading
import time
from array import array
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from tests.benchmarks.figures import Figure, cpu_per, latencies
from tests.benchmarks.plan import Plan
from tests.benchmarks.system import Site, connected, refuse_failures
from tests.benchmarks.wire import MASKED, NO_MASK, TEXT, Connection, ref_of

CONTENT = "x" * 100
COST_GOAL = 0.12  # CPU seconds for 1,000 sends
RATE_GOALS = {(100, 1): 10_000}  # by senders and window
WAIT_GOAL = 20.0  # ms, at the same
DRAIN_SECONDS = 20

FRAME = (
    '{"type":"message.send","ref":"%%08d","conversationId":"%s",'
    '"clientId":"%s-0000-4000-8000-%%012x","content":"%s"}'
)


class Tally:
    """What all senders together have done since the last `reset`. Times in seconds."""

    def __init__(self) -> None:
        self.running = True
        self.posted = 0
        self.acked = 0
        self.took = array("d")
        self.delivered_after = array("d")
        self.sent: dict[int, float] = {}  # number of the message → when it was due

    def reset(self) -> None:
        self.took = array("d")
        self.delivered_after = array("d")


class Sender(Connection):
    """Posts 100-character messages; at each ack the next one while the tally is `running`.

    Numbers are unique over all senders of a tally and stand in `ref` and `clientId`.
    """

    def __init__(self, request: bytes, conversation_id: UUID, tally: Tally) -> None:
        super().__init__(request)
        self._tally = tally
        text = FRAME % (conversation_id, secrets.token_hex(4), CONTENT)
        self._payload = text.encode()
        size = len(self._payload % (0, 0))
        self._head = bytes((TEXT, MASKED | 126)) + size.to_bytes(2, "big") + NO_MASK

    def post(self, due: float | None = None) -> None:
        """`due` is when it should have gone out, from where on its time is counted."""
        tally = self._tally
        number = tally.posted = tally.posted + 1
        tally.sent[number] = time.perf_counter() if due is None else due
        self.write(self._head + self._payload % (number, number))

    def on_ack(self, data: bytes, body: int, end: int) -> None:
        tally = self._tally
        tally.acked += 1
        tally.took.append(time.perf_counter() - tally.sent.pop(ref_of(data, body)))
        if tally.running:
            self.post()


class PacedSender(Sender):
    """Posts only when told; sees when its partner's messages arrive."""

    def on_ack(self, data: bytes, body: int, end: int) -> None:
        tally = self._tally
        tally.acked += 1
        tally.took.append(time.perf_counter() - tally.sent[ref_of(data, body)])

    def on_event(self, data: bytes, body: int, end: int) -> None:
        number = int(data[data.index(b"-0000-4000-8000-", body) + 16 :][:12], 16)
        self._tally.delivered_after.append(time.perf_counter() - self._tally.sent[number])


def senders_of(
    site: Site, count: int, tally: Tally, kind: type[Sender] = Sender
) -> list[Callable[[], Sender]]:
    """The first `count` people, each in the conversation with the other one of the pair."""

    def maker(person: int) -> Callable[[], Sender]:
        pair = site.world.pairs[person // 2]
        return lambda: kind(site.handshake(person), pair, tally)

    return [maker(person) for person in range(count)]


async def acknowledged(site: Site, plan: Plan) -> list[Figure]:
    """For each number of senders the rate when each waits for its ack, how long that takes, and the
    best rate over the windows; the log is checked each time."""
    figures = []
    for count, windows in plan.senders:
        tries = [await closed_loop(site, plan, count, window) for window in windows]
        best = max(tries, key=lambda figure: figure.value)
        for rate in [tries[0]] if best is tries[0] else [tries[0], best]:
            figures += [rate, _wait(rate), _cost(rate)]
    return figures


def _wait(rate: Figure) -> Figure:
    goal = WAIT_GOAL if rate.goal else None
    name, took = f"ack p99 of {rate.name}", rate.details["ack_ms"]["p99"]
    return Figure("acknowledged sends", name, took, "ms", goal, True)


def _cost(rate: Figure) -> Figure:
    """The figure that noise spares: what the kernel has booked for server and database."""
    spent = rate.details["cpu_per_send"]
    seconds = sum(spent.get(f"{who}_us", 0.0) for who in ("server", "postgres")) / 1000
    name = f"CPU for 1,000 of {rate.name}"
    return Figure("acknowledged sends", name, seconds, "s", COST_GOAL, True)


async def closed_loop(site: Site, plan: Plan, count: int, window: int) -> Figure:
    """The rate at which so many senders with so many sends under way each are acknowledged."""
    tally = Tally()
    before = site.heads(site.world.pairs)
    async with connected(site.port, senders_of(site, count, tally)) as senders:
        for sender in senders:
            for _ in range(window):
                sender.post()
        await asyncio.sleep(plan.warm_up)
        tally.reset()
        already = tally.acked
        with site.accounts.watch() as usage:
            await asyncio.sleep(plan.seconds)
            acked, took = tally.acked - already, tally.took
        await finish(tally, senders)
    check_stored(site, site.world.pairs, before, tally)
    name = f"{count} sender{'s' if count > 1 else ''} (window {window})"
    details: dict[str, Any] = {"window": window, "ack_ms": latencies(took)}
    details["cpu_per_send"] = cpu_per(usage, acked)
    rate, goal = acked / usage.seconds, RATE_GOALS.get((count, window))
    shares = usage.shares()
    return Figure("acknowledged sends", name, rate, "/s", goal, False, shares, details)


async def finish(tally: Tally, senders: Sequence[Connection]) -> None:
    """Posts no more and waits until everything is acknowledged."""
    tally.running = False
    async with asyncio.timeout(DRAIN_SECONDS):
        while tally.acked < tally.posted:
            refuse_failures(senders)
            await asyncio.sleep(0.01)


def check_stored(
    site: Site, conversations: Sequence[UUID], before: dict[UUID, int], tally: Tally
) -> None:
    """Every acknowledged message is stored once, and no seq is left out."""
    stored = sum(site.heads(conversations).values()) - sum(before.values())
    if stored != tally.acked:
        raise AssertionError(f"{tally.acked} were acknowledged and {stored} are stored")


async def paced(
    site: Site, plan: Plan, name: str, goals: tuple[float | None, float | None]
) -> list[Figure]:
    """Sends at a fixed rate, whatever the answers do; `goals` are of p50 and p99, in ms."""
    tally = Tally()
    before = site.heads(site.world.pairs)
    makers = senders_of(site, plan.paced_sockets, tally, PacedSender)
    async with connected(site.port, makers) as senders:
        await _pace(plan.paced_rate, plan.warm_up, senders)
        tally.reset()
        with site.accounts.watch() as usage:
            await _pace(plan.paced_rate, plan.paced_seconds, senders)
        await finish(tally, senders)
    check_stored(site, site.world.pairs, before, tally)
    took = latencies(tally.took)
    details = {"ack_ms": took, "delivery_ms": latencies(tally.delivered_after)}
    details["cpu_per_send"] = cpu_per(usage, len(tally.took))
    stage = f"latency at {plan.paced_rate:,} sends/s"
    shares = usage.shares()
    return [
        Figure(stage, f"{name}, p50", took["p50"], "ms", goals[0], True, shares, details),
        Figure(stage, f"{name}, p99", took["p99"], "ms", goals[1], True, shares),
    ]


async def _pace(rate: int, seconds: float, senders: Sequence[Sender]) -> None:
    """A thread keeps the time, since the event loop's own timers step by a millisecond."""
    loop = asyncio.get_running_loop()
    start = time.perf_counter() + 0.01

    def keep_time() -> None:
        for number in range(int(rate * seconds)):
            due = start + number / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            loop.call_soon_threadsafe(senders[number % len(senders)].post, due)

    thread = threading.Thread(target=keep_time, daemon=True)
    thread.start()
    await asyncio.to_thread(thread.join)
