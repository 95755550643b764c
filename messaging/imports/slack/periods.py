"""Who was in a conversation when, from its joins and leaves, its messages and its list of members.

Slack does not tell everything: joins before a retention limit, removals, and people of other
workspaces are missing. The list of members at the time of the export has the last word on who is
in; a period whose end has to be guessed ends with the last thing that its person did.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from messaging.imports.history import Period


@dataclass(slots=True)
class _Stay:
    """One person's ended periods, and the present one: since when, and the last sign of life."""

    ended: list[Period] = field(default_factory=list)
    joined_at: datetime | None = None
    last_seq: int = 0
    last_at: datetime | None = None

    def began(self, since: datetime) -> datetime:
        """When the present period began; right after the one before it, when nothing tells."""
        if self.joined_at is not None:
            return self.joined_at
        return self.ended[-1].left_at or since if self.ended else since


class Membership:
    """Is told what happens, in order of the log; then gives the periods."""

    def __init__(self) -> None:
        self._stays: dict[UUID, _Stay] = {}

    def acted(self, user_id: UUID, seq: int, at: datetime) -> None:
        """Joined, or wrote: who does so is in."""
        stay = self._stays.setdefault(user_id, _Stay())
        stay.joined_at = stay.joined_at or at
        stay.last_seq, stay.last_at = seq, at

    def left(self, user_id: UUID, seq: int, at: datetime, *, since: datetime) -> None:
        """Who leaves without having been seen had been in from the beginning, `since`."""
        stay = self._stays.setdefault(user_id, _Stay())
        stay.ended.append(Period(user_id, stay.began(since), left_at=at, to_seq=seq))
        stay.joined_at = None

    def periods(
        self,
        members: Iterable[UUID],
        *,
        since: datetime,
        head: int,
        last_at: datetime,
        closed: set[UUID],
    ) -> list[Period]:
        """The ended periods of everybody, and an open one for each of the members.

        Accounts that are closed are in nowhere: of members with one the period ends at the head.
        """
        periods = []
        for user_id in dict.fromkeys(members):
            stay = self._stays.pop(user_id, _Stay())
            period = Period(user_id, stay.began(since))
            if user_id in closed:
                period.left_at, period.to_seq = max(last_at, period.joined_at), head
            periods += [*stay.ended, period]
        for user_id, stay in self._stays.items():
            periods += stay.ended
            if stay.joined_at is not None:
                periods.append(
                    Period(user_id, stay.joined_at, left_at=stay.last_at, to_seq=stay.last_seq)
                )
        return periods
