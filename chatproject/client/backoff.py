"""Random, growing pauses between tries, so that many clients do not reconnect at once."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Full jitter: a random pause up to a bound, which doubles from `first` to `most`.

    In seconds. See Brooker, "Exponential Backoff And Jitter".
    """

    first: float = 1.0
    most: float = 15.0

    def delay(self, attempt: int) -> float:
        """The pause before try number `attempt`, counted from 0."""
        bound = min(self.most, self.first * 2.0 ** min(attempt, 30))
        return random.uniform(0.0, bound)  # noqa: S311 (no secret)
