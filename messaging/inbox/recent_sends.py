"""What was sent some seconds ago, by sender: through this process, and others (`shared_sends`).

By it people find the conversations they have just written in where they belong, although the
entries are written later. Two generations, of which the older one is dropped as a whole: nothing is
looked through, and the memory is that of two spans of sends.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Collection
from uuid import UUID

from messaging.wire import MessageRow

# Longer than entries may lag before counters are asked instead; see messaging.reads.inbox.sources.
SPAN = 15.0  # seconds
MOST = 200  # conversations of one sender that are worth asking for each by itself

Generation = defaultdict[UUID, dict[UUID, None]]


class RecentSends:
    """Used by the event loop and by threads: each step is one operation on a dict."""

    def __init__(self) -> None:
        self._young: Generation = defaultdict(dict)
        self._old: Generation = defaultdict(dict)
        self._turned_at = time.monotonic()

        # Is told of what is noted here, in any thread.
        self.listener: Callable[[tuple[UUID, UUID]], object] | None = None

    def note(self, row: MessageRow) -> None:
        """Notes what this process has stored."""
        sender_id, conversation_id = row["sender_id"], row["conversation_id"]
        if sender_id is not None:
            self.add(sender_id, conversation_id)
            if self.listener is not None:
                self.listener((sender_id, conversation_id))

    def add(self, sender_id: UUID, conversation_id: UUID) -> None:
        self._turn()
        self._young[sender_id][conversation_id] = None

    def of(self, user_id: UUID) -> Collection[UUID] | None:
        """The conversations; None where they are too many."""
        self._turn()
        found = {**self._old.get(user_id, {}), **self._young.get(user_id, {})}
        return found if len(found) <= MOST else None

    def clear(self) -> None:
        self._young, self._old = defaultdict(dict), defaultdict(dict)

    def _turn(self) -> None:
        now = time.monotonic()
        if now - self._turned_at >= SPAN:
            is_long_ago = now - self._turned_at >= 2 * SPAN
            self._old = defaultdict(dict) if is_long_ago else self._young
            self._young, self._turned_at = defaultdict(dict), now


RECENT_SENDS = RecentSends()
