"""The one visibility rule: which part of a log a person may see.

A person sees the ranges of all their membership periods, except for what they cleared or hid; and
anyone who is not banned sees a public conversation from `open_from_seq` on. A person who left sees
messages as they were at `to_rev`, except for deletions.

The rule has two forms, side by side: `rule` in Python, for which `read` reads one person's periods,
and `sql`, fragments of which every statement that depends on visibility is composed.
tests/conformance/test_visibility.py tests both, and every path that shows a part of a log, against
one oracle.
"""

from conversations.visibility.read import visibilities_of, visibility_of
from conversations.visibility.rule import (
    FOREVER,
    Range,
    Span,
    Visibility,
    may_read_as_public,
    merge,
    spans_of_ranges,
)

__all__ = [
    "FOREVER",
    "Range",
    "Span",
    "Visibility",
    "may_read_as_public",
    "merge",
    "spans_of_ranges",
    "visibilities_of",
    "visibility_of",
]
