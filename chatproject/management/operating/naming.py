"""What an operator names on the command line: a person by email or id, a conversation by id."""

from uuid import UUID

from accounts.models import User
from chatproject.management.operating.command import BadArgument
from conversations.models import Conversation


def person_named(text: str) -> User:
    """Raises BadArgument when there is none."""
    uuid = _uuid(text)
    people = User.objects.by_email(text) if uuid is None else User.objects.filter(pk=uuid)
    person: User | None = people.first()
    if person is None:
        raise BadArgument(f"There is no person {text}. Give an email address or an id.")
    return person


def conversation_named(text: str) -> Conversation:
    """Raises BadArgument when there is none."""
    uuid = _uuid(text)
    found = None if uuid is None else Conversation.objects.filter(pk=uuid).first()
    if found is None:
        raise BadArgument(f"There is no conversation {text}. Give its id.")
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
