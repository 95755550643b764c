"""WebSocket text frames from server to client (RFC 6455): unmasked, so the same bytes for all."""

from collections.abc import Iterable

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
