"""Encrypts secrets that are stored in the database, with a key that follows from SECRET_KEY."""

import base64
import hashlib
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Undecipherable(Exception):
    """Neither SECRET_KEY nor one of SECRET_KEY_FALLBACKS is the key of this text."""


def encrypt(text: str) -> str:
    return _cipher().encrypt(text.encode()).decode()


def decrypt(encrypted: str) -> str:
    """Raises Undecipherable."""
    try:
        return _cipher().decrypt(encrypted.encode()).decode()
    except InvalidToken:
        raise Undecipherable from None


def with_newest_key(encrypted: str) -> str:
    """The same secret under the present SECRET_KEY, so that the fallbacks can be dropped later.

    Raises Undecipherable.
    """
    try:
        return _cipher().rotate(encrypted.encode()).decode()
    except InvalidToken:
        raise Undecipherable from None


def _cipher() -> MultiFernet:
    return _cipher_of((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=8)
def _cipher_of(secrets: tuple[str, ...]) -> MultiFernet:
    """Of random secrets of 50 characters or more, which need no slow derivation."""
    return MultiFernet([Fernet(_key(secret)) for secret in secrets])


def _key(secret: str) -> bytes:
    digest = hashlib.blake2b(secret.encode(), digest_size=32, person=b"stored-secret")
    return base64.urlsafe_b64encode(digest.digest())
