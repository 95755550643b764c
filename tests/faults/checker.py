"""Reads a campaign's log against what is stored, and says what was lost, doubled or reordered.

Knows nothing of the system: a fault in it cannot hide here.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.faults.journal import ACK, DELIVERY, SEND, Entry, stream_of

# Of each conversation its stored messages (seq, key), the system's own without a key, by seq.
Stored = Mapping[str, Sequence[tuple[int, str]]]


@dataclass
class Verdict:
    """Each list names what is wrong; all are empty where everything holds."""

    acknowledged: int = 0
    delivered: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    reordered: list[str] = field(default_factory=list)
    undelivered: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not any((self.lost, self.doubled, self.reordered, self.undelivered, self.invented))

    def __str__(self) -> str:
        found = {
            name: getattr(self, name)
            for name in ("lost", "doubled", "reordered", "undelivered", "invented")
        }
        counts = ", ".join(f"{len(value)} {name}" for name, value in found.items())
        examples = "; ".join(f"{name}: {value[:5]}" for name, value in found.items() if value)
        return f"{self.acknowledged} acknowledged, {counts}" + (
            f" ({examples})" if examples else ""
        )


def judge(
    entries: Iterable[Entry], stored: Stored, listeners: Mapping[str, Collection[int]]
) -> Verdict:
    """`listeners` are the clients that have to have got every message of a conversation."""
    verdict = Verdict()
    intended: set[str] = set()
    acked: dict[str, tuple[str, int]] = {}
    got: defaultdict[tuple[int, str], list[tuple[int, str]]] = defaultdict(list)
    for entry in entries:
        if entry.kind == SEND:
            intended.add(entry.key)
        elif entry.kind == ACK:
            if acked.setdefault(entry.key, (entry.conversation, entry.seq))[1] != entry.seq:
                verdict.doubled.append(f"{entry.key} acknowledged as two messages")
        elif entry.kind == DELIVERY:
            got[entry.client, entry.conversation].append((entry.seq, entry.key))
    verdict.acknowledged = len(acked)
    verdict.delivered = sum(map(len, got.values()))
    _judge_stored(verdict, stored, intended, acked)
    for conversation, clients in listeners.items():
        wanted = [(seq, key) for seq, key in stored.get(conversation, ()) if key]
        for client in clients:
            _judge_deliveries(verdict, client, wanted, got[client, conversation])
    return verdict


def _judge_stored(
    verdict: Verdict, stored: Stored, intended: set[str], acked: Mapping[str, tuple[str, int]]
) -> None:
    places: dict[str, tuple[str, int]] = {}
    for conversation, messages in stored.items():
        seqs = [seq for seq, _ in messages]
        if seqs != list(range(1, len(seqs) + 1)):
            verdict.reordered.append(f"{conversation} has gaps")
        last: dict[str, int] = {}
        for seq, key in messages:
            if not key:
                continue
            if key in places:
                verdict.doubled.append(f"{key} stored twice")
            places[key] = (conversation, seq)
            if key not in intended:
                verdict.invented.append(key)
                continue
            stream, number = stream_of(key)
            if number <= last.get(stream, -1):
                verdict.reordered.append(f"{key} stored after number {last[stream]}")
            last[stream] = number
    for key, place in acked.items():
        if places.get(key) != place:
            verdict.lost.append(f"{key}, acknowledged at {place[1]}, is at {places.get(key)}")


def _judge_deliveries(
    verdict: Verdict,
    client: int,
    wanted: Sequence[tuple[int, str]],
    got: Sequence[tuple[int, str]],
) -> None:
    counts = Counter(got)
    verdict.doubled += [f"{key} to client {client}" for (_, key), n in counts.items() if n > 1]
    verdict.undelivered += [
        f"{key} to client {client}" for seq, key in wanted if not counts[seq, key]
    ]
    verdict.invented += [f"{key} to client {client}" for _, key in counts.keys() - set(wanted)]
    seqs = [seq for seq, _ in got]
    if seqs != sorted(seqs):
        verdict.reordered.append(f"deliveries to client {client}")
