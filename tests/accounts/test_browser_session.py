"""Log-in, registration and log-out as plain forms, and the session that follows"""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.auth import browser_sessions as sessions
from accounts.auth.authentication import authenticate_session
from accounts.auth.sign_ins import end_all_sign_ins, end_sign_in
from accounts.errors import SignedOut
from accounts.models import SignIn, User
from accounts.people.accounts import close_account
from tests.accounts.scene import (
    PASSWORD,
    browser,
    expire,
    is_refused,
    last_sign_in,
    nobody,
    person_with_password,
    sign_in,
    with_csrf,
)
from tests.cast import make_person

pytestmark = pytest.mark.django_db
ME = "/v1/users/me"


@pytest.fixture
def ann() -> User:
    return person_with_password("Ann", email="ann@example.org")


@pytest.fixture
def window() -> Client:
    """A browser that is held to CSRF."""
    return Client(enforce_csrf_checks=True)


def submit(window: Client, path: str, **fields: str) -> Any:
    """Loads the form and sends it with its CSRF token."""
    token = window.get(path).context["csrf_token"]
    return window.post(path, {"csrfmiddlewaretoken": str(token), **fields})


def log_in(window: Client, path: str = "/login", **fields: str) -> Any:
    return submit(window, path, **{"username": "ann@example.org", "password": PASSWORD, **fields})


def is_signed_in(window: Client) -> bool:
    return window.get(ME).status_code == 200


def test_the_forms_have_their_labels_and_buttons(window: Client) -> None:
    for path, labels, button in (
        ("/login", ("Email", "Password"), "Log in"),
        ("/register", ("Name", "Email", "Password"), "Create account"),
    ):
        answer = window.get(path)
        html = answer.content.decode()
        fields = answer.context["form"].visible_fields()
        assert [field.label for field in fields] == list(labels)
        for field in fields:
            assert f'<label for="{field.id_for_label}">{field.label}</label>' in html
        assert f'<button class="button" type="submit">{button}</button>' in html
        scripts = re.findall(r"<script[^>]*>", html)  # show what was typed; needed for nothing
        assert all('src="/static/chat/js/ui/form-fields' in script for script in scripts)
        assert "no-store" in answer["Cache-Control"]


def test_logging_in(ann: User, window: Client) -> None:
    answer = log_in(window)

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert window.get(ME).json()["id"] == str(ann.pk)
    kept = last_sign_in(ann)
    assert (kept.kind, kept.address, kept.refresh_jti) == ("browser", "127.0.0.1", None)
    assert window.cookies["sessionid"]["httponly"]
    assert window.cookies["sessionid"]["samesite"] == "Lax"


def test_a_session_key_from_before_is_worth_nothing(ann: User, window: Client) -> None:
    session = window.session
    session["planted"] = True
    session.save()
    window.cookies["sessionid"] = session.session_key
    log_in(window)
    assert window.cookies["sessionid"].value != session.session_key


@pytest.mark.parametrize(
    "fields",
    [
        {"password": "wrong"},
        {"username": "eve@example.org"},
        {"username": "closed@example.org"},
        {"username": "none@example.org"},
    ],
)
def test_one_answer_whatever_is_wrong(ann: User, window: Client, fields: dict[str, str]) -> None:
    person_with_password("Closed", email="closed@example.org", is_active=False)
    make_person("None", email="none@example.org")

    answer = log_in(window, **fields)

    assert answer.status_code == 200
    assert answer.context["form"].non_field_errors() == ["Email or password is wrong."]
    assert 'role="alert"' in answer.content.decode()
    assert not is_signed_in(window)


def test_an_empty_form_names_its_fields(window: Client) -> None:
    answer = submit(window, "/login")
    assert set(answer.context["form"].errors) == {"username", "password"}
    answer = submit(window, "/register")
    assert set(answer.context["form"].errors) == {"name", "email", "password"}


def test_the_form_shares_the_limit_with_the_api(cheap_hashes: None, window: Client) -> None:
    person_with_password("Ann", email="ann@example.org")
    body = {"email": "ann@example.org", "password": "wrong"}
    for _ in range(5):
        assert nobody().post("/v1/users/login", body, format="json").status_code == 401
        assert log_in(window, password="wrong").status_code == 200

    answer = log_in(window)

    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert "Too many tries" in answer.content.decode()
    assert not is_signed_in(window)


def test_a_form_without_its_csrf_token_is_refused(ann: User, window: Client) -> None:
    for path in ("/login", "/register", "/logout"):
        answer = window.post(path, {"username": "ann@example.org", "password": PASSWORD})
        assert answer.status_code == 403
    assert not is_signed_in(window)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/c/1", "/c/1"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/\\evil.example", "/"),
    ],
)
def test_next_leads_only_to_this_site(
    ann: User, window: Client, target: str, expected: str
) -> None:
    assert log_in(window, next=target)["Location"] == expected
    other = Client()
    registration = {"name": "Bob", "email": "bob@example.org", "password": PASSWORD}
    answer = other.post("/register", {**registration, "next": target})
    assert answer["Location"] == expected


