"""The status: an emoji and a line that everybody sees, until it expires."""

from datetime import datetime, timedelta

import emoji as emojis
from django.utils import timezone

from accounts.events import announce_state
from accounts.models import User
from chatproject.core.errors import FieldError, InvalidInput
from chatproject.core.plain_text import control_errors

MAX_TEXT_LENGTH = 100
MAX_EMOJI_LENGTH = 64
LONGEST = timedelta(days=366)


def set_status(*, user: User, emoji: str, text: str, until: datetime | None = None) -> User:
    """Sets it until then, or until it is changed; both empty takes it off. Raises InvalidInput."""
    text = text.strip()
    wrong = control_errors(text, "text")
    if len(text) > MAX_TEXT_LENGTH:
        detail = f"At most {MAX_TEXT_LENGTH} characters."
        wrong.append(FieldError(field="text", code="too_long", detail=detail))
    if emoji and not emojis.is_emoji(emoji):
        wrong.append(FieldError(field="emoji", code="not_an_emoji", detail="One emoji is needed."))
    now = timezone.now()
    if until is not None and not now < until <= now + LONGEST:
        detail = "It has to be in the future, and within a year."
        code = "past" if until <= now else "too_far"
        wrong.append(FieldError(field="until", code=code, detail=detail))
    if wrong:
        raise InvalidInput(errors=wrong)
    user.status_emoji, user.status_text, user.status_until = emoji, text, until
    user.save(update_fields=["status_emoji", "status_text", "status_until"])
    announce_state(user.pk, "profile")
    return user


def has_status(user: User) -> bool:
    """Whether there is one that has not expired."""
    is_over = user.status_until is not None and user.status_until <= timezone.now()
    return bool(user.status_emoji or user.status_text) and not is_over
