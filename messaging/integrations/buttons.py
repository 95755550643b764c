"""Presses of buttons: told to the app of the bot whose message it is, which answers as in Slack.

The app is told over its socket. It answers by Slack's API, or at the `response_url` of the press:
the message replaced or deleted, a message for all, or one for who pressed alone.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from accounts.auth.api_tokens import tokens_of
from accounts.auth.rate_limits import Limit, count_by_account
from accounts.auth.scopes import Scope
from accounts.models import User
from chatproject.core.errors import Refusal
from chatproject.core.times import rfc3339
from chatproject.realtime.bus import publish, to_user
from conversations.models import Participant
from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.actions.ephemeral import send_ephemeral
from messaging.actions.locked_message import lock_message
from messaging.buttons import Button, buttons_meta, buttons_of
from messaging.integrations.errors import BotGone, ButtonNotFound
from messaging.integrations.payloads import PayloadRefused, Words, read_payload
from messaging.integrations.response_urls import count_response, make_response_url, open_ticket
from messaging.integrations.slack_buttons import read_buttons
from messaging.log import Log, writing
from messaging.models import Message
from messaging.sending.drafts import Draft
from messaging.sending.send import send_message

SALT = "button.response"
PRESSES = Limit(60, 60)  # of one person


def press_button(*, conversation_id: UUID, user_id: UUID, seq: int, button_id: str) -> None:
    """Tells the bot of a press, after the commit. A bot whose app is not connected hears nothing.

    Asks for what reacting asks for. Raises RateLimited, ConversationNotFound, MessageNotFound,
    NotAParticipant, SystemMessage, MessageGone, ConversationLocked, Blocked, ButtonNotFound,
    BotGone. Must be called outside of a transaction.
    """
    count_by_account(limit=PRESSES, what="button", account=str(user_id))
    # Under the lock: no press counts of a message that was changed or deleted before.
    with writing(conversation_id) as log:
        locked = lock_message(log, user_id=user_id, seq=seq)
        locked.require_alive()
        locked.require_adding()
        button = _find(locked.message, button_id)
        bot_id = _bot_of(locked.message)
        _tell(log, locked.message, bot_id, user_id, button)


def _find(message: Message, button_id: str) -> Button:
    for button in buttons_of(message.meta):
        if button.key == button_id:
            return button
    raise ButtonNotFound


def _bot_of(message: Message) -> UUID:
    """Who wrote the message, if it is in the conversation still."""
    inside = Participant.objects.open().filter(
        conversation=message.conversation_id, user=message.sender_id, user__is_bot=True
    )
    if message.sender_id is None or not inside.exists():
        raise BotGone
    return message.sender_id


def _tell(log: Log, message: Message, bot_id: UUID, user_id: UUID, button: Button) -> None:
    about = (message.conversation_id, message.seq, bot_id, user_id)
    event: dict[str, object] = {
        "type": "button.pressed",
        "conversationId": str(message.conversation_id),
        "seq": message.seq,
        "userId": str(user_id),
        "blockId": button.block_id,
        "actionId": button.action_id,
        "label": button.label,
        "value": button.value,
        "pressedAt": rfc3339(log.now),
        "responseUrl": make_response_url("button/", SALT, *about),
        "triggerId": uuid4().hex,
    }
    publication = to_user(bot_id, event)
    transaction.on_commit(lambda: publish([publication]), robust=True)


def respond_to_press(ticket: str, payload: Mapping[str, Any]) -> None:
    """What an app says at the `response_url` of a press. Raises PayloadRefused.

    The bot does it, with the rights that it has now; one without a token to write with says
    nothing any more.
    """
    (conversation, seq, bot, user), nonce = open_ticket(ticket, SALT)
    conversation_id, bot_id = UUID(conversation), UUID(bot)
    if not _may_write(bot_id, conversation_id):
        raise PayloadRefused("expired_url", 404)
    count_response(nonce)
    message = Message.objects.filter(conversation=conversation_id, seq=int(seq)).first()
    if message is None:
        raise PayloadRefused("message_not_found", 404)
    try:
        _answer(message, bot_id, UUID(user), payload)
    except Refusal as refusal:
        raise PayloadRefused(refusal.code, refusal.status) from refusal


def _may_write(bot_id: UUID, conversation_id: UUID) -> bool:
    tokens = tokens_of(bot_id).filter(scopes__contains=[Scope.MESSAGES_WRITE])
    return User.objects.active().filter(pk=bot_id).exists() and any(
        not token.conversation_ids or conversation_id in token.conversation_ids for token in tokens
    )


def _answer(message: Message, bot_id: UUID, user_id: UUID, payload: Mapping[str, Any]) -> None:
    place: dict[str, Any] = {
        "conversation_id": message.conversation_id,
        "user_id": bot_id,
        "seq": message.seq,
    }
    if payload.get("delete_original") is True:
        delete_message(**place)
        return
    words, buttons = read_payload(payload), read_buttons(payload)
    if not words.body:
        raise PayloadRefused("no_text")
    if payload.get("replace_original") is True:
        edit_message(**place, body=words.body, buttons=buttons)
    elif payload.get("response_type") == "in_channel":
        send_message(_draft(message, bot_id, words, buttons))
    else:
        send_ephemeral(
            conversation_id=message.conversation_id,
            sender_id=bot_id,
            user_id=user_id,
            body=words.body,
            author=words.author,
        )


def _draft(message: Message, bot_id: UUID, words: Words, buttons: list[Button]) -> Draft:
    """In the thread that the message is in."""
    return Draft(
        message.conversation_id,
        bot_id,
        uuid4(),
        words.body,
        thread_seq=message.thread_seq,
        meta=bot_meta(words, buttons),
    )


def bot_meta(words: Words, buttons: list[Button]) -> dict[str, Any] | None:
    """The `meta` of what a bot says."""
    author = {} if words.author is None else {"author": words.author}
    return {**author, **buttons_meta(buttons)} or None
