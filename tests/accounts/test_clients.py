"""Which address a request comes from."""

from typing import Any

import pytest

from accounts.auth.client_address import line_of, resolve_address

PROXY = "10.0.0.1"


@pytest.fixture(autouse=True)
def _proxies(settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8", "fd00::/8", "127.0.0.1/32"]


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "expected"),
    [
        ("203.0.113.1", "", "203.0.113.1"),
        ("203.0.113.1", "198.51.100.7", "203.0.113.1"),  # a stranger's claim
        (PROXY, "198.51.100.7", "198.51.100.7"),
        (PROXY, "1.1.1.1, 198.51.100.7", "198.51.100.7"),  # the client wrote the first
        (PROXY, "1.1.1.1, 198.51.100.7, 10.9.9.9", "198.51.100.7"),  # two proxies
        (PROXY, "10.2.2.2, 10.3.3.3", "10.2.2.2"),  # only proxies
        (PROXY, "", PROXY),
        (PROXY, "1.1.1.1, unknown", PROXY),  # nothing left of what cannot be read counts
        (PROXY, "198.51.100.7:4711", "198.51.100.7"),
        (PROXY, "[2001:db8::1]:4711", "2001:db8::1"),
        (PROXY, "2001:db8::1", "2001:db8::1"),
        ("::ffff:10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("fd00::1", "198.51.100.7", "198.51.100.7"),
        ("fe80::1%eth0", "", "fe80::1"),
        ("", "198.51.100.7", None),  # a Unix socket
        (None, "198.51.100.7", None),
        ("unix:", "", None),
    ],
)
def test_the_address(peer: str | None, forwarded_for: str, expected: str | None) -> None:
    assert resolve_address(peer, forwarded_for) == expected


def test_without_proxies_the_header_is_nothing(settings: Any) -> None:
    settings.TRUSTED_PROXIES = []
    assert resolve_address("127.0.0.1", "198.51.100.7") == "127.0.0.1"


def test_places_for_limits() -> None:
    assert line_of("203.0.113.1") == "203.0.113.1"
    assert line_of("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64"
    assert line_of("::ffff:203.0.113.1") == "203.0.113.1"
    assert line_of(None) == "None"
