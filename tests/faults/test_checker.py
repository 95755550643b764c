"""The checker finds each fault that is planted into a log that is otherwise right."""

from pathlib import Path

import pytest

from tests.faults.checker import Verdict, judge
from tests.faults.journal import ACK, DELIVERY, SEND, Entry, Journal

ROOM = "room"
STORED = {ROOM: [(1, ""), (2, "1.0.0"), (3, "1.0.1"), (4, "2.0.0")]}
LISTENERS = {ROOM: (1, 2)}


def entries(*, stored: dict[str, list[tuple[int, str]]] = STORED) -> list[Entry]:
    """Of two clients that both send and both hear everything."""
    found = []
    for seq, key in stored[ROOM]:
        if key:
            sender = int(key[0])
            found += [Entry(0, SEND, sender, ROOM, key, 0), Entry(0, ACK, sender, ROOM, key, seq)]
            found += [Entry(0, DELIVERY, client, ROOM, key, seq) for client in LISTENERS[ROOM]]
    return found


def check(
    log: list[Entry], stored: dict[str, list[tuple[int, str]]] = STORED
) -> dict[str, list[str]]:
    verdict = judge(log, stored, LISTENERS)
    return {name: it for name, it in vars(verdict).items() if it and isinstance(it, list)}


def test_a_log_that_is_right() -> None:
    assert check(entries()) == {}
    verdict = judge(entries(), STORED, LISTENERS)
    assert (verdict.is_clean, verdict.acknowledged, verdict.delivered) == (True, 3, 6)
    assert Verdict().is_clean


def test_a_send_that_was_never_answered_may_be_stored_or_not() -> None:
    log = [*entries(), Entry(0, SEND, 1, ROOM, "1.0.2", 0)]
    assert check(log) == {}
    unanswered = [entry for entry in entries() if (entry.kind, entry.key) != (ACK, "2.0.0")]
    assert check(unanswered) == {}


def test_lost() -> None:
    stored = {ROOM: STORED[ROOM][:3]}
    log = [entry for entry in entries() if (entry.kind, entry.seq) != (DELIVERY, 4)]
    assert list(check(log, stored)) == ["lost"]


def test_acknowledged_at_another_place() -> None:
    log = [
        entry._replace(seq=99) if (entry.kind, entry.seq) == (ACK, 4) else entry
        for entry in entries()
    ]
    assert list(check(log)) == ["lost"]


def test_stored_twice() -> None:
    stored = {ROOM: [*STORED[ROOM], (5, "2.0.0")]}
    found = check(entries(), stored)
    assert "2.0.0 stored twice" in found["doubled"]


def test_acknowledged_twice() -> None:
    log = [*entries(), Entry(0, ACK, 2, ROOM, "2.0.0", 9)]
    assert check(log)["doubled"] == ["2.0.0 acknowledged as two messages"]


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ([(1, ""), (2, "1.0.1"), (3, "1.0.0")], "1.0.0 stored after number 1"),
        ([(1, ""), (3, "1.0.0")], "room has gaps"),
    ],
)
def test_stored_out_of_order(stored: list[tuple[int, str]], words: str) -> None:
    found = check(entries(stored={ROOM: stored}), {ROOM: stored})
    assert found == {"reordered": [words]}


def test_a_message_that_nobody_sent() -> None:
    log = [entry for entry in entries() if (entry.kind, entry.key) != (SEND, "2.0.0")]
    assert check(log)["invented"] == ["2.0.0"]


def test_delivered_to_one_and_not_to_the_other() -> None:
    missing = Entry(0, DELIVERY, 2, ROOM, "1.0.1", 3)
    log = [entry for entry in entries() if entry != missing]
    assert check(log) == {"undelivered": ["1.0.1 to client 2"]}


def test_delivered_twice_or_out_of_order() -> None:
    last = Entry(0, DELIVERY, 2, ROOM, "2.0.0", 4)
    assert check([*entries(), last]) == {"doubled": ["2.0.0 to client 2"]}
    log = [last, *(entry for entry in entries() if entry != last)]
    assert check(log) == {"reordered": ["deliveries to client 2"]}


def test_the_journal_gives_back_what_was_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.write(SEND, 1, ROOM, "1.0.0")
    journal.write(ACK, 1, ROOM, "1.0.0", 2)
    journal.close()
    found = [entry._replace(at=0) for entry in journal.entries()]
    assert found == [
        Entry(0, SEND, 1, ROOM, "1.0.0", 0),
        Entry(0, ACK, 1, ROOM, "1.0.0", 2),
    ]
