"""Serializes a cached page as encrypted bytes, to be kept outside the process.

    origin and rev, readable (HEADER bytes) | nonce | AES-GCM of: head, newline, messages

The key comes from SECRET_KEY, so that Redis and its copies on disk have no texts, and whatever was
not written here under the same name is not taken for a page. The messages are the bytes that go
into answers, one after the other; the head, as JSON, has the rest of what is known of each.
"""

import os
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from django.conf import settings

from messaging.reads.cache.latest_page_cache import CachedMessage, CachedPage

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# To be raised with every change to what is cached of a message, whether or not it is one to the API
# (tests/messaging/reads/test_sealed_pages.py). Pages of another shape are not read.
SHAPE = 2
ORIGIN_DIGITS, REV_DIGITS = 16, 19
HEADER = ORIGIN_DIGITS + REV_DIGITS
NONCE = 12


def name_of(conversation_id: UUID) -> str:
    """Under which it is kept."""
    return f"chat:page:{conversation_id}"


def origin_of(database: str) -> bytes:
    """Of pages from this database (`core.db.identity`) as this version writes them, with the
    present key: others are not read, and are replaced."""
    return _origin_of(database, settings.VERSION, settings.SECRET_KEY)


@lru_cache(maxsize=16)
def _origin_of(database: str, version: str, secret: str) -> bytes:
    told = f"{SHAPE} {version} {database}".encode()
    digest = blake2b(told, digest_size=ORIGIN_DIGITS // 2, key=_key_of(secret))
    return digest.hexdigest().encode()


def rev_digits(rev: int) -> bytes:
    return b"%0*d" % (REV_DIGITS, rev)


def seal(conversation_id: UUID, page: CachedPage) -> bytes:
    header = origin_of(page.database) + rev_digits(page.rev)
    head = orjson.dumps(
        [
            page.last_seq,
            [
                [it.seq, len(it.shared), it.sender, list(it.named), it.kind, it.is_personal]
                for it in page.messages
            ],
            page.is_group,
        ]
    )
    content = b"\n".join((head, b"".join([it.shared for it in page.messages])))
    nonce = os.urandom(NONCE)
    return header + nonce + _cipher().encrypt(nonce, content, _bound_to(conversation_id, header))


def unseal(conversation_id: UUID, sealed: Any, database: str) -> CachedPage | None:
    """The page, where it is one of this conversation, database and version."""
    if not isinstance(sealed, bytes) or not sealed.startswith(origin_of(database)):
        return None
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415

    header, nonce = sealed[:HEADER], sealed[HEADER : HEADER + NONCE]
    try:
        bound_to = _bound_to(conversation_id, header)
        content = _cipher().decrypt(nonce, sealed[HEADER + NONCE :], bound_to)
    except (InvalidTag, ValueError):
        return None
    head, _, shared = content.partition(b"\n")
    last_seq, told, is_group = orjson.loads(head)
    messages: list[CachedMessage] = []
    start = 0
    for seq, length, sender, named, kind, is_personal in told:
        json = shared[start : start + length]
        messages.append(CachedMessage(seq, json, sender, tuple(named), kind, is_personal))
        start += length
    return CachedPage(int(header[ORIGIN_DIGITS:]), messages, last_seq, database, is_group)


def _bound_to(conversation_id: UUID, header: bytes) -> bytes:
    return conversation_id.bytes + header


def _cipher() -> "AESGCM":
    return _cipher_of(settings.SECRET_KEY)


@lru_cache(maxsize=2)
def _cipher_of(secret: str) -> "AESGCM":
    # Loaded where there is a Redis, since every command that writes imports this.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    return AESGCM(_key_of(secret))


def _key_of(secret: str) -> bytes:
    return blake2b(secret.encode(), digest_size=32, person=b"chat pages").digest()
