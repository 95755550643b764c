"""Fetching what was missed: many conversations by one frame, and a long gap page by page."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from itertools import islice
from typing import Any

from chatproject.client.backoff import Backoff
from chatproject.client.buffer import Buffer
from chatproject.client.errors import Refused, Unreachable
from chatproject.client.events import Frame
from chatproject.client.rest import Rest
from chatproject.client.revs import Revs

log = logging.getLogger(__name__)

MAX_SYNCED = 500  # conversations in one frame
MAX_CHANGES = 200  # in one page
NOT_TO_BE_SEEN = frozenset({403, 404})
INVALID = "invalid_input"  # no later try would go better

Request = Callable[[str, Mapping[str, Any]], Awaitable[Frame]]


class CatchUp:
    """Asks for what `revs` lacks, and puts the events into `buffer`.

    `request` asks over the socket, which is there already; `rest` is for what is too long for it.
    """

    def __init__(
        self, request: Request, rest: Rest, revs: Revs, buffer: Buffer, backoff: Backoff
    ) -> None:
        self._request = request
        self._rest = rest
        self._revs = revs
        self._buffer = buffer
        self._backoff = backoff

    async def until_level(self) -> None:
        """Returns when nothing is behind. Raises Refused when the server refuses to answer.

        What does not come (the server is away for a moment) is asked for again, ever more slowly.
        """
        attempt = 0
        while behind := self._revs.behind():
            await self._buffer.room()
            try:
                await self._fetch(behind)
            except Unreachable as error:
                log.info("what was missed is not to be had yet: %s", error)
            if self._revs.behind() == behind:
                await asyncio.sleep(self._backoff.delay(attempt))
                attempt += 1
            else:
                attempt = 0

    async def _fetch(self, behind: Mapping[str, int]) -> None:
        unfinished = await self._sync(dict(islice(behind.items(), MAX_SYNCED)))
        for conversation_id, since in unfinished.items():
            await self._fetch_pages(conversation_id, since)

    async def _sync(self, asked: dict[str, int]) -> dict[str, int]:
        """Gives back those of which there is more than fits into the answer."""
        try:
            answer = await self._request("sync", {"conversations": asked})
        except Refused as refusal:
            if refusal.code == INVALID:
                raise
            raise Unreachable(refusal.detail) from refusal
        unfinished = {}
        for conversation_id, since in asked.items():
            nothing_new = {"results": [], "throughRev": since}
            changes: Frame = answer["conversations"].get(conversation_id, nothing_new)
            if changes.get("gone"):
                self._buffer.put(self._revs.gone(conversation_id))
            elif changes.get("reset") or (changes.get("more") and not changes["results"]):
                unfinished[conversation_id] = since
            else:
                self._buffer.put(self._revs.answer(conversation_id, since, changes))
        return unfinished

    async def _fetch_pages(self, conversation_id: str, since: int) -> None:
        through: int | None = since
        while through is not None:
            through = await self._fetch_page(conversation_id, through)
            await self._buffer.room()

    async def _fetch_page(self, conversation_id: str, since: int) -> int | None:
        """Where the next one begins; None where there is none, or something else has moved on."""
        path, query = ("conversations", conversation_id, "changes"), {"since": since}
        try:
            changes = await self._get(*path, query={**query, "limit": MAX_CHANGES})
        except Refused as refusal:
            if refusal.status not in NOT_TO_BE_SEEN:
                raise
            self._buffer.put(self._revs.gone(conversation_id))
            return None
        self._buffer.put(self._revs.answer(conversation_id, since, changes))
        through: int = changes["throughRev"]
        is_there = self._revs.known().get(conversation_id) == through
        return through if changes["more"] and is_there else None

    async def _get(self, *path: object, query: Mapping[str, object]) -> Any:
        """What is refused for the moment only is Unreachable to us."""
        try:
            return await self._rest.call("GET", *path, query=query)
        except Refused as refusal:
            if refusal.is_passing:
                raise Unreachable(refusal.detail) from refusal
            raise
