"""Slack's own verifier takes what we sign, and nothing that was altered or is sent again later."""

import pytest
from slack_sdk.signature import Clock, SignatureVerifier

from messaging.integrations.signatures import signature_headers

SECRET, BODY = "8f742231b10e8888abcd99yyyzzz85a5", b"command=%2Fdeploy&text=now"
TIMESTAMP, SIGNATURE = "X-Slack-Request-Timestamp", "X-Slack-Signature"


class Later(Clock):
    """A clock that is ahead by so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def now(self) -> float:
        return super().now() + self._seconds


def is_taken(
    headers: dict[str, str], body: bytes = BODY, secret: str = SECRET, later: float = 0
) -> bool:
    return SignatureVerifier(secret, Later(later)).is_valid_request(body, headers)


def test_what_we_sign_is_taken() -> None:
    assert is_taken(signature_headers(SECRET, BODY))
    assert is_taken(signature_headers(SECRET, b""), b"")
    assert is_taken(signature_headers(SECRET, BODY), later=4 * 60)


def test_another_body_or_secret_is_not() -> None:
    headers = signature_headers(SECRET, BODY)
    assert not is_taken(headers, BODY + b"&text=later")
    assert not is_taken(headers, b"")
    assert not is_taken(headers, secret="another")


def test_a_replay_is_not() -> None:
    headers = signature_headers(SECRET, BODY)
    assert not is_taken(headers, later=6 * 60)
    fresh = str(int(headers[TIMESTAMP]) + 6 * 60)  # the signature is of the timestamp too
    assert not is_taken(headers | {TIMESTAMP: fresh}, later=6 * 60)


@pytest.mark.parametrize("signature", ["", "v0=", "v0=" + "0" * 64, "v1"])
def test_a_made_up_signature_is_not(signature: str) -> None:
    headers = signature_headers(SECRET, BODY)
    assert not is_taken(headers | {SIGNATURE: signature})
    assert not is_taken({TIMESTAMP: headers[TIMESTAMP]})
