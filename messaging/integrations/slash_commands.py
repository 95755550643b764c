"""Slash commands: made by a conversation's admins, called by its members, answered as Slack's are.

The program gets Slack's form, signed. It answers at once, or within half an hour at `response_url`:
`{"response_type": "in_channel", "text": …}` for all, otherwise for who called it alone.
"""

import re
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.audit.audit_log import record
from accounts.models import User
from accounts.people.names import name_errors
from chatproject.core.api.json import parse_object
from chatproject.core.errors import FieldError, InvalidInput, Refusal
from chatproject.core.outbound import AddressRefused, Answer, Unreachable, request
from chatproject.core.outbound.client import split_url
from chatproject.realtime.bus import publish, to_user
from conversations.errors import ParticipantNotFound
from conversations.models import Conversation, Participant
from conversations.permissions import Right, standing_of
from conversations.posting import require_posting
from messaging.actions.ephemeral import tell_ephemeral
from messaging.integrations.errors import CommandNotFound, CommandTaken, TooManyCommands
from messaging.integrations.models import SlashCommand
from messaging.integrations.payloads import PayloadRefused, Words, read_payload
from messaging.integrations.response_urls import count_response, make_response_url, open_ticket
from messaging.integrations.signatures import signature_headers
from messaging.log import writing
from messaging.sending.drafts import Draft
from messaging.sending.send import send_message
from messaging.text import MAX_LENGTH

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}", re.ASCII)
# The chat's own, as `core/fences.js` and `/me` have them.
RESERVED = frozenset(
    (
        *("me", "topic", "invite", "remove", "leave", "mute"),
        *("remind", "poll", "status", "shrug", "shortcuts"),
    )
)
MAX_COMMANDS = 50  # of a conversation
SECONDS = 5.0  # for an answer
MAX_ANSWER = 64 * 1024
SALT = "slash.response"
TEAM_ID = "T1"


def create_command(
    *,
    conversation_id: UUID,
    by: UUID,
    name: str,
    url: str = "",
    bot_id: UUID | None = None,
    description: str = "",
) -> SlashCommand:
    """Calls the program at `url`, or the app of a bot that is in the conversation. Its `secret` is
    to be shown once.

    Raises what `Standing.require` raises for MANAGE_WEBHOOKS, InvalidInput, AddressRefused,
    ParticipantNotFound for a bot that is not there, CommandTaken, TooManyCommands.
    """
    name = name.strip().removeprefix("/").lower()
    if not NAME.fullmatch(name):
        detail = "1 to 32 letters, digits, hyphens and underscores are needed."
        raise InvalidInput(errors=[FieldError(field="name", code="invalid", detail=detail)])
    if name in RESERVED:
        raise InvalidInput.of("name", "The chat has this command itself.", "reserved")
    if description and (wrong := name_errors(description[:100], "description")):
        raise InvalidInput(errors=wrong)
    if bool(url) == (bot_id is not None):
        raise InvalidInput.of("url", "An address or a bot is needed, and not both.", "exclusive")
    if url:
        split_url(url)
    with writing(conversation_id) as log:
        standing_of(log.conversation, by).require(Right.MANAGE_WEBHOOKS)
        inside = Participant.objects.open().filter(conversation=conversation_id, user=bot_id)
        if bot_id is not None and not inside.filter(user__is_bot=True).exists():
            raise ParticipantNotFound
        live = live_commands(conversation_id)
        if live.filter(name=name).exists():
            raise CommandTaken
        if live.count() >= MAX_COMMANDS:
            raise TooManyCommands
        account = User(name=f"/{name}", is_bot=True, is_active=False)
        account.set_unusable_password()
        account.save(force_insert=True)
        command = SlashCommand.objects.create(
            conversation=log.conversation,
            account=account,
            name=name,
            description=description,
            url=url,
            bot_id=bot_id,
            secret=secrets.token_hex(32),
            made_by_id=by,
        )
        _record(command, "slash_command.created", by)
    return command


def list_commands(*, conversation_id: UUID, by: UUID) -> list[SlashCommand]:
    """For everybody inside, by name. Raises ConversationNotFound or NotAParticipant."""
    conversation = Conversation.objects.filter(pk=conversation_id).first()
    standing_of(conversation or Conversation(pk=conversation_id), by).require_participant()
    return list(live_commands(conversation_id).order_by("name"))


def end_command(*, conversation_id: UUID, by: UUID, command_id: UUID) -> None:
    """Raises CommandNotFound, or what `Standing.require` raises for MANAGE_WEBHOOKS."""
    with writing(conversation_id) as log:
        standing_of(log.conversation, by).require(Right.MANAGE_WEBHOOKS)
        command = live_commands(conversation_id).filter(pk=command_id).first()
        if command is None:
            raise CommandNotFound
        command.ended_at = timezone.now()
        command.save(update_fields=["ended_at"])
        _record(command, "slash_command.ended", by)


