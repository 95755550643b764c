"""The presence store of many processes, in Redis.

A person is one hash: a field for each process that has them, with the status and until when it
holds, and `seen`. Redis' own clock decides, so that the machines' need not agree. Everything is
set-based: a script for a slice of people, and all slices in one round trip.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError

from chatproject.realtime.presence.store import State, Status

PREFIX = "chat:presence:"
SLICE = 500  # people in one script, so that none holds up Redis for more than a few milliseconds
KEEP_MS = 24 * 3600 * 1000  # of who is gone; the database knows longer
TIMEOUT = 5.0  # seconds

LETTERS = {Status.ONLINE: "o", Status.AWAY: "a"}
STATUSES = {letter: status for status, letter in LETTERS.items()} | {"": Status.OFFLINE}

NOW = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function text(number) return string.format('%.0f', number) end
"""
HERE = f"""{NOW}
local process, ttl = ARGV[1], ARGV[2]
for i, key in ipairs(KEYS) do
    redis.call('HSET', key, process, ARGV[i + 2] .. text(now + ttl), 'seen', text(now))
    redis.call('PEXPIRE', key, {KEEP_MS})
end
"""
GONE = f"""{NOW}
local process = ARGV[1]
for i, key in ipairs(KEYS) do
    local seen = now - ARGV[i + 1]
    redis.call('HDEL', key, process)
    if seen > tonumber(redis.call('HGET', key, 'seen') or 0) then
        redis.call('HSET', key, 'seen', text(seen))
        redis.call('PEXPIRE', key, {KEEP_MS})
    end
end
"""
# Of each person the letter of the best status, and when they were seen. Entries of processes that
# did not say it again are thrown away in passing.
STATES = f"""{NOW}
local found = {{}}
for i, key in ipairs(KEYS) do
    local hash, best, seen = redis.call('HGETALL', key), '', ''
    for j = 1, #hash, 2 do
        local value = hash[j + 1]
        if hash[j] == 'seen' then
            seen = value
        elseif tonumber(string.sub(value, 2)) <= now then
            redis.call('HDEL', key, hash[j])
        elseif best ~= 'o' then
            best = string.sub(value, 1, 1)
        end
    end
    found[2 * i - 1] = best
    found[2 * i] = seen
end
return found
"""


class RedisStore:
    """See `store.Store` for the contract."""

    def __init__(self, url: str, process: str, *, ttl: float) -> None:
        self._redis: Redis = Redis.from_url(
            url, decode_responses=True, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT
        )
        self._process = process
        self._ttl_ms = round(ttl * 1000)

    async def here(self, statuses: Mapping[UUID, Status]) -> None:
        letters = {user_id: LETTERS[status] for user_id, status in statuses.items()}
        await self._run(HERE, letters, [self._process, self._ttl_ms])

    async def gone(self, seconds_ago: Mapping[UUID, float]) -> None:
        ago = {user_id: round(seconds * 1000) for user_id, seconds in seconds_ago.items()}
        await self._run(GONE, ago, [self._process])

    async def states(self, user_ids: Collection[UUID]) -> dict[UUID, State]:
        answers = await self._run(STATES, dict.fromkeys(user_ids), [])
        flat = [value for answer in answers for value in answer]
        pairs = zip(flat[::2], flat[1::2], strict=True)
        return {
            user_id: _state(letter, seen)
            for user_id, (letter, seen) in zip(user_ids, pairs, strict=True)
        }

    async def close(self) -> None:
        with _as_connection_error():
            await self._redis.aclose()

    async def _run(
        self, script: str, values: Mapping[UUID, str | int | None], first: Sequence[str | int]
    ) -> list[Any]:
        """The script's answer for each slice. A value of None is left out of its arguments."""
        if not values:
            return []
        with _as_connection_error():
            async with self._redis.pipeline(transaction=False) as pipe:
                for part in _slices(values.items()):
                    keys = [f"{PREFIX}{user_id}" for user_id, _ in part]
                    arguments = [value for _, value in part if value is not None]
                    pipe.eval(script, len(keys), *keys, *first, *arguments)
                answers: list[Any] = await pipe.execute()
                return answers


Item = tuple[UUID, str | int | None]


def _slices(items: Iterable[Item]) -> Iterable[list[Item]]:
    rest = iter(items)
    while part := list(islice(rest, SLICE)):
        yield part


def _state(letter: str, seen: str) -> State:
    status = STATUSES[letter]
    if status is not Status.OFFLINE or not seen:
        return State(status)
    return State(status, datetime.fromtimestamp(int(seen) / 1000, UTC))


@contextmanager
def _as_connection_error() -> Any:
    """Redis' own errors are no ConnectionError of Python's."""
    try:
        yield
    except (RedisError, OSError) as error:
        raise ConnectionError(f"presence in Redis: {error}") from error
