"""The second factor in a browser without scripts: settings, log-in, and the admin site"""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import Totp, User
from tests.accounts.authenticator import App, Clock, code_of
from tests.accounts.scene import PASSWORD, browser, person_with_password, with_csrf

pytestmark = pytest.mark.django_db
PAGE = "/settings/second-factor"
ME = "/v1/users/me"


@pytest.fixture
def ann(factor_owner: User) -> User:
    return factor_owner


@pytest.fixture
def window() -> Client:
    return Client(enforce_csrf_checks=True)


def submit(window: Any, path: str, to: str | None = None, **fields: str) -> Any:
    """Loads the form and sends it with its CSRF token."""
    token = str(window.get(path).context["csrf_token"])
    return window.post(to or path, {"csrfmiddlewaretoken": token, **fields})


def log_in(window: Client, path: str = "/login", **fields: str) -> Any:
    return submit(window, path, **{"username": "ann@example.org", "password": PASSWORD, **fields})


def is_signed_in(window: Client) -> bool:
    return window.get(ME).status_code == 200


def set_up(window: Any, clock: Clock) -> Any:
    """Sets up an app by the pages; returns the page with the recovery codes."""
    begun = submit(window, PAGE, f"{PAGE}/app/begin")
    assert (begun.status_code, begun["Location"]) == (302, f"{PAGE}/app")
    page = window.get(f"{PAGE}/app").content.decode()
    secret = re.search(r'class="key">([A-Z2-7 ]+)<', page)
    assert secret
    picture = re.search(r'src="data:image/svg\+xml;[^"]*,([^"]+)"', page)
    assert picture
    return submit(window, f"{PAGE}/app", code=code_of(secret[1].replace(" ", ""), clock.now))


def test_setting_up_an_app_by_the_pages(ann: User, clock: Clock) -> None:
    window = Client(enforce_csrf_checks=True)
    log_in(window)
    assert submit(window, PAGE, f"{PAGE}/app/begin").status_code == 302
    wrong = submit(window, f"{PAGE}/app", code="000000")
    assert wrong.context["form"].errors["code"] == ["The code is wrong or has been used before."]

    shown = set_up(window, clock)

    codes = re.findall(r"<code>([a-z2-9-]{19})</code>", shown.content.decode())
    assert len(codes) == 10
    assert "no-store" in shown["Cache-Control"]
    assert codes[0] not in window.get(PAGE).content.decode()
    assert "10 codes are left" in window.get(PAGE).content.decode()
    assert window.get(f"{PAGE}/app").status_code == 302  # the secret is not shown again
    assert submit(window, PAGE, f"{PAGE}/app/begin")["Location"] == PAGE


def test_the_page_needs_a_sign_in(window: Client) -> None:
    for path in ("", "/app", "/app/remove", "/recovery-codes"):
        assert window.get(PAGE + path)["Location"].startswith("/login")


def test_the_password_alone_opens_nothing(app: App, window: Client) -> None:
    answer = log_in(window, next="/settings")
    assert (answer.status_code, answer["Location"]) == (
        302,
        "/login/second-factor?next=%2Fsettings",
    )
    assert not is_signed_in(window)
    assert window.get("/settings").status_code == 302
    wrong = submit(window, answer["Location"], code="000000")
    assert wrong.context["form"].errors["code"] == ["The code is wrong or has been used before."]
    assert not is_signed_in(window)

    done = submit(window, answer["Location"], code=app.code())

    assert (done.status_code, done["Location"]) == (302, "/settings")
    assert is_signed_in(window)


def test_a_recovery_code_goes_into_the_same_field(app: App, window: Client) -> None:
    log_in(window)
    done = submit(window, "/login/second-factor", code=app.recovery_codes[0])
    assert done.status_code == 302
    assert is_signed_in(window)


def test_the_second_page_without_the_first_leads_back(app: App, window: Client) -> None:
    assert window.get("/login/second-factor")["Location"] == "/login"
    token = with_csrf(window)["X-CSRFToken"]  # type: ignore[arg-type]
    fields = {"code": app.code(), "csrfmiddlewaretoken": token}
    assert window.post("/login/second-factor", fields)["Location"] == "/login"
    assert not is_signed_in(window)


def test_too_many_wrong_codes_lead_back(app: App, window: Client) -> None:
    log_in(window)
    for _ in range(5):
        submit(window, "/login/second-factor", code="nonsense")
    assert submit(window, "/login/second-factor", code=app.code())["Location"] == "/login"
    assert "Start again." in window.get("/login").content.decode()
    assert not is_signed_in(window)


