"""Models of rows are what Django makes of them."""

import pytest
from django.db import models

from accounts.models import SignIn, User
from chatproject.core.db.model_rows import model_of_row
from conversations.models import Conversation, Participant
from tests.cast import make_conversation, make_person

pytestmark = pytest.mark.django_db

STATE = ("adding", "db", "fields_cache")  # as a model that was read has it


@pytest.mark.parametrize("model", [User, Conversation, Participant])
def test_it_is_what_django_makes_of_the_row(model: type[models.Model]) -> None:
    make_conversation(make_person("Owner"), make_person("Member"))
    names = [field.attname for field in model._meta.concrete_fields]
    values = model.objects.values_list(*names).first()  # type: ignore[attr-defined]
    made, expected = model_of_row(model, names, values), model.from_db("default", names, values)
    assert made == expected
    assert [getattr(made, name) for name in names] == list(values)
    assert vars(made).keys() == vars(expected).keys()
    assert [getattr(made._state, name) for name in STATE] == [False, "default", {}]
    made.save()  # an update


def test_fields_that_were_not_read_are_read_when_they_are_asked_for() -> None:
    person = make_person("Owner")
    made = model_of_row(User, ["id", "name"], [person.pk, person.name])
    assert made.get_deferred_fields() >= {"email", "password"}
    assert made.email == person.email


def test_a_row_names_what_it_belongs_to() -> None:
    person = make_person("Owner")
    sign_in = model_of_row(SignIn, ["id", "user_id"], [person.pk, person.pk])
    assert sign_in.user == person
