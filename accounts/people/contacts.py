"""A person's contacts: adding, changing, removing and listing them."""

import re
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
from chatproject.core.errors import FieldError, InvalidInput

PHONE = re.compile(r"\+?[0-9(][0-9 ()/.\-]{1,30}")
MIN_DIGITS, MAX_DIGITS = 3, 15  # E.164 has 15 at most
MAX_NUMBER_LENGTH = 32


def add_contact(
    *,
    owner_id: UUID,
    person_id: UUID,
    nickname: str | None = None,
    contact_number: str | None = None,
) -> tuple[Contact, bool]:
    """Returns the contact and whether it is new; adding it again only sets the given nickname.

    Raises PersonNotFound (also for a closed account), or InvalidInput for oneself or the nickname.
    """
    if owner_id == person_id:
        raise InvalidInput.of("userId", "You cannot be your own contact.", "oneself")
    _check(nickname or "", contact_number or "")
    if not User.objects.active().filter(pk=person_id).exists():
        raise PersonNotFound
    with transaction.atomic():
        contact, is_new = Contact.objects.update_or_create(
            owner_id=owner_id,
            person_id=person_id,
            defaults=_given(nickname, contact_number),
        )
        announce_state(owner_id, "contacts")
        if is_new:
            announce_presence_rights(owner_id)
    return contact, is_new


def change_contact(
    *,
    owner_id: UUID,
    person_id: UUID,
    nickname: str | None = None,
    contact_number: str | None = None,
) -> Contact:
    """Sets what is given; an empty one removes it. Raises ContactNotFound or InvalidInput."""
    if nickname is None and contact_number is None:
        raise InvalidInput.of("nickname", "A nickname or a number is needed.", "required")
    _check(nickname or "", contact_number or "")
    with transaction.atomic():
        contact = (
            Contact.objects.select_related("person")
            .select_for_update(of=("self",))
            .filter(owner=owner_id, person=person_id)
            .first()
        )
        if contact is None:
            raise ContactNotFound
        given = _given(nickname, contact_number)
        for name, value in given.items():
            setattr(contact, name, value)
        contact.save(update_fields=list(given))
        announce_state(owner_id, "contacts")
    return contact


def remove_contact(*, owner_id: UUID, person_id: UUID) -> None:
    """Raises ContactNotFound."""
    removed, _ = Contact.objects.filter(owner=owner_id, person=person_id).delete()
    if not removed:
        raise ContactNotFound
    announce_state(owner_id, "contacts")
    announce_presence_rights(owner_id)


def _given(nickname: str | None, contact_number: str | None) -> dict[str, str]:
    fields = {"nickname": nickname, "contact_number": contact_number}
    return {name: value for name, value in fields.items() if value is not None}


def number_errors(number: str) -> list[FieldError]:
    """What is wrong with a phone number: it may be written in any usual way."""
    digits = sum(character.isdigit() for character in number)
    if not number or (PHONE.fullmatch(number) and MIN_DIGITS <= digits <= MAX_DIGITS):
        return []
    detail = "A phone number such as +49 30 901820 is needed."
    return [FieldError(field="contactNumber", code="not_a_number", detail=detail)]


def _check(nickname: str, contact_number: str) -> None:
    wrong = [*name_errors(nickname, "nickname", may_be_empty=True), *number_errors(contact_number)]
    if wrong:
        raise InvalidInput(errors=wrong)


ORDER = ("sort_name", "id")


def contacts_of(owner_id: UUID, *, position: Position | None, limit: int) -> Page[Contact]:
    """A person's contacts ordered by nickname or else name, each with its `person`."""
    shown_name = Coalesce(NullIf(F("nickname"), Value("")), F("person__name"))
    contacts = Contact.objects.filter(owner=owner_id).select_related("person")
    return read_page(
        contacts.annotate(sort_name=Lower(shown_name)), ORDER, position=position, limit=limit
    )
