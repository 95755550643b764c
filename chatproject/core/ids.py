"""Identifiers: UUIDv7 for new rows, UUIDv5 for ids that are derived from content."""

import random
import time
import uuid

DIRECT_NAMESPACE = uuid.UUID("7d1f3c52-6f0e-5b7a-9d55-0a4c8a1f6e10")
CLIENT_ID_NAMESPACE = uuid.UUID("b0a6e7f4-53b1-5c0f-8c53-2f7f0f1c9d21")

# An id is no secret, so a seeded generator is enough, at a tenth of the cost of the system's.
_random = random.Random()  # noqa: S311
_LOW_62 = (1 << 62) - 1


def uuid7(unix_ms: int | None = None) -> uuid.UUID:
    """A UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, then 74 random bits.

    `unix_ms` sets the time part, for rows that are imported with an older date.
    """
    ms = time.time_ns() // 1_000_000 if unix_ms is None else unix_ms
    noise = _random.getrandbits(74)
    return uuid.UUID(int=ms << 80 | 7 << 76 | (noise >> 62) << 64 | 2 << 62 | noise & _LOW_62)


def direct_conversation_id(one: uuid.UUID, other: uuid.UUID) -> uuid.UUID:
    """The id of the direct conversation of two people in either order, or of one with oneself."""
    low, high = sorted((one, other))
    return uuid.uuid5(DIRECT_NAMESPACE, f"{low}:{high}")


def client_id_from_key(key: str) -> uuid.UUID:
    """The `clientId` that an `Idempotency-Key` header stands for: itself when it is a UUID."""
    try:
        return uuid.UUID(key)
    except ValueError:
        return uuid.uuid5(CLIENT_ID_NAMESPACE, key)
