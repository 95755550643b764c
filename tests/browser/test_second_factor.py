"""Passkeys by a virtual authenticator in Chromium, and the pages of second factors"""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.accounts.authenticator import code_of
from tests.browser.browser import PASSWORD, Person, Window, log_in
from tests.servers import ServerProcess

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def home(server: ServerProcess) -> str:
    """Passkeys are for domains: browsers make none for an IP address."""
    return server.base_url.replace("127.0.0.1", "localhost")


@pytest.fixture
def ann(make_person: Callable[[str], Person]) -> Person:
    return make_person("Ann")


def window_of(open_window: Callable[..., Window], home: str, ann: Person) -> Window:
    window = open_window()
    log_in(window.page.context, home, ann)
    return window


def plug_in(page: Page) -> tuple[CDPSession, str]:
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    added = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return devtools, added["authenticatorId"]


def give_password(page: Page, home: str, ann: Person) -> None:
    page.context.clear_cookies()
    page.goto(f"{home}/login?next=/settings")
    page.get_by_label("Email").fill(ann.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def test_a_passkey_is_set_up_and_logs_in(
    open_window: Callable[..., Window], home: str, ann: Person
) -> None:
    window = window_of(open_window, home, ann)
    page = window.page
    devtools, authenticator = plug_in(page)
    page.goto(f"{home}/settings")
    page.get_by_role("link", name="Second factor").click()
    assert window.accessibility_violations() == []
    page.get_by_label("Name of the passkey").fill("My phone")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    expect(page.get_by_role("listitem")).to_have_count(10)
    assert window.accessibility_violations() == []
    page.get_by_role("link", name="I have saved them").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("My phone")
    assert window.accessibility_violations() == []

    give_password(page, home, ann)
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    assert window.accessibility_violations() == []
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(f"{home}/settings")

    page.context.clear_cookies()
    page.goto(f"{home}/login?next=/settings")
    page.get_by_role("link", name="Log in with a passkey").click()
    expect(page.get_by_role("button", name="Use a passkey")).to_be_visible()
    assert window.accessibility_violations() == []
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(f"{home}/settings")
    expect(page.get_by_text(ann.email)).to_be_visible()

    copy = devtools.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})
    (credential,) = copy["credentials"]
    assert credential["signCount"] >= 3
    refuse_copy(page, home, devtools, authenticator, credential)


def refuse_copy(
    page: Page, home: str, devtools: CDPSession, authenticator: str, credential: dict[str, Any]
) -> None:
    """A copy of the key from before its last uses counts too low."""
    at = {"authenticatorId": authenticator}
    devtools.send("WebAuthn.clearCredentials", at)
    devtools.send("WebAuthn.addCredential", {**at, "credential": {**credential, "signCount": 1}})
    page.context.clear_cookies()
    page.goto(f"{home}/login/passkey")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert").filter(has_text="not accepted")).to_be_visible()


def test_an_app_is_set_up_without_scripts(open_window: Callable[..., Window], ann: Person) -> None:
    page = open_window(ann, java_script_enabled=False).page
    page.goto("/settings/second-factor")
    page.get_by_role("button", name="Set up an app").click()
    expect(page.get_by_role("img", name="QR code of the key")).to_be_visible()
    secret = page.locator("code").inner_text().replace(" ", "")
    page.get_by_label("Code from the app").fill(code_of(secret))
    page.get_by_role("button", name="Confirm").click()
    recovery_code = page.get_by_role("listitem").first.inner_text()
    page.get_by_role("link", name="I have saved them").click()
    expect(page.get_by_text("10 codes are left")).to_be_visible()

    page.context.clear_cookies()
    page.goto("/login")
    page.get_by_label("Email").fill(ann.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_label("Code").fill(recovery_code)
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(re.compile(r":\d+/$"))
    page.goto("/settings/second-factor")
    expect(page.get_by_text("9 codes are left")).to_be_visible()


def test_the_page_with_the_picture_is_for_everybody(
    open_window: Callable[..., Window], ann: Person
) -> None:
    window = open_window(ann, locale="de-DE", color_scheme="dark")
    window.page.goto("/settings/second-factor")
    window.page.get_by_role("button", name="App einrichten").click()
    expect(window.page.get_by_role("img", name="QR-Code des Schlüssels")).to_be_visible()
    assert window.accessibility_violations() == []
