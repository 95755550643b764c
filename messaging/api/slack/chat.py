"""chat.*: posting, changing and deleting messages, and their links."""

from typing import Any
from uuid import UUID, uuid4

from django.conf import settings

from accounts.auth.scopes import Access, Scope
from accounts.models import User
from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.actions.ephemeral import send_ephemeral
from messaging.api.slack.messages import find_message_at
from messaging.api.slack.method import Answer, Call, SlackError, method
from messaging.api.slack.shapes import TEAM_ID, message_shape, permalink, ts_of
from messaging.buttons import Button
from messaging.integrations.buttons import bot_meta
from messaging.integrations.payloads import PayloadRefused, Words, read_payload
from messaging.integrations.slack_buttons import read_buttons
from messaging.membership.create_conversation import open_direct
from messaging.sending.drafts import Draft
from messaging.sending.send import send_message


def words_of(call: Call) -> Words:
    """Raises SlackError."""
    payload = {
        "text": call.text("markdown_text") or call.text("text"),
        "attachments": call.json("attachments"),
        "blocks": call.json("blocks"),
        "username": call.text("username"),
        "icon_emoji": call.text("icon_emoji"),
    }
    try:
        words = read_payload(payload, is_markdown=bool(call.text("markdown_text")))
    except PayloadRefused as refused:
        raise SlackError(refused.code) from None
    # A person's message is shown under that person's name.
    return words if call.user.is_bot else words._replace(author=None)


def buttons_in(call: Call) -> list[Button]:
    """Those of a bot; a person's message has none. Raises SlackError."""
    if not call.user.is_bot:
        return []
    try:
        return read_buttons({name: call.json(name) for name in ("blocks", "attachments")})
    except PayloadRefused as refused:
        raise SlackError(refused.code) from None


@method("chat.postMessage", Scope.MESSAGES_WRITE)
def post_message(call: Call) -> Answer:
    conversation_id = place_of(call)
    return {"channel": str(conversation_id), **send_words(call, conversation_id, words_of(call))}


def place_of(call: Call) -> UUID:
    """The conversation of `channel`; a person's id there is the direct one with them."""
    found = call.channel()
    if User.objects.active().filter(pk=found).exists():
        return open_direct(user_id=call.user.pk, other_id=found).conversation_id
    return found


def send_words(
    call: Call, conversation_id: UUID, words: Words, attachment_ids: tuple[UUID, ...] = ()
) -> dict[str, Any]:
    """`ts` and `message` of the sent one. Raises its refusal, or SlackError."""
    if not words.body and not attachment_ids:
        raise SlackError("no_text")
    thread_seq = None
    if thread := call.text("thread_ts"):
        found = find_message_at(conversation_id, call.user.pk, thread, "thread_not_found")
        thread_seq = found.message["threadSeq"] or found.seq
    sent = send_message(
        Draft(
            conversation_id,
            call.user.pk,
            uuid4(),
            words.body,
            attachment_ids=attachment_ids,
            thread_seq=thread_seq,
            also_to_conversation=thread_seq is not None and call.flag("reply_broadcast"),
            meta=bot_meta(words, buttons_in(call)),
        )
    ).as_json()
    me = {"name": call.user.name, "isBot": call.user.is_bot}
    shape = message_shape(sent, {str(call.user.pk): me})
    if thread:
        shape["thread_ts"] = thread
    return {"ts": shape["ts"], "message": shape}


@method("chat.update", Scope.MESSAGES_WRITE)
def update(call: Call) -> Answer:
    conversation_id, words = call.channel(), words_of(call)
    found = find_message_at(conversation_id, call.user.pk, call.needed("ts", "message_not_found"))
    if not words.body:
        raise SlackError("no_text")
    edited = edit_message(
        conversation_id=conversation_id,
        user_id=call.user.pk,
        seq=found.seq,
        body=words.body,
        buttons=buttons_in(call),
    )
    shape = message_shape(edited, found.people)
    return {
        "channel": str(conversation_id),
        "ts": shape["ts"],
        "text": shape["text"],
        "message": shape,
    }


@method("chat.delete", Scope.MESSAGES_WRITE)
def delete(call: Call) -> Answer:
    conversation_id = call.channel()
    found = find_message_at(conversation_id, call.user.pk, call.needed("ts", "message_not_found"))
    delete_message(conversation_id=conversation_id, user_id=call.user.pk, seq=found.seq)
    return {"channel": str(conversation_id), "ts": ts_of(found.message["createdAt"])}


@method("chat.postEphemeral", Scope.MESSAGES_WRITE)
def post_ephemeral(call: Call) -> Answer:
    words = words_of(call)
    if not words.body:
        raise SlackError("no_text")
    sent_at = send_ephemeral(
        conversation_id=call.channel(),
        sender_id=call.user.pk,
        user_id=call.person(),
        body=words.body,
        author=words.author,
    )
    return {"message_ts": ts_of(sent_at)}


@method("chat.getPermalink", Scope.HISTORY_READ)
def get_permalink(call: Call) -> Answer:
    conversation_id = call.channel()
    ts = call.needed("message_ts", "message_not_found")
    found = find_message_at(conversation_id, call.user.pk, ts)
    return {"channel": str(conversation_id), "permalink": permalink(conversation_id, found.seq)}


@method("auth.test", Access.ANY, names_channel=False)
def auth_test(call: Call) -> Answer:
    user_id = str(call.user.pk)
    answer = {
        "url": f"{settings.PUBLIC_URL}/",
        "team": "Chat",
        "team_id": TEAM_ID,
        "user": call.user.name,
        "user_id": user_id,
    }
    return answer | ({"bot_id": user_id} if call.user.is_bot else {})


@method("api.test", Access.ANY, names_channel=False)
def api_test(call: Call) -> Answer:
    return {"args": {name: call.arguments[name] for name in call.arguments if name != "token"}}