def test_next_goes_along_from_form_to_form(window: Client) -> None:
    html = window.get("/login", {"next": "/c/1?a=b&c=<d>"}).content.decode()
    assert 'name="next" value="/c/1?a=b&amp;c=&lt;d&gt;"' in html
    assert 'href="/register?next=/c/1%3Fa%3Db%26c%3D%3Cd%3E"' in html
    html = window.get("/register", {"next": "/c/1"}).content.decode()
    assert 'name="next" value="/c/1"' in html
    assert 'href="/login?next=/c/1"' in html


def test_registering_logs_in(window: Client) -> None:
    answer = submit(window, "/register", name="Bob", email="Bob@Example.org", password=PASSWORD)

    assert (answer.status_code, answer["Location"]) == (302, "/")
    body = window.get(ME).json()
    assert (body["name"], body["email"]) == ("Bob", "bob@example.org")


def test_what_the_action_refuses_stands_beside_its_field(ann: User, window: Client) -> None:
    answer = submit(
        window, "/register", name="a\u202eb", email="ann@example.org", password="12345678"
    )

    assert answer.status_code == 200
    assert set(answer.context["form"].errors) == {"name", "password"}
    assert "has an account already" not in answer.content.decode()

    # A taken email is told only to who offers a registration that is right otherwise.
    answer = submit(window, "/register", name="Ann", email="ann@example.org", password=PASSWORD)
    assert set(answer.context["form"].errors) == {"email"}
    assert "has an account already" in answer.content.decode()
    assert User.objects.count() == 1


def test_nul_in_a_form_is_refused(window: Client) -> None:
    answer = submit(window, "/register", name="a\0b", email="a@example.org", password=PASSWORD)
    assert set(answer.context["form"].errors) == {"name"}
    answer = submit(window, "/login", username="a\0b", password="a\0b")
    assert set(answer.context["form"].errors) == {"username", "password"}


def test_registration_is_limited(window: Client) -> None:
    fields = {"name": "\u200b", "email": "bob@example.org", "password": PASSWORD}
    for _ in range(10):
        assert submit(window, "/register", **fields).status_code == 200
    answer = submit(window, "/register", **{**fields, "name": "Bob"})
    assert (answer.status_code, User.objects.count()) == (429, 0)
    assert int(answer["Retry-After"]) > 0


def test_who_is_signed_in_needs_no_form(ann: User) -> None:
    window = browser(ann)
    for path in ("/login", "/register"):
        assert window.get(path)["Location"] == "/"
    assert window.get("/register", {"next": "//evil.example"})["Location"] == "/"


def test_logging_out(ann: User, window: Client) -> None:
    log_in(window)
    key = window.cookies["sessionid"].value
    token = window.cookies["csrftoken"].value

    assert window.get("/logout").status_code == 405
    assert is_signed_in(window)
    answer = window.post("/logout", {"csrfmiddlewaretoken": token})

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert last_sign_in(ann).ended_at is not None
    window.cookies["sessionid"] = key
    assert not is_signed_in(window)


CLEARED = '"cache", "storage"'


def test_logging_out_clears_what_the_browser_keeps(ann: User) -> None:
    window = browser(ann)
    assert "Clear-Site-Data" not in window.get(ME)
    answer = window.post("/logout", headers=with_csrf(window))
    assert (answer.status_code, answer["Clear-Site-Data"]) == (302, CLEARED)


def test_logging_out_by_the_api_clears_what_the_browser_keeps(ann: User) -> None:
    window = browser(ann)
    answer = window.post("/v1/users/logout", headers=with_csrf(window))
    assert (answer.status_code, answer["Clear-Site-Data"]) == (204, CLEARED)


def test_closing_the_account_clears_what_the_browser_keeps(ann: User) -> None:
    window = browser(ann)
    headers = with_csrf(window)
    answer = window.delete(ME, {"password": PASSWORD}, format="json", headers=headers)
    assert (answer.status_code, answer["Clear-Site-Data"]) == (204, CLEARED)


def test_a_refused_log_out_clears_nothing(ann: User) -> None:
    window = browser(ann)
    for answer in (window.get("/logout"), window.post("/v1/users/logout")):
        assert answer.status_code in (403, 405)
        assert "Clear-Site-Data" not in answer


def test_logging_out_without_being_in_does_no_harm(window: Client) -> None:
    assert submit_logout(window).status_code == 302


def submit_logout(window: Client) -> Any:
    window.get("/login")
    return window.post("/logout", {"csrfmiddlewaretoken": window.cookies["csrftoken"].value})


