"""Derives membership periods from joins, leaves, messages and the list of members.

Slack does not export everything: joins before a retention limit, removals, and people of other
workspaces are missing. The list of members decides who is in at the end; a period without a known
end ends with the person's last act.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from messaging.imports.history import Period


@dataclass(slots=True)
class _PersonStays:
    """One person's ended periods, and the start and last act of the present one."""

    ended: list[Period] = field(default_factory=list)
    joined_at: datetime | None = None
    last_seq: int = 0
    last_at: datetime | None = None

    def began(self, since: datetime) -> datetime:
        """When the present period started; right after the one before it if unknown."""
        if self.joined_at is not None:
            return self.joined_at
        return self.ended[-1].left_at or since if self.ended else since


class MembershipTracker:
    """Notes joins, leaves and messages in order of the log; then returns the periods."""

    def __init__(self) -> None:
        self._stays: dict[UUID, _PersonStays] = {}

    def acted(self, user_id: UUID, seq: int, at: datetime) -> None:
        """Notes that the person joined or wrote, and so is a member."""
        stay = self._stays.setdefault(user_id, _PersonStays())
        stay.joined_at = stay.joined_at or at
        stay.last_seq, stay.last_at = seq, at

    def left(self, user_id: UUID, seq: int, at: datetime, *, since: datetime) -> None:
        """Notes a leave; a person without an earlier act had been a member since `since`."""
        stay = self._stays.setdefault(user_id, _PersonStays())
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
        """The ended periods of everybody, and an open one for each member.

        The period of a member with a closed account ends at the head.
        """
        periods = []
        for user_id in dict.fromkeys(members):
            stay = self._stays.pop(user_id, _PersonStays())
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
