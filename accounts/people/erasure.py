"""Erases the personal data of an account. The id stays, since the log refers to it."""

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils import timezone

from accounts.auth.api_tokens import end_tokens_of_bots
from accounts.auth.sign_ins import end_all_sign_ins
from accounts.events import account_closing
from accounts.models import (
    ApiToken,
    Block,
    Contact,
    EmailChange,
    FactorStep,
    Identity,
    Invite,
    InviteUse,
    LastSeen,
    Mute,
    Passkey,
    PendingRegistration,
    RecoveryCode,
    SignIn,
    Suspension,
    Totp,
    User,
)

ERASED_NAME = "Erased person"


def close_erased_account(user: User) -> None:
    """Closes the account for good in whatever state it is; does nothing to a closed one.

    Must run in a transaction. The email stays until `anonymize_account`.
    """
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if locked.deactivated_at is not None:
        return
    account_closing.send(sender=User, user=user)
    end_all_sign_ins(user_id=user.pk)
    end_tokens_of_bots(made_by=user.pk)
    User.objects.filter(pk=user.pk).update(is_active=False, deactivated_at=timezone.now())


def anonymize_account(user: User) -> None:
    """Deletes name, address, sign-ins, contacts and rights; the last step of an erasure.

    Keeps the id, to which the log refers, and `origin`, by which a repeated import recognizes the
    person as erased. Must run in a transaction.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    Invite.objects.filter(email=person.email).exclude(email="").update(email="")
    Invite.objects.filter(created_by=person, revoked_at=None).update(revoked_at=timezone.now())
    InviteUse.objects.filter(user=person).delete()
    PendingRegistration.objects.filter(email=person.email).delete()
    person.set_unusable_password()
    person.name, person.email, person.about = ERASED_NAME, None, ""
    person.avatar_id = None
    person.is_active = person.is_staff = person.is_superuser = False
    person.last_login, person.language, person.theme = None, "", ""
    person.accent, person.density, person.has_sound = "", User.Density.COMFORTABLE, True
    person.time_zone, person.has_second_factor = "", False
    person.status_emoji = person.status_text = ""
    person.digest, person.digest_sent_at = User.Digest.OFF, None
    person.quiet_from = person.quiet_until = person.quiet_all_until = None
    person.email_verified_at = person.email_bounced_at = None
    person.save()
    person.groups.clear()
    person.user_permissions.clear()
    _delete_sessions(person)
    for factor in (Totp, Passkey, RecoveryCode, FactorStep, Identity):
        factor.objects.filter(user=person).delete()
    for model, sides in ((Contact, ("owner", "person")), (Block, ("blocker", "blocked"))):
        model.objects.filter(Q(**{sides[0]: person}) | Q(**{sides[1]: person})).delete()
    LastSeen.objects.filter(user=person).delete()
    EmailChange.objects.filter(user=person).delete()
    ApiToken.objects.filter(made_by=person).update(name="")
    Suspension.objects.filter(user=person).update(reason="")
    Mute.objects.filter(user=person).update(reason="")
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.filter(content_type=kind, object_id=str(person.pk)).update(
        object_repr=ERASED_NAME, change_message=""
    )


def _delete_sessions(person: User) -> None:
    """Deletes the sign-ins and sessions of a person; reads all sessions, which name no user."""
    SignIn.objects.filter(user=person).delete()
    mine = [
        session.pk
        for session in Session.objects.iterator()
        if session.get_decoded().get("_auth_user_id") == str(person.pk)
    ]
    Session.objects.filter(pk__in=mine).delete()
