"""The feed: delivers one conversation's events to this process' sockets, in order of rev, to each
socket what it may see.

A feed is in one of these states, told by its fields:

| state   | told by                               | what it does with a publication         |
| ------- | ------------------------------------- | --------------------------------------- |
| opening | `rev` is None: nobody is admitted yet | holds it                                |
| in step | nothing is held or wanted             | fans it out: its rev is the next one    |
| gap     | the first held rev is not the next    | holds it, in order of rev               |
| stale   | a newer member_rev is held or wanted  | holds it                                |
| behind  | `_wanted.rev` is ahead, nothing held  | fans it out if its rev is the next one  |
| empty   | nobody has entered or listens         | gets none: the hub deletes the feed     |

Opening ends when `admit` takes rev and member_rev of the first view. A repair ends the others: in
a gap it waits for GAP_PATIENCE and fetches the missing revs, once for all sockets; when stale it
reads anew what every listener sees; when behind it fetches what is missing.

A socket enters (subscribed, hears nothing), is admitted (hears what its spans show), and leaves.

What always holds:

1. Everybody who listens stands at `rev`: has got, by event or hint, every rev up to it. A socket
   that is admitted with an older view gets the hint of `rev`.
2. An event is fanned out by spans that were read at its member_rev or later. So nobody who was
   removed sees what came after, and nobody who was added misses it.
3. `rev` never falls. A publication below it was fetched before it came, and is dropped; several
   may share a rev. One without a rev (receipts, pushed events) stands beside the log, and is never
   dropped.
4. While spans are read anew (`_newcomers` is a dict), a socket that is admitted keeps its own view,
   and `_member_rev` ends at the oldest of all views: what was read later is read again.
5. At most one repair runs, and it runs as long as the feed is in a gap, stale or behind. An error
   delays it by RETRY_AFTER.
6. `_open_from` is None, or a seq from which on every listener sees everything: such events take one
   pass with the same bytes for all.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chatproject.core import metrics, traces
from chatproject.core.api.json import dump
from chatproject.realtime.bus import Publication
from chatproject.realtime.hub_queries import Head, HubQueries, Spans, View
from chatproject.realtime.socket import Socket
from chatproject.realtime.websocket import wire_all

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

logger = logging.getLogger(__name__)

GAP_PATIENCE = 0.1  # seconds that a missing rev may still come by the bus before it is fetched
RETRY_AFTER = 1.0  # seconds, when the database does not answer


def sees(spans: Spans, seq: int) -> bool:
    return any(low <= seq <= high for low, high in spans)


def hint(conversation_id: UUID | str, rev: int) -> bytes:
    """Tells that the log stands at `rev`: a client that knows less asks for the changes."""
    frame = {"type": "conversation.rev", "conversationId": str(conversation_id), "rev": rev}
    return dump(frame)


class Feed:
    """See the module for states and invariants. All methods belong to the event loop's thread."""

    def __init__(
        self,
        topic: str,
        conversation_id: UUID,
        queries: HubQueries,
        spawn: "Callable[[Coroutine[Any, Any, None]], None]",
        dismiss: "Callable[[Socket, UUID], None]",
    ) -> None:
        """`dismiss` is called for each socket that sees nothing live any more."""
        self.topic = topic
        self.conversation_id = conversation_id
        self.rev: int | None = None  # None until the first socket is admitted
        self._member_rev = 0  # no listener's view is older
        # While spans are read anew: the sockets that were admitted meanwhile, and their member_rev.
        self._newcomers: dict[Socket, int] | None = None
        self._wanted = Head(0, 0)  # where the database is known to stand
        self._queries = queries
        self._spawn = spawn
        self._dismiss = dismiss
        self._listeners: dict[Socket, Spans] = {}
        self._entered: set[Socket] = set()  # subscribed, but not yet known what they see
        # From this seq on every listener sees everything; None until that is asked for.
        self._open_from: int | None = 0
        self._held: list[Publication] = []
        self._repairing = False

    @property
    def is_empty(self) -> bool:
        return not self._listeners and not self._entered

    def enter(self, socket: Socket) -> None:
        self._entered.add(socket)

    def admit(self, socket: Socket, view: View, *, is_reread: bool = False) -> bool:
        """Lets the socket hear what it sees. `view` was read while it or others listened.

        False where somebody joined or left since: the view has to be read anew. One that is older
        even then is of a database that was restored; all views are read anew before the next event.
        """
        if socket not in self._entered and socket not in self._listeners:
            return True  # it disconnected meanwhile
        if self.rev is not None and view.head.member_rev < self._member_rev:
            if not is_reread:
                return False
            self._member_rev = view.head.member_rev
        self._forget_entered(socket)
        is_new = socket not in self._listeners
        self._listeners[socket] = view.spans
        # Recomputing it for each socket would take quadratic time when all reconnect at once.
        known = self._open_from if is_new else None
        self._open_from = None if known is None else max(known, view.spans[-1][0])
        if self.rev is None:
            self.rev, self._member_rev = view.head
            self._release()
        elif self.rev > view.head.rev:
            # Events were fanned out after the view was read: the client asks for them.
            socket.write([hint(self.conversation_id, self.rev)])
        if self._newcomers is not None:
            self._newcomers[socket] = view.head.member_rev
        self._want(view.head)
        return True

    def leave(self, socket: Socket) -> None:
        self._forget_entered(socket)
        if self._listeners.pop(socket, None) is not None:
            self._open_from = None

    def _forget_entered(self, socket: Socket) -> None:
        self._entered.discard(socket)
        if not self._entered:
            self._entered.clear()  # a set never gives back the memory of its largest size

    def accept(self, publications: Sequence[Publication]) -> None:
        """Takes publications in the order of the bus; holds those that are not next."""
        self._held.extend(publications)
        self._release()

    def is_behind(self, head: Head) -> bool:
        return self.rev is not None and (head.rev > self.rev or head.member_rev > self._member_rev)

    def catch_up(self, head: Head) -> None:
        """Fetches what the bus has not brought up to `head`, if it still has not."""
        if self.is_behind(head):
            self._want(head)
            self._repair_soon()

    # -- in turn

    def _release(self) -> None:
        """Fans out what follows the present rev; starts a repair for the rest."""
        if self.rev is None:
            return
        if len(self._held) > 1:
            self._held.sort(key=lambda publication: publication.rev)
        rev, ready = self.rev, 0
        for publication in self._held:
            if publication.rev > rev + 1 or publication.member_rev > self._member_rev:
                break
            rev = max(rev, publication.rev)
            ready += 1
        turn, self._held = self._held[:ready], self._held[ready:]
        # Older ones were fetched before they came; rev 0 stands beside the log.
        self._fan_out([p for p in turn if p.rev == 0 or p.rev >= self.rev])
        self.rev = rev
        if self._held:
            self._repair_soon()

    def _fan_out(self, publications: Sequence[Publication]) -> None:
        if not publications:
            return
        now = time.time()
        traced: list[bytes] = []
        for publication in publications:
            if publication.begun_at:
                metrics.delivery_seconds.observe(max(0.0, now - publication.begun_at))
            if publication.trace:
                traced.append(publication.trace)
        self._write(publications)
        if traced:
            traces.delivered(traced, int(now * 1e9), len(self._listeners))

    def _write(self, publications: Sequence[Publication]) -> None:
        ephemeral = all(publication.rev == 0 for publication in publications)
        open_from = self._everybody_sees_from()
        if min((p.seq for p in publications if p.seq), default=open_from) >= open_from:
            payloads = [publication.frame for publication in publications]
            wired = wire_all(payloads)
            for socket in self._listeners:
                socket.write(payloads, wired, ephemeral=ephemeral)
            return
        for spans, sockets in self._by_spans().items():
            payloads = [frame for p in publications if (frame := self._as_seen(p, spans))]
            wired = wire_all(payloads)
            for socket in sockets:
                socket.write(payloads, wired, ephemeral=ephemeral)

    def _as_seen(self, publication: Publication, spans: Spans) -> bytes:
        """The event, for who may not see its seq the rev alone, or nothing when it has none."""
        if publication.seq == 0 or sees(spans, publication.seq):
            return publication.frame
        return hint(self.conversation_id, publication.rev) if publication.rev else b""

    def _by_spans(self) -> dict[Spans, list[Socket]]:
        groups: dict[Spans, list[Socket]] = {}
        for socket, spans in self._listeners.items():
            groups.setdefault(spans, []).append(socket)
        return groups

    def _everybody_sees_from(self) -> int:
        if self._open_from is None:
            self._open_from = max((spans[-1][0] for spans in self._listeners.values()), default=0)
        return self._open_from

    # -- out of turn

    def _want(self, head: Head) -> None:
        wanted = self._wanted
        if head.rev > wanted.rev or head.member_rev > wanted.member_rev:
            self._wanted = Head(max(wanted.rev, head.rev), max(wanted.member_rev, head.member_rev))

    def _repair_soon(self) -> None:
        if not self._repairing:
            self._repairing = True
            self._spawn(self._repair())

    async def _repair(self) -> None:
        try:
            while not self.is_empty and (self._held or self.is_behind(self._wanted)):
                try:
                    await self._repair_once()
                except Exception as error:  # noqa: BLE001 (whatever it is, it goes on)
                    logger.warning("repairing the feed %s: %r", self.conversation_id, error)
                    await asyncio.sleep(RETRY_AFTER)
        finally:
            self._repairing = False

    async def _repair_once(self) -> None:
        assert self.rev is not None
        next_up = self._held[0] if self._held else None
        stale = next_up is not None and next_up.member_rev > self._member_rev
        if stale or self._wanted.member_rev > self._member_rev:
            await self._read_spans()
        elif next_up is not None and next_up.rev > self.rev + 1:
            stood_at = self.rev
            await asyncio.sleep(GAP_PATIENCE)
            # If it moved on, what is missing now has not been missing for that long.
            if self.rev == stood_at and self._held and self._held[0].rev > self.rev + 1:
                await self._fetch_missed()
        elif self._wanted.rev > self.rev:
            await self._fetch_missed()
        self._release()

    async def _read_spans(self) -> None:
        """Reads anew what every listener sees, and dismisses those that see nothing live."""
        people = {socket.user_id for socket in self._listeners}
        newcomers = self._newcomers = {}
        try:
            head, spans = await self._queries.spans(self.conversation_id, people)
        finally:
            self._newcomers = None
        for socket in self._listeners.keys() - newcomers.keys():
            now = spans.get(socket.user_id)
            if now is not None:
                self._listeners[socket] = now
            else:
                del self._listeners[socket]
                self._dismiss(socket, self.conversation_id)
        self._member_rev = min([head.member_rev, *newcomers.values()])
        self._open_from = None

    async def _fetch_missed(self) -> None:
        assert self.rev is not None
        missed = await self._queries.missed(self.conversation_id, self.rev)
        while missed.head.member_rev > self._member_rev:  # somebody joined or left meanwhile
            await self._read_spans()
        if missed.is_whole:
            self._fan_out([p for p in missed.publications if p.rev > self.rev])
        elif missed.head.rev > self.rev:
            payload = hint(self.conversation_id, missed.head.rev)
            for socket in self._listeners:
                socket.write([payload])
        self.rev = max(self.rev, missed.head.rev)
        self._held = [p for p in self._held if p.rev == 0 or p.rev > self.rev]
