"""Fetches missed events: of many conversations by one frame, of a long gap page by page."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from itertools import islice
from typing import Any

from .backoff import Backoff
from .buffer import Buffer
from .errors import Refused, Unreachable
from .events import Frame
from .rest import Rest
from .revs import Revs

logger = logging.getLogger(__name__)

MAX_SYNCED = 500  # conversations in one frame
MAX_CHANGES = 200  # in one page
NOT_TO_BE_SEEN = frozenset({403, 404})
INVALID = "invalid_input"  # trying again is pointless

Request = Callable[[str, Mapping[str, Any]], Awaitable[Frame]]


class CatchUp:
    """Fetches the events that `revs` lacks, and puts them into `buffer`.

    `request` uses the open socket; `rest` is for gaps that are too long for it.
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
        """Returns when no conversation is behind. Raises Refused when the server refuses.

        Failed tries are repeated with growing pauses.
        """
        attempt = 0
        while behind := self._revs.behind():
            await self._buffer.wait_for_room()
            try:
                await self._fetch(behind)
            except Unreachable as error:
                logger.info("missed events cannot be fetched yet: %s", error)
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
        """Returns the conversations of which there is more than fits into the answer."""
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
            await self._buffer.wait_for_room()

    async def _fetch_page(self, conversation_id: str, since: int) -> int | None:
        """The rev where the next page starts; None after the last page, or if live events came."""
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
        """GETs JSON; raises Unreachable for a refusal that may pass."""
        try:
            return await self._rest.call("GET", *path, query=query)
        except Refused as refusal:
            if refusal.is_passing:
                raise Unreachable(refusal.detail) from refusal
            raise
