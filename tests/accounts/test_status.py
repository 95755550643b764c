"""The status: an emoji and a line that the others see, until it expires."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from tests.cast import api, make_direct, make_person

pytestmark = pytest.mark.django_db

PATH = "/v1/users/me/status"


def put(person: User, **body: Any) -> Any:
    return api(person).put(PATH, body, format="json")


def seen(viewer: User, person: User) -> Any:
    return api(viewer).get(f"/v1/users/{person.pk}").json()["status"]


def test_everybody_sees_it_until_it_is_taken_off() -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    make_direct(ann, ben)

    assert put(ann, emoji="🌴", text="On holiday").status_code == 200

    assert seen(ben, ann) == {"emoji": "🌴", "text": "On holiday", "until": None}
    (entry,) = api(ben).get("/v1/conversations").json()["results"]
    assert entry["peer"]["status"] == {"emoji": "🌴", "text": "On holiday"}
    put(ann)
    assert seen(ben, ann) is None
    (entry,) = api(ben).get("/v1/conversations").json()["results"]
    assert entry["peer"]["status"] is None
    assert api(None).put(PATH, {}, format="json").status_code == 401


def test_it_expires_by_itself() -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    make_direct(ann, ben)
    put(ann, text="Lunch", until=(timezone.now() + timedelta(hours=1)).isoformat())
    assert seen(ben, ann)["text"] == "Lunch"

    User.objects.filter(pk=ann.pk).update(status_until=timezone.now() - timedelta(seconds=1))

    assert seen(ben, ann) is None
    (entry,) = api(ben).get("/v1/conversations").json()["results"]
    assert entry["peer"]["status"] is None


@pytest.mark.parametrize(
    "body",
    [
        {"emoji": "x"},
        {"text": "x" * 101},
        {"text": "two\nlines"},
        {"text": "x", "until": "2020-01-01T00:00:00Z"},
        {"text": "x", "until": "2999-01-01T00:00:00Z"},
        {"text": 7},
    ],
)
def test_a_wrong_one_changes_nothing(body: dict[str, Any]) -> None:
    ann = make_person("Ann")
    put(ann, text="before")

    answer = put(ann, **body)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert seen(ann, ann)["text"] == "before"
