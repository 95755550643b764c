"""Log-in, registration, settings and password: plain forms, which work without JavaScript too."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.browser import PASSWORD, Person, Window

WITHOUT_SCRIPTS: dict[str, Any] = {"java_script_enabled": False}


@pytest.mark.parametrize("options", [{}, WITHOUT_SCRIPTS], ids=["scripts", "no-scripts"])
def test_register_log_out_and_log_in(
    open_window: Callable[..., Window], options: dict[str, Any]
) -> None:
    page = open_window(**options).page
    email = f"new{len(options)}@example.org"
    page.goto("/")
    page.get_by_role("link", name="Create account").click()
    page.get_by_label("Name").fill("Nia New")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page).to_have_url(re.compile(r":\d+/$"))
    page.goto("/settings")
    expect(page.get_by_label("Name")).to_have_value("Nia New")
    page.get_by_role("button", name="Log out", exact=True).click()
    expect(page).not_to_have_url(re.compile("/settings"))
    page.goto("/login")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page).not_to_have_url(re.compile("/login"))
    page.goto("/settings")
    expect(page.get_by_text(email)).to_be_visible()


KEEP = """async () => {
  localStorage.setItem("chat.drafts.x", "{}");
  await (await caches.open("chat-pages-1")).put("/c/x", new Response("private"));
  await new Promise((resolve) => { indexedDB.open("chat-x").onsuccess = resolve; });
}"""
KEPT = """async () => [
  Object.keys(localStorage).filter((key) => key.startsWith("chat.")),
  (await caches.keys()).filter((name) => name.startsWith("chat-pages")),
]"""


@pytest.mark.parametrize("knows_header", [True, False], ids=["header", "no-header"])
def test_logging_out_leaves_nothing_in_the_browser(
    open_window: Callable[..., Window], make_person: Callable[[str], Person], knows_header: bool
) -> None:
    window = open_window(make_person("Ann"))
    page = window.page
    page.goto("/settings")
    page.evaluate(KEEP)
    if not knows_header:
        page.route(
            "**/logout", lambda route: route.fulfill(body="<p>bye", content_type="text/html")
        )
    page.get_by_role("button", name="Log out", exact=True).click()
    expect(page).not_to_have_url(re.compile("/settings"))
    page.wait_for_load_state()
    assert page.evaluate(KEPT) == [[], []]


def test_wrong_password_shows_beside_the_form(
    open_window: Callable[..., Window], make_person: Callable[[str], Person]
) -> None:
    page = open_window().page
    page.goto("/login")
    page.get_by_label("Email").fill(make_person("Ann").email)
    page.get_by_label("Password").fill("not-the-password")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_have_text("Email or password is wrong.")


def test_registration_errors_show_at_each_field(
    open_window: Callable[..., Window], make_person: Callable[[str], Person]
) -> None:
    """That an email is taken is told last, so each refusal stands at one field."""
    page = open_window().page
    page.goto("/register")
    for label, password in (("Password", "12345"), ("Email", PASSWORD)):
        page.get_by_label("Name").fill("Ann")
        page.get_by_label("Email").fill(make_person("Ann").email)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Create account").click()
        field = page.get_by_label(label)
        expect(field).to_have_attribute("aria-invalid", "true")
        described = field.get_attribute("aria-describedby") or ""
        expect(page.locator(f"#{described.split()[-1]}")).not_to_be_empty()


def test_a_password_is_hinted_at_shown_and_focused_where_it_is_wrong(
    open_window: Callable[..., Window],
) -> None:
    page = open_window().page
    page.goto("/register")
    password = page.get_by_label("Password")
    expect(page.get_by_text("At least 8 characters")).to_be_visible()
    page.get_by_label("Name").fill("Ann")
    page.get_by_label("Email").fill("ann.new@example.org")
    password.fill("12345")
    page.get_by_role("button", name="Show the password").click()
    expect(password).to_have_attribute("type", "text")
    page.get_by_role("button", name="Create account").click()

    expect(password).to_be_focused()
    expect(password).to_have_attribute("type", "password")


def test_where_an_email_is_taken_the_log_in_is_one_step_away(
    open_window: Callable[..., Window], make_person: Callable[[str], Person]
) -> None:
    page = open_window().page
    page.goto("/register")
    page.get_by_label("Name").fill("Ann")
    page.get_by_label("Email").fill(make_person("Ann").email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()

    expect(page.get_by_label("Email")).to_be_focused()
    page.locator(".wrong").get_by_role("link", name="Log in").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_link_into_the_chat_redirects_through_the_log_in(
    open_window: Callable[..., Window], make_person: Callable[[str], Person]
) -> None:
    ann = make_person("Ann")
    group = ann.begin("Readers")
    page = open_window().page
    page.goto(f"/c/{group}")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    page.get_by_label("Email").fill(ann.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(re.compile(f"/c/{group}$"))


def test_settings_are_saved_and_applied_at_once(
    open_window: Callable[..., Window], make_person: Callable[[str], Person]
) -> None:
    page = open_window(make_person("Ann"), **WITHOUT_SCRIPTS).page
    page.goto("/settings")
    page.get_by_label("Name").fill("Ann Other")
    page.get_by_label("About you").fill("Out on Fridays")
    page.get_by_label("Who sees when I am online").select_option("contacts")
    page.get_by_label("Dark").check()
    page.get_by_label("Language").select_option("de")
    page.get_by_label("Mentions and direct messages").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Einstellungen")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("Deine Einstellungen sind gespeichert.")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_label("Name")).to_have_value("Ann Other")
    expect(page.get_by_label("Über dich")).to_have_value("Out on Fridays")
    expect(page.get_by_label("Wer sieht, wann ich online bin")).to_have_value("contacts")
    expect(page.get_by_role("radio", name="Erwähnungen und Direktnachrichten")).to_be_checked()


def test_the_dark_theme_is_dark(
    open_window: Callable[..., Window], make_person: Callable[[str], Person]
) -> None:
    ann = make_person("Ann")
    page = open_window(ann, color_scheme="light").page
    page.goto("/settings")
    colour = "() => getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(colour)
    page.get_by_label("Dark").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_be_visible()
    assert page.evaluate(colour) != light


def test_a_new_password_ends_the_other_devices(
    open_window: Callable[..., Window], make_person: Callable[[str], Person]
) -> None:
    ann = make_person("Ann")
    page, other = open_window(ann).page, open_window(ann).page
    page.goto("/settings")
    page.get_by_role("link", name="Change password").click()
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill("another-long-one-9")
    page.get_by_label("New password again").fill("another-long-one-8")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("The two do not match.")).to_be_visible()
    for label in ("Current password", "New password", "New password again"):
        page.get_by_label(label, exact=True).fill("another-long-one-9")
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("status")).to_be_visible()
    other.goto("/settings")
    expect(other.get_by_role("heading", name="Log in")).to_be_visible()


def test_device_list_logs_another_device_out(
    open_window: Callable[..., Window], make_person: Callable[[str], Person]
) -> None:
    ann = make_person("Ann")
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
    page, other = open_window(ann).page, open_window(ann, user_agent=agent).page
    page.goto("/settings")
    page.get_by_role("button", name="Log out Firefox, Linux").click()
    expect(page.get_by_text("Firefox, Linux")).to_have_count(0)
    other.goto("/settings")
    expect(other.get_by_role("heading", name="Log in")).to_be_visible()


def test_blocks_and_contacts_are_removed(
    open_window: Callable[..., Window], make_person: Callable[[str], Person]
) -> None:
    ann, ben, cleo = map(make_person, ("Ann", "Ben", "Cleo"))
    ann.post("/v1/blocks", userId=ben.id)
    ann.post("/v1/contacts", userId=cleo.id, nickname="Clee")
    page = open_window(ann).page
    page.goto("/settings")
    expect(page.get_by_text("Clee")).to_be_visible()
    page.get_by_role("button", name="Unblock Ben").click()
    page.get_by_role("button", name="Remove Cleo").click()
    expect(page.get_by_text("Clee")).to_have_count(0)
    assert ann.get("/v1/blocks")["results"] == ann.get("/v1/contacts")["results"] == []


def test_the_language_can_be_chosen_before_the_log_in(
    open_window: Callable[..., Window],
) -> None:
    page = open_window(**WITHOUT_SCRIPTS).page
    page.goto("/login")
    page.get_by_role("button", name="Deutsch").click()
    expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    # A language is called what it calls itself, so that one finds back.
    page.get_by_role("button", name="English", exact=True).click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
