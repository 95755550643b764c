"""Do not disturb: hours of each day, and a pause until a time; of one's own account alone."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from tests.cast import api, make_person

pytestmark = pytest.mark.django_db

PATH = "/v1/users/me/do-not-disturb"


def change(person: User, **body: Any) -> Any:
    return api(person).patch(PATH, body, format="json")


def test_hours_and_a_pause_are_kept_until_they_are_taken_off() -> None:
    ann = make_person("Ann")
    hours = {"from": "22:00", "until": "07:30"}
    until = timezone.now() + timedelta(hours=8)

    assert change(ann, quietHours=hours).json() == {"quietHours": hours, "until": None}
    both = change(ann, until=until.isoformat()).json()
    assert both["quietHours"] == hours
    assert api(ann).get("/v1/users/me").json()["doNotDisturb"] == both
    assert change(ann, quietHours=None).json()["until"] is not None
    assert change(ann, until=None).json() == {"quietHours": None, "until": None}


def test_others_do_not_see_it() -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    change(ann, quietHours={"from": "22:00", "until": "07:30"})

    assert "doNotDisturb" not in api(ben).get(f"/v1/users/{ann.pk}").json()
    assert api(None).patch(PATH, {}, format="json").status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {"quietHours": {"from": "22:00", "until": "22:00"}},
        {"quietHours": {"from": "24:00", "until": "07:00"}},
        {"quietHours": {"from": "22:00"}},
        {"quietHours": "at night"},
        {"until": "2020-01-01T00:00:00Z"},
        {"until": "2999-01-01T00:00:00Z"},
        {"until": "tomorrow"},
        {"quietHours": {"from": "22:00", "until": "07:00"}, "until": "2020-01-01T00:00:00Z"},
    ],
)
def test_a_wrong_one_changes_nothing(body: dict[str, Any]) -> None:
    ann = make_person("Ann")

    answer = change(ann, **body)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    ann.refresh_from_db()
    assert (ann.quiet_from, ann.quiet_all_until) == (None, None)
