"""How long to wait before the next try, so that many clients do not come back at one moment."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Full jitter: anything from nothing to a bound, which doubles from `first` up to `most`.

    In seconds. See Brooker, "Exponential Backoff And Jitter".
    """

    first: float = 1.0
    most: float = 15.0

    def delay(self, attempt: int) -> float:
        """Before try number `attempt`, counted from 0."""
        bound = min(self.most, self.first * 2.0 ** min(attempt, 30))
        return random.uniform(0.0, bound)  # noqa: S311 (no secret)
