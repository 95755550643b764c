"""Signs what we send to programs, in Slack's scheme, so that its verifiers take it.

https://docs.slack.dev/authentication/verifying-requests-from-slack: an HMAC of SHA-256 over
`v0:TIMESTAMP:BODY`; whoever verifies refuses a timestamp that is older than five minutes.
"""

import hashlib
import hmac
import time


def signature_headers(secret: str, body: bytes) -> dict[str, str]:
    timestamp = str(int(time.time()))
    digest = hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256)
    return {
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": f"v0={digest.hexdigest()}",
    }
