"""The people connected to this process, by socket, and which changes are not in the store yet.

No I/O here. Who disconnects counts as here for a grace, so that a flapping phone changes nothing.
"""

import time
from collections.abc import Callable, Hashable, Mapping
from typing import NamedTuple
from uuid import UUID

from chatproject.realtime.presence.store import Status, best


class Changes(NamedTuple):
    here: Mapping[UUID, Status]
    gone: Mapping[UUID, float]  # when they went, by the clock of `Devices`


class Devices:
    """`clock` counts seconds."""

    def __init__(self, grace: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._grace = grace
        self.clock = clock
        self._devices: dict[UUID, dict[Hashable, Status]] = {}
        self._written: dict[UUID, Status] = {}  # as the store has it
        self._touched: set[UUID] = set()
        self._went: dict[UUID, float] = {}

    def put(self, user_id: UUID, device: Hashable, status: Status) -> None:
        """The person is at the device, in this state."""
        self._devices.setdefault(user_id, {})[device] = status
        self._went.pop(user_id, None)
        self._touched.add(user_id)

    def drop(self, user_id: UUID, device: Hashable) -> None:
        devices = self._devices.get(user_id)
        if devices is None or devices.pop(device, None) is None:
            return
        if devices:
            self._touched.add(user_id)
        else:
            del self._devices[user_id]
            self._went[user_id] = self.clock()

    def everybody(self) -> dict[UUID, Status]:
        """The state of everybody who is here, or was within the grace."""
        here = {user_id: best(list(each.values())) for user_id, each in self._devices.items()}
        return {user: self._written[user] for user in self._went if user in self._written} | here

    def pending_changes(self) -> Changes:
        """What has to be written to the store."""
        touched = self._touched & self._devices.keys()
        now = {user_id: best(list(self._devices[user_id].values())) for user_id in touched}
        here = {user: status for user, status in now.items() if self._written.get(user) != status}
        end = self.clock() - self._grace
        return Changes(here, {user: at for user, at in self._went.items() if at <= end})

    def mark_written(self, changes: Changes) -> None:
        """The store has these changes."""
        self._written |= changes.here
        self._touched = {
            user_id
            for user_id in self._touched & self._devices.keys()
            if self._written.get(user_id) != best(list(self._devices[user_id].values()))
        }
        for user_id, at in changes.gone.items():
            self._written.pop(user_id, None)
            if self._went.get(user_id) == at:
                del self._went[user_id]
            elif user_id in self._devices:  # reconnected meanwhile
                self._touched.add(user_id)
