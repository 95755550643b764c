"""An authenticator app by RFC 6238 alone, independent of the library that the product uses."""

import base64
import hashlib
import hmac
import struct
import time
from urllib.parse import parse_qs, urlsplit

from accounts.models import User
from tests.accounts.scene import program

SECONDS = 30
MFA = "/v1/users/me/mfa"
NOW = 1_800_000_000.0


def code_of(secret: str, at: float | None = None, *, digits: int = 6) -> str:
    """The code of a secret in Base32, at a time in seconds, now where none is given."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    step = int(time.time() if at is None else at) // SECONDS
    mac = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    start = mac[-1] & 15
    number = struct.unpack(">I", mac[start : start + 4])[0] & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def secret_of(uri: str) -> str:
    """What an app reads from the QR code."""
    parts = urlsplit(uri)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    return parse_qs(parts.query)["secret"][0]


class Clock:
    """The server's clock for codes; each `tick` leads to the next code."""

    def __init__(self) -> None:
        self.now = NOW

    def time(self) -> float:
        return self.now

    def tick(self, steps: int = 1) -> None:
        self.now += steps * SECONDS


class App:
    """Ann's authenticator app, set up over REST, with the recovery codes beside it."""

    def __init__(self, ann: User, clock: Clock) -> None:
        self.clock = clock
        self.client = program(ann)
        begun = self.client.post(f"{MFA}/totp")
        assert begun.status_code == 201, begun.content
        self.secret = begun.json()["secret"]
        assert secret_of(begun.json()["uri"]) == self.secret
        confirmed = self.client.post(f"{MFA}/totp/confirm", {"code": self.code()}, format="json")
        assert confirmed.status_code == 200, confirmed.content
        self.recovery_codes: list[str] = confirmed.json()["recoveryCodes"]
        clock.tick()

    def code(self, offset: int = 0) -> str:
        return code_of(self.secret, self.clock.now + offset * SECONDS)
