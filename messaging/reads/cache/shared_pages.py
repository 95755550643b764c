"""Latest pages in Redis, for processes that have none in memory: the second level of the cache.

A process that read a page from the database, or sent to one it has, writes it there some seconds
later; one that starts reads it there instead of the database. Nobody waits for a Redis that is
away, and no send waits for anything. What is found counts only for the database it was read from,
and the caller compares its rev with the log's (`latest_page`).

Texts lie there encrypted (`sealed_pages`), for REDIS_PAGE_CACHE_SECONDS at most. Whatever changes
more of a log than that it adds a message drops its page, by a mark that keeps a slower process from
writing an older one back.
"""

import asyncio
import contextlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import TimeoutError as FutureTimeoutError
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings

from chatproject.core import metrics
from chatproject.core.db.distributed import distribution
from chatproject.realtime.bus import conversation_topic
from chatproject.realtime.redis_servers import server_for, servers_of
from messaging.reads.cache.latest_page_cache import CachedPage, LatestPageCache
from messaging.reads.cache.sealed_pages import (
    HEADER,
    ORIGIN_DIGITS,
    REV_DIGITS,
    name_of,
    rev_digits,
    seal,
    unseal,
)

if TYPE_CHECKING:
    from redis import Redis


# Redis' client is only loaded where there is a Redis: it takes a tenth of the time of a start.

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 0.1  # after which a page is read from the database
ROUND_SECONDS = 5.0  # between two writings of the same page
PAGES_A_ROUND = 100  # which take some 10 ms, and are written a few at a time
PAGES_AT_ONCE = 4
MOST_WAITING = 2_000
MAX_BYTES = 256 * 1024  # of one page
# What has waited for longer is not written: a mark must outlive whatever was read before it.
WAITING_SECONDS = 30.0
MARK_SECONDS = 60.0
DROP_SECONDS = 0.5  # that a process without an event loop waits for each Redis
REST_SECONDS = 30.0  # without further tries, after one has failed there

DROPPED = b"-" * ORIGIN_DIGITS  # in place of the origin

# Keeps a value under its header (origin, rev), unless there is one that is at least as new.
KEEP = f"""
local old = redis.pcall('GETRANGE', KEYS[1], 0, {HEADER - 1})
if type(old) ~= 'string' then old = '' end
local whose = string.sub(old, 1, {ORIGIN_DIGITS})
local rev = tonumber(string.sub(old, -{REV_DIGITS})) or 0
local given = tonumber(ARGV[2])
if whose == ARGV[1] and rev >= given or whose == '{DROPPED.decode()}' and rev > given then
    return 0
end
redis.pcall('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
return 1
""".encode()


def keep_command(name: str, value: bytes, seconds: float) -> tuple[bytes, ...]:
    """What Redis is told to keep a sealed page under its name."""
    whose, rev = value[:ORIGIN_DIGITS], value[ORIGIN_DIGITS:HEADER]
    milliseconds = b"%d" % round(seconds * 1000)
    return b"EVAL", KEEP, b"1", name.encode(), whose, rev, value, milliseconds


def _mark(conversation_id: UUID, rev: int) -> tuple[bytes, ...]:
    """The command that drops the page of whatever origin, and keeps older ones away for a while."""
    return keep_command(name_of(conversation_id), DROPPED + rev_digits(rev), MARK_SECONDS)


def _server_of(conversation_id: UUID, count: int) -> int:
    """The one that has the conversation's topic."""
    return server_for(conversation_topic(conversation_id), count)


