"""What the frames of one person may take of a process at once, on all their sockets together.

All frames share a few database threads. A frame beyond the person's share waits, and its socket is
not read meanwhile, so that nothing piles up.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from chatproject.realtime.socket import Socket
from chatproject.server.fair_share import FairShare

RUNNING_EACH = 4
SYNC_ANSWERS_EACH = 4  # which the clients have not taken yet
# A socket has at most one waiting frame, and no person has so many sockets.
WAITING_EACH = 100_000


class FrameShares:
    """Belongs to one event loop, as does `syncs`: the shares by person of `sync`, which REST uses
    too."""

    def __init__(self, syncs: FairShare) -> None:
        self._frames = FairShare(running=RUNNING_EACH, waiting=WAITING_EACH)
        self._syncs = syncs
        self._answers = FairShare(running=SYNC_ANSWERS_EACH, waiting=WAITING_EACH)

    @asynccontextmanager
    async def one_frame(self, user_id: UUID) -> AsyncIterator[None]:
        """Holds one of the person's places for a frame."""
        async with self._frames.of(user_id):
            yield

    @asynccontextmanager
    async def one_sync(self, user_id: UUID) -> AsyncIterator[None]:
        """Holds one of the person's places for reading a `sync`."""
        async with self._syncs.of(user_id):
            yield

    @asynccontextmanager
    async def one_answer(self, socket: Socket) -> AsyncIterator[None]:
        """Holds a place for a large answer: begins when the client has taken everything before it,
        and ends when it has taken the answer."""
        await socket.drained()
        async with self._answers.of(socket.user_id):
            yield
            await socket.drained()
