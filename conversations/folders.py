"""Folders: sections of a person's inbox, in an order of their own. Only their devices are told."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.events import announce_state
from accounts.models import User
from chatproject.core.errors import FieldError, InvalidInput
from chatproject.core.plain_text import control_errors
from conversations.errors import FolderNotFound, NotAParticipant, TooManyFolders
from conversations.models import Folder, FolderEntry
from conversations.visibility import visibility_of

MAX_FOLDERS = 50  # of one person
MAX_NAME_LENGTH = 60


def list_folders(user_id: UUID) -> list[dict[str, Any]]:
    """A person's folders and the ids of the conversations in them, in their order; two queries."""
    inside: defaultdict[UUID, list[str]] = defaultdict(list)
    for folder_id, conversation_id in FolderEntry.objects.filter(user=user_id).values_list(
        "folder_id", "conversation_id"
    ):
        inside[folder_id].append(str(conversation_id))
    return [_json(each, inside[each.pk]) for each in Folder.objects.filter(user=user_id)]


def create_folder(*, user_id: UUID, name: str) -> dict[str, Any]:
    """Appends a folder. Raises InvalidInput, TooManyFolders."""
    _check_name(name)
    with transaction.atomic():
        folders = _locked(user_id)
        if len(folders) >= MAX_FOLDERS:
            raise TooManyFolders
        folder = Folder.objects.create(user_id=user_id, name=name, position=len(folders))
        _renumber([*folders, folder])
        announce_state(user_id, "folders")
    return _json(folder, [])


def change_folder(
    *, user_id: UUID, folder_id: UUID, name: str | None = None, position: int | None = None
) -> dict[str, Any]:
    """Renames a folder, or moves it to a place among the folders: 0 is the first, and one beyond
    the last is the last. Raises FolderNotFound, InvalidInput."""
    if name is not None:
        _check_name(name)
    with transaction.atomic():
        folders = _locked(user_id)
        folder = _find(folders, folder_id)
        if name is not None:
            folder.name = name
            folder.save(update_fields=["name"])
        if position is not None:
            folders.remove(folder)
            folders.insert(position, folder)
            _renumber(folders)
        announce_state(user_id, "folders")
        entries = folder.entries.values_list("conversation_id", flat=True)
        return _json(folder, list(map(str, entries)))


def delete_folder(*, user_id: UUID, folder_id: UUID) -> None:
    """Its conversations are in no folder then. Raises FolderNotFound."""
    with transaction.atomic():
        _find(_locked(user_id), folder_id).delete()
        announce_state(user_id, "folders")


def place_conversation(
    *, user_id: UUID, conversation_id: UUID, folder_id: UUID | None, position: int | None = None
) -> None:
    """Puts a conversation into a folder, at a place (None: the end), or out of all with None.

    Raises ConversationNotFound, NotAParticipant for who never was in it, FolderNotFound.
    """
    if visibility_of(conversation_id, user_id).last_period is None:
        raise NotAParticipant
    with transaction.atomic():
        folders = _locked(user_id)
        folder = None if folder_id is None else _find(folders, folder_id)
        FolderEntry.objects.filter(user=user_id, conversation=conversation_id).delete()
        if folder is not None:
            entries = list(folder.entries.all())
            entry = FolderEntry(
                folder=folder, user_id=user_id, conversation_id=conversation_id, position=0
            )
            entries.insert(len(entries) if position is None else position, entry)
            for place, each in enumerate(entries):
                each.position = place
            entry.save()
            FolderEntry.objects.bulk_update(entries, ["position"])
        announce_state(user_id, "folders")


def forget_folders(user_id: UUID) -> None:
    """Deletes all of a person whose account is closed."""
    Folder.objects.filter(user=user_id).delete()


def _locked(user_id: UUID) -> list[Folder]:
    """The person's folders in their order; two devices change them one after the other."""
    User.objects.select_for_update(no_key=True).get(pk=user_id)
    return list(Folder.objects.filter(user=user_id))


def _find(folders: list[Folder], folder_id: UUID) -> Folder:
    for folder in folders:
        if folder.pk == folder_id:
            return folder
    raise FolderNotFound


def _renumber(folders: list[Folder]) -> None:
    for place, folder in enumerate(folders):
        folder.position = place
    Folder.objects.bulk_update(folders, ["position"])


def _check_name(name: str) -> None:
    wrong = control_errors(name, "name")
    if not name:
        wrong.append(FieldError(field="name", code="blank", detail="A name is needed."))
    if len(name) > MAX_NAME_LENGTH:
        detail = f"At most {MAX_NAME_LENGTH} characters."
        wrong.append(FieldError(field="name", code="too_long", detail=detail))
    if wrong:
        raise InvalidInput(errors=wrong)


def _json(folder: Folder, conversation_ids: list[str]) -> dict[str, Any]:
    return {"id": str(folder.pk), "name": folder.name, "conversationIds": conversation_ids}
