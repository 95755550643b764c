"""Stores the files of imported messages, before the messages themselves: so none is without."""

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from tempfile import TemporaryFile
from typing import IO
from uuid import UUID, uuid5

from attachments.actions.import_file import import_file
from attachments.content_type import PICTURES
from chatproject.core.errors import Refusal
from messaging.imports.history import ImportedFile, ImportedMessage
from messaging.imports.slack.archive import Unreadable
from messaging.models import Message

OpenFile = Callable[[str], AbstractContextManager[IO[bytes]]]


def store_files(
    conversation_id: UUID, message: ImportedMessage, open_file: OpenFile
) -> list[tuple[ImportedFile, str]]:
    """Gives the message its kind. Returns the files that are refused, and why; their names are in
    the body then."""
    refused, types = [], []
    for position, file in enumerate(message.files):
        try:
            found = _store(conversation_id, message, position, file, open_file)
        except (Refusal, Unreadable) as error:
            refused.append((file, getattr(error, "code", "") or str(error)))
            continue
        if found is None:
            refused.append((file, "not_a_picture"))
        else:
            types.append(found)
    if refused:
        lines = [message.body, *(file_line(file.name) for file, _ in refused)]
        message.body = "\n".join(line for line in lines if line)
    if types:
        is_picture = all(each in PICTURES for each in types)
        message.kind = Message.Kind.IMAGE if is_picture else Message.Kind.FILE
    return refused


def file_line(name: str) -> str:
    """What a message says of a file that is not there."""
    return f"📎 {name}"


def _store(
    conversation_id: UUID,
    message: ImportedMessage,
    position: int,
    file: ImportedFile,
    open_file: OpenFile,
) -> str | None:
    """Its content type."""
    assert message.sender_id is not None
    with TemporaryFile() as copy:
        with open_file(file.path) as source:
            shutil.copyfileobj(source, copy)
        size = copy.tell()
        copy.seek(0)
        row = import_file(
            attachment_id=uuid5(message.client_id, f"file {position}"),
            uploader_id=message.sender_id,
            conversation_id=conversation_id,
            seq=message.seq,
            position=position,
            name=file.name,
            file=copy,
            size=size,
        )
    return None if row is None else row.content_type
