"""JSON of people, profiles, contacts, blocks and sign-ins."""

from typing import Any
from uuid import UUID

from accounts.auth.api_tokens import NEVER, NewToken
from accounts.models import ApiToken, Block, Contact, Passkey, SignIn, User
from accounts.people.privacy import FIELDS, audience_of
from accounts.people.status import has_status
from accounts.second_factor.factors import Factors
from chatproject.core.times import rfc3339, rfc3339_or_none


def person_json(user: User) -> dict[str, Any]:
    """The fields that any signed-in person may see; never the email."""
    return {
        "id": str(user.pk),
        "name": user.name,
        "about": user.about,
        "avatarUrl": avatar_url(user.pk, user.avatar_id),
        "isBot": user.is_bot,
        "isActive": user.is_active,
        "status": status_json(user),
    }


def avatar_url(user_id: UUID | str, avatar_id: UUID | str | None) -> str | None:
    """Another one for each picture, so that a browser may keep what it has loaded."""
    return f"/v1/users/{user_id}/avatar?v={str(avatar_id)[-12:]}" if avatar_id else None


def profile_json(user: User) -> dict[str, Any]:
    """The fields that a person sees of their own account."""
    return {
        **person_json(user),
        "email": user.email,
        "hidesPresence": user.hides_presence,
        "timeZone": user.time_zone,
        "privacy": privacy_json(user),
        "doNotDisturb": do_not_disturb_json(user),
        "createdAt": rfc3339(user.created_at),
    }


def status_json(user: User) -> dict[str, Any] | None:
    """None where there is none, or it has expired."""
    if not has_status(user):
        return None
    return {
        "emoji": user.status_emoji,
        "text": user.status_text,
        "until": rfc3339_or_none(user.status_until),
    }


def privacy_json(user: User) -> dict[str, str]:
    return {what: audience_of(user, what) for what in FIELDS}


def do_not_disturb_json(user: User) -> dict[str, Any]:
    starts, ends = user.quiet_from, user.quiet_until
    hours = {"from": f"{starts:%H:%M}", "until": f"{ends:%H:%M}"} if starts and ends else None
    return {"quietHours": hours, "until": rfc3339_or_none(user.quiet_all_until)}


def contact_json(contact: Contact) -> dict[str, Any]:
    return {
        "userId": str(contact.person_id),
        "nickname": contact.nickname,
        "contactNumber": contact.contact_number,
        "createdAt": rfc3339(contact.created_at),
        "person": person_json(contact.person),
    }


def block_json(block: Block) -> dict[str, Any]:
    return {
        "userId": str(block.blocked_id),
        "createdAt": rfc3339(block.created_at),
        "person": person_json(block.blocked),
    }


def passkey_json(passkey: Passkey) -> dict[str, Any]:
    return {
        "id": str(passkey.pk),
        "name": passkey.name,
        "createdAt": rfc3339(passkey.created_at),
        "lastUsedAt": rfc3339_or_none(passkey.last_used_at),
    }


def factors_json(factors: Factors) -> dict[str, Any]:
    return {
        "passkeys": [passkey_json(each) for each in factors.passkeys],
        "totp": factors.totp is not None,
        "recoveryCodesLeft": factors.recovery_codes_left,
        "isRequired": factors.is_required,
    }


def sign_in_json(sign_in: SignIn, *, current: bool) -> dict[str, Any]:
    return {
        "id": str(sign_in.pk),
        "kind": sign_in.kind,
        "userAgent": sign_in.user_agent,
        "address": sign_in.address,
        "createdAt": rfc3339(sign_in.created_at),
        "lastUsedAt": rfc3339(sign_in.last_used_at),
        "current": current,
    }


def api_token_json(token: ApiToken) -> dict[str, Any]:
    sign_in = token.sign_in
    is_used = sign_in.last_used_at > sign_in.created_at
    return {
        "id": str(token.pk),
        "name": token.name,
        "scopes": token.scopes,
        "conversationIds": [str(each) for each in token.conversation_ids],
        "createdAt": rfc3339(sign_in.created_at),
        "lastUsedAt": rfc3339(sign_in.last_used_at) if is_used else None,
        "expiresAt": rfc3339_or_none(None if sign_in.expires_at == NEVER else sign_in.expires_at),
    }


def new_token_json(new: NewToken) -> dict[str, Any]:
    """With the secret, which is shown once."""
    return {**api_token_json(new.token), "token": new.text}
