"""conversations.*: lists, logs, membership."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from accounts.auth.scopes import Scope
from chatproject.core.api.cursors import moment_in, uuid_in
from chatproject.core.times import rfc3339, rfc3339_or_none
from conversations.models import Conversation, Participant
from conversations.participants import list_participants
from conversations.permissions import standing_of
from conversations.public import Place, find_public
from conversations.visibility import visibility_of
from messaging.api.slack.messages import TICK, find_message_at, people_of
from messaging.api.slack.method import (
    MAX_LIMIT,
    Answer,
    Call,
    SlackError,
    as_uuid,
    method,
    next_cursor,
)
from messaging.api.slack.shapes import channel_shape, message_shape, moment_of, ts_of
from messaging.membership.change_conversation import change_conversation
from messaging.membership.create_conversation import Plan, create_conversation, open_direct
from messaging.membership.members import add_people, join_conversation, leave_conversation
from messaging.models import Message
from messaging.reads.history import LATEST, PageAnchor, history_page
from messaging.reads.inbox.conversations import Filters, Key, conversation_json_for, list_inbox
from messaging.reads.messages import get_message

KINDS = {
    "public_channel": {"public"},
    "private_channel": {"group", "broadcast"},
    "im": {"direct"},
    "mpim": set(),
}
MAX_TITLE, MAX_TOPIC = 200, 1000


@method("conversations.list", Scope.CONVERSATIONS_READ, names_channel=False)
def list_all(call: Call) -> Answer:
    """One's own, then the public ones that one may join; a page may have fewer than `limit`."""
    kinds = _kinds(call)
    limit = call.number("limit", 100, MAX_LIMIT)
    cursor = call.cursor(str, str, str, str) or ["own", "", "", ""]
    if cursor[0] == "own":
        found, following = _own(call, cursor, limit)
        if following is None and "public" in kinds:
            following = ["public", "", "", ""]
    else:
        found, following = _public(call, cursor, limit)
    me = str(call.user.pk)
    shapes = [channel_shape(each, me) for each in found if each["kind"] in kinds]
    if call.flag("exclude_archived"):
        shapes = [each for each in shapes if not each["is_archived"]]
    return {"channels": shapes, **next_cursor(following)}


def _kinds(call: Call) -> set[str]:
    names = call.words("types") or ["public_channel"]
    if unknown := set(names) - KINDS.keys():
        raise SlackError("invalid_types", types=sorted(unknown))
    return set().union(*(KINDS[name] for name in names))


def _own(call: Call, cursor: list[str], limit: int) -> tuple[list[dict[str, Any]], Any]:
    _, pinned_at, activity, last = cursor
    key = None
    if activity:
        pinned = moment_in(pinned_at) if pinned_at else None
        key = Key(pinned, moment_in(activity), uuid_in(last))
    inbox = list_inbox(user_id=call.user.pk, after=key, limit=limit, filters=Filters())
    if inbox.key is None:
        return inbox.entries, None
    pinned_text = rfc3339_or_none(inbox.key.pinned_at) or ""
    return inbox.entries, ["own", pinned_text, rfc3339(inbox.key.activity), str(inbox.key.id)]


def _public(call: Call, cursor: list[str], limit: int) -> tuple[list[dict[str, Any]], Any]:
    """Those that one is not in: the others were listed before."""
    _, title, last, _ = cursor
    after = Place(title, uuid_in(last)) if last else None
    page = find_public(user_id=call.user.pk, after=after, limit=limit)
    following = page.end and ["public", page.end.value, str(page.end.id), ""]
    return [each for each in page.rows if not each["joined"]], following


@method("conversations.info", Scope.CONVERSATIONS_READ)
def info(call: Call) -> Answer:
    return {"channel": _shape(call, call.channel())}


def _shape(call: Call, conversation_id: UUID) -> dict[str, Any]:
    (entry,) = conversation_json_for(call.user.pk, [conversation_id])
    return channel_shape(entry, str(call.user.pk))


@method("conversations.history", Scope.HISTORY_READ)
def history(call: Call) -> Answer:
    """The newest first, between `oldest` and `latest`."""
    conversation_id, limit = call.channel(), call.number("limit", 100, MAX_LIMIT)
    is_inclusive = call.flag("inclusive")
    oldest = _bound(call, "oldest")
    cursor = call.cursor(int)
    latest = _bound(call, "latest")
    anchor = LATEST
    if cursor:
        anchor = PageAnchor(before=cursor[0])
    elif latest is not None:
        anchor = PageAnchor(before=latest + TICK if is_inclusive else latest)
    page = history_page(
        conversation_id=conversation_id, viewer_id=call.user.pk, anchor=anchor, limit=limit
    )
    people = people_of(page)
    shown = [
        message_shape(each, people)
        for each in reversed(page["results"])
        if not each["deletedAt"] and _is_after(each, oldest, is_inclusive=is_inclusive)
    ]
    is_over = page["previous"] is None or (
        bool(page["results"])
        and not _is_after(page["results"][0], oldest, is_inclusive=is_inclusive)
    )
    following = None if is_over else [int(page["previous"])]
    return {"messages": shown, "has_more": following is not None, **next_cursor(following)}


def _bound(call: Call, name: str) -> datetime | None:
    text = call.text(name)
    return moment_of(text, "invalid_ts_" + name) if text and float_or_zero(text) else None


def float_or_zero(text: str) -> float:
    """`0`, as in `oldest=0`, is no bound."""
    try:
        return float(text)
    except ValueError:
        return 1.0  # not a number: `moment_of` says so


