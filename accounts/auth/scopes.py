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
    Scope.HISTORY_READ: _("Read messages, search, and receive events"),
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
    "api-login-mfa": _methods(POST=_OWN),
    "api-login-passkey": _methods(POST=_OWN),
    "api-login-passkey-options": _methods(POST=_OWN),
    "api-refresh": _methods(POST=_OWN),
    "api-logout": _methods(POST=_OWN),
    "api-me": _methods(GET=Access.ANY, PATCH=Scope.PROFILE_WRITE, DELETE=_OWN),
    "api-password": _methods(POST=_OWN),
    "api-sign-ins": _methods(GET=_OWN),
    "api-sign-in": _methods(DELETE=_OWN),
    "api-password-reset": _methods(POST=_OWN),
    "api-password-reset-confirm": _methods(POST=_OWN),
    "api-email": _methods(GET=_OWN, POST=_OWN, DELETE=_OWN),
    "api-email-verification": _methods(POST=_OWN),
    "api-confirm-email": _methods(POST=_OWN),
    "api-mail-settings": _methods(GET=_OWN, PATCH=_OWN),
    "api-mfa": _methods(GET=_OWN),
    "api-totp": _methods(POST=_OWN, DELETE=_OWN),
    "api-totp-confirm": _methods(POST=_OWN),
    "api-recovery-codes": _methods(POST=_OWN),
    "api-passkeys": _methods(POST=_OWN),
    "api-passkey-options": _methods(POST=_OWN),
    "api-passkey": _methods(PATCH=_OWN, DELETE=_OWN),
    "api-push-subscriptions": _methods(GET=_OWN, POST=_OWN, DELETE=_OWN),
    "api-privacy": _methods(PATCH=_OWN),
    "api-status": _methods(PUT=Scope.PROFILE_WRITE),
    "api-do-not-disturb": _methods(PATCH=_OWN),
    "api-my-tokens": _methods(GET=_OWN, POST=_OWN),
    "api-my-token": _methods(DELETE=_OWN),
    "api-invites": _methods(GET=_OWN, POST=_OWN),
    "api-invite": _methods(DELETE=_OWN),
    "api-accept-invite": _methods(POST=_OWN),
    "api-tickets": _methods(POST=_OWN),
    "api-people": _methods(GET=Scope.PEOPLE_READ),
    "my-avatar": _methods(PUT=Scope.PROFILE_WRITE, DELETE=Scope.PROFILE_WRITE),
    "profile": _methods(GET=_OWN),
    "avatar": _methods(GET=Scope.PEOPLE_READ),
    "api-person": _methods(GET=Scope.PEOPLE_READ),
    "presence": _methods(GET=Scope.PEOPLE_READ),
    "api-contacts": _methods(GET=_OWN, POST=_OWN),
    "api-contact-cards": _methods(GET=_OWN, POST=_OWN),
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
    "conversation-picture": _methods(GET=_C_READ, PUT=_C_WRITE, DELETE=_C_WRITE),
    "conversation-join": _methods(POST=_C_WRITE),
    "conversation-leave": _methods(POST=_C_WRITE),
    "conversation-open-history": _methods(POST=_C_WRITE),
    "conversation-folder": _methods(POST=_OWN),
    "folders": _methods(GET=_OWN, POST=_OWN),
    "folder": _methods(PATCH=_OWN, DELETE=_OWN),
    "join-requests": _methods(GET=_OWN),
    "join-request": _methods(DELETE=_OWN),
    "join-request-accept": _methods(POST=_OWN),
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
    "thread": _methods(GET=_READ),
    "thread-read": _methods(POST=_READ),
    "thread-following": _methods(PUT=_READ, DELETE=_READ),
    "threads": _methods(GET=_READ),
    "conversation-draft": _methods(GET=_OWN, PUT=_OWN, DELETE=_OWN),
    "drafts": _methods(GET=_OWN),
    "message-revisions": _methods(GET=_READ),
    "message-receipts": _methods(GET=_READ),
    "message-forward": _methods(POST=_WRITE),
    "conversation-polls": _methods(POST=_WRITE),
    "message-actions": _methods(POST=_WRITE),
    "message-vote": _methods(PUT=_WRITE),
    "message-close-poll": _methods(POST=_WRITE),
    "message-origin": _methods(GET=_READ),
    "message-previews": _methods(DELETE=_WRITE),
    "message-preview-picture": _methods(GET=_READ),
    "conversation-scheduled": _methods(GET=_WRITE, POST=_WRITE),
    "scheduled": _methods(GET=_WRITE),
    "scheduled-message": _methods(GET=_WRITE, PATCH=_WRITE, DELETE=_WRITE),
    "scheduled-send-now": _methods(POST=_WRITE),
    "saved": _methods(GET=_OWN, POST=_OWN),
    "saved-message": _methods(PATCH=_OWN, DELETE=_OWN),
    "read-all": _methods(POST=_READ),
    "emoji": _methods(GET=_READ, POST=_OWN),
    "emoji-picture": _methods(GET=_READ),
    "one-emoji": _methods(DELETE=_OWN),
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
    "attachment-metadata": _methods(GET=Scope.FILES_READ),
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
