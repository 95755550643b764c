"""Resolves command-line arguments: a person, a conversation, the path of an output file."""

from pathlib import Path
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


def output_path(path: Path, *, may_replace: bool) -> Path:
    """The absolute path of a file to write; raises BadArgument if it must not be written."""
    path = path.absolute()
    if not path.parent.is_dir():
        raise BadArgument(f"There is no folder {path.parent}.")
    if path.is_dir() or (path.exists() and not may_replace):
        raise BadArgument(f"{path} exists already. Give another name, or --force to replace it.")
    return path


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
