"""Clocks: another machine's against this one's, and whether NTP keeps this one's right."""

import ctypes
from collections.abc import Iterator

from chatproject.management.doctor.findings import Finding, graded, ok, warning

CLOCK_WARNING, CLOCK_FAILURE = 0.5, 5.0  # seconds
CLOCK_REMEDY = "Let NTP set the clocks of all machines, such as by chrony; `timedatectl` shows it."
# adjtimex(2): the kernel's answer while nobody keeps its clock right, and room for `struct timex`,
# which zeros make a mere question.
TIME_ERROR = 5
TIMEX_BYTES = 512


def clock_finding(name: str, before: float, theirs: float, after: float) -> Finding:
    """By the clock of another machine, asked between two times of ours."""
    off = max(before - theirs, theirs - after, 0.0)
    return graded(
        name,
        off,
        warn=CLOCK_WARNING,
        fail=CLOCK_FAILURE,
        text=f"It differs from this machine's by {off:.1f} s.",
        remedy=CLOCK_REMEDY,
    )


def check_synchronization() -> Iterator[Finding]:
    """What the kernel says of this machine's clock; nothing where it cannot be asked."""
    state = kernel_clock_state()
    name = "clock synchronization"
    if state == TIME_ERROR:
        yield warning(name, "The clock of this machine is not synchronized.", CLOCK_REMEDY)
    elif state is not None:
        yield ok(name, "The kernel reports a synchronized clock.")


def kernel_clock_state() -> int | None:
    """As adjtimex(2) returns it; None where there is none, or it is forbidden."""
    try:
        adjtimex = ctypes.CDLL(None).adjtimex
    except (AttributeError, OSError):
        return None
    state = int(adjtimex(ctypes.create_string_buffer(TIMEX_BYTES)))
    return None if state < 0 else state
