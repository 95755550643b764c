"""GET /v1/users/me/sign-ins and DELETE /v1/users/me/sign-ins/{id}"""

from uuid import uuid4

import pytest

from accounts.auth.sign_ins import end_sign_in
from accounts.models import User
from tests.accounts.scene import (
    bearer,
    browser,
    expire,
    is_refused,
    last_sign_in,
    nobody,
    sign_in,
    with_csrf,
)
from tests.cast import make_person

pytestmark = pytest.mark.django_db
URL = "/v1/users/me/sign-ins"


@pytest.fixture
def ann() -> User:
    return make_person("Ann")


def test_lists_ones_own_that_live_the_newest_first(ann: User) -> None:
    ended = sign_in(ann)
    end_sign_in(user_id=ann.pk, sign_in_id=ended.sign_in.pk)
    sign_in(ann)
    expire(last_sign_in(ann))
    sign_in(make_person("Bob"))
    first = sign_in(ann)
    browser(ann)
    second = last_sign_in(ann)

    answer = bearer(first.access).get(URL)

    results = answer.json()["results"]
    assert [each["id"] for each in results] == [str(second.pk), str(first.sign_in.pk)]
    assert [each["kind"] for each in results] == ["browser", "token"]
    assert [each["current"] for each in results] == [False, True]
    assert results[1]["userAgent"] == "tests"
    assert results[1]["address"] == "127.0.0.1"
    assert set(results[0]) == {
        "id",
        "kind",
        "userAgent",
        "address",
        "createdAt",
        "lastUsedAt",
        "current",
    }


def test_pages_join_to_the_whole(ann: User) -> None:
    client = bearer(sign_in(ann).access)
    for _ in range(6):
        sign_in(ann)
    whole = [each["id"] for each in client.get(URL).json()["results"]]

    seen: list[str] = []
    page = client.get(URL, {"limit": 3}).json()
    assert page["previous"] is None
    while True:
        seen += [each["id"] for each in page["results"]]
        if page["next"] is None:
            break
        page = client.get(URL, {"limit": 3, "cursor": page["next"]}).json()
    assert seen == whole

    back = client.get(URL, {"limit": 3, "cursor": page["previous"]}).json()
    assert [each["id"] for each in back["results"]] == whole[3:6]


def test_ending_one_of_ones_own(ann: User) -> None:
    this, other = sign_in(ann), sign_in(ann)

    answer = bearer(this.access).delete(f"{URL}/{other.sign_in.pk}")

    assert answer.status_code == 204
    assert bearer(other.access).get(URL).status_code == 401
    assert bearer(this.access).get(URL).status_code == 200


def test_the_sign_in_of_another_person_is_not_there(ann: User) -> None:
    foreign = sign_in(make_person("Bob"))
    client = bearer(sign_in(ann).access)

    for sign_in_id in (foreign.sign_in.pk, uuid4()):
        answer = client.delete(f"{URL}/{sign_in_id}")
        assert is_refused(answer, 404, "sign_in_not_found")
    assert bearer(foreign.access).get(URL).status_code == 200


def test_one_that_has_ended_is_not_there(ann: User) -> None:
    client, ended = bearer(sign_in(ann).access), sign_in(ann)
    end_sign_in(user_id=ann.pk, sign_in_id=ended.sign_in.pk)

    assert is_refused(client.delete(f"{URL}/{ended.sign_in.pk}"), 404, "sign_in_not_found")


def test_a_window_ends_a_program(ann: User) -> None:
    pair, window = sign_in(ann), browser(ann)
    answer = window.delete(f"{URL}/{pair.sign_in.pk}", headers=with_csrf(window))
    assert answer.status_code == 204
    assert bearer(pair.access).get(URL).status_code == 401


def test_nobody_sees_sign_ins() -> None:
    assert is_refused(nobody().get(URL), 401, "not_authenticated")
    assert is_refused(nobody().delete(f"{URL}/{uuid4()}"), 401, "not_authenticated")