@pytest.mark.parametrize("ending", ["one", "all", "closing", "expiry", "lost row"])
def test_a_session_ends_with_its_sign_in(ann: User, ending: str) -> None:
    window, other = browser(ann), browser(make_person("Bob"))
    kept = last_sign_in(ann)
    assert is_signed_in(window)
    match ending:
        case "one":
            end_sign_in(user_id=ann.pk, sign_in_id=kept.pk)
        case "all":
            end_all_sign_ins(user_id=ann.pk)
        case "closing":
            close_account(user=ann)
        case "expiry":
            expire(kept)
        case "lost row":
            kept.delete()

    assert is_refused(window.get(ME), 401, "not_authenticated")
    assert window.cookies["sessionid"].value == ""
    assert is_signed_in(other)


def test_a_session_without_a_sign_in_is_worth_nothing(ann: User) -> None:
    window = browser(ann)
    session = window.session
    del session[sessions.SESSION_NAME]
    session.save()
    assert not is_signed_in(window)


def test_writing_with_a_cookie_needs_the_csrf_token(ann: User) -> None:
    window = browser(ann)

    for answer in (
        window.post("/v1/users/logout"),
        window.post("/v1/tickets"),
        window.patch(ME, {"name": "Eve"}, format="json"),
        window.patch(ME, {"name": "Eve"}, format="json", headers={"X-CSRFToken": "x" * 32}),
        window.delete(ME, {"password": PASSWORD}, format="json"),
    ):
        assert is_refused(answer, 403, "csrf_failed")
    assert window.get(ME).json()["name"] == "Ann"

    headers = with_csrf(window)
    answer = window.patch(ME, {"name": "Anna"}, format="json", headers=headers)
    assert answer.json()["name"] == "Anna"


def test_a_request_from_another_site_is_refused(ann: User) -> None:
    window = browser(ann)
    headers = {**with_csrf(window), "Origin": "https://evil.example"}
    answer = window.patch(ME, {"name": "Eve"}, format="json", headers=headers)
    assert is_refused(answer, 403, "csrf_failed")


def test_a_request_takes_two_queries(ann: User, django_assert_num_queries: Any) -> None:
    window = browser(ann)
    with django_assert_num_queries(2):  # the session; its sign-in with the person
        assert is_signed_in(window)


def test_each_visit_prolongs_the_session_at_most_once_an_hour(ann: User) -> None:
    window = browser(ann)
    before = last_sign_in(ann)
    is_signed_in(window)
    assert last_sign_in(ann).last_used_at == before.last_used_at

    earlier = timezone.now() - timedelta(hours=2)
    SignIn.objects.update(last_used_at=earlier, expires_at=timezone.now() + timedelta(hours=1))
    answer = window.get(ME)

    kept = last_sign_in(ann)
    assert timezone.now() - kept.last_used_at < timedelta(minutes=1)
    assert kept.expires_at - timezone.now() > timedelta(days=29)
    assert answer.cookies["sessionid"]["max-age"] == 30 * 24 * 3600


def test_a_socket_is_opened_by_the_session_key(ann: User, django_assert_num_queries: Any) -> None:
    window = browser(ann)
    key = window.cookies["sessionid"].value

    with django_assert_num_queries(2):
        user, found = authenticate_session(key)
    assert (user, found) == (ann, last_sign_in(ann))

    end_all_sign_ins(user_id=ann.pk)
    for worthless in (key, "x" * 32, "", None, "\0" * 32, "é" * 32):
        with pytest.raises(SignedOut):
            authenticate_session(worthless)


def test_an_account_closed_while_logging_in_gives_no_session(
    ann: User, window: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = sessions.start_browser_sign_in

    def close_first(**kwargs: Any) -> SignIn:
        User.objects.filter(pk=ann.pk).update(is_active=False)
        return real(**kwargs)

    monkeypatch.setattr(sessions, "start_browser_sign_in", close_first)
    answer = log_in(window)

    assert answer.status_code == 302
    assert not is_signed_in(window)
    assert not SignIn.objects.exists()


def test_a_program_and_a_browser_are_apart(ann: User) -> None:
    pair, window = sign_in(ann), browser(ann)
    window.post("/v1/users/logout", headers=with_csrf(window))
    assert not is_signed_in(window)
    assert nobody().get(ME, HTTP_AUTHORIZATION=f"Bearer {pair.access}").status_code == 200


@pytest.mark.parametrize(
    "cookie", [r'"\000\000\000\000\000\000\000\000\000"', "x" * 5000, "é" * 20, '"', ""]
)
def test_a_session_cookie_that_is_rubbish_is_nobodys(cookie: str, window: Client) -> None:
    for path, status in ((ME, 401), ("/login", 200), ("/", 200), ("/admin/", 302)):
        answer = window.get(path, headers={"cookie": f"sessionid={cookie}"})
        assert answer.status_code == status


@pytest.mark.parametrize("path", ["/login", "/register", "/logout", "/login?next=/login"])
def test_next_does_not_lead_in_circles(ann: User, window: Client, path: str) -> None:
    signed_in = browser(ann)
    for form in ("/login", "/register"):
        answer = signed_in.get(form, {"next": path})
        assert (answer.status_code, answer["Location"]) == (302, "/")
    assert log_in(window, next=path)["Location"] == "/"
