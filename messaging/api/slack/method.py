"""What a method of Slack's API is, what it gets, and how it refuses."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts.auth.api_tokens import require_conversation
from accounts.auth.scopes import Access, Scope
from accounts.models import SignIn, User
from chatproject.core.api.cursors import decode, encode
from chatproject.core.errors import InvalidInput
from conversations.models import Conversation, Participant

MAX_LIMIT = 200

Answer = dict[str, Any]


class SlackError(Exception):
    """`code` is Slack's; more fields of the answer in `fields`."""

    def __init__(self, code: str, **fields: Any) -> None:
        super().__init__(code)
        self.code = code
        self.fields = fields


@dataclass(frozen=True, slots=True)
class Call:
    """Who calls, and the arguments by name: texts of a form, or JSON values."""

    user: User
    sign_in: SignIn
    arguments: Mapping[str, Any]

    def text(self, name: str, default: str = "") -> str:
        value = self.arguments.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        return value.replace("\0", "") if isinstance(value, str) else default

    def needed(self, name: str, code: str = "invalid_arguments") -> str:
        """Raises SlackError where it is not there."""
        if not (text := self.text(name)):
            raise SlackError(code)
        return text

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.arguments.get(name, default)
        return value.lower() in ("true", "1") if isinstance(value, str) else bool(value)

    def number(self, name: str, default: int, most: int) -> int:
        text = self.text(name)
        if not text:
            return default
        if not text.isascii() or not text.isdigit() or len(text) > 9:
            raise SlackError("invalid_arguments")
        return max(1, min(int(text), most))

    def json(self, name: str, default: Any = None) -> Any:
        """A value that a form has as JSON in a text. Raises SlackError."""
        value = self.arguments.get(name, default)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else default
        except (ValueError, RecursionError):
            raise SlackError("invalid_arguments") from None

    def words(self, name: str) -> list[str]:
        """A list, or what is separated by commas."""
        value = self.arguments.get(name)
        given = value if isinstance(value, list) else str(value or "").split(",")
        return [word for each in given if (word := str(each).strip())]

    def cursor(self, *types: type) -> list[Any] | None:
        """Raises SlackError for one that we did not make."""
        text = self.text("cursor")
        if not text:
            return None
        try:
            return decode(text, types)
        except InvalidInput:
            raise SlackError("invalid_cursor") from None

    def channel(self, name: str = "channel") -> UUID:
        """The id of a conversation; also by `#title` of one that the caller is in.

        Whether the caller may see it is for the action to say. Raises SlackError, or
        ConversationNotInToken.
        """
        text = self.needed(name, "channel_not_found")
        found = as_uuid(text) or self._by_title(text.removeprefix("#"))
        if found is None:
            raise SlackError("channel_not_found")
        require_conversation(self.sign_in, found)
        return found

    def person(self, name: str = "user") -> UUID:
        found = as_uuid(self.needed(name, "user_not_found"))
        if found is None:
            raise SlackError("user_not_found")
        return found

    def _by_title(self, title: str) -> UUID | None:
        inside = Participant.objects.open().filter(user=self.user.pk, conversation__title=title)
        rooms = inside.exclude(conversation__kind=Conversation.Kind.DIRECT)
        found: UUID | None = rooms.values_list("conversation_id", flat=True).first()
        return found


def as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None


def next_cursor(values: list[Any] | None) -> Answer:
    """The part of an answer that says where the list goes on."""
    return {"response_metadata": {"next_cursor": "" if values is None else encode(values)}}


@dataclass(frozen=True, slots=True)
class Method:
    run: Callable[[Call], Answer]
    scope: Scope | Access
    names_channel: bool


METHODS: dict[str, Method] = {}


def method(
    name: str, scope: Scope | Access, *, names_channel: bool = True
) -> Callable[[Callable[[Call], Answer]], Callable[[Call], Answer]]:
    """Registers a method. One that names no channel is closed to tokens for some conversations."""

    def register(run: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
        METHODS[name] = Method(run, scope, names_channel)
        return run

    return register