class SharedPages:
    """Belongs to the event loop in which it is started; some methods may be called by threads."""

    def __init__(self, urls: Sequence[str], pages: LatestPageCache) -> None:
        from chatproject.realtime.reconnecting_link import ReconnectingLink  # noqa: PLC0415

        self._links = [ReconnectingLink(url, "cache of pages") for url in urls]
        self._pages = pages
        self._waiting: OrderedDict[UUID, float] = OrderedDict()  # since when
        self._written: OrderedDict[UUID, tuple[int, float]] = OrderedDict()  # bytes, until when
        self._written_bytes = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._loop, self._thread = asyncio.get_running_loop(), threading.get_ident()
        await asyncio.gather(*(link.start() for link in self._links))
        self._pages.listener = self.note
        self._task = self._loop.create_task(self._write_forever())

    async def stop(self) -> None:
        """Writes what is waiting, so that whoever comes next finds it."""
        self._pages.listener = None
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.write_waiting()
        for link in self._links:
            with contextlib.suppress(ConnectionError):
                await link.ask(b"PING", seconds=ANSWER_SECONDS)
        await asyncio.gather(*(link.stop() for link in self._links))

    # -- reading

    async def find(self, conversation_id: UUID, database: str) -> CachedPage | None:
        """The page at whatever rev it has there; raises nothing, and takes no longer than
        ANSWER_SECONDS."""
        link = self._links[_server_of(conversation_id, len(self._links))]
        try:
            name = name_of(conversation_id).encode()
            sealed = await link.ask(b"GET", name, seconds=ANSWER_SECONDS)
        except Exception:  # noqa: BLE001 (whatever it is, the database has the page)
            metrics.REDIS_PAGE_CACHE.labels("away").inc()
            return None
        page = unseal(conversation_id, sealed, database)
        if page is None:
            metrics.REDIS_PAGE_CACHE.labels("miss").inc()
        return page

    def find_in_thread(self, conversation_id: UUID, database: str) -> CachedPage | None:
        if self._loop is None or threading.get_ident() == self._thread:
            return None
        asked = asyncio.run_coroutine_threadsafe(self.find(conversation_id, database), self._loop)
        try:
            return asked.result(2 * ANSWER_SECONDS)
        except FutureTimeoutError:  # the event loop is busy
            asked.cancel()
            return None

    # -- writing

    def note(self, conversation_id: UUID) -> None:
        """The page in memory is one that others may not have. In any thread, and quick: a send
        calls it."""
        if len(self._waiting) < MOST_WAITING:
            self._waiting.setdefault(conversation_id, time.monotonic())

    async def write_waiting(self) -> None:
        """Writes the pages that have waited longest, as they are now."""
        number = 0
        while self._waiting and number < PAGES_A_ROUND:
            conversation_id, since = self._waiting.popitem(last=False)
            if time.monotonic() - since < WAITING_SECONDS and self._write(conversation_id):
                number += 1
                if number % PAGES_AT_ONCE == 0:
                    await asyncio.sleep(0.001)  # acknowledgements come first

    async def _write_forever(self) -> None:
        while True:
            await asyncio.sleep(ROUND_SECONDS)
            try:
                await self.write_waiting()
            except Exception as error:
                logger.warning("cache of pages: %r", error, exc_info=True)

    def _write(self, conversation_id: UUID) -> bool:
        link = self._links[_server_of(conversation_id, len(self._links))]
        page = self._pages.peek(conversation_id) if link.is_linked else None
        if page is None or not page.messages or not page.database:
            return False
        if sum(len(message.shared) for message in page.messages) > MAX_BYTES:
            return False
        value, seconds = seal(conversation_id, page), settings.REDIS_PAGE_CACHE_SECONDS
        link.send(*keep_command(name_of(conversation_id), value, seconds))
        self._account(conversation_id, len(value), seconds)
        metrics.REDIS_PAGES_WRITTEN.inc()
        return True

    def _account(self, conversation_id: UUID, size: int, seconds: float) -> None:
        """Deletes the pages that were written longest ago where all take too much memory there."""
        now = time.monotonic()
        self._written_bytes += size - self._written.pop(conversation_id, (0, 0.0))[0]
        self._written[conversation_id] = size, now + seconds
        while self._written:
            oldest, (old_size, until) = next(iter(self._written.items()))
            is_too_much = self._written_bytes > settings.REDIS_PAGE_CACHE_BYTES
            if until > now and not is_too_much:
                break
            del self._written[oldest]
            self._written_bytes -= old_size
            if until > now:
                link = self._links[_server_of(oldest, len(self._links))]
                link.send(b"UNLINK", name_of(oldest).encode())

    # -- dropping

    def drop(self, conversation_id: UUID, rev: int) -> None:
        """In any thread."""
        if self._loop is not None:
            link = self._links[_server_of(conversation_id, len(self._links))]
            self._loop.call_soon_threadsafe(link.send, *_mark(conversation_id, rev))


_installed: list[SharedPages] = []


def install(shared: SharedPages | None) -> None:
    """Makes it the one of this process."""
    _installed[:] = [] if shared is None else [shared]


def shared_pages() -> SharedPages | None:
    """None where there is no Redis, or no event loop to ask it."""
    return _installed[0] if _installed else None


def are_on() -> bool:
    return bool(settings.REDIS_URL and settings.REDIS_PAGE_CACHE_BYTES)


def drop_page(conversation_id: UUID, rev: int) -> None:
    """The conversation has changed, as of this rev, in more than that messages were added.

    Called after the commit. Where Redis is away the page stays there until it expires, unread.
    """
    shared = shared_pages()
    if shared is not None:
        shared.drop(conversation_id, rev)
    elif are_on():
        _drop_from_outside(conversation_id, rev)


# -- in processes without an event loop: commands, and workers of tasks


_resting: dict[str, float] = {}


def _drop_from_outside(conversation_id: UUID, rev: int) -> None:
    if distribution.is_distributed():  # nothing of which is there
        return
    urls = servers_of(settings.REDIS_URL)
    url = urls[_server_of(conversation_id, len(urls))]
    if _resting.get(url, 0.0) > time.monotonic():
        return
    try:
        ask: Any = _client(url).execute_command
        ask(*_mark(conversation_id, rev))
    except Exception as error:  # noqa: BLE001 (whatever it is, the page expires)
        logger.warning("cache of pages: %r", error)
        _resting[url] = time.monotonic() + REST_SECONDS


@lru_cache(maxsize=16)
def _client(url: str) -> "Redis":
    from redis import Redis  # noqa: PLC0415

    limits: Any = {"socket_timeout": DROP_SECONDS, "socket_connect_timeout": DROP_SECONDS}
    return Redis.from_url(url, **limits)
