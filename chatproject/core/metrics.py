"""Every metric of the chat, by what is measured. `chatproject.server.metrics` tells them.

Counting on the way of a message costs a plain addition: a `Tally` belongs to the event loop's
thread and is added to its metric once a second and before each scrape (`fold`). Whatever counts in
another thread calls the metric itself, which locks. Under `serve --workers` prometheus-client keeps
the values in files that all workers share (its multiprocess mode), so the numbers of any scrape are
those of the whole process tree. Labels are bounded: no person, conversation or address is one.
"""

import asyncio
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from prometheus_client import Counter, Gauge, Histogram

FOLD_SECONDS = 1.0
LATENCIES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)  # s
SIZES = (1, 2, 5, 10, 20, 50, 100, 200)


class Tally:
    """One counter in a plain int: `tally.count += 1`."""

    __slots__ = ("_child", "count")

    def __init__(self, child: Counter) -> None:
        self._child = child
        self.count = 0
        _tallies.append(self)

    def fold(self) -> None:
        if self.count:
            count, self.count = self.count, 0
            self._child.inc(count)


class HistogramTally:
    """One histogram in plain numbers."""

    __slots__ = ("_bounds", "_child", "_counts", "_sum")

    def __init__(self, child: Histogram) -> None:
        self._child = child
        self._bounds: Sequence[float] = child._upper_bounds  # noqa: SLF001 (see above)
        self._counts = [0] * len(self._bounds)
        self._sum = 0.0
        _tallies.append(self)

    def observe(self, value: float) -> None:
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def fold(self) -> None:
        counts, self._counts = self._counts, [0] * len(self._bounds)
        total, self._sum = self._sum, 0.0
        for bucket, count in zip(self._child._buckets, counts, strict=True):  # noqa: SLF001
            if count:
                bucket.inc(count)
        if total:
            self._child._sum.inc(total)  # noqa: SLF001


class Tallies(dict[tuple[str, ...], Tally]):
    """A tally for each set of labels: `tallies["socket", "stored"].count += 1`."""

    def __init__(self, counter: Counter) -> None:
        super().__init__()
        self._counter = counter

    def __missing__(self, labels: tuple[str, ...]) -> Tally:
        tally = self[labels] = Tally(self._counter.labels(*labels))
        return tally


class HistogramTallies(dict[tuple[str, ...], HistogramTally]):
    """The same of histograms: `tallies[(route,)].observe(seconds)`."""

    def __init__(self, histogram: Histogram) -> None:
        super().__init__()
        self._histogram = histogram

    def __missing__(self, labels: tuple[str, ...]) -> HistogramTally:
        tally = self[labels] = HistogramTally(self._histogram.labels(*labels))
        return tally


class DatabaseGauge(NamedTuple):
    """A gauge whose values are the database's and so the same in every process.

    `read` runs in a thread with a database connection, at a scrape, and at most every `seconds`;
    it returns the value of each tuple of labels.
    """

    name: str
    help: str
    labels: Sequence[str]
    read: Callable[[], Mapping[tuple[str, ...], float]]
    seconds: float = 10.0


DATABASE_GAUGES: dict[str, DatabaseGauge] = {}  # by name
_tallies: list[Tally | HistogramTally] = []
_samples: dict[Gauge, Callable[[], float]] = {}


def register_database_gauge(gauge: DatabaseGauge) -> None:
    """An app does so in its `ready`, as `attachments.apps` does."""
    DATABASE_GAUGES[gauge.name] = gauge


def sample(gauge: Gauge, read: Callable[[], float]) -> None:
    """Sets the gauge to what `read` returns in the event loop, at each fold."""
    _samples[gauge] = read


def fold() -> None:
    """Adds what was tallied to the metrics, and samples the gauges. In the event loop's thread."""
    for tally in _tallies:
        tally.fold()
    for gauge, read in _samples.items():
        gauge.set(read())


async def fold_forever() -> None:
    while True:
        fold()
        await asyncio.sleep(FOLD_SECONDS)


def _gauge(name: str, text: str) -> Gauge:
    """The sum over the processes that live."""
    return Gauge(name, text, multiprocess_mode="livesum")


def _times(name: str, text: str, labels: Sequence[str] = (), **options: Any) -> Histogram:
    return Histogram(name, text, labels, buckets=options.pop("buckets", LATENCIES), **options)


# ---- sends ---------------------------------------------------------------------------------------

SENDS = Counter("chat_sends", "Messages that clients asked to send.", ["via"])
ACKS = Counter(
    "chat_acks", "Answers to sends; stored, retried or a refusal's code.", ["via", "result"]
)
ACK_SECONDS = _times("chat_ack_seconds", "From taking a send in to its answer after the commit.")
# The values that a histogram is made of have no public way in; without one every observation
# would take two locks. Whoever updates prometheus-client sees at the start if they are gone.
for _name in ("_buckets", "_sum", "_upper_bounds"):
    assert hasattr(ACK_SECONDS, _name), _name
