"""Passkeys (WebAuthn): the challenge that an authenticator signs, and its verification.

The library `webauthn` builds the options and verifies the answers. A challenge belongs to one step,
and a step ends with its first right answer.
"""

import logging
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, generate_challenge
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from accounts.models import FactorStep, Passkey, User
from accounts.second_factor.errors import WrongPasskey

TRANSPORTS = frozenset(AuthenticatorTransport)
# WebAuthn allows no longer one, and an index of the database takes no much longer one.
MAX_ID_BYTES = 1023
MAX_KEY_BYTES = 2048
# What broken answers raise in the library and in what it parses with.
_BROKEN = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, IndexError)

log = logging.getLogger(__name__)


class RelyingParty(NamedTuple):
    """For which site a passkey is: its domain, and the origin of its pages."""

    id: str
    origin: str


class NewPasskey(NamedTuple):
    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: list[str]


Options = dict[str, Any]
Credential = Mapping[str, Any]


def registration_options(user: User, party: RelyingParty) -> tuple[bytes, Options]:
    """A new challenge, and what `navigator.credentials.create` is to be given, as JSON."""
    challenge = generate_challenge()
    options = generate_registration_options(
        rp_id=party.id,
        rp_name=settings.SITE_NAME,
        user_id=user.pk.bytes,
        user_name=str(user.email or user.name),
        user_display_name=user.name,
        challenge=challenge,
        exclude_credentials=_descriptors(user),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
    )
    return challenge, orjson.loads(options_to_json(options))


def assertion_options(user: User | None, party: RelyingParty) -> tuple[bytes, Options]:
    """The same for `navigator.credentials.get`; without a person any passkey that names its own."""
    challenge = generate_challenge()
    verification = UserVerificationRequirement.PREFERRED
    options = generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        allow_credentials=None if user is None else _descriptors(user),
        user_verification=UserVerificationRequirement.REQUIRED if user is None else verification,
    )
    return challenge, orjson.loads(options_to_json(options))


def verify_registration(
    step: FactorStep, credential: Credential, party: RelyingParty
) -> NewPasskey:
    """Raises WrongPasskey."""
    try:
        verified = verify_registration_response(
            credential=dict(credential),
            expected_challenge=bytes(step.challenge or b""),
            expected_rp_id=party.id,
            expected_origin=party.origin,
        )
        told = credential["response"].get("transports") or []
        transports = [each for each in told if each in TRANSPORTS]
    except _BROKEN as error:
        raise WrongPasskey from error
    if (
        len(verified.credential_id) > MAX_ID_BYTES
        or len(verified.credential_public_key) > MAX_KEY_BYTES
    ):
        raise WrongPasskey
    return NewPasskey(
        verified.credential_id, verified.credential_public_key, verified.sign_count, transports
    )


@transaction.atomic
def verify_assertion(step: FactorStep, credential: Credential, party: RelyingParty) -> Passkey:
    """The passkey, with its `user`, that signed the step's challenge; counts the use.

    Without a person in the step the authenticator must have verified who holds it, as by a
    fingerprint: the passkey is both factors then. Raises WrongPasskey.
    """
    passkey = _passkey_of(credential)
    if passkey is None or (step.user_id is not None and step.user_id != passkey.user_id):
        raise WrongPasskey
    try:
        verified = verify_authentication_response(
            credential=dict(credential),
            expected_challenge=bytes(step.challenge or b""),
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=step.user_id is None,
        )
        handle = credential["response"].get("userHandle")
        is_owners = not handle or base64url_to_bytes(handle) == passkey.user.pk.bytes
    except _BROKEN as error:
        log.warning("A passkey of %s was refused: %s", passkey.user_id, error)
        raise WrongPasskey from error
    if not is_owners:
        raise WrongPasskey
    passkey.sign_count, passkey.last_used_at = verified.new_sign_count, timezone.now()
    passkey.save(update_fields=["sign_count", "last_used_at"])
    return passkey


def _passkey_of(credential: Credential) -> Passkey | None:
    try:
        raw = base64url_to_bytes(credential["rawId"])
    except _BROKEN:
        return None
    rows = Passkey.objects.select_related("user").select_for_update(of=("self",), no_key=True)
    found: Passkey | None = rows.filter(credential_id=raw).first()
    return found


def _descriptors(user: User) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=bytes(each.credential_id),
            transports=[AuthenticatorTransport(name) for name in each.transports],
        )
        for each in Passkey.objects.filter(user=user)
    ]
