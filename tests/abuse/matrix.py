"""A group with everything in it, said after two have left it, and a body for every operation.

An operation that is new and has no body here fails `test_matrix.py`: it has to be thought of.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import uuid4

from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from accounts.models import User
from conversations.models import Conversation
from messaging.membership.bans import ban_person
from messaging.membership.change_conversation import change_conversation
from messaging.moderation.groups import MODERATOR
from tests.attachments.samples import picture
from tests.cast import api, leave, make_conversation, make_person, say
from tests.messaging.moderation.scene import make_worker

SECRET = "the-secret-of-the-group"  # in its topic, texts, names of files and of hooks
QUERIES = {"GET conversations/{id}/changes": "?since=0"}  # those that have to be there
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    is_open: bool  # to people who are not signed in
    takes_json: bool

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path.removeprefix('/v1/')}"


@cache
def operations() -> list[Operation]:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    return [
        Operation(
            method,
            path,
            told.get("security") == [{}],
            "application/json" in told.get("requestBody", {}).get("content", {}),
        )
        for path, methods in schema["paths"].items()
        for method, told in methods.items()
        if method in METHODS
    ]


@dataclass
class World:
    """`ids` are what stands in paths, by the name of the parameter and the part before it."""

    owner: User
    member: User
    outsider: User
    leaver: User
    banned: User
    moderator: User
    group: Conversation
    ids: dict[str, str] = field(default_factory=dict)

    def path(self, operation: Operation) -> str:
        parts: list[str] = []
        for part in operation.path.strip("/").split("/"):
            known = self.ids.get(f"{parts[-1] if parts else ''}/{part}", self.ids.get(part))
            parts.append(str(known) if part.startswith("{") else part)
        assert "None" not in parts, f"no id for {operation}"
        return "/" + "/".join(parts) + QUERIES.get(str(operation), "")

    def body(self, operation: Operation) -> Mapping[str, Any] | None:
        return bodies(self)[str(operation)] if operation.takes_json else None


def make_world() -> World:
    people = [make_person(name) for name in ("Olga", "Mia", "Otto", "Lea", "Ben")]
    owner, member, _, leaver, banned = people
    group = make_conversation(owner, member, leaver, banned, title="Plans")
    leave(group, leaver)
    ban_person(conversation_id=group.pk, by=owner.pk, user_id=banned.pk)
    change_conversation(conversation_id=group.pk, by=owner.pk, topic=SECRET)
    world = World(*people, make_worker("Mora", MODERATOR), group)
    say(group, member, f"{SECRET} of a member")
    _fill(world)
    return world


def _fill(world: World) -> None:
    """One of everything, made by the owner."""
    owner, group = api(world.owner), world.group
    base = f"/v1/conversations/{group.pk}"
    seq = say(group, world.owner, SECRET)["seq"]
    say(group, world.member, f"{SECRET} in a thread", thread_seq=seq)
    poll = _made(owner, f"{base}/polls", {"question": SECRET, "choices": ["a", "b"]})
    file = io.BytesIO(picture("PNG", (8, 8)))
    file.name = f"{SECRET}.png"
    upload = owner.post("/v1/attachments", {"file": file}, format="multipart").json()
    world.ids |= {
        "conversations/{id}": str(group.pk),
        "messages/{seq}": str(seq),
        "{seq}": str(seq),
        "attachments/{id}": upload["id"],
        "{poll}": str(poll["message"]["seq"] if "message" in poll else poll["seq"]),
        "users/{id}": str(world.owner.pk),
        "{user_id}": str(world.owner.pk),
        "{emoji}": "👍",
        "emoji/{name}": "none",
        "{preview_id}": str(uuid4()),
        "{delivery_id}": str(uuid4()),
        "{passkey_id}": str(uuid4()),
        "{request_id}": str(uuid4()),
        "sign-ins/{sign_in_id}": str(uuid4()),
        "me/{token_id}": str(uuid4()),
    }
    url = "https://example.org/hook"
    world.ids |= {
        "hooks/{webhook_id}": _made(owner, f"{base}/hooks", {"name": SECRET})["id"],
        "outgoing-hooks/{webhook_id}": _made(
            owner, f"{base}/outgoing-hooks", {"name": SECRET, "url": url}
        )["id"],
        "{command_id}": _made(owner, f"{base}/commands", {"name": "deploy", "url": url})["id"],
        "{scheduled_id}": _made(owner, f"{base}/scheduled", _scheduled())["id"],
        "{folder_id}": _made(owner, "/v1/folders", {"name": SECRET})["id"],
        "{saved_id}": _made(owner, "/v1/saved", {"conversationId": str(group.pk), "seq": seq})[
            "id"
        ],
        "invites/{id}": _made(owner, "/v1/invites", {"conversationId": str(group.pk)})["id"],
        "reports/{id}": _made(
            owner, "/v1/reports", {"userId": str(world.member.pk), "reason": "spam"}
        )["id"],
    }
    bot = _made(owner, "/v1/bots", {"name": "Robo"})["id"]
    token = {"name": SECRET, "scopes": ["history:read"]}
    made = _made(owner, f"/v1/bots/{bot}/tokens", token)
    world.ids |= {"{bot_id}": bot, "tokens/{token_id}": made.get("id") or made["token"]["id"]}


def _made(client: Any, path: str, body: Mapping[str, Any]) -> Any:
    answer = client.post(path, body, format="json")
    assert answer.status_code in (200, 201), (path, answer.content)
    return answer.json()


def _scheduled() -> dict[str, Any]:
    return {"content": SECRET, "sendAt": (timezone.now() + timedelta(days=1)).isoformat()}


def bodies(world: World) -> dict[str, Mapping[str, Any]]:
    """What each operation would be called with by somebody who may."""
    group, other = str(world.group.pk), str(world.owner.pk)
    seq, file = int(world.ids["{seq}"]), world.ids["attachments/{id}"]
    password = {"password": "correct horse battery staple"}
    code = {"code": "123456"}
    in_group = "conversations/{id}"
    return {
        "POST blocks": {"userId": other},
        "POST bots": {"name": "Robo"},
        "POST bots/{bot_id}/tokens": {"name": "t", "scopes": ["history:read"]},
        "POST contacts": {"userId": other},
        "PATCH contacts/{user_id}": {"nickname": "Olly"},
        "POST contacts/cards": {"cards": "BEGIN:VCARD\nFN:Ann\nEMAIL:a@example.org\nEND:VCARD"},
        "POST conversations": {"kind": "group", "name": "Mine", "memberIds": []},
        f"PATCH {in_group}": {"name": "taken over"},
        f"POST {in_group}/bans": {"userId": str(world.member.pk)},
        f"POST {in_group}/clear": {},
        f"POST {in_group}/commands": {"name": "mine", "url": "https://example.org/x"},
        f"POST {in_group}/commands/calls": {"name": "deploy", "text": "now"},
        f"POST {in_group}/delivered": {"seq": seq},
        f"PUT {in_group}/draft": {"content": "a draft"},
        f"POST {in_group}/folder": {"folderId": world.ids["{folder_id}"]},
        f"POST {in_group}/hooks": {"name": "mine"},
        f"POST {in_group}/messages": {"content": "from outside"},
        f"PATCH {in_group}/messages/{{seq}}": {"content": "changed"},
        f"POST {in_group}/messages/{{seq}}/actions": {"buttonId": "1"},
        f"POST {in_group}/messages/{{seq}}/forward": {"conversationIds": [group]},
        f"POST {in_group}/messages/{{seq}}/reactions": {"emoji": "👍"},
        f"POST {in_group}/messages/{{seq}}/thread/read": {"seq": seq},
        f"PUT {in_group}/messages/{{seq}}/vote": {"choices": [0]},
        f"POST {in_group}/mute": {},
        f"PATCH {in_group}/notify": {"notify": "none"},
        f"POST {in_group}/outgoing-hooks": {"name": "mine", "url": "https://example.org/x"},
        f"POST {in_group}/participants": {"memberIds": [str(world.moderator.pk)]},
        f"PATCH {in_group}/participants/{{user_id}}": {"role": "member"},
        f"PUT {in_group}/picture": {"attachmentId": file},
        f"POST {in_group}/polls": {"question": "who?", "choices": ["a", "b"]},
        f"POST {in_group}/read": {"seq": seq},
        f"POST {in_group}/scheduled": _scheduled(),
        f"PATCH {in_group}/scheduled/{{scheduled_id}}": {"content": "changed"},
        "POST emoji": {"name": "mine", "attachmentId": file},
        "POST folders": {"name": "mine"},
        "PATCH folders/{folder_id}": {"name": "changed"},
        "POST invites": {"conversationId": group},
        "POST invites/accept": {"token": "x" * 22},
        "POST reports": {"conversationId": group, "seq": seq, "reason": "spam"},
        "POST saved": {"conversationId": group, "seq": seq},
        "PATCH saved/{saved_id}": {"done": True},
        "POST sync": {"conversations": {group: 0}},
        "POST users/email/confirm": {"token": "x"},
        "POST users/login": {"email": "a@example.org", **password},
        "POST users/login/mfa": {"token": "x", **code},
        "POST users/login/passkey": {"state": "x", "credential": {}},
        "POST users/login/passkey/options": {},
        "POST users/logout": {},
        "PATCH users/me": {"name": "Renamed"},
        "DELETE users/me": password,
        "PUT users/me/avatar": {"attachmentId": file},
        "PATCH users/me/do-not-disturb": {"quietHours": None},
        "POST users/me/email": {"email": "b@example.org", **password},
        "PATCH users/me/mail": {"digest": "never"},
        "POST users/me/mfa/passkeys": {"state": "x", "credential": {}},
        "PATCH users/me/mfa/passkeys/{passkey_id}": {"name": "x"},
        "DELETE users/me/mfa/passkeys/{passkey_id}": password,
        "POST users/me/mfa/recovery-codes": password,
        "DELETE users/me/mfa/totp": password,
        "POST users/me/mfa/totp/confirm": code,
        "POST users/me/password": {"currentPassword": "x", "newPassword": "y"},
        "PATCH users/me/privacy": {},
        "POST users/me/push-subscriptions": {},
        "PUT users/me/status": {"emoji": "🏖", "text": "away"},
        "POST users/me/tokens": {"name": "t", "scopes": ["history:read"]},
        "POST users/password-reset": {"email": "a@example.org"},
        "POST users/password-reset/confirm": {"token": "x", **password},
        "POST users/refresh": {"refresh": "x"},
        "POST users/register": {"name": "New", "email": "n@example.org", **password},
    }
