"""Registers people, changes their profile, preferences and password, and closes accounts."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.auth.api_tokens import end_tokens_of_bots
from accounts.auth.client_address import Client
from accounts.auth.passwords import is_right_password, password_errors
from accounts.auth.rate_limits import count_attempt
from accounts.auth.sign_ins import end_all_sign_ins
from accounts.email_addresses import email_errors, email_invalid, email_taken, normalize_email
from accounts.errors import PersonNotFound, WrongPassword
from accounts.events import account_closing, announce_presence_rights, announce_state
from accounts.models import Audience, User
from accounts.people.email_changes import cancel_email_change
from accounts.people.invites import claim_invite
from accounts.people.names import name_errors
from accounts.people.registration_policy import registration_policy
from accounts.people.registrations import hold_registration
from accounts.tasks import send_password_changed
from chatproject.core.errors import FieldError, InvalidInput
from chatproject.core.plain_text import control_errors
from chatproject.core.task_queue import defer

MAX_ABOUT_LENGTH = 500
MAX_TIME_ZONE_LENGTH = 64


def register_person(
    *,
    name: str,
    email: str,
    password: str,
    client: Client,
    invite_token: str = "",
    language: str = "",
) -> User | None:
    """Registers a person; returns them, or None if the account is created by the link in a mail.

    In the latter case the answer and the work are the same for an address that is taken, whose
    owner gets a mail. Otherwise a taken address is reported last, after hashing the password: to
    find out whether an address is taken, one has to submit a complete registration, which costs as
    much as a real one. An invite counts as used by the new person. Raises RateLimited,
    RegistrationClosed, InviteNeeded, InviteNotValid, DomainNotAllowed, or InvalidInput that names
    every wrong field. Must run outside of a transaction, so that the rate limit's count is kept.
    """
    person = User(name=name.strip(), email=normalize_email(email))
    count_attempt(what="registration", account=str(person.email), address=client.address)
    policy = registration_policy()
    policy.require(email=str(person.email), invite_token=invite_token)
    wrong = [
        *name_errors(person.name),
        *email_errors(str(person.email)),
        *password_errors(password, person),
    ]
    if wrong:
        raise InvalidInput(errors=wrong)
    person.set_password(password)
    if policy.needs_verification:
        hold_registration(person, language=language, invite_token=invite_token)
        return None
    if User.objects.by_email(str(person.email)).exists():
        raise InvalidInput(errors=[email_taken()])
    try:
        with transaction.atomic():
            person.save(force_insert=True)
            if invite_token:
                claim_invite(token=invite_token, user_id=person.pk)
    except IntegrityError as error:
        # Another registration was first, or PostgreSQL lower-cases the email differently.
        is_taken = "user_email_unique" in str(error)
        wrong = [email_taken() if is_taken else email_invalid()]
        raise InvalidInput(errors=wrong) from None
    return person


def update_profile(
    *,
    user: User,
    name: str | None = None,
    about: str | None = None,
    hides_presence: bool | None = None,
    time_zone: str | None = None,
) -> User:
    """Changes the given fields of the profile; None leaves one as it is. Raises InvalidInput."""
    changes = {"name": name, "about": about}
    texts = {field: text.strip() for field, text in changes.items() if text is not None}
    wrong = name_errors(texts["name"]) if "name" in texts else []
    wrong += control_errors(texts.get("about", ""), "about", may_have_lines=True)
    if len(texts.get("about", "")) > MAX_ABOUT_LENGTH:
        detail = f"At most {MAX_ABOUT_LENGTH} characters."
        wrong.append(FieldError(field="about", code="too_long", detail=detail))
    if time_zone is not None and not is_time_zone(time_zone):
        detail = "A name such as Europe/Berlin is needed, or nothing."
        wrong.append(FieldError(field="timeZone", code="unknown_time_zone", detail=detail))
    if wrong:
        raise InvalidInput(errors=wrong)
    given: dict[str, Any] = dict(texts)
    if time_zone is not None:
        given["time_zone"] = time_zone
    if hides_presence is not None:
        given["hides_presence"] = hides_presence
        given["presence_for"] = Audience.NOBODY if hides_presence else Audience.EVERYONE
    if given:
        for field, value in given.items():
            setattr(user, field, value)
        user.save(update_fields=list(given))
        announce_state(user.pk, "profile")
    if hides_presence is not None:
        announce_presence_rights(user.pk)
    return user


def is_time_zone(name: str) -> bool:
    """Whether it is a name of the IANA database, or empty."""
    return not name or name in _time_zones()


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


# The areas of the IANA database whose names are of places.
CONTINENTS = (
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)


@cache
def offered_time_zones() -> tuple[str, ...]:
    """The names to choose from: those of a place, in alphabetical order, and UTC."""
    return (*sorted(name for name in _time_zones() if name.split("/")[0] in CONTINENTS), "UTC")


UNDO_SECONDS = (0, 5, 10, 30)


def set_preferences(
    *,
    user: User,
    theme: str,
    language: str,
    notifications: str,
    undo_seconds: int = 0,
    accent: str = "",
    density: str = User.Density.COMFORTABLE,
    has_sound: bool = True,
) -> User:
    """Sets all preferences; an empty theme or language leaves the choice to the browser, an empty
    accent to the installation.

    Raises InvalidInput, which names every field with an invalid choice.
    """
    choices = {
        "theme": ("", *User.Theme.values),
        "accent": ("", *User.Accent.values),
        "density": tuple(User.Density.values),
        "language": ("", *(code for code, _ in settings.LANGUAGES)),
        "notifications": tuple(User.Notifications.values),
    }
    given = {
        "theme": theme,
        "accent": accent,
        "density": density,
        "language": language,
        "notifications": notifications,
    }
    wrong = [
        FieldError(field=name, code="unknown_choice", detail="It must be one of the choices.")
        for name, value in given.items()
        if value not in choices[name]
    ]
    if undo_seconds not in UNDO_SECONDS:
        detail = "It must be one of the choices."
        wrong.append(FieldError(field="undo_seconds", code="unknown_choice", detail=detail))
    if wrong:
        raise InvalidInput(errors=wrong)
    for name, value in given.items():
        setattr(user, name, value)
    user.undo_seconds, user.has_sound = undo_seconds, has_sound
    user.save(update_fields=[*given, "undo_seconds", "has_sound"])
    announce_state(user.pk, "profile")
    return user


def change_password(*, user: User, current: str, new: str, client: Client) -> User:
    """Sets a new password and ends all sign-ins of the person, including the caller's.

    Raises RateLimited, WrongPassword for the current one, InvalidInput for a new one that is too
    weak. Must run outside of a transaction, so that the rate limit's count is kept.
    """
    check_own_password(user, current, client)
    if wrong := password_errors(new, user, "newPassword"):
        raise InvalidInput(errors=wrong)
    with transaction.atomic():
        locked = _locked(user)
        end_all_sign_ins(user_id=locked.pk)
        locked.set_password(new)
        locked.save(update_fields=["password"])
        cancel_email_change(user_id=locked.pk)
        defer(send_password_changed, person_id=str(locked.pk))
    return locked


def close_own_account(*, user: User, password: str, client: Client) -> None:
    """Closes the account if the password is right; raises RateLimited or WrongPassword.

    Must run outside of a transaction, so that the rate limit's count is kept.
    """
    check_own_password(user, password, client)
    close_account(user=user)


@transaction.atomic
def close_account(*, user: User) -> None:
    """Closes the account for good; raises PersonNotFound if it is closed already.

    The row stays, for the name beside old messages, and so does its email, which cannot be
    registered again. The signal `account_closing` first lets other apps remove the person.
    """
    account_closing.send(sender=User, user=user)
    closed = User.objects.active().filter(pk=user.pk)
    if not closed.update(is_active=False, deactivated_at=timezone.now()):
        raise PersonNotFound
    end_all_sign_ins(user_id=user.pk)
    end_tokens_of_bots(made_by=user.pk)


def check_own_password(user: User, password: str, client: Client) -> None:
    """Verifies the password, rate limited, so that nobody can guess it at an unlocked screen."""
    count_attempt(what="password", account=str(user.pk), address=client.address)
    if not is_right_password(user, password):
        raise WrongPassword


def _locked(user: User) -> User:
    """Locks the person's row; raises WrongPassword if the password changed after it was checked."""
    unchanged = User.objects.active().filter(pk=user.pk, password=user.password)
    locked: User | None = unchanged.select_for_update(no_key=True).first()
    if locked is None:
        raise WrongPassword
    return locked
