"""How a person wants to see the chat and what to be told of, on every device."""

from functools import cache
from zoneinfo import available_timezones

from django.conf import settings

from accounts.events import announce_state
from accounts.models import User
from chatproject.core.errors import FieldError, InvalidInput


def set_preferences(*, user: User, theme: str, language: str, notifications: str) -> User:
    """The person with all three set; an empty theme or language leaves it to the browser.

    Raises InvalidInput that names what is none of the choices.
    """
    choices = {
        "theme": ("", *User.Theme.values),
        "language": ("", *(code for code, _ in settings.LANGUAGES)),
        "notifications": tuple(User.Notifications.values),
    }
    given = {"theme": theme, "language": language, "notifications": notifications}
    wrong = [
        FieldError(field=name, code="unknown_choice", detail="It is none of the choices.")
        for name, value in given.items()
        if value not in choices[name]
    ]
    if wrong:
        raise InvalidInput(errors=wrong)
    for name, value in given.items():
        setattr(user, name, value)
    user.save(update_fields=list(given))
    announce_state(user.pk, "profile")
    return user


def is_time_zone(name: str) -> bool:
    """Whether it is a name of the IANA database, or empty."""
    return not name or name in _time_zones()


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())
