"""One conversation as one person sees it: JSON for programs, HTML for people, and the files."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, Any
from uuid import UUID

from django.template.loader import render_to_string

from accounts.models import User
from attachments.errors import AttachmentMissing, AttachmentPending
from attachments.reads import find_content
from chatproject.core.api.json import dump
from conversations.errors import ConversationNotFound, NotAParticipant
from conversations.participants import list_participants
from messaging.errors import MessageNotFound
from messaging.exports.messages import ExportedMessages, pages_of, revisions_of
from messaging.exports.preview_pictures import Pictures, add_pictures, place_pictures
from messaging.exports.sentences import readable, sentence
from messaging.exports.zip_archive import PIECE, Archive
from messaging.reads.inbox.conversations import conversation_json_for

PEOPLE_AT_ONCE = 500
# Pages, drawings and programs that somebody else sent: opened from a disk they would have more
# rights than in the chat, which hands them out as downloads only.
_ACTIVE_TYPES = frozenset({"text/html", "image/svg+xml", "application/xhtml+xml", "text/xml"})
_ACTIVE_NAME = re.compile(
    r"\.(?:x?html?|shtml|xht|svgz?|xml|xslt?|mht(?:ml)?|hta|m?jsx?|vb[se]?|wsf|exe|com|scr|pif|bat|cmd"
    r"|ps1|msi|lnk|url|desktop|jar|sh|command|app)[. ]*$",
    re.IGNORECASE,
)
_UNFIT = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')


def write_conversation(
    archive: Archive,
    *,
    conversation_id: UUID,
    viewer: User,
    folder: str = "",
    advance: Callable[[int], object] = lambda _: None,
) -> dict[str, Any]:
    """Adds the conversation below `folder`; returns its `title` and how much of what it has.

    Streams: of a log of any length a page is in memory. Raises ConversationNotFound.
    """
    (entry,) = conversation_json_for(viewer.pk, [conversation_id])
    entry.pop("lastMessage", None)
    title = entry.get("title") or entry.get("name") or entry["kind"]
    files: list[tuple[str, str]] = []
    pictures: Pictures = {}
    counts = {"messages": 0}

    def pages() -> Iterator[ExportedMessages]:
        for page in pages_of(conversation_id, viewer.pk):
            _place_files(page, files)
            place_pictures(page, pictures)
            counts["messages"] += len(page.messages)
            yield page
            advance(len(page.messages))

    with TemporaryFile(dir=archive.scratch) as html:
        html.write(_render("head", title=title, viewer=viewer).encode())
        with archive.entry(f"{folder}conversation.json") as target:
            _write_json(target, html, entry, pages(), viewer.pk)
        html.write(_render("tail").encode())
        html.seek(0)
        with archive.entry(f"{folder}index.html") as target:
            while piece := html.read(PIECE):
                target.write(piece)
    added = [_add_file(archive, folder, *file, viewer_id=viewer.pk) for file in files]
    add_pictures(archive, folder, pictures, conversation_id=conversation_id, viewer_id=viewer.pk)
    return {"id": str(conversation_id), "title": title, **counts, "files": sum(added)}


def _write_json(
    target: IO[bytes],
    html: IO[bytes],
    entry: dict[str, Any],
    pages: Iterator[ExportedMessages],
    viewer_id: UUID,
) -> None:
    names: dict[str, str | None] = {}
    target.write(b'{"conversation":' + dump(entry) + b',"messages":[')
    separator = b"\n"
    for page in pages:
        names |= page.names
        for message in page.messages:
            target.write(separator)
            _write_message(target, message, UUID(entry["id"]), viewer_id)
            separator = b",\n"
        html.write(_render("messages", messages=_readable(page)).encode())
    target.write(b'\n],"people":' + dump([{"id": i, "name": name} for i, name in names.items()]))
    target.write(b',"participants":[')
    _write_each(target, _participants(UUID(entry["id"]), viewer_id))
    target.write(b"\n]}\n")


def _write_message(
    target: IO[bytes], message: dict[str, Any], conversation_id: UUID, viewer_id: UUID
) -> None:
    """An edited one with its `revisions`, which may be a hundred megabytes: they are streamed."""
    if message["editedAt"] is None:
        target.write(dump(message))
        return
    target.write(dump(message)[:-1] + b',"revisions":[')
    with suppress(ConversationNotFound, MessageNotFound):  # gone since the page was read
        _write_each(target, revisions_of(conversation_id, viewer_id, message["seq"]))
    target.write(b"]}")


def _write_each(target: IO[bytes], items: Iterable[dict[str, Any]]) -> None:
    separator = b"\n"
    for item in items:
        target.write(separator + dump(item))
        separator = b",\n"


def _participants(conversation_id: UUID, viewer_id: UUID) -> Iterator[dict[str, Any]]:
    """Who is in, for who may know it."""
    after = None
    while True:
        try:
            found = list_participants(
                conversation_id=conversation_id,
                viewer_id=viewer_id,
                after=after,
                limit=PEOPLE_AT_ONCE,
            )
        except NotAParticipant:
            return
        yield from found
        if len(found) < PEOPLE_AT_ONCE:
            return
        after = UUID(str(found[-1]["userId"]))


def _place_files(page: ExportedMessages, files: list[tuple[str, str]]) -> None:
    """Gives each attachment its place in the archive, as `file`."""
    for message in page.messages:
        for attachment in message["attachments"]:
            name = _harmless(_UNFIT.sub("_", attachment["name"])[-100:], attachment["contentType"])
            attachment["file"] = f"files/{attachment['id']}-{name}"
            files.append((attachment["id"], attachment["file"]))


def _harmless(name: str, content_type: str) -> str:
    """The name, ending in `.txt` for what a browser or a system would run when it is opened."""
    is_active = content_type in _ACTIVE_TYPES or _ACTIVE_NAME.search(name)
    return f"{name}.txt" if is_active else name


def _add_file(
    archive: Archive, folder: str, attachment_id: str, place: str, *, viewer_id: UUID
) -> bool:
    """The rule is asked again for each file; False for one that is gone or not ready."""
    try:
        attachment = find_content(attachment_id=UUID(attachment_id), viewer_id=viewer_id)
    except (AttachmentMissing, AttachmentPending):
        return False
    return archive.add_attachment(f"{folder}{place}", attachment)


def _readable(page: ExportedMessages) -> list[dict[str, Any]]:
    return [
        {
            **message,
            "at": datetime.fromisoformat(message["createdAt"]),
            "sender": page.names.get(message["senderId"]),
            "text": readable(message["content"], page.names),
            "sentence": sentence(message, page.names) if message["kind"] == "system" else "",
        }
        for message in page.messages
    ]


def _render(part: str, **context: Any) -> str:
    return render_to_string(f"export/{part}.html", context)
