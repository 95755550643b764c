"""The parts of the WebSocket protocol (RFC 6455) that we write: close codes and frames to clients.

Below 4500 a client comes back and resumes, from 4500 on it does not.
"""

from collections.abc import Iterable

CLOSE_GOING_AWAY = 4000
CLOSE_RESUME = 4001
CLOSE_LATER = 4002
CLOSE_TOO_FAST = 4003
CLOSE_NOT_AUTHENTICATED = 4500
CLOSE_SIGNED_OUT = 4501
CLOSE_BAD_FRAME = 4502
CLOSE_NOT_FOUND = 4503
CLOSE_TOO_LARGE = 1009  # of the protocol itself

RESTARTING = "the server restarts: resume"  # with CLOSE_GOING_AWAY


TEXT_AND_FIN = 0x81


def wire(payload: bytes) -> bytes:
    """One whole text frame around a UTF-8 payload."""
    size = len(payload)
    if size < 126:
        return bytes((TEXT_AND_FIN, size)) + payload
    if size < 65_536:
        return bytes((TEXT_AND_FIN, 126)) + size.to_bytes(2, "big") + payload
    return bytes((TEXT_AND_FIN, 127)) + size.to_bytes(8, "big") + payload


def wire_all(payloads: Iterable[bytes]) -> bytes:
    return b"".join(map(wire, payloads))
