"""Contacts with phone numbers, taken elsewhere and taken over as vCards."""

from typing import Any
from uuid import uuid4

import pytest

from accounts.models import Contact, User
from accounts.people import cards
from accounts.people.vcard import Card, read_cards, write_card
from chatproject.core.errors import InvalidInput
from tests.cast import api, make_person

pytestmark = pytest.mark.django_db

PATH = "/v1/contacts/cards"


def vcard(*lines: str) -> str:
    return "\r\n".join(("BEGIN:VCARD", "VERSION:3.0", *lines, "END:VCARD", ""))


def bring(person: User, text: str) -> Any:
    return api(person).post(PATH, {"cards": text}, format="json")


def contact_of(owner: User, person: User) -> Contact | None:
    return Contact.objects.filter(owner=owner, person=person).first()


@pytest.mark.parametrize("number", ["+49 30 901820", "(030) 90-18.20", "110", ""])
def test_a_number_is_kept_as_it_was_written(number: str) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    body = {"userId": str(ben.pk), "contactNumber": number}

    made = api(ann).post("/v1/contacts", body, format="json")

    assert (made.status_code, made.json()["contactNumber"]) == (201, number)
    assert api(ann).get("/v1/contacts").json()["results"][0]["contactNumber"] == number
    assert "contactNumber" not in api(ben).get("/v1/users/me").json()
    one = f"/v1/contacts/{ben.pk}"
    changed = api(ann).patch(one, {"contactNumber": "112"}, format="json").json()
    assert (changed["contactNumber"], changed["nickname"]) == ("112", "")


@pytest.mark.parametrize("number", ["call me", "12", "+", "1" * 16, "1;drop", "+49\n30", 110])
def test_a_wrong_number_is_refused(number: Any) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    body = {"userId": str(ben.pk), "contactNumber": number}

    answer = api(ann).post("/v1/contacts", body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert not Contact.objects.exists()


def test_what_is_exported_can_be_imported() -> None:
    ann, ben, cem = make_person("Ann"), make_person("Ben; Jr., Ünal"), make_person("Cem")
    Contact.objects.create(owner=ann, person=ben, nickname="Benny, B", contact_number="+49 30 1")
    Contact.objects.create(owner=ann, person=cem)

    answer = api(ann).get(PATH)
    text = answer.content.decode()

    assert answer["Content-Type"] == "text/vcard; charset=utf-8"
    assert str(ben.email) not in text
    assert "Ann" not in text
    Contact.objects.all().delete()
    assert bring(ann, text).json() == {"added": 2, "changed": 0, "unknown": []}
    kept = contact_of(ann, ben)
    assert kept is not None
    assert (kept.nickname, kept.contact_number) == ("Benny, B", "+49 30 1")


def test_people_are_found_by_email_and_the_others_named() -> None:
    ann, ben = make_person("Ann"), make_person("Ben", email="ben@example.org")
    Contact.objects.create(owner=ann, person=ben, nickname="Before")
    text = vcard("FN:Ben", "item1.EMAIL;TYPE=WORK:Ben@Example.org", "TEL;TYPE=CELL:+49 171 5")
    text += vcard("N:Doe;Jane;;;", "EMAIL:jane@elsewhere.example")
    text += vcard("FN:Myself", f"EMAIL:{ann.email}")

    answer = bring(ann, text).json()

    assert answer == {"added": 0, "changed": 1, "unknown": ["Jane Doe", "Myself"]}
    kept = contact_of(ann, ben)
    assert kept is not None
    assert (kept.nickname, kept.contact_number) == ("Before", "+49 171 5")


def test_a_cards_faults_leave_only_that_part_out() -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    text = vcard(f"UID:urn:uuid:{ben.pk}", "TEL:call me", "NICKNAME:" + "x" * 300, "no property")

    assert bring(ann, text).json()["added"] == 1
    kept = contact_of(ann, ben)
    assert kept is not None
    assert (kept.nickname, kept.contact_number) == ("", "")


@pytest.mark.parametrize("text", ["", "hello", "BEGIN:VCARD\nFN:never ended", 5])
def test_a_file_without_cards_is_refused(text: Any) -> None:
    answer = bring(make_person("Ann"), text)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


def test_there_is_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "MAX_CARDS", 1)
    ann = make_person("Ann")

    with pytest.raises(InvalidInput):
        cards.import_cards(owner_id=ann.pk, text=vcard("FN:a") + vcard("FN:b"))
    assert api(None).get(PATH).status_code == 401


def test_lines_are_folded_by_bytes_and_unfolded_again() -> None:
    card = Card(name="ü" * 200, nickname="a\\b;c,d\ne", number="112", uid=f"urn:uuid:{uuid4()}")

    text = write_card(card)

    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert list(read_cards(text)) == [card]
