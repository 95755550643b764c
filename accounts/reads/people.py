"""Finding people."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.db.models.functions import Lower

from accounts.errors import PersonNotFound
from accounts.models import User
from accounts.reads.pages import Page, Position, read_page

ORDER = ("rank", "sort_name", "id")


def find_people(*, query: str | None, position: Position | None, limit: int) -> Page[User]:
    """Active people whose name has `query` in it, those first whose name begins with it.

    With an @ in it, the one person with exactly this email. Without a query, everybody by name.
    """
    people = User.objects.active()
    begins = Value(0)
    if query and "@" in query:
        people = people.by_email(query)
    elif query:
        people = people.filter(name__icontains=query)
        begins = Case(
            When(name__istartswith=query, then=0), default=1, output_field=IntegerField()
        )
    ranked = people.annotate(rank=begins, sort_name=Lower("name"))
    return read_page(ranked, ORDER, position=position, limit=limit)


def people_by_id(ids: Collection[UUID]) -> QuerySet[User]:
    """In no order; people whose account is closed too, for the names beside old messages."""
    return User.objects.filter(pk__in=ids)


def person_by_id(user_id: UUID) -> User:
    """Raises PersonNotFound; finds closed accounts too."""
    person: User | None = people_by_id([user_id]).first()
    if person is None:
        raise PersonNotFound
    return person
