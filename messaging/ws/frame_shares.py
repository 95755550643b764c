"""What the frames of one person may take of a process at once, on all their sockets together.

Frames share the few threads for the database with everybody's. A further frame waits, and the
frames behind it on its socket are not read meanwhile, so that nothing piles up.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from chatproject.realtime.socket import Socket
from chatproject.server.fair_share import FairShare

RUNNING_EACH = 4
SYNC_ANSWERS_EACH = 4  # that the clients have not taken yet
# A socket has one frame that waits, and each person so many sockets at most.
WAITING_EACH = 100_000


class FrameShares:
    """Belongs to one event loop, as does `syncs`, which holds a place for each `sync` by id of its
    person; by REST they take the same."""

    def __init__(self, syncs: FairShare) -> None:
        self._frames = FairShare(running=RUNNING_EACH, waiting=WAITING_EACH)
        self._syncs = syncs
        self._answers = FairShare(running=SYNC_ANSWERS_EACH, waiting=WAITING_EACH)

    @asynccontextmanager
    async def one_frame(self, user_id: UUID) -> AsyncIterator[None]:
        """Holds a place for a frame."""
        async with self._frames.of(user_id):
            yield

    @asynccontextmanager
    async def one_sync(self, user_id: UUID) -> AsyncIterator[None]:
        """Holds the place for reading what a `sync` answers."""
        async with self._syncs.of(user_id):
            yield

    @asynccontextmanager
    async def one_answer(self, socket: Socket) -> AsyncIterator[None]:
        """For reading and sending a large answer: begins when the client has taken what it was told
        before, and ends when it has taken the answer."""
        await socket.drained()
        async with self._answers.of(socket.user_id):
            yield
            await socket.drained()
