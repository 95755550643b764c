"""What API tokens may do: one table of every operation of the REST API.

An operation that is not in the table is closed to tokens, and `tests/accounts/test_scopes.py` fails
for it. Whoever signed in as a person needs no scope.
"""

from collections.abc import Mapping
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Scope(StrEnum):
    CONVERSATIONS_READ = "conversations:read"
    CONVERSATIONS_WRITE = "conversations:write"
    HISTORY_READ = "history:read"
    MESSAGES_WRITE = "messages:write"
    REACTIONS_WRITE = "reactions:write"
    FILES_READ = "files:read"
    FILES_WRITE = "files:write"
    PEOPLE_READ = "people:read"
    PROFILE_WRITE = "profile:write"


LABELS: Mapping[Scope, str | Promise] = {
    Scope.CONVERSATIONS_READ: _("See conversations and who is in them"),
    Scope.CONVERSATIONS_WRITE: _("Create, change, join and leave conversations; add people"),
    Scope.HISTORY_READ: _("Read messages, search, and hear what is new"),
    Scope.MESSAGES_WRITE: _("Send, edit, delete and pin messages"),
    Scope.REACTIONS_WRITE: _("React to messages"),
    Scope.FILES_READ: _("Download files"),
    Scope.FILES_WRITE: _("Upload files"),
    Scope.PEOPLE_READ: _("Find people and see whether they are online"),
    Scope.PROFILE_WRITE: _("Change name and description"),
}


class Access(StrEnum):
    """Instead of a scope."""

    ANY = "any"  # every token
    NEVER = "never"  # no token: what only people do who have signed in


def _methods(**methods: Scope | Access) -> Mapping[str, Scope | Access]:
    return methods


_OWN = Access.NEVER
_C_READ, _C_WRITE = Scope.CONVERSATIONS_READ, Scope.CONVERSATIONS_WRITE
_READ, _WRITE = Scope.HISTORY_READ, Scope.MESSAGES_WRITE

# By the name of the route, then by the method.
OPERATIONS: Mapping[str, Mapping[str, Scope | Access]] = {
    "api-register": _methods(POST=_OWN),
    "api-login": _methods(POST=_OWN),
    "api-refresh": _methods(POST=_OWN),
    "api-logout": _methods(POST=_OWN),
    "api-me": _methods(GET=Access.ANY, PATCH=Scope.PROFILE_WRITE, DELETE=_OWN),
    "api-password": _methods(POST=_OWN),
    "api-sign-ins": _methods(GET=_OWN),
    "api-sign-in": _methods(DELETE=_OWN),
    "api-my-tokens": _methods(GET=_OWN, POST=_OWN),
    "api-my-token": _methods(DELETE=_OWN),
    "api-tickets": _methods(POST=_OWN),
    "api-people": _methods(GET=Scope.PEOPLE_READ),
    "api-person": _methods(GET=Scope.PEOPLE_READ),
    "presence": _methods(GET=Scope.PEOPLE_READ),
    "api-contacts": _methods(GET=_OWN, POST=_OWN),
    "api-contact": _methods(PATCH=_OWN, DELETE=_OWN),
    "api-blocks": _methods(GET=_OWN, POST=_OWN),
    "api-block": _methods(DELETE=_OWN),
    "bots": _methods(GET=_OWN, POST=_OWN),
    "bot": _methods(DELETE=_OWN),
    "bot-tokens": _methods(GET=_OWN, POST=_OWN),
    "bot-token": _methods(DELETE=_OWN),
    "webhooks": _methods(GET=_OWN, POST=_OWN),
    "webhook": _methods(DELETE=_OWN),
    "outgoing-webhooks": _methods(GET=_OWN, POST=_OWN),
    "outgoing-webhook": _methods(DELETE=_OWN),
    "outgoing-webhook-switch-on": _methods(POST=_OWN),
    "deliveries": _methods(GET=_OWN),
    "redeliver": _methods(POST=_OWN),
    "commands": _methods(GET=_C_READ, POST=_OWN),
    "command": _methods(DELETE=_OWN),
    "command-calls": _methods(POST=_WRITE),
    "conversations": _methods(GET=_C_READ, POST=_C_WRITE),
    "conversation": _methods(GET=_C_READ, PATCH=_C_WRITE),
    "conversation-join": _methods(POST=_C_WRITE),
    "conversation-leave": _methods(POST=_C_WRITE),
    "conversation-open-history": _methods(POST=_C_WRITE),
    "participants": _methods(GET=_C_READ, POST=_C_WRITE),
    "participant": _methods(GET=_C_READ, PATCH=_C_WRITE, DELETE=_C_WRITE),
    "bans": _methods(GET=_C_READ, POST=_C_WRITE),
    "ban": _methods(DELETE=_C_WRITE),
    "conversation-mute": _methods(POST=_C_WRITE, DELETE=_C_WRITE),
    "conversation-notify": _methods(PATCH=_C_WRITE),
    "conversation-pin": _methods(POST=_C_WRITE, DELETE=_C_WRITE),
    "conversation-archive": _methods(POST=_C_WRITE, DELETE=_C_WRITE),
    "conversation-unread": _methods(POST=_C_WRITE, DELETE=_C_WRITE),
    "conversation-clear": _methods(POST=_C_WRITE),
    "conversation-read": _methods(POST=_READ),
    "conversation-delivered": _methods(POST=_READ),
    "messages": _methods(GET=_READ, POST=_WRITE),
    "message": _methods(GET=_READ, PATCH=_WRITE, DELETE=_WRITE),
    "message-revisions": _methods(GET=_READ),
    "message-receipts": _methods(GET=_READ),
    "message-pin": _methods(POST=_WRITE, DELETE=_WRITE),
    "message-hide": _methods(POST=_READ, DELETE=_READ),
    "message-reactions": _methods(POST=Scope.REACTIONS_WRITE),
    "message-reaction": _methods(DELETE=Scope.REACTIONS_WRITE),
    "conversation-changes": _methods(GET=_READ),
    "conversation-pins": _methods(GET=_READ),
    "conversation-attachments": _methods(GET=_READ),
    "sync": _methods(POST=_READ),
    "search": _methods(GET=_READ),
    "attachments": _methods(POST=Scope.FILES_WRITE),
    "attachment": _methods(GET=Scope.FILES_READ, DELETE=Scope.FILES_WRITE),
    "attachment-thumbnail": _methods(GET=Scope.FILES_READ),
    "reports": _methods(GET=_OWN, POST=_OWN),
    "report": _methods(GET=_OWN),
}

# Of a token for some conversations: what it may do that no conversation's path names. An upload is
# seen by nobody before a message takes it, and a download asks for the conversation of its file.
EVERYWHERE = frozenset({"api-me", "api-person", "attachments"})


def access_to(route: str | None, method: str) -> Scope | Access:
    """What a token needs for an operation; NEVER for one that the table does not know."""
    method = "GET" if method in ("HEAD", "OPTIONS") else method
    return OPERATIONS.get(route or "", {}).get(method, Access.NEVER)
