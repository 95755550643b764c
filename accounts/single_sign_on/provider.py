"""The OpenID provider's endpoints and keys, fetched from it and cached."""

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

import httpx
import jwt
from django.conf import settings

from accounts.single_sign_on.errors import ProviderRefused, ProviderUnavailable, SingleSignOnOff

SECONDS = 5.0
KEPT_SECONDS = 3600.0
# An unknown key is looked for at the provider, and not more often than this.
KEYS_AGAIN_AFTER = 10.0
# Asymmetric ones only: with a shared secret anybody who has it could vouch for people.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
LEEWAY = 60

log = logging.getLogger(__name__)


class Provider:
    """One issuer. Its methods raise ProviderUnavailable, and ProviderRefused for wrong answers."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self._lock = threading.Lock()
        self._metadata: dict[str, Any] = {}
        self._metadata_at = self._keys_at = 0.0
        self._keys: dict[str | None, jwt.PyJWK] = {}

    def endpoint(self, name: str) -> str:
        """Such as `authorization_endpoint`; empty where the provider has none."""
        return str(self.metadata().get(name, ""))

    def metadata(self) -> dict[str, Any]:
        """The discovery document (OpenID Connect Discovery 1.0, section 4)."""
        with self._lock:
            if not self._metadata or time.monotonic() > self._metadata_at + KEPT_SECONDS:
                found = self.get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
                if str(found.get("issuer", "")).rstrip("/") != self.issuer.rstrip("/"):
                    log.error("OIDC_ISSUER calls itself %r.", found.get("issuer"))
                    raise ProviderRefused
                self._metadata, self._metadata_at = found, time.monotonic()
            return self._metadata

    def verify(self, token: str, *, required: tuple[str, ...]) -> dict[str, Any]:
        """The claims of a token that the provider has signed for us, now."""
        try:
            header = jwt.get_unverified_header(token)
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key(header.get("kid")).key,
                algorithms=self._algorithms(),
                audience=settings.OIDC_CLIENT_ID,
                issuer=str(self.metadata()["issuer"]),
                leeway=LEEWAY,
                options={"require": [*required]},
            )
        except (jwt.PyJWTError, RecursionError) as error:
            log.warning("A token of the OpenID provider was refused: %s", error)
            raise ProviderRefused from error
        return claims

    def _algorithms(self) -> list[str]:
        told = self.metadata().get("id_token_signing_alg_values_supported", ["RS256"])
        return [name for name in ALGORITHMS if name in told]

    def _key(self, kid: str | None) -> jwt.PyJWK:
        """The key that the token names; the only one where it names none."""
        for is_fresh in (False, True):
            keys = self._read_keys(again=is_fresh)
            if kid in keys:
                return keys[kid]
            if kid is None and len(keys) == 1:
                return next(iter(keys.values()))
        raise jwt.InvalidKeyError(f"The key {kid!r} is unknown.")

    def _read_keys(self, *, again: bool) -> dict[str | None, jwt.PyJWK]:
        address = self.endpoint("jwks_uri")
        with self._lock:
            age = time.monotonic() - self._keys_at
            if not self._keys or age > (KEYS_AGAIN_AFTER if again else KEPT_SECONDS):
                keys = jwt.PyJWKSet.from_dict(self.get(address)).keys
                self._keys = {key.key_id: key for key in keys}
                self._keys_at = time.monotonic()
            return self._keys

    def get(self, address: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        return self._answer("GET", address, headers=dict(headers or {}))

    def post(self, address: str, form: Mapping[str, str]) -> dict[str, Any]:
        """With our id and secret, as HTTP Basic or in the form, whichever the provider takes."""
        told = self.metadata().get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        ours = (settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET)
        if "client_secret_basic" in told:
            return self._answer("POST", address, data=dict(form), auth=httpx.BasicAuth(*ours))
        both = dict(zip(("client_id", "client_secret"), ours, strict=True))
        return self._answer("POST", address, data={**form, **both})

    def _answer(self, method: str, address: str, **options: Any) -> dict[str, Any]:
        try:
            with httpx.Client(timeout=SECONDS, trust_env=False) as client:
                answer = client.request(method, address, **options)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            log.warning("The OpenID provider does not answer at %s: %s", address, error)
            raise ProviderUnavailable from error
        if answer.status_code >= 500:
            raise ProviderUnavailable
        try:
            found = answer.raise_for_status().json()
        except (httpx.HTTPStatusError, ValueError, RecursionError) as error:
            log.warning("The OpenID provider answered %s: %s", address, answer.text[:200])
            raise ProviderRefused from error
        if not isinstance(found, dict):
            raise ProviderRefused
        return found


_providers: dict[str, Provider] = {}


def provider() -> Provider:
    """The one of OIDC_ISSUER; raises SingleSignOnOff where there is none."""
    if not settings.OIDC_ISSUER:
        raise SingleSignOnOff
    return _providers.setdefault(settings.OIDC_ISSUER, Provider(settings.OIDC_ISSUER))
