"""The authorization code flow with PKCE (OpenID Connect Core 1.0, RFC 7636), seen from a client."""

import base64
import hashlib
import hmac
import logging
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.conf import settings

from accounts.single_sign_on.errors import ProviderRefused
from accounts.single_sign_on.provider import provider

SCOPE = "openid profile email"

log = logging.getLogger(__name__)


class Request(NamedTuple):
    """What the browser's session keeps until the person comes back from the provider."""

    state: str
    nonce: str
    verifier: str


class Person(NamedTuple):
    """Who the provider says has come. `email` is empty unless the provider has verified it."""

    issuer: str
    subject: str
    email: str
    name: str
    groups: frozenset[str]
    session: str


def begin(redirect_uri: str) -> tuple[Request, str]:
    """A new request, and the address at the provider where it is answered."""
    request = Request(*(secrets.token_urlsafe(32) for _ in Request._fields))
    digest = hashlib.sha256(request.verifier.encode()).digest()
    query = {
        "response_type": "code",
        "client_id": settings.OIDC_CLIENT_ID,
        "redirect_uri": redirect_uri,
        "scope": SCOPE,
        "state": request.state,
        "nonce": request.nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    address = provider().endpoint("authorization_endpoint")
    return request, f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"


def complete(request: Request, answer: Mapping[str, str], redirect_uri: str) -> Person:
    """Who has come, by the query that the provider sent them back with.

    Raises ProviderRefused, ProviderUnavailable.
    """
    if not hmac.compare_digest(answer.get("state", "").encode(), request.state.encode()):
        log.warning("An answer of the OpenID provider has another state.")
        raise ProviderRefused
    if "code" not in answer:
        log.warning("The OpenID provider refused: %s", answer.get("error", "no code")[:200])
        raise ProviderRefused
    form = {
        "grant_type": "authorization_code",
        "code": answer["code"],
        "redirect_uri": redirect_uri,
        "code_verifier": request.verifier,
    }
    tokens = provider().post(provider().endpoint("token_endpoint"), form)
    claims = _id_token(str(tokens.get("id_token", "")), request.nonce)
    return _person({**_userinfo(claims, str(tokens.get("access_token", ""))), **claims})


def _id_token(token: str, nonce: str) -> dict[str, Any]:
    claims = provider().verify(token, required=("iss", "sub", "aud", "exp", "iat", "nonce"))
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    party = claims.get("azp")
    if (several and party is None) or party not in (None, settings.OIDC_CLIENT_ID):
        log.warning("An id_token is for another party: %r", party)
        raise ProviderRefused
    if not hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
        log.warning("An id_token has another nonce.")
        raise ProviderRefused
    return claims


def _userinfo(claims: Mapping[str, Any], access_token: str) -> dict[str, Any]:
    """What the id_token leaves out; nothing where it has all, or the provider has no such place."""
    address = provider().endpoint("userinfo_endpoint")
    wanted = {"email", "name"} | ({settings.OIDC_GROUPS_CLAIM} if settings.OIDC_ROLES else set())
    if not address or not access_token or wanted <= claims.keys():
        return {}
    found = provider().get(address, {"Authorization": f"Bearer {access_token}"})
    if found.get("sub") != claims["sub"]:  # Core, 5.3.2: it may be somebody else's
        raise ProviderRefused
    return {name: value for name, value in found.items() if name not in ("iss", "sub", "sid")}


def _person(claims: Mapping[str, Any]) -> Person:
    is_verified = claims.get("email_verified") is True
    email = claims.get("email") if is_verified else ""
    names = (claims.get(each) for each in ("name", "preferred_username", "nickname"))
    groups = claims.get(settings.OIDC_GROUPS_CLAIM, [])
    groups = [groups] if isinstance(groups, str) else groups
    return Person(
        issuer=str(claims["iss"]),
        subject=str(claims["sub"]),
        email=email if isinstance(email, str) else "",
        name=next((each for each in names if isinstance(each, str) and each.strip()), ""),
        groups=frozenset(each for each in groups if isinstance(each, str))
        if isinstance(groups, list)
        else frozenset(),
        session=str(claims.get("sid", "")),
    )
