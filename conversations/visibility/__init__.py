"""The one visibility rule: which part of a log a person may see.

A person sees the stored ranges of all own membership periods, less what was cleared and hidden, and
anyone who is not banned sees a public conversation from `open_from_seq` on. Who left sees it as it
stood at `to_rev`, but for deletions.

It stands in two forms, side by side: `rule` is Python, which `read` feeds for one person; `sql` is
fragments, of which every statement that depends on visibility is composed. Both, and every path
that shows anything of a log, are held against one oracle in tests/conformance/test_visibility.py.
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
