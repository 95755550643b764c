"""What so many people do, at the busiest second and in a day."""

from dataclasses import dataclass

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Workload:
    """`people` are those of a day. `peak` is the busiest second in relation to the mean one."""

    people: int
    messages: float = 100.0  # of each person, in a day
    visits: float = 10.0  # of each person, in a day; a connect, an inbox and `pages`
    pages: float = 3.0
    peak: float = 3.0
    online: float = 0.2  # part of the people who are connected at the busiest
    listeners: float = 4.0  # sockets that get a message
    skew: float = 0.8  # of conversations: the n-th busiest has a part of 1 / n ** skew
    most: float = 50.0  # messages a second of one conversation: nobody reads more

    @property
    def messages_a_day(self) -> float:
        return self.people * self.messages

    @property
    def messages_a_second(self) -> float:
        return self.messages_a_day / DAY * self.peak

    @property
    def visits_a_second(self) -> float:
        return self.people * self.visits / DAY * self.peak

    @property
    def entries_a_second(self) -> float:
        """Of inboxes, of everybody in a conversation that has moved; as if no two messages of a
        second were in the same one."""
        return self.messages_a_second * (self.listeners + 1)

    @property
    def sockets(self) -> float:
        return self.people * self.online

    @property
    def largest_part(self) -> float:
        """Of all traffic, that one conversation may have."""
        return min(1.0, self.most / self.messages_a_second)

    @property
    def conversations(self) -> int:
        """That somebody writes in on a day: direct ones and groups, five for each person."""
        return max(10, self.people * 5)
