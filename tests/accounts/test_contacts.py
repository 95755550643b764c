"""/v1/contacts"""

from typing import Any
from uuid import uuid4

import pytest

from accounts.models import Contact, User
from accounts.people.contacts import add_contact
from tests.accounts.scene import Outlet, in_parallel, is_refused, nobody, program
from tests.cast import make_person

pytestmark = pytest.mark.django_db
URL = "/v1/contacts"


@pytest.fixture
def owner() -> User:
    return make_person("Owner")


@pytest.fixture
def bob() -> User:
    return make_person("Bob", email="bob@example.org")


def add(owner: User, person: User, **fields: Any) -> Any:
    return program(owner).post(URL, {"userId": str(person.pk), **fields}, format="json")


def test_adding_somebody(
    owner: User, bob: User, outlet: Outlet, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = add(owner, bob, nickname=" Bobby ")

    body = answer.json()
    assert answer.status_code == 201
    assert body == {
        "userId": str(bob.pk),
        "nickname": "Bobby",
        "contactNumber": "",
        "createdAt": body["createdAt"],
        "person": {
            "id": str(bob.pk),
            "name": "Bob",
            "about": "",
            "isBot": False,
            "avatarUrl": None,
            "isActive": True,
            "status": None,
        },
    }
    assert outlet.of(owner) == [{"type": "state.changed", "part": "contacts"}]
    assert outlet.of(bob) == []


def test_adding_anew_changes_only_a_nickname_that_is_given(owner: User, bob: User) -> None:
    add(owner, bob, nickname="Bobby")
    again = add(owner, bob)
    assert (again.status_code, again.json()["nickname"]) == (200, "Bobby")
    assert add(owner, bob, nickname="Rob").json()["nickname"] == "Rob"
    assert Contact.objects.count() == 1


def test_nicknames_belong_to_their_owner(owner: User, bob: User) -> None:
    other = make_person("Other")
    add(owner, bob, nickname="Bobby")
    add(other, bob, nickname="Robert")

    listed = program(owner).get(URL).json()["results"]
    assert [each["nickname"] for each in listed] == ["Bobby"]
    assert program(bob).get(URL).json()["results"] == []


def test_the_list_is_in_order_of_the_shown_names(owner: User) -> None:
    for name, nickname in (("Cid", ""), ("Zoe", "anna"), ("bea", ""), ("Ann", "Zorro")):
        add_contact(owner_id=owner.pk, person_id=make_person(name).pk, nickname=nickname)
    client = program(owner)

    seen: list[str] = []
    cursor = None
    for _ in range(2):
        page = client.get(URL, {"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [each["nickname"] or each["person"]["name"] for each in page["results"]]
        cursor = page["next"]

    assert seen == ["anna", "bea", "Cid", "Zorro"]
    assert cursor is None
    first = client.get(URL, {"limit": 2, "cursor": page["previous"]}).json()
    assert [each["nickname"] or each["person"]["name"] for each in first["results"]] == seen[:2]


def test_a_list_takes_two_queries(owner: User, django_assert_num_queries: Any) -> None:
    for number in range(4):
        add_contact(owner_id=owner.pk, person_id=make_person(f"P{number}").pk)
    client = program(owner)
    with django_assert_num_queries(2):  # one of them for the token
        assert len(client.get(URL).json()["results"]) == 4


def test_renaming(owner: User, bob: User) -> None:
    add(owner, bob, nickname="Bobby")
    client = program(owner)

    answer = client.patch(f"{URL}/{bob.pk}", {"nickname": "Rob"}, format="json")
    assert (answer.status_code, answer.json()["nickname"]) == (200, "Rob")

    answer = client.patch(f"{URL}/{bob.pk}", {"nickname": " "}, format="json")
    assert answer.json()["nickname"] == ""


def test_removing(owner: User, bob: User) -> None:
    add(owner, bob)
    client = program(owner)

    assert client.delete(f"{URL}/{bob.pk}").status_code == 204
    assert client.get(URL).json()["results"] == []
    assert is_refused(client.delete(f"{URL}/{bob.pk}"), 404, "contact_not_found")


def test_the_contacts_of_others_are_not_there(owner: User, bob: User) -> None:
    add(owner, bob, nickname="Bobby")
    outsider = program(make_person("Out"))
    path = f"{URL}/{bob.pk}"

    answer = outsider.patch(path, {"nickname": "x"}, format="json")
    assert is_refused(answer, 404, "contact_not_found")
    assert is_refused(outsider.delete(path), 404, "contact_not_found")
    assert Contact.objects.get().nickname == "Bobby"


@pytest.mark.parametrize("nickname", ["n" * 101, "a\u202eb", "\u200b", "a\nb", 7, ["x"], "a\0b"])
def test_a_bad_nickname_is_refused(owner: User, bob: User, nickname: object) -> None:
    assert is_refused(add(owner, bob, nickname=nickname), 400, "invalid_input", "nickname")
    assert not Contact.objects.exists()

    add(owner, bob, nickname="Bobby")
    body = {"nickname": nickname}
    answer = program(owner).patch(f"{URL}/{bob.pk}", body, format="json")
    assert is_refused(answer, 400, "invalid_input", "nickname")
    assert Contact.objects.get().nickname == "Bobby"


def test_a_rename_needs_a_nickname(owner: User, bob: User) -> None:
    add(owner, bob)
    answer = program(owner).patch(f"{URL}/{bob.pk}", {}, format="json")
    assert is_refused(answer, 400, "invalid_input", "nickname")


@pytest.mark.parametrize("user_id", [None, 7, "x", "", ["a"], "{00000000}"])
def test_a_bad_id_is_refused(owner: User, user_id: object) -> None:
    answer = program(owner).post(URL, {"userId": user_id}, format="json")
    assert is_refused(answer, 400, "invalid_input", "userId")


def test_oneself_and_the_unknown_and_the_closed_are_refused(owner: User, bob: User) -> None:
    assert is_refused(add(owner, owner), 400, "invalid_input", "userId")
    assert is_refused(add(owner, User(id=uuid4())), 404, "person_not_found")
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert is_refused(add(owner, bob), 404, "person_not_found")
    assert not Contact.objects.exists()


def test_nobody_has_contacts(bob: User) -> None:
    for answer in (
        nobody().get(URL),
        nobody().post(URL, {"userId": str(bob.pk)}, format="json"),
        nobody().patch(f"{URL}/{bob.pk}", {"nickname": "x"}, format="json"),
        nobody().delete(f"{URL}/{bob.pk}"),
    ):
        assert is_refused(answer, 401, "not_authenticated")


@pytest.mark.django_db(transaction=True)
def test_parallel_adding_gives_one_contact(owner: User, bob: User) -> None:
    added = in_parallel(
        lambda: add_contact(owner_id=owner.pk, person_id=bob.pk, nickname="B")[1], 8, threads=8
    )
    assert sorted(added) == [*[False] * 7, True]
    assert Contact.objects.count() == 1
