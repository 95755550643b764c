"""/v1/blocks"""

from typing import Any
from uuid import uuid4

import pytest

from accounts.models import Block, User
from accounts.people.blocks import block_person, is_blocked_between
from tests.accounts.scene import Outlet, in_parallel, is_refused, nobody, program
from tests.cast import make_person

pytestmark = pytest.mark.django_db
URL = "/v1/blocks"


@pytest.fixture
def ann() -> User:
    return make_person("Ann")


@pytest.fixture
def bob() -> User:
    return make_person("Bob", email="bob@example.org")


def block(blocker: User, person: User) -> Any:
    return program(blocker).post(URL, {"userId": str(person.pk)}, format="json")


def test_blocking(
    ann: User, bob: User, outlet: Outlet, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = block(ann, bob)

    body = answer.json()
    assert (answer.status_code, body["userId"], body["person"]["name"]) == (201, str(bob.pk), "Bob")
    assert "email" not in body["person"]
    assert is_blocked_between(ann.pk, bob.pk)
    assert is_blocked_between(bob.pk, ann.pk)
    assert outlet.of(ann) == [{"type": "state.changed", "part": "blocks"}]
    assert outlet.of(bob) == []


def test_blocking_again_changes_nothing(ann: User, bob: User) -> None:
    first = block(ann, bob).json()
    again = block(ann, bob)
    assert (again.status_code, again.json()) == (200, first)
    assert Block.objects.count() == 1


def test_both_may_block(ann: User, bob: User) -> None:
    assert not is_blocked_between(ann.pk, bob.pk)
    block(ann, bob)
    block(bob, ann)
    assert is_blocked_between(ann.pk, bob.pk)
    assert not is_blocked_between(ann.pk, ann.pk)


def test_unblocking(ann: User, bob: User) -> None:
    block(ann, bob)
    block(bob, ann)

    assert program(ann).delete(f"{URL}/{bob.pk}").status_code == 204
    assert Block.objects.get().blocker_id == bob.pk


def test_only_the_blocker_can_unblock(ann: User, bob: User) -> None:
    block(ann, bob)

    for other, path in ((bob, ann), (bob, bob), (make_person("Out"), bob)):
        answer = program(other).delete(f"{URL}/{path.pk}")
        assert is_refused(answer, 404, "block_not_found")
    assert Block.objects.count() == 1


def test_ones_own_list_the_latest_first(ann: User, django_assert_num_queries: Any) -> None:
    people = [make_person(f"P{number}") for number in range(5)]
    for person in people:
        block_person(blocker_id=ann.pk, person_id=person.pk)
    block_person(blocker_id=people[0].pk, person_id=ann.pk)
    client = program(ann)

    with django_assert_num_queries(2):  # one of them for the token
        page = client.get(URL, {"limit": 3}).json()
    rest = client.get(URL, {"limit": 3, "cursor": page["next"]}).json()
    first = client.get(URL, {"limit": 3, "cursor": rest["previous"]}).json()

    seen = [each["person"]["name"] for each in page["results"] + rest["results"]]
    assert seen == ["P4", "P3", "P2", "P1", "P0"]
    assert first["results"] == page["results"]
    assert (page["previous"], rest["next"], first["previous"]) == (None, None, None)


def test_who_is_blocked_is_not_told(ann: User, bob: User) -> None:
    before = program(bob).get(f"/v1/users/{ann.pk}").json()
    block(ann, bob)
    assert program(bob).get(f"/v1/users/{ann.pk}").json() == before
    assert program(bob).get(URL).json()["results"] == []


def test_oneself_and_the_unknown_are_refused(ann: User) -> None:
    assert is_refused(block(ann, ann), 400, "invalid_input", "userId")
    assert is_refused(block(ann, User(id=uuid4())), 404, "person_not_found")
    assert not Block.objects.exists()


@pytest.mark.parametrize("user_id", [None, 7, "x", True])
def test_a_bad_id_is_refused(ann: User, user_id: object) -> None:
    answer = program(ann).post(URL, {"userId": user_id}, format="json")
    assert is_refused(answer, 400, "invalid_input", "userId")


def test_nobody_blocks(bob: User) -> None:
    for answer in (
        nobody().get(URL),
        nobody().post(URL, {"userId": str(bob.pk)}, format="json"),
        nobody().delete(f"{URL}/{bob.pk}"),
    ):
        assert is_refused(answer, 401, "not_authenticated")


@pytest.mark.django_db(transaction=True)
def test_parallel_blocking_gives_one_block(ann: User, bob: User) -> None:
    given = in_parallel(lambda: block_person(blocker_id=ann.pk, person_id=bob.pk)[1], 8, threads=8)
    assert sorted(given) == [*[False] * 7, True]
