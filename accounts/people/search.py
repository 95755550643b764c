"""Searches people by name or email, lists them, and reads them by id."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Case, IntegerField, QuerySet, When
from django.db.models.functions import Lower

from accounts.errors import PersonNotFound
from accounts.models import User
from chatproject.core.db.fold_name import FoldName
from chatproject.core.db.seek_pagination import Page, Position, read_page
from chatproject.core.text_folding import fold

BY_NAME = ("sort_name", "id")
BY_MATCH = ("rank", *BY_NAME)


def list_people(*, position: Position | None, limit: int) -> Page[User]:
    """All active people by name; a position is (name in lower case, id)."""
    return read_page(_named(User.objects.active()), BY_NAME, position=position, limit=limit)


def find_people(*, query: str, position: Position | None, limit: int) -> Page[User]:
    """Active people whose name has `query` in it, those first whose name begins with it. Letter
    case, accents and the forms of apostrophes and hyphens do not matter.

    With an @ in it, the one person with exactly this email. A position is (0 or 1, name in lower
    case, id).
    """
    folded = fold(query)
    starts = When(folded_name__startswith=folded, then=0)
    rank = Case(starts, default=1, output_field=IntegerField())
    people = User.objects.active().annotate(folded_name=FoldName("name"))
    is_email = "@" in query
    found = people.by_email(query) if is_email else people.filter(folded_name__contains=folded)
    ranked = _named(found).annotate(rank=rank)
    return read_page(ranked, BY_MATCH, position=position, limit=limit)


def _named(people: QuerySet[User]) -> QuerySet[User]:
    return people.annotate(sort_name=Lower("name"))


def people_by_id(ids: Collection[UUID]) -> QuerySet[User]:
    """In no order; people whose account is closed too, for the names beside old messages."""
    people: QuerySet[User] = User.objects.filter(pk__in=ids)
    return people


def person_by_id(user_id: UUID) -> User:
    """Raises PersonNotFound; finds closed accounts too."""
    person = people_by_id([user_id]).first()
    if person is None:
        raise PersonNotFound
    return person