def _is_after(message: dict[str, Any], oldest: datetime | None, *, is_inclusive: bool) -> bool:
    if oldest is None:
        return True
    at = moment_of(ts_of(message["createdAt"]))
    return at >= oldest if is_inclusive else at > oldest


@method("conversations.replies", Scope.HISTORY_READ)
def replies(call: Call) -> Answer:
    """A message and the replies to it, the oldest first."""
    conversation_id, limit = call.channel(), call.number("limit", 100, MAX_LIMIT)
    ts = call.needed("ts", "thread_not_found")
    root = find_message_at(conversation_id, call.user.pk, ts, "thread_not_found")
    first = root.message["threadSeq"] or root.seq
    (after,) = call.cursor(int) or [0]
    visible = Message.objects.within(visibility_of(conversation_id, call.user.pk))
    thread = visible.filter(Q(seq=first) | Q(thread_seq=first), deleted_at=None)
    seqs = list(thread.after(after).order_by("seq").values_list("seq", flat=True)[: limit + 1])
    if root.seq == first > after and first not in seqs and not root.message["deletedAt"]:
        seqs = [first, *seqs]  # in the archive: it has no replies, or it would be a row
    shapes = [_reply(call, conversation_id, seq) for seq in seqs[:limit]]
    for shape in shapes:
        shape["thread_ts"] = ts if root.seq == first else shapes[0]["ts"]
    following = [seqs[limit - 1]] if len(seqs) > limit else None
    return {"messages": shapes, "has_more": following is not None, **next_cursor(following)}


def _reply(call: Call, conversation_id: UUID, seq: int) -> dict[str, Any]:
    message = get_message(conversation_id=conversation_id, viewer_id=call.user.pk, seq=seq)
    return message_shape(message, people_of(message))


@method("conversations.members", Scope.CONVERSATIONS_READ)
def members(call: Call) -> Answer:
    limit, after = call.number("limit", 100, MAX_LIMIT), call.cursor(str)
    found = list_participants(
        conversation_id=call.channel(),
        viewer_id=call.user.pk,
        after=uuid_in(after[0]) if after else None,
        limit=limit + 1,
    )
    ids = [each["userId"] for each in found]
    return {"members": ids[:limit], **next_cursor([ids[limit - 1]] if len(ids) > limit else None)}


@method("conversations.open", Scope.CONVERSATIONS_WRITE, names_channel=False)
def open_one(call: Call) -> Answer:
    """The direct conversation with one person; a group of several."""
    if call.text("channel"):
        return {"channel": _shape(call, call.channel())}
    others = [_person(word) for word in call.words("users")]
    if not others:
        raise SlackError("users_list_not_supplied")
    if len(others) == 1:
        opened = open_direct(user_id=call.user.pk, other_id=others[0])
    else:
        plan = Plan(call.user.pk, Conversation.Kind.GROUP.value, "", member_ids=others)
        opened = create_conversation(plan)
    channel: dict[str, Any] = {"id": str(opened.conversation_id)}
    if call.flag("return_im"):
        channel = _shape(call, opened.conversation_id)
    return {"channel": channel, "already_open": not opened.is_new, "no_op": not opened.is_new}


def _person(word: str) -> UUID:
    found = as_uuid(word)
    if found is None:
        raise SlackError("user_not_found")
    return found


@method("conversations.join", Scope.CONVERSATIONS_WRITE)
def join(call: Call) -> Answer:
    conversation_id = call.channel()
    inside = Participant.objects.open().filter(conversation=conversation_id, user=call.user.pk)
    was_in = inside.exists()
    join_conversation(conversation_id=conversation_id, user_id=call.user.pk)
    answer: Answer = {"channel": _shape(call, conversation_id)}
    return answer | ({"warning": "already_in_channel"} if was_in else {})


@method("conversations.leave", Scope.CONVERSATIONS_WRITE)
def leave(call: Call) -> Answer:
    conversation_id = call.channel()
    leave_conversation(conversation_id=conversation_id, user_id=call.user.pk)
    return {}


@method("conversations.create", Scope.CONVERSATIONS_WRITE, names_channel=False)
def create(call: Call) -> Answer:
    name = call.needed("name", "invalid_name_required").strip()
    if not name or len(name) > MAX_TITLE:
        raise SlackError("invalid_name_maxlength" if name else "invalid_name_required")
    kinds = Conversation.Kind
    kind = kinds.GROUP if call.flag("is_private") else kinds.PUBLIC
    opened = create_conversation(Plan(call.user.pk, kind.value, name))
    return {"channel": _shape(call, opened.conversation_id)}


@method("conversations.invite", Scope.CONVERSATIONS_WRITE)
def invite(call: Call) -> Answer:
    conversation_id = call.channel()
    people = list(dict.fromkeys(_person(word) for word in call.words("users")))
    if not people:
        raise SlackError("no_user")
    if call.user.pk in people:
        raise SlackError("cant_invite_self")
    inside = Participant.objects.open().filter(conversation=conversation_id, user__in=people)
    conversation = Conversation(pk=conversation_id)
    if standing_of(conversation, call.user.pk).participant and inside.count() == len(people):
        raise SlackError("already_in_channel")
    add_people(conversation_id=conversation_id, by=call.user.pk, user_ids=people)
    return {"channel": _shape(call, conversation_id)}


@method("conversations.setTopic", Scope.CONVERSATIONS_WRITE)
def set_topic(call: Call) -> Answer:
    conversation_id, topic = call.channel(), call.text("topic").strip()
    if len(topic) > MAX_TOPIC:
        raise SlackError("too_long")
    change_conversation(conversation_id=conversation_id, by=call.user.pk, topic=topic)
    return {"channel": _shape(call, conversation_id), "topic": topic}
