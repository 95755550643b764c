"""Exports a person's contacts as vCards, and imports them."""

from contextlib import suppress
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse

from accounts.auth.rate_limits import Limit, count_by_account
from accounts.models import Contact, User
from accounts.people.contacts import add_contact, number_errors
from accounts.people.names import MAX_LENGTH, name_errors
from accounts.people.vcard import Card, read_cards, write_card
from chatproject.core.errors import InvalidInput

MAX_CARDS = 500
MAX_CARDS_LENGTH = 1024 * 1024  # characters
# Cards name emails, by which it could be tried out who is here.
PER_HOUR = Limit(2 * MAX_CARDS, 3600)


class Imported(NamedTuple):
    """How many were added and changed, and the names on cards of nobody here."""

    added: int
    changed: int
    unknown: list[str]


def export_cards(owner_id: UUID) -> str:
    """Every contact as a card; never an email, which others do not see."""
    contacts = Contact.objects.filter(owner=owner_id).select_related("person").order_by("id")
    return "".join(
        write_card(
            Card(
                name=each.person.name,
                nickname=each.nickname,
                number=each.contact_number,
                uid=f"urn:uuid:{each.person_id}",
            )
        )
        for each in contacts.iterator()
    )


def cards_response(text: str) -> HttpResponse:
    return HttpResponse(
        text,
        content_type="text/vcard; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="contacts.vcf"'},
    )


def import_cards(*, owner_id: UUID, text: str) -> Imported:
    """Adds the people whom the cards name by UID or email, with nickname and number; of contacts
    that are there, sets what the card has. A card's own faults leave that part of it out.

    Raises InvalidInput for more than MAX_CARDS, or none; AccountLimited.
    """
    cards = list(islice(read_cards(text), MAX_CARDS + 1))
    if not cards:
        raise InvalidInput.of("cards", "There is no vCard in it.", "no_card")
    if len(cards) > MAX_CARDS:
        raise InvalidInput.of("cards", f"At most {MAX_CARDS} cards at once.", "too_many")
    count_by_account(
        limit=PER_HOUR, what="imported cards", account=str(owner_id), amount=len(cards)
    )
    added = changed = 0
    unknown: list[str] = []
    with transaction.atomic():
        for card in cards:
            person_id = _person_of(card, owner_id)
            if person_id is None:
                unknown.append(card.name[:MAX_LENGTH])
                continue
            _, is_new = add_contact(
                owner_id=owner_id,
                person_id=person_id,
                nickname=_fit_nickname(card),
                contact_number=card.number
                if card.number and not number_errors(card.number)
                else None,
            )
            added, changed = added + is_new, changed + (not is_new)
    return Imported(added, changed, unknown)


def _person_of(card: Card, owner_id: UUID) -> UUID | None:
    people = User.objects.active().exclude(pk=owner_id)
    found: User | None = None
    with suppress(ValueError):
        found = people.filter(pk=UUID(card.uid.removeprefix("urn:uuid:"))).first()
    for email in card.emails:
        if found is None and "@" in email:
            found = people.by_email(email).first()
    return None if found is None else found.pk


def _fit_nickname(card: Card) -> str | None:
    nickname = card.nickname
    return nickname if nickname and not name_errors(nickname, "nickname") else None
