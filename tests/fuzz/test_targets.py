"""Each target takes its seeds, what was found once, and cuts and flips of both.

The search for more is `make fuzz`.
"""

import random

import pytest

from tests.fuzz.regressions import REGRESSIONS
from tests.fuzz.targets import TARGETS

TRIES = 60  # of each input
SEED = 20261129


@pytest.mark.parametrize("name", TARGETS)
def test_takes_what_is_broken(name: str) -> None:
    chance = random.Random(SEED)
    target = TARGETS[name]
    inputs = [*target.seeds(), *REGRESSIONS.get(name, ())]
    assert inputs
    for data in inputs:
        target.run(data)
        for _ in range(TRIES):
            target.run(broken(data, chance))


def broken(data: bytes, chance: random.Random) -> bytes:
    """Cut off, with some bytes changed, or with a part twice."""
    if not data:
        return bytes([chance.randrange(256)])
    at, size = chance.randrange(len(data)), chance.randrange(1, 16)
    match chance.randrange(3):
        case 0:
            return data[:at]
        case 1:
            return data[:at] + chance.randbytes(size) + data[at + size :]
        case _:
            return data[:at] + data[at : at + size] * 2 + data[at:]
