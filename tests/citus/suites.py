"""The suites that are run on a cluster too, and what of them cannot hold there."""

import pytest

# By the folder or file in which they are, from `tests/` on.
SUITES = (
    "citus/",
    "conformance/test_posting.py",
    "conformance/test_visibility.py",
    "journeys/test_client.py",
    "journeys/test_direct.py",
    "journeys/test_durability.py",
    "journeys/test_fresh_state.py",
    "journeys/test_group.py",
    "journeys/test_public.py",
    "management/test_check_unread.py",
    "messaging/actions/",
    "messaging/membership/",
    "messaging/reads/",
    "messaging/sending/",
)
# Tests by the beginning of their name in the report, and why they fail there.
FAILING: dict[str, str] = {}


def mark(item: pytest.Item) -> None:
    """Marks the test as one of a suite, or as one that is known to fail."""
    name = item.nodeid.removeprefix("tests/")
    if name.startswith(SUITES):
        item.add_marker(pytest.mark.citus)
    reason = next((why for known, why in FAILING.items() if name.startswith(known)), None)
    if reason is not None:
        item.add_marker(pytest.mark.xfail(reason=reason, strict=False))
