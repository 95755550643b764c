"""The messages of a conversation as a Slack export holds them, oldest first."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import emoji
from django.conf import settings

from attachments.models import Attachment
from conversations.models import Conversation
from messaging.archive.reading import archived_messages, archived_of
from messaging.archive.rows import SEQ, moment_of
from messaging.buttons import buttons_of
from messaging.exports.slack.shapes import person_id, slack_id, team_id, ts_of
from messaging.integrations.slack_buttons import blocks_of
from messaging.integrations.slack_text import to_slack
from messaging.models import Message, Reaction

PAGE = 500
Entry = dict[str, Any]

_SLACK_MENTION = re.compile(r"<@([0-9a-fA-F-]{36})>")
_CODE_OR_MENTION = re.compile(r"```.*?```|`[^`\n]+`|<@([0-9a-fA-F-]{36})>", re.DOTALL)


class ExportedLog:
    """Reads a log page by page, and notes who is in it and which files."""

    def __init__(self, conversation: Conversation) -> None:
        self.people: set[UUID] = set()
        self.files: list[Attachment] = []
        self.pins: list[Entry] = []
        self.left_out = 0  # events without a counterpart in Slack
        self._conversation = conversation

    def entries(self) -> Iterator[tuple[datetime, Entry]]:
        """Each message with its time. Deleted ones are not there."""
        after = 0
        while page := self._next(after):
            yield from self._page(page)
            after = page[-1].seq

    def _next(self, after: int) -> list[Message]:
        """The next PAGE messages. The log has no gaps, so those of files are among as many seqs."""
        page = list(self._rows().filter(seq__gt=after).order_by("seq")[:PAGE])
        archived = archived_messages(self._conversation.pk, after + 1, after + PAGE)
        there = {message.seq for message in page}
        page += [message for message in archived if message.seq not in there]
        return sorted(page, key=lambda message: message.seq)[:PAGE]

    def _rows(self) -> Any:
        return Message.objects.filter(conversation=self._conversation)

    def _page(self, page: Sequence[Message]) -> Iterator[tuple[datetime, Entry]]:
        times = self._times(page)
        seqs = [message.seq for message in page]
        reactions: dict[int, dict[str, list[UUID]]] = defaultdict(lambda: defaultdict(list))
        rows = Reaction.objects.filter(conversation=self._conversation, seq__in=seqs)
        for row in rows.order_by("created_at", "pk"):
            reactions[row.seq][row.emoji].append(row.user_id)
        threads = self._threads(seqs)
        files: dict[int, list[Attachment]] = defaultdict(list)
        held = Attachment.objects.filter(conversation_id=self._conversation.pk, seq__in=seqs)
        for file in held.filter(state=Attachment.State.READY).order_by("position", "pk"):
            files[file.seq or 0].append(file)
        for message in page:
            if message.deleted_at is not None:
                continue
            if message.kind == Message.Kind.SYSTEM:
                yield from self._event(message)
                continue
            entry = self._said(message, times)
            if replies := threads.get(message.seq):
                entry |= _thread(entry["ts"], replies)
            if found := reactions.get(message.seq):
                entry["reactions"] = [self._reaction(*each) for each in found.items()]
            if attached := files.get(message.seq):
                self.files += attached
                entry["files"] = [_file(each, entry) for each in attached]
            yield message.created_at, entry

    def _threads(self, seqs: Sequence[int]) -> dict[int, list[Entry]]:
        """The replies to those that are roots of threads, by their seq."""
        found: dict[int, list[Entry]] = defaultdict(list)
        rows = self._rows().filter(thread_seq__in=seqs, deleted_at=None).order_by("seq")
        for seq, sender, at in rows.values_list("thread_seq", "sender", "created_at"):
            user = self._person(sender) if sender else ""
            found[seq].append({"user": user, "ts": ts_of(at)})
        return found

    def _times(self, page: Sequence[Message]) -> dict[int, datetime]:
        """Of the messages that those of the page refer to, by seq."""
        referred = {seq for it in page for seq in (it.thread_seq, it.reply_to_seq) if seq}
        found = self._rows().filter(seq__in=referred, deleted_at=None)
        times = dict(found.values_list("seq", "created_at"))
        left = referred - times.keys()
        archived = archived_of(self._conversation.pk, left) if left else []
        return {row[SEQ]: moment_of(row) for row in archived} | times

    def _said(self, message: Message, times: dict[int, datetime]) -> Entry:
        meta = message.meta or {}
        text = _SLACK_MENTION.sub(self._mention, to_slack(message.body))
        entry: Entry = {"type": "message", "ts": ts_of(message.created_at), "text": text}
        entry["team"] = team_id()
        entry["markdown"] = _CODE_OR_MENTION.sub(self._mention, message.body)
        if buttons := buttons_of(meta):
            entry["blocks"] = blocks_of(text, buttons)
        if name := dict(meta.get("author") or {}).get("name"):
            entry |= {"subtype": "bot_message", "username": name}
            entry["bot_id"] = slack_id("B", message.sender_id) if message.sender_id else "B0"
        elif message.sender_id:
            entry["user"] = self._person(message.sender_id)
            if meta.get("me"):
                entry["subtype"] = "me_message"
        if root := times.get(message.thread_seq or 0):
            entry["thread_ts"] = ts_of(root)
            if not message.thread_only:
                entry["subtype"] = "thread_broadcast"
        if quoted := times.get(message.reply_to_seq or 0):
            entry["reply_to_ts"] = ts_of(quoted)
        if message.edited_at:
            entry["edited"] = {"user": entry.get("user", ""), "ts": ts_of(message.edited_at)}
        if message.pinned_at:
            by = self._person(message.pinned_by_id) if message.pinned_by_id else ""
            pinned = {"id": entry["ts"], "user": by, "created": int(message.pinned_at.timestamp())}
            self.pins.append({"type": "C", **pinned})
        return entry

    def _event(self, message: Message) -> Iterator[tuple[datetime, Entry]]:
        meta = message.meta or {}
        by = self._person(message.sender_id) if message.sender_id else ""
        at = message.created_at
        entry = {"type": "message", "ts": ts_of(at), "user": by}
        match meta.get("event"):
            case "participant.joined":
                yield at, entry | _change("channel_join", f"<@{by}> has joined the channel")
            case "participants.added":
                for number, user_id in enumerate(meta["userIds"]):
                    at = message.created_at + timedelta(microseconds=number)
                    user = self._person(UUID(user_id))
                    change = _change("channel_join", f"<@{user}> has joined the channel")
                    yield at, change | entry | {"ts": ts_of(at), "user": user, "inviter": by}
            case "participant.left":
                yield at, entry | _change("channel_leave", f"<@{by}> has left the channel")
            case "participant.removed":
                user = self._person(UUID(meta["userId"]))
                change = _change("channel_leave", f"<@{user}> was removed from the channel")
                yield at, entry | change | {"user": user}
            case "conversation.renamed":
                yield at, entry | _change("channel_name", "renamed it", name=meta["title"])
            case "conversation.topic_changed":
                yield at, entry | _change("channel_topic", "set the topic", topic=meta["topic"])
            case _:
                self.left_out += 1

    def _person(self, id: UUID) -> str:
        self.people.add(id)
        return person_id(id)

    def _mention(self, match: re.Match[str]) -> str:
        return f"<@{self._person(UUID(match[1]))}>" if match[1] else match[0]

    def _reaction(self, sign: str, users: Sequence[UUID]) -> Entry:
        name = emoji.demojize(sign, language="alias").strip(":")
        return {"name": name, "users": [self._person(it) for it in users], "count": len(users)}


def _change(subtype: str, text: str, **fields: str) -> Entry:
    return {"subtype": subtype, "text": text, **fields}


def _thread(ts: str, replies: Sequence[Entry]) -> Entry:
    """What the root of a thread says of it."""
    users = list(dict.fromkeys(reply["user"] for reply in replies))
    return {
        "thread_ts": ts,
        "reply_count": len(replies),
        "reply_users_count": len(users),
        "reply_users": users,
        "latest_reply": replies[-1]["ts"],
        "replies": list(replies),
    }


def _file(file: Attachment, entry: Entry) -> Entry:
    """Its bytes are in the zip, where Slack's own exports have but a link, which asks for a log-in
    as theirs do."""
    url = f"{settings.PUBLIC_URL}/v1/attachments/{file.pk}"
    created = int(float(entry["ts"]))
    return {
        "id": slack_id("F", file.pk),
        "created": created,
        "timestamp": created,
        "user": entry.get("user", ""),
        "mode": "hosted",
        "is_external": False,
        "filetype": file.name.rpartition(".")[2].lower() if "." in file.name else "",
        "url_private": url,
        "url_private_download": url,
        "name": file.name,
        "title": file.name,
        "mimetype": file.content_type,
        "size": file.size,
        "path": file_path(file),
    }


def file_path(file: Attachment) -> str:
    """As tools that fetch the files of an export name it, which Mattermost's importer reads."""
    name = re.sub(r'[\x00-\x1f\x7f/\\:*?"<>|]', "_", file.name)[-100:]
    return f"__uploads/{slack_id('F', file.pk)}/{name}"
