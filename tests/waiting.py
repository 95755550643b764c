"""Waiting for something that another process or thread brings about."""

import time
from collections.abc import Callable


def eventually(
    holds: Callable[[], bool], *, seconds: float = 20, but: type[Exception] | tuple[()] = ()
) -> None:
    """Returns as soon as it holds; an exception of type `but` counts as not yet.

    Raises AssertionError after `seconds`, which are generous, since they measure nothing.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            if holds():
                return
        except but:
            pass
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)
