"""Recovery codes: ten at a time, each good for one log-in without the factor that was lost."""

import hashlib
import secrets

from accounts.models import RecoveryCode, User

CODES = 10
# Without those that look like others; 16 of them are 79 bits, which no guessing of hashes finds.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
LENGTH = 16
GROUP = 4


def issue_recovery_codes(user: User) -> list[str]:
    """Ten new codes, which are shown now and never again. Its caller holds the person's lock."""
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, digest=_digest(user, code)) for code in codes
    )
    return [_grouped(code) for code in codes]


def use_recovery_code(user: User, text: str) -> bool:
    """Whether the code was one of the person's; it is none any more. One of two parallel uses is
    refused."""
    mine = RecoveryCode.objects.filter(user=user, digest=_digest(user, _normalized(text)))
    return bool(mine.delete()[0])


def _normalized(text: str) -> str:
    return "".join(text.lower().split()).replace("-", "")


def _grouped(code: str) -> str:
    return "-".join(code[at : at + GROUP] for at in range(0, LENGTH, GROUP))


def _digest(user: User, code: str) -> bytes:
    return hashlib.sha256(f"{user.pk}:{code}".encode()).digest()
