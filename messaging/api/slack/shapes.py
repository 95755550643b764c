"""People, conversations and messages as Slack's API shows them."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import emoji
from django.conf import settings

from accounts.models import User
from chatproject.core.times import parse_rfc3339
from messaging.api.slack.method import SlackError
from messaging.buttons import buttons_of
from messaging.exports.sentences import sentence
from messaging.integrations.slack_buttons import blocks_of
from messaging.integrations.slack_text import to_slack

TEAM_ID = "T1"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TS = re.compile(r"(\d{1,11})(?:\.(\d{1,6}))?", re.ASCII)
_SUBTYPES = {
    "participant.joined": "channel_join",
    "participants.added": "channel_join",
    "participant.left": "channel_leave",
    "participant.removed": "channel_leave",
    "conversation.renamed": "channel_name",
    "conversation.topic_changed": "channel_topic",
}


def ts_of(created_at: str) -> str:
    """Of a time in RFC 3339, as on our wire."""
    since = parse_rfc3339(created_at) - EPOCH
    return f"{since.days * 86400 + since.seconds}.{since.microseconds:06}"


def moment_of(ts: str, code: str = "invalid_arguments") -> datetime:
    """Raises SlackError."""
    match = _TS.fullmatch(ts)
    if match is None:
        raise SlackError(code)
    try:
        parts = timedelta(seconds=int(match[1]), microseconds=int((match[2] or "0").ljust(6, "0")))
        return EPOCH + parts
    except OverflowError:
        raise SlackError(code) from None


def unix(moment: str | datetime) -> int:
    """Whole seconds."""
    parsed = parse_rfc3339(moment) if isinstance(moment, str) else moment
    return int(parsed.timestamp())


def user_shape(user: User) -> dict[str, Any]:
    profile = {
        "real_name": user.name,
        "real_name_normalized": user.name,
        "display_name": user.name,
        "display_name_normalized": user.name,
        "title": "",
        "status_text": "",
        "status_emoji": "",
        "team": TEAM_ID,
        **({"bot_id": str(user.pk)} if user.is_bot else {}),
    }
    return {
        "id": str(user.pk),
        "team_id": TEAM_ID,
        "name": user.name,
        "real_name": user.name,
        "deleted": not user.is_active,
        "tz": user.time_zone or "UTC",
        "is_bot": user.is_bot,
        "is_admin": user.is_staff,
        "is_app_user": False,
        "updated": unix(user.created_at),
        "profile": profile,
    }


def channel_shape(entry: Mapping[str, Any], me: str) -> dict[str, Any]:
    """Of an entry of the inbox, or of a public conversation that one may join."""
    kind = entry["kind"]
    is_direct = kind == "direct"
    is_inside = entry["joined"] if "joined" in entry else entry.get("role") is not None
    topic = {"value": entry["topic"], "creator": "", "last_set": 0}
    shape: dict[str, Any] = {
        "id": entry["id"],
        "name": entry.get("name") or "",
        "name_normalized": entry.get("name") or "",
        "is_channel": kind in ("public", "broadcast"),
        "is_group": kind == "group",
        "is_im": is_direct,
        "is_mpim": False,
        "is_private": kind != "public",
        "is_archived": entry["isLocked"],
        "is_general": False,
        "is_member": is_inside,
        "created": unix(entry["createdAt"]),
        "creator": entry["createdById"] or "",
        "topic": topic,
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "num_members": entry["memberCount"] or 0,
    }
    if is_direct:
        peer = entry.get("peer") or {}
        shape["user"] = peer.get("id") or me
        shape["is_user_deleted"] = peer.get("isActive") is False
    return shape


def message_shape(
    message: Mapping[str, Any], people: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """`people` are those of the answer, by id. A message that was deleted has no text."""
    ts = ts_of(message["createdAt"])
    sender = message["senderId"] or ""
    shape: dict[str, Any] = {"type": "message", "ts": ts, "user": sender, "team": TEAM_ID}
    meta = message["meta"] or {}
    if message["kind"] == "system":
        names = {key: person.get("name") for key, person in people.items()}
        shape["subtype"] = _SUBTYPES.get(str(meta.get("event")), "channel_event")
        return shape | {"text": sentence(message, names)}
    shape["text"] = to_slack(message["content"])
    if buttons := buttons_of(meta):
        shape["blocks"] = blocks_of(shape["text"], buttons)
    if author := meta.get("author"):
        shape |= {"subtype": "bot_message", "username": author.get("name", "")}
    if people.get(sender, {}).get("isBot"):
        shape["bot_id"] = sender
    if message["editedAt"]:
        shape["edited"] = {"user": sender, "ts": ts_of(message["editedAt"])}
    if message["reactions"]:
        shape["reactions"] = [reaction_shape(each) for each in message["reactions"]]
    if message["attachments"]:
        shape["files"] = [file_shape(each) for each in message["attachments"]]
    return shape


def reaction_shape(reaction: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": emoji.demojize(reaction["emoji"], language="alias").strip(":"),
        "users": reaction["userIds"],
        "count": reaction["count"],
    }


def file_shape(file: Mapping[str, Any]) -> dict[str, Any]:
    url = f"{settings.PUBLIC_URL}{file['url']}" if file.get("url") else ""
    return {
        "id": file["id"],
        "name": file["name"],
        "title": file["name"],
        "mimetype": file["contentType"],
        "size": file["size"],
        "url_private": url,
        "url_private_download": url,
    }


def permalink(conversation_id: object, seq: int) -> str:
    return f"{settings.PUBLIC_URL}/c/{conversation_id}/{seq}"
