"""Coming in: a forgotten password, an invitation, and the first screen of a newcomer."""

import email
import email.policy
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.browser import PASSWORD, Person, Window
from tests.browser.test_chat_details import open_details
from tests.servers import ServerProcess
from tests.waiting import eventually

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]
NEW = "a staple for a horse"


def mailed_link(server: ServerProcess, to: str) -> str:
    """The first link with a token in the mails to this address."""
    found: list[str] = []

    def is_there() -> bool:
        for file in sorted((server.data_dir / "mail").glob("*.eml")):
            message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            body = message.get_body(("plain",))  # type: ignore[attr-defined]
            link = re.search(r"http://\S+token=\S+", body.get_content())
            if message["To"] == to and link:
                found.append(link[0])
        return bool(found)

    eventually(is_there)
    return found[0]


def test_a_forgotten_password_is_set_anew_without_scripts(
    server: ServerProcess, make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    window = open_window(java_script_enabled=False)
    page = window.page
    page.goto("/login")
    page.get_by_role("link", name="Forgot password?").click()
    page.get_by_label("Email").fill(ann.email)
    page.get_by_role("button", name="Send me a link").click()
    expect(page.get_by_role("status")).to_contain_text("is on its way")
    page.goto(mailed_link(server, ann.email))
    page.get_by_label("New password", exact=True).fill(NEW)
    page.get_by_label("New password again").fill(NEW)
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_role("status")).to_contain_text("Log in with it")
    page.get_by_label("Email").fill(ann.email)
    page.get_by_label("Password").fill(NEW)
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(re.compile(r":\d+/$"))


def test_somebody_comes_by_an_invitation(make_person: MakePerson, open_window: OpenWindow) -> None:
    olga = make_person("Olga")
    group = olga.begin("Weekend")
    owners = open_window(olga)
    open_details(owners, group)
    section = owners.page.get_by_role("region", name="Invitations")
    section.get_by_role("button", name="Show").click()
    section.get_by_role("button", name="New link").click()
    link = section.get_by_label("Invitation link").input_value()
    section.get_by_role("button", name="QR code").click()
    code = section.get_by_role("img", name="QR code of the invitation")
    expect(code).to_be_visible()
    assert code.evaluate("image => image.decode().then(() => image.naturalWidth > 100)")
    assert owners.accessibility_violations() == []

    guest = open_window()
    guest.page.goto(link)
    expect(guest.page.get_by_text("Olga invites you to “Weekend”.")).to_be_visible()
    assert guest.accessibility_violations() == []
    guest.page.get_by_role("link", name="Create an account").click()
    guest.page.get_by_label("Name").fill("Nia New")
    guest.page.get_by_label("Email").fill("nia@example.org")
    guest.page.get_by_label("Password").fill(PASSWORD)
    guest.page.get_by_role("button", name="Create account").click()
    guest.page.get_by_role("button", name="Join").click()
    expect(guest.page).to_have_url(re.compile(f"/c/{group}$"))
    expect(guest.entry("Weekend")).to_be_visible()

    section.get_by_role("button", name="Revoke").click()
    expect(section.get_by_text("No invitation is open.")).to_be_visible()
    late = open_window()
    late.line_may_fail = True  # the browser logs the page that is not there
    late.page.goto(link)
    expect(late.page.get_by_role("alert")).to_contain_text("no longer valid")


def test_a_newcomer_is_offered_people_places_and_a_note(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    olga, nia = make_person("Olga Organ"), make_person("Nia New")
    olga.post("/v1/conversations", name="Market square", kind="public")
    window = open_window(nia)
    window.page.goto("/")
    offers = window.page.locator("chat-newcomer")
    expect(offers.get_by_role("button", name="Market square")).to_be_visible()
    assert window.accessibility_violations() == []
    offers.get_by_role("button", name="Write a note to yourself").click()
    window.send("buy bread")
    expect(window.row("buy bread")).to_be_visible()  # without ticks: nobody else reads it
    expect(offers).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible(
    make_person: MakePerson, open_window: OpenWindow, scheme: str
) -> None:
    guest = open_window(color_scheme=scheme, locale="de-DE")
    own = open_window(make_person("Ann"), color_scheme=scheme)
    paths = ("/password-reset", "/password-reset/confirm?token=x", "/email/confirm?token=x")
    for window, addresses in (
        (guest, (*paths, "/unsubscribe?token=x")),
        (own, ("/settings/email", "/settings")),
    ):
        for address in addresses:
            window.page.goto(address)
            assert (address, window.accessibility_violations()) == (address, [])
