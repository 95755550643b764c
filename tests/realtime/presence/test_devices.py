"""Which people are at a process, and what of it the store is told."""

from uuid import UUID, uuid4

import pytest

from chatproject.realtime.presence.devices import Changes, Devices
from chatproject.realtime.presence.store import Status

ONLINE, AWAY = Status.ONLINE, Status.AWAY
GRACE = 5.0
ANN = uuid4()


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def devices(clock: Clock) -> Devices:
    return Devices(GRACE, clock)


def told(devices: Devices) -> tuple[dict[UUID, Status], list[UUID]]:
    """What the store is told: who is here, and who has gone."""
    changes = devices.pending_changes()
    devices.mark_written(changes)
    return dict(changes.here), list(changes.gone)


def test_who_comes_is_told_once(devices: Devices) -> None:
    devices.put(ANN, "phone", ONLINE)
    assert told(devices) == ({ANN: ONLINE}, [])
    assert told(devices) == ({}, [])


def test_a_second_device_changes_nothing(devices: Devices) -> None:
    devices.put(ANN, "phone", ONLINE)
    told(devices)
    devices.put(ANN, "laptop", ONLINE)
    devices.put(ANN, "tablet", AWAY)
    assert told(devices) == ({}, [])


def test_away_is_who_is_away_from_all_devices(devices: Devices) -> None:
    devices.put(ANN, "phone", ONLINE)
    devices.put(ANN, "laptop", AWAY)
    assert told(devices) == ({ANN: ONLINE}, [])
    devices.put(ANN, "phone", AWAY)
    assert told(devices) == ({ANN: AWAY}, [])


def test_the_end_of_the_device_in_use_leaves_the_other(devices: Devices) -> None:
    devices.put(ANN, "phone", ONLINE)
    devices.put(ANN, "laptop", AWAY)
    told(devices)
    devices.drop(ANN, "phone")
    assert told(devices) == ({ANN: AWAY}, [])


def test_who_goes_is_told_after_the_grace_with_when_it_was(devices: Devices, clock: Clock) -> None:
    devices.put(ANN, "phone", ONLINE)
    told(devices)
    devices.drop(ANN, "phone")
    clock.now += GRACE - 0.1
    assert told(devices) == ({}, [])
    assert devices.everybody() == {ANN: ONLINE}
    clock.now += 0.1
    assert devices.pending_changes() == Changes({}, {ANN: 1000.0})
    assert told(devices) == ({}, [ANN])
    assert told(devices) == ({}, [])
    assert devices.everybody() == {}


def test_a_flapping_phone_is_not_told_at_all(devices: Devices, clock: Clock) -> None:
    devices.put(ANN, 0, ONLINE)
    told(devices)
    for flap in range(1, 50):
        devices.drop(ANN, flap - 1)
        clock.now += GRACE / 2
        assert told(devices) == ({}, [])
        devices.put(ANN, flap, ONLINE)
        assert told(devices) == ({}, [])


def test_who_came_and_went_within_one_turn_was_here(devices: Devices, clock: Clock) -> None:
    devices.put(ANN, "phone", ONLINE)
    devices.drop(ANN, "phone")
    assert told(devices) == ({}, [])
    clock.now += GRACE
    assert told(devices) == ({}, [ANN])


def test_what_the_store_was_not_told_is_told_again(devices: Devices) -> None:
    devices.put(ANN, "phone", ONLINE)
    assert devices.pending_changes() == devices.pending_changes() == Changes({ANN: ONLINE}, {})


def test_who_reconnects_while_the_going_is_written_is_written_again(
    devices: Devices, clock: Clock
) -> None:
    devices.put(ANN, "phone", ONLINE)
    told(devices)
    devices.drop(ANN, "phone")
    clock.now += GRACE
    changes = devices.pending_changes()
    devices.put(ANN, "phone", ONLINE)
    devices.mark_written(changes)
    assert told(devices) == ({ANN: ONLINE}, [])


def test_who_changes_while_the_store_hears_is_told_that_too(devices: Devices) -> None:
    devices.put(ANN, "phone", ONLINE)
    changes = devices.pending_changes()
    devices.put(ANN, "phone", AWAY)
    devices.mark_written(changes)
    assert told(devices) == ({ANN: AWAY}, [])


def test_dropping_what_is_not_there_changes_nothing(devices: Devices) -> None:
    devices.drop(ANN, "phone")
    assert devices.pending_changes() == Changes({}, {})
