"""Invites: links by which people come to the installation, and to a conversation.

What an invite to a conversation opens is decided in `messaging.membership.invites`.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from accounts.auth.rate_limits import Limit, count_by_account
from accounts.email_addresses import email_errors, normalize_email
from accounts.errors import InviteNotValid, InviteRightMissing
from accounts.models import Invite, InviteUse, User
from accounts.tasks import send_invite
from chatproject.core.errors import InvalidInput
from chatproject.core.task_queue import defer

MAX_TOKEN_LENGTH = 64
TOKEN_BYTES = 18
LASTS = timedelta(days=7)
KEPT_AFTER_END = timedelta(days=30)
MAX_USES = 100_000
LISTED = 200


def count_invite(user_id: UUID) -> None:
    """Raises RateLimited. Must run outside of a transaction."""
    limit = Limit(settings.INVITES_PER_HOUR, 3600)
    count_by_account(limit=limit, what="invite", account=str(user_id))


def new_invite(
    *,
    by: User,
    conversation_id: UUID | None = None,
    role: str = Invite.Role.MEMBER,
    email: str = "",
    expires_at: datetime | None = None,
    max_uses: int | None = None,
    language: str = "",
) -> Invite:
    """Makes the invite, and has it sent where there is an address, for which it works once.

    Without `expires_at` it lasts a week. The caller has asked whether the person may invite. Raises
    InvalidInput. Must run in a transaction.
    """
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidInput.of("expiresAt", "The end must be in the future.", "past")
    address = normalize_email(email) if email else ""
    if address and (wrong := email_errors(address)):
        raise InvalidInput(errors=wrong)
    invite = Invite.objects.create(
        token=secrets.token_urlsafe(TOKEN_BYTES),
        created_by=by,
        conversation_id=conversation_id,
        role=role,
        email=address,
        expires_at=expires_at or timezone.now() + LASTS,
        max_uses=1 if address else max_uses,
    )
    if address:
        defer(send_invite, invite_id=str(invite.pk), language=language)
    return invite


def invite_to_site(
    *,
    by: User,
    email: str = "",
    expires_at: datetime | None = None,
    max_uses: int | None = None,
    language: str = "",
) -> Invite:
    """Invites people to the installation. Raises InviteRightMissing, RateLimited, InvalidInput.

    Must run outside of a transaction, so that the rate limit's count is kept.
    """
    if not may_invite_to_site(by):
        raise InviteRightMissing
    count_invite(by.pk)
    with transaction.atomic():
        return new_invite(
            by=by, email=email, expires_at=expires_at, max_uses=max_uses, language=language
        )


def may_invite_to_site(person: User) -> bool:
    return person.is_staff or settings.SITE_INVITES == "everyone"


def valid_invites() -> QuerySet[Invite]:
    """Invites of people who are still there, neither revoked nor expired nor used up."""
    return Invite.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=Now()),
        Q(max_uses=None) | Q(uses__lt=F("max_uses")),
        revoked_at=None,
        created_by__is_active=True,
    )


def require_valid_invite(token: str, *, user_id: UUID | None = None) -> Invite:
    """The invite with its inviter, also when it is used up and the person is who used it.

    Raises InviteNotValid.
    """
    found = Invite.objects.select_related("created_by").filter(token=token)
    valid = found.filter(pk__in=valid_invites().filter(token=token).values("pk")).first()
    if valid is not None:
        return valid
    used = found.filter(revoked_at=None, used_by__user=user_id).first() if user_id else None
    if used is None:
        raise InviteNotValid
    return used


def claim_invite(*, token: str, user_id: UUID) -> Invite:
    """Counts the person as one who came by the invite; once, however often they follow the link.

    Of two who take the last use one gets it. Raises InviteNotValid. Must run in a transaction.
    """
    # Whoever comes at the same time waits here, and reads what this one has left.
    if not Invite.objects.select_for_update(no_key=True).filter(token=token).exists():
        raise InviteNotValid
    invite = require_valid_invite(token, user_id=user_id)
    if InviteUse.objects.filter(invite=invite, user=user_id).exists():
        return invite
    Invite.objects.filter(pk=invite.pk).update(uses=F("uses") + 1)
    InviteUse.objects.create(invite=invite, user_id=user_id)
    return invite


def revoke_site_invite(*, invite_id: UUID, by: User) -> None:
    """Ends one's own invite to the installation, or any as staff.

    Raises InviteNotValid for one that is unknown or not the person's to see.
    """
    invite = Invite.objects.filter(pk=invite_id, conversation_id=None).first()
    if invite is None or not (by.is_staff or invite.created_by_id == by.pk):
        raise InviteNotValid
    revoke_invite(invite)


def revoke_invite(invite: Invite) -> None:
    """Nobody comes by it any more; revoking again changes nothing."""
    Invite.objects.filter(pk=invite.pk, revoked_at=None).update(revoked_at=Now())


def prune_invites() -> int:
    """Deletes invites a month after their end, with the addresses in them; returns how many."""
    before = timezone.now() - KEPT_AFTER_END
    ended = Invite.objects.filter(Q(expires_at__lt=before) | Q(revoked_at__lt=before))
    return ended.delete()[1].get(Invite._meta.label, 0)  # noqa: SLF001 (documented by Django)


def site_invites_of(person: User) -> list[Invite]:
    """The invites to the installation that the person made, or, for staff, everybody's."""
    return list(_site_invites(Invite.objects.all(), person))


def open_site_invites_of(person: User) -> list[Invite]:
    """Those of them by which somebody can still come."""
    return list(_site_invites(valid_invites(), person))


def _site_invites(invites: QuerySet[Invite], person: User) -> QuerySet[Invite]:
    invites = invites.filter(conversation_id=None).select_related("created_by")
    if not person.is_staff:
        invites = invites.filter(created_by=person)
    return invites.order_by("-id")[:LISTED]


def came_by(invites: Iterable[Invite]) -> dict[UUID, list[InviteUse]]:
    """Who came by each invite, the first ones first."""
    uses: dict[UUID, list[InviteUse]] = {invite.pk: [] for invite in invites}
    found = InviteUse.objects.filter(invite__in=list(uses)).select_related("user")
    for use in found.order_by("id")[:1000]:
        uses[use.invite_id].append(use)
    return uses
