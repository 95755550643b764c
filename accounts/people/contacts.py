"""A person's contacts: adding, renaming, removing and listing them."""

from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.expressions import Value
from django.db.models.functions import Coalesce, Lower, NullIf

from accounts.errors import ContactNotFound, PersonNotFound
from accounts.events import announce_presence_rights, announce_state
from accounts.models import Contact, User
from accounts.people.names import name_errors
from chatproject.core.db.seek_pagination import Page, Position, read_page
from chatproject.core.errors import InvalidInput


def add_contact(
    *, owner_id: UUID, person_id: UUID, nickname: str | None = None
) -> tuple[Contact, bool]:
    """Returns the contact and whether it is new; adding it again only sets the given nickname.

    Raises PersonNotFound (also for a closed account), or InvalidInput for oneself or the nickname.
    """
    if owner_id == person_id:
        raise InvalidInput.of("userId", "You cannot be your own contact.", "oneself")
    _check(nickname or "")
    if not User.objects.active().filter(pk=person_id).exists():
        raise PersonNotFound
    with transaction.atomic():
        contact, is_new = Contact.objects.update_or_create(
            owner_id=owner_id,
            person_id=person_id,
            defaults={} if nickname is None else {"nickname": nickname},
        )
        announce_state(owner_id, "contacts")
        if is_new:
            announce_presence_rights(owner_id)
    return contact, is_new


def rename_contact(*, owner_id: UUID, person_id: UUID, nickname: str) -> Contact:
    """Sets the nickname; an empty one removes it. Raises ContactNotFound or InvalidInput."""
    _check(nickname)
    with transaction.atomic():
        contact = (
            Contact.objects.select_related("person")
            .select_for_update(of=("self",))
            .filter(owner=owner_id, person=person_id)
            .first()
        )
        if contact is None:
            raise ContactNotFound
        contact.nickname = nickname
        contact.save(update_fields=["nickname"])
        announce_state(owner_id, "contacts")
    return contact


def remove_contact(*, owner_id: UUID, person_id: UUID) -> None:
    """Raises ContactNotFound."""
    removed, _ = Contact.objects.filter(owner=owner_id, person=person_id).delete()
    if not removed:
        raise ContactNotFound
    announce_state(owner_id, "contacts")
    announce_presence_rights(owner_id)


def _check(nickname: str) -> None:
    if wrong := name_errors(nickname, "nickname", may_be_empty=True):
        raise InvalidInput(errors=wrong)


ORDER = ("sort_name", "id")


def contacts_of(owner_id: UUID, *, position: Position | None, limit: int) -> Page[Contact]:
    """A person's contacts ordered by nickname or else name, each with its `person`."""
    shown_name = Coalesce(NullIf(F("nickname"), Value("")), F("person__name"))
    contacts = Contact.objects.filter(owner=owner_id).select_related("person")
    return read_page(
        contacts.annotate(sort_name=Lower(shown_name)), ORDER, position=position, limit=limit
    )