DELIVERY_SECONDS = _times(
    "chat_delivery_seconds", "From taking a send in to handing its event to a process' sockets."
)
FLUSH_DRAFTS = _times("chat_flush_drafts", "Drafts that the writer stored at once.", buckets=SIZES)
FLUSH_SECONDS = _times("chat_flush_seconds", "Time that a flush of the writer took.")
WRITER_QUEUE = _gauge("chat_writer_queue", "Drafts that wait for the writer or are in flight.")

sends = Tallies(SENDS)
acks = Tallies(ACKS)
ack_seconds = HistogramTally(ACK_SECONDS)
delivery_seconds = HistogramTally(DELIVERY_SECONDS)
flush_drafts = HistogramTally(FLUSH_DRAFTS)
flush_seconds = HistogramTally(FLUSH_SECONDS)

# ---- sockets -------------------------------------------------------------------------------------

SOCKETS = _gauge("chat_sockets", "Open sockets.")
CONNECTS = Counter("chat_connects", "Sockets that came: welcome or a refusal's code.", ["result"])
RESUMES = Counter("chat_resumes", "Calls of `sync`, by which clients catch up.")
RESETS = Counter("chat_resets", "Conversations that `sync` had clients load anew.")
DROPPED_EVENTS = Counter("chat_dropped_events", "Events that were not handed on.", ["reason"])
SLOW_CLIENTS = Counter("chat_slow_clients", "Sockets closed since they did not read.", ["reason"])

connects = Tallies(CONNECTS)
dropped_events = Tallies(DROPPED_EVENTS)
slow_clients = Tallies(SLOW_CLIENTS)

# ---- between processes ---------------------------------------------------------------------------

BUS_LAG_SECONDS = _times(
    "chat_bus_lag_seconds", "From publishing in one process to hearing it here."
)
BUS_RECONNECTS = Counter("chat_bus_reconnects", "Links to Redis made after one was lost.")
BUS_PROCESSES = _gauge("chat_bus_processes", "Processes that are to reach each other by Redis.")
BUS_LINKS = _gauge("chat_bus_links", "Processes whose bus reaches the others.")
PRESENCE_ROUND_SECONDS = _times("chat_presence_round_seconds", "Time that a round took.")
PRESENCE_FAILURES = Counter("chat_presence_failures", "Rounds and writings that failed.")

bus_lag_seconds = HistogramTally(BUS_LAG_SECONDS)
bus_reconnects = Tally(BUS_RECONNECTS)
presence_round_seconds = HistogramTally(PRESENCE_ROUND_SECONDS)
presence_failures = Tally(PRESENCE_FAILURES)

# ---- requests and the database -------------------------------------------------------------------

HTTP_REQUESTS = Counter("chat_http_requests", "Answered requests.", ["route", "method", "status"])
HTTP_SECONDS = _times("chat_http_request_seconds", "From the whole body to the answer.", ["route"])
POOL_USED = _gauge("chat_database_pool_used", "Connections of the pools in use.")
POOL_SIZE = _gauge("chat_database_pool_size", "Connections of the pools.")
POOL_WAITING = _gauge("chat_database_pool_waiting", "Threads that wait for a connection.")
POOL_SECONDS = _times("chat_database_pool_acquire_seconds", "Time to get a connection.")
POOL_FAILURES = Counter("chat_database_pool_failures", "Connections that were not to be had.")

PAGE_CACHE = Counter(
    "chat_page_cache",
    "Last pages found in memory: as they are now (hit), but for what was sent since (completed), or"
    " not (miss).",
    ["result"],
)
LOG_CACHE = Counter(
    "chat_log_cache", "Pages from further back found in memory (hit) or not.", ["result"]
)
REDIS_PAGE_CACHE = Counter(
    "chat_redis_page_cache",
    "Last pages that were not in memory, in Redis: as they are now (hit), but for what was sent"
    " since (completed), changed since (outdated), not there (miss), or Redis is away (away).",
    ["result"],
)
REDIS_PAGES_WRITTEN = Counter("chat_redis_pages_written", "Last pages written to Redis.")
INBOX_CACHE = Counter(
    "chat_inbox_cache", "Entries of inboxes found in memory (hit) or not.", ["result"]
)
ARCHIVE_READS = Counter(
    "chat_archive_reads",
    "Row groups of archive files found in memory (hit) or fetched.",
    ["result"],
)
SHARD_READS = Counter(
    "chat_shard_reads",
    "Trips to a worker that asked for its shards past Citus: answered (own), asked again since a"
    " shard is elsewhere (moved), or since there was an error (failed).",
    ["result"],
)
HOT_ANSWERS = Counter("chat_hot_answers", "Requests that needed no thread.", ["call"])

http_requests = Tallies(HTTP_REQUESTS)
hot_answers = Tallies(HOT_ANSWERS)
http_seconds = HistogramTallies(HTTP_SECONDS)
