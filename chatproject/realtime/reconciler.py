"""The reconciler: compares what this process has told its sockets with the database, again and
again.

So sockets are told within a round what they have missed through a crash between commit and
publication, or a lost message of the bus or the control plane: events of logs, new memberships,
ended sign-ins, and whatever was registered with `also_check`. People's own states are compared
after `hurry`, and every STATES_SECONDS.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Iterable

from chatproject.realtime.feed import Feed
from chatproject.realtime.hub_queries import Head, HubQueries
from chatproject.realtime.personal_topics import PersonalTopics

logger = logging.getLogger(__name__)

ROUND_SECONDS = 4.0
STATES_SECONDS = 30.0  # for which a lost change of an own state may last; finding it costs a scan
JOINED_MARGIN = 20.0  # seconds for which a transaction may have been open in the last round
SLICE = 1_000  # conversations that one query compares
IN_FLIGHT_GRACE = 0.25  # seconds in which a rev seen in the database may still arrive by the bus
RETRY_AFTER = 1.0  # seconds, when the database does not answer

Check = Callable[[], Awaitable[None]]


class Reconciler:
    """All methods belong to the event loop's thread."""

    def __init__(
        self, queries: HubQueries, feeds: Callable[[], Iterable[Feed]], personal: PersonalTopics
    ) -> None:
        self._queries = queries
        self._feeds = feeds
        self._personal = personal
        self._checks: list[Check] = []
        self._members_checked_at = time.monotonic()
        self._states_mark = ""
        self._states_due_at = 0.0
        self._hurry = asyncio.Event()

    def also_check(self, check: Check) -> None:
        """Runs `check` in every round. If it raises, that is logged, and the round goes on."""
        self._checks.append(check)

    def hurry(self) -> None:
        """Starts the next round at once, since something may have been lost."""
        self._states_due_at = 0.0
        self._hurry.set()

    async def run_forever(self) -> None:
        while True:
            seconds = 0.0 if self._hurry.is_set() else ROUND_SECONDS
            self._hurry.clear()
            try:
                await self.run_round(seconds)
            except Exception:
                logger.exception("reconciling failed; it goes on")
                await asyncio.sleep(RETRY_AFTER)

    async def run_round(self, seconds: float = 0.0) -> None:
        """One round over all feeds, spread over `seconds`."""
        feeds = list(self._feeds())
        slices = [feeds[i : i + SLICE] for i in range(0, len(feeds), SLICE)]
        pause = seconds / (len(slices) + 1)
        for part in slices:
            await self._compare(part)
            await self._pause(pause)
        await self._check_people()
        await self._check_states()
        await self._run_checks()
        await self._pause(pause)

    async def _compare(self, feeds: Iterable[Feed]) -> None:
        """Makes feeds fetch what is in the database and did not come by the bus."""
        heads = await self._queries.heads([feed.conversation_id for feed in feeds])
        behind = [
            (feed, heads[feed.conversation_id])
            for feed in feeds
            if feed.is_behind(heads.get(feed.conversation_id, Head(0, 0)))
        ]
        if behind:
            await asyncio.sleep(IN_FLIGHT_GRACE)
            for feed, head in behind:
                feed.catch_up(head)

    async def _check_people(self) -> None:
        """Joins sockets to conversations of which no event told them; closes those signed out."""
        sockets = self._personal.sockets
        if not sockets:
            return
        people = {socket.user_id for socket in sockets}
        begun = time.monotonic()
        since = begun - self._members_checked_at + JOINED_MARGIN
        for user_id, conversation_id in await self._queries.joined_within(people, since):
            await self._personal.join_missed(user_id, conversation_id)
        self._members_checked_at = begun
        live = await self._queries.live_sign_ins({socket.sign_in_id for socket in sockets})
        self._personal.keep_signed_in(live, sockets)

    async def _check_states(self) -> None:
        """Tells sockets of changed own states of which no event told them."""
        now = time.monotonic()
        if now < self._states_due_at:
            return
        people = {socket.user_id for socket in self._personal.sockets}
        found = await self._queries.changed_states(people, self._states_mark)
        self._states_mark, self._states_due_at = found.mark, now + STATES_SECONDS
        for user_id, event in found.states:
            self._personal.tell_state(user_id, event)

    async def _run_checks(self) -> None:
        for check in self._checks:
            try:
                await check()
            except Exception:
                logger.exception("a check of the reconciler failed; it goes on")

    async def _pause(self, seconds: float) -> None:
        """Waits, until `hurry` is called at most."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._hurry.wait()
