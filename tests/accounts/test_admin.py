"""People and sign-ins in the admin site: for staff alone, and never the hash of a password"""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.auth.rate_limits import count_attempt
from accounts.auth.tokens import issue_ticket
from accounts.models import Block, Contact, SignIn, User
from tests.accounts.scene import PASSWORD, bearer, last_sign_in, person_with_password, sign_in
from tests.cast import make_person

pytestmark = pytest.mark.django_db
PAGES = ("user", "signin", "contact", "block", "attempt", "socketticket")


def listing(model: str) -> str:
    return reverse(f"admin:accounts_{model}_changelist")


@pytest.fixture
def ann() -> User:
    return person_with_password("Ann", email="ann@example.org")


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(make_person("Op", is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize("model", PAGES)
def test_lists_and_searches(model: str, staff: Client, ann: User) -> None:
    bob = make_person("Bob")
    Contact.objects.create(owner=ann, person=bob)
    Block.objects.create(blocker=ann, blocked=bob)
    issue_ticket(sign_in_id=sign_in(ann).sign_in.pk)
    count_attempt(what="log-in", account="ann@example.org", address="203.0.113.1")

    answer = staff.get(listing(model))
    assert answer.status_code == 200
    assert answer.context["cl"].result_count >= 1
    assert staff.get(listing(model), {"q": "ann"}).status_code == 200


@pytest.mark.parametrize("model", PAGES)
def test_others_see_nothing(model: str, ann: User) -> None:
    window = Client()
    assert window.get(listing(model)).status_code == 302
    window.force_login(ann)
    assert window.get(listing(model)).status_code == 302


def test_the_hash_of_a_password_is_on_no_page(staff: Client, ann: User) -> None:
    hashed = ann.password.rsplit("$", 1)[1]
    for path in (
        listing("user"),
        reverse("admin:accounts_user_change", args=[ann.pk]),
        reverse("admin:auth_user_password_change", args=[ann.pk]),
    ):
        html = staff.get(path).content.decode()
        assert hashed[:6] not in html
        assert "argon2" not in html


def test_changing_a_person(staff: Client, ann: User) -> None:
    path = reverse("admin:accounts_user_change", args=[ann.pk])
    change = {"name": "Anna", "email": "ANNA@Example.org", "about": "", "is_active": "on"}

    assert staff.post(path, change).status_code == 302

    ann.refresh_from_db()
    assert (ann.name, ann.email) == ("Anna", "anna@example.org")
    assert ann.check_password(PASSWORD)

    answer = staff.post(path, {**change, "name": "a\u202eb", "email": "nonsense"})
    assert set(answer.context["adminform"].form.errors) == {"name", "email"}


def test_adding_people(staff: Client) -> None:
    path = reverse("admin:accounts_user_add")
    person = {
        "name": "Bob",
        "email": "Bob@Example.org",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }

    assert staff.post(path, person).status_code == 302

    bob = User.objects.get(email="bob@example.org")
    assert bob.check_password(PASSWORD)
    answer = staff.post(path, person)
    assert set(answer.context["adminform"].form.errors) == {"email"}
    weak = {**person, "email": "c@example.org", "password1": "12345", "password2": "12345"}
    assert "password2" in staff.post(path, weak).context["adminform"].form.errors
    nameless = {**person, "email": "", "name": "Bot", "usable_password": "false"}
    assert staff.post(path, nameless).status_code == 302
    assert User.objects.get(name="Bot").email is None


def test_another_password_ends_the_sign_ins(staff: Client, ann: User) -> None:
    path = reverse("admin:auth_user_password_change", args=[ann.pk])
    for change in (
        {"password1": "one more secret", "password2": "one more secret", "usable_password": "true"},
        {"usable_password": "false"},
    ):
        pair = sign_in(User.objects.get(pk=ann.pk))
        staff.post(path, {**change, "set-password": "x", "unset-password": "x"})
        assert bearer(pair.access).get("/v1/users/me").status_code == 401
    ann.refresh_from_db()
    assert not ann.has_usable_password()


def test_the_link_to_another_password_is_for_who_may_set_one(staff: Client, ann: User) -> None:
    looker = make_person("Looker", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_user"))
    window = Client()
    window.force_login(looker)
    page = reverse("admin:accounts_user_change", args=[ann.pk])
    link = reverse("admin:auth_user_password_change", args=[ann.pk])

    assert window.get(link).status_code == 403
    assert link not in window.get(page).content.decode()
    assert "ann@example.org" in window.get(page).content.decode()
    assert link in staff.get(page).content.decode()


def test_deactivating_ends_the_sign_ins(staff: Client, ann: User) -> None:
    sign_in(ann)
    path = reverse("admin:accounts_user_change", args=[ann.pk])

    staff.post(path, {"name": "Ann", "email": "ann@example.org", "about": ""})

    ann.refresh_from_db()
    assert not ann.is_active
    assert last_sign_in(ann).ended_at is not None


def test_people_are_not_deleted(staff: Client, ann: User) -> None:
    assert staff.post(reverse("admin:accounts_user_delete", args=[ann.pk])).status_code == 403
    actions = {"action": "delete_selected", "_selected_action": [ann.pk], "post": "yes"}
    staff.post(listing("user"), actions)
    assert User.objects.filter(pk=ann.pk).exists()


def test_ending_sign_ins(staff: Client, ann: User) -> None:
    pairs = [sign_in(ann), sign_in(ann)]
    chosen = {"action": "end", "_selected_action": [pair.sign_in.pk for pair in pairs]}

    staff.post(listing("signin"), chosen)
    answer = staff.post(listing("signin"), chosen, follow=True)

    assert not SignIn.objects.filter(user=ann, ended_at=None).exists()
    assert "0 sign-ins ended" in answer.content.decode()


def test_who_may_only_look_ends_none(ann: User) -> None:
    looker = make_person("Looker", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_signin"))
    window = Client()
    window.force_login(looker)
    pair = sign_in(ann)

    assert window.get(listing("signin")).status_code == 200
    window.post(listing("signin"), {"action": "end", "_selected_action": [pair.sign_in.pk]})
    assert last_sign_in(ann).ended_at is None


def test_a_sign_in_shows_no_secret(staff: Client, ann: User) -> None:
    kept = sign_in(ann).sign_in
    html = staff.get(reverse("admin:accounts_signin_change", args=[kept.pk])).content.decode()
    assert str(SignIn.objects.get(pk=kept.pk).refresh_jti) not in html


def test_the_log_in_of_the_admin_site(cheap_hashes: None) -> None:
    person_with_password("Op", email="op@example.org", is_staff=True)
    person_with_password("Ann", email="ann@example.org")

    def log_in(email: str, password: str = PASSWORD) -> Any:
        window = Client()
        body = {"username": email, "password": password, "next": "/admin/"}
        return window.post("/admin/login/", body)

    assert log_in("op@example.org")["Location"] == "/admin/"
    assert SignIn.objects.get().kind == "browser"
    assert log_in("ann@example.org").context["form"].non_field_errors()
    for _ in range(10):
        log_in("op@example.org", "wrong")
    assert "Too many tries" in log_in("op@example.org").content.decode()
