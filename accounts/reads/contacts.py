"""A person's address book, by the names it has there."""

from uuid import UUID

from django.db.models import F
from django.db.models.expressions import Value
from django.db.models.functions import Coalesce, Lower, NullIf

from accounts.models import Contact
from accounts.reads.pages import Page, Position, read_page

ORDER = ("sort_name", "id")


def contacts_of(owner_id: UUID, *, position: Position | None, limit: int) -> Page[Contact]:
    """By nickname, else by name; each with its `person`."""
    shown_name = Coalesce(NullIf(F("nickname"), Value("")), F("person__name"))
    contacts = Contact.objects.filter(owner=owner_id).select_related("person")
    return read_page(
        contacts.annotate(sort_name=Lower(shown_name)), ORDER, position=position, limit=limit
    )
