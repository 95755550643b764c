"""How large and how long: the whole benchmark in under five minutes, quick in under one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """Times are in seconds; each figure is measured for `seconds` after a warm-up."""

    seconds: float = 6.0
    warm_up: float = 1.0
    pgbench_seconds: int = 6
    pgbench_conversations: int = 1_000
    # (sockets, windows to try): a window is how many sends of one socket may be unanswered.
    senders: tuple[tuple[int, tuple[int, ...]], ...] = (
        (1, (1, 16)),
        (20, (1, 16)),
        (100, (1, 8, 16)),
        (1_000, (1, 4)),
    )
    paced_sockets: int = 100
    paced_rate: int = 1_000
    paced_seconds: float = 10.0
    readers: int = 4
    rooms: tuple[int, ...] = (100, 1_000, 10_000)
    room_senders: int = 10
    room_window: int = 4
    rest_connections: tuple[int, ...] = (1, 4, 8)
    rest_senders: tuple[int, ...] = (1, 16, 64)
    rest_seconds: float = 4.0
    inbox: int = 500
    history: int = 10_000
    people: int = 10_000
    idle: int = 5_000  # sockets, each of another person
    idle_conversations: int = 50
    redis_flushes: int = 200

    @property
    def pairs(self) -> int:
        return max(sockets for sockets, _ in self.senders) // 2 or 1


FULL = Plan()
QUICK = Plan(
    seconds=2.0,
    warm_up=0.5,
    pgbench_seconds=2,
    senders=((1, (1,)), (20, (8,)), (100, (1, 8))),
    paced_seconds=3.0,
    rooms=(100, 1_000),
    people=1_000,
    idle=1_000,
    redis_flushes=50,
    rest_connections=(1, 8),
    rest_senders=(1, 16),
    rest_seconds=1.5,
)
TINY = Plan(
    seconds=0.3,
    warm_up=0.1,
    pgbench_seconds=1,
    pgbench_conversations=10,
    senders=((1, (1,)), (4, (2,))),
    paced_sockets=4,
    paced_rate=50,
    paced_seconds=0.5,
    readers=1,
    rooms=(5,),
    room_senders=2,
    room_window=2,
    rest_connections=(1,),
    rest_senders=(1,),
    rest_seconds=0.2,
    inbox=5,
    history=60,
    people=20,
    idle=10,
    idle_conversations=3,
    redis_flushes=2,
)