def test_guesses_share_the_limit_with_the_api(app: App, window: Client) -> None:
    statuses = []
    for number in range(10):
        if number % 5 == 0:
            log_in(window)
        answer = submit(window, "/login/second-factor", code="nonsense")
        statuses.append(answer.status_code)
    assert statuses == [*[200] * 9, 429]  # the first of this minute was the enrolment
    assert "Retry-After" in answer


def test_removing_the_app_by_the_pages(ann: User, app: App) -> None:
    window = browser_of(ann)
    wrong = submit(window, f"{PAGE}/app/remove", password="wrong")
    assert wrong.context["form"].errors["password"] == ["The password is wrong."]
    assert Totp.objects.exists()
    assert submit(window, f"{PAGE}/app/remove", password=PASSWORD)["Location"] == PAGE
    assert not Totp.objects.exists()


def test_new_recovery_codes_by_the_pages(ann: User, app: App) -> None:
    shown = submit(browser_of(ann), f"{PAGE}/recovery-codes", password=PASSWORD)
    codes = re.findall(r"<code>([a-z2-9-]{19})</code>", shown.content.decode())
    assert len(codes) == 10
    assert not set(codes) & set(app.recovery_codes)


def browser_of(ann: User) -> Any:
    """Signed in before the factor was asked for; `login` alone would be refused."""
    User.objects.update(has_second_factor=False)
    ann.has_second_factor = False
    client = browser(ann)
    User.objects.update(has_second_factor=True)
    return client


def test_no_sign_in_begins_without_the_factor(ann: User, app: App) -> None:
    """Whatever calls Django's `login`: the session that would result is emptied."""
    assert not is_signed_in(browser(User.objects.get(pk=ann.pk)))


def test_the_admin_is_no_way_around(ann: User, app: App, window: Client) -> None:
    User.objects.update(is_staff=True, is_superuser=True)
    answer = log_in(window, "/admin/login/?next=/admin/")
    assert answer["Location"] == "/login/second-factor?next=%2Fadmin%2F"
    assert window.get("/admin/").status_code == 302
    assert not is_signed_in(window)
    assert submit(window, answer["Location"], code=app.code())["Location"] == "/admin/"
    assert window.get("/admin/").status_code == 200


def test_the_admins_own_form_still_refuses_who_is_no_staff(app: App, window: Client) -> None:
    answer = log_in(window, "/admin/login/")
    assert "staff account" in str(answer.context["form"].non_field_errors())


def test_staff_enrols_before_anything_else(settings: Any, clock: Clock, cheap_hashes: None) -> None:
    staff = person_with_password("Ann", email="ann@example.org", is_staff=True, is_superuser=True)
    settings.MFA_REQUIRED_FOR = "staff"
    window = browser(staff)
    for path in ("/admin/", "/admin/accounts/user/", "/", "/settings", "/settings/password"):
        assert window.get(path)["Location"] == PAGE, path
    post = window.post("/admin/accounts/user/add/", headers=with_csrf(window))
    assert post["Location"] == PAGE
    assert "requires a second factor" in window.get(PAGE).content.decode()

    set_up(window, clock)

    assert window.get("/admin/").status_code == 200


def test_others_are_let_be(settings: Any, ann: User) -> None:
    settings.MFA_REQUIRED_FOR = "staff"
    assert browser(ann).get("/settings").status_code == 200


def test_an_administrator_resets_it(ann: User, app: App) -> None:
    boss = Client()
    boss.force_login(person_with_password("Boss", is_staff=True, is_superuser=True))
    fields = {"action": "reset_second_factor", "_selected_action": str(ann.pk)}
    assert "Reset the second factor" in boss.post("/admin/accounts/user/", fields).content.decode()
    boss.post("/admin/accounts/user/", {**fields, "confirmed": "yes", "reason": "lost"})
    assert not User.objects.get(pk=ann.pk).has_second_factor


def test_a_moderator_cannot(ann: User, app: App) -> None:
    moderator = person_with_password("Mod", is_staff=True)
    moderator.user_permissions.set(Permission.objects.filter(codename__endswith="_user"))
    client = Client()
    client.force_login(moderator)
    fields = {"action": "reset_second_factor", "_selected_action": str(ann.pk)}
    client.post("/admin/accounts/user/", {**fields, "confirmed": "yes", "reason": "lost"})
    assert User.objects.get(pk=ann.pk).has_second_factor