def call_command(*, conversation_id: UUID, user_id: UUID, name: str, text: str) -> None:
    """Has a task call the program, or tells the bot's app; its answer comes as a message or an
    event. An app that is not connected answers nothing.

    Asks for the right to post. Raises ConversationNotFound, NotAParticipant, what
    `posting_refusal` gives, CommandNotFound, InvalidInput.
    """
    from messaging.tasks import call_slash_command  # noqa: PLC0415 (tasks need the apps)

    if len(text) > MAX_LENGTH:
        raise InvalidInput.of("text", f"At most {MAX_LENGTH} characters.", "too_long")
    conversation = Conversation.objects.filter(pk=conversation_id).first()
    standing = standing_of(conversation or Conversation(pk=conversation_id), user_id)
    require_posting(standing.conversation, standing.require_participant())
    commands = live_commands(conversation_id).select_related("conversation")
    command = commands.filter(name=name.lower()).first()
    if command is None:
        raise CommandNotFound
    if command.bot_id is not None:
        _call_app(command, command.bot_id, User.objects.get(pk=user_id), text)
        return
    call_slash_command.defer(command_id=str(command.pk), user_id=str(user_id), text=text)


def _call_app(command: SlashCommand, bot_id: UUID, caller: User, text: str) -> None:
    """Tells the sockets of the bot."""
    event = to_user(
        bot_id,
        {
            "type": "command.called",
            "commandId": str(command.pk),
            "conversationId": str(command.conversation_id),
            "userId": str(caller.pk),
            "form": dict(_form(command, caller, text)),
        },
    )
    transaction.on_commit(lambda: publish([event]), robust=True)


def answer_command(command_id: UUID, user_id: UUID, payload: Mapping[str, Any]) -> None:
    """Shows what an app says to a call when it acknowledges it. Raises PayloadRefused."""
    rows = SlashCommand.objects.select_related("conversation").filter(ended_at=None)
    command = rows.filter(pk=command_id).first()
    if command is not None:
        _show(command, user_id, payload)


def call_program(command_id: UUID, user_id: UUID, text: str) -> None:
    """Calls the program and shows what it answers; to the caller alone, if it does not."""
    rows = SlashCommand.objects.select_related("conversation").filter(ended_at=None)
    command = rows.filter(pk=command_id).first()
    caller = User.objects.active().filter(pk=user_id).first()
    if command is None or caller is None:
        return
    body = urlencode(_form(command, caller, text)).encode()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        **signature_headers(command.secret, body),
    }
    try:
        answer = request(
            "POST", command.url, headers=headers, body=body, seconds=SECONDS, most=MAX_ANSWER
        )
    except (AddressRefused, Unreachable) as error:
        _say_failed(command, user_id, str(error))
        return
    if not 200 <= answer.status < 300:
        _say_failed(command, user_id, f"It answered {answer.status}.")
    elif answer.body.strip():
        _show(command, user_id, _payload_of(answer))


def _form(command: SlashCommand, caller: User, text: str) -> Mapping[str, str]:
    return {
        "command": f"/{command.name}",
        "text": text,
        "user_id": str(caller.pk),
        "user_name": caller.name,
        "channel_id": str(command.conversation_id),
        "channel_name": command.conversation.title,
        "team_id": TEAM_ID,
        "team_domain": "chat",
        "response_url": make_response_url("", SALT, command.pk, caller.pk),
        "trigger_id": uuid4().hex,
    }


def _payload_of(answer: Answer) -> dict[str, Any]:
    if answer.headers.get("content-type", "").startswith("application/json"):
        try:
            return parse_object(answer.body)
        except InvalidInput:
            return {}
    return {"text": answer.body.decode(errors="replace").replace("\0", "")}


def respond(ticket: str, payload: Mapping[str, Any]) -> None:
    """What a program says at its `response_url`. Raises PayloadRefused."""
    (command_id, user_id), nonce = open_ticket(ticket, SALT)
    rows = SlashCommand.objects.filter(pk=command_id, ended_at=None)
    command = rows.select_related("conversation").first()
    if command is None:
        raise PayloadRefused("expired_url", 404)
    count_response(nonce)
    if not _show(command, UUID(user_id), payload):
        raise PayloadRefused("no_text")


def _show(command: SlashCommand, user_id: UUID, payload: Mapping[str, Any]) -> bool:
    """Whether there was anything to show. Raises PayloadRefused for a payload of a wrong shape."""
    words = read_payload(payload)
    if not words.body:
        return False
    if payload.get("response_type") == "in_channel":
        _post(command, words)
    elif _is_inside(command, user_id):
        _tell(command, user_id, words.body, words.author)
    return True


def _post(command: SlashCommand, words: Words) -> None:
    draft = Draft(
        conversation_id=command.conversation_id,
        sender_id=command.account_id,
        client_id=uuid4(),
        body=words.body,
        meta=None if words.author is None else {"author": words.author},
        is_of_webhook=True,
    )
    try:
        send_message(draft)
    except Refusal as refusal:
        raise PayloadRefused(refusal.code, refusal.status) from refusal


def _tell(
    command: SlashCommand, user_id: UUID, text: str, author: Mapping[str, str] | None = None
) -> None:
    tell_ephemeral(command.conversation_id, command.account_id, user_id, text, author)


def _say_failed(command: SlashCommand, user_id: UUID, why: str) -> None:
    _tell(command, user_id, f"`/{command.name}` has failed. {why}")


def _is_inside(command: SlashCommand, user_id: UUID) -> bool:
    inside = Participant.objects.open().filter(conversation=command.conversation_id, user=user_id)
    return inside.exists()


def live_commands(conversation_id: UUID) -> QuerySet[SlashCommand]:
    return SlashCommand.objects.filter(conversation=conversation_id, ended_at=None)


def _record(command: SlashCommand, action: str, by: UUID) -> None:
    record(by=by, action=action, subject=command, conversation_id=command.conversation_id)
