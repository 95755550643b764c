"""Whose share of the server a request uses: the person's, or the address'. Makes no query."""

from collections.abc import Hashable, Mapping
from typing import Any

from accounts.auth.api_tokens import hash_of, is_api_token
from accounts.auth.client_address import line_of
from accounts.auth.socket_authenticator import address_of, session_key_of
from accounts.auth.tokens import user_id_of
from accounts.errors import InvalidToken


def address_line_of(scope: Mapping[str, Any]) -> str:
    """An IPv4 address, or the network that an IPv6 line has to itself."""
    return line_of(address_of(scope))


def requester_of(scope: Mapping[str, Any]) -> Hashable:
    """The person of a token that we signed, expired or not; else the browser session; else the
    address. Whether the sign-in lives is asked later, by the request itself.

    A session's key is not checked, and whoever makes one up has a share of their own; the share of
    the address bounds that.
    """
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    scheme, _, token = headers.get(b"authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        if is_api_token(token.strip()):  # a share of its own, as unchecked as a session's key
            return hash_of(token.strip())
        try:
            return user_id_of(token.strip())
        except InvalidToken:
            return address_line_of(scope)
    return session_key_of(headers.get(b"cookie", "")) or address_line_of(scope)
