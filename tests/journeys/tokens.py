"""Tokens that time would make, made at once: the server's key is the tests' own."""

from datetime import timedelta

from accounts.auth.tokens import AccessToken


def expired(access: str) -> str:
    """The same token as it will be when its time is over."""
    token = AccessToken(access)
    token.set_exp(lifetime=-timedelta(minutes=1))
    return str(token)
