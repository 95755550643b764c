"""One's time zone: told by the browser, shown in the settings, and chosen there."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.browser import Person, Window
from tests.waiting import eventually

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]


def test_the_browser_tells_it_once_and_a_choice_stays(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    assert ann.get("/v1/users/me")["timeZone"] == ""
    window = open_window(ann, timezone_id="Asia/Tokyo")
    page = window.page
    page.goto("/settings")
    expect(page.get_by_label("Time zone").locator("option:checked")).to_have_text("Not known yet")
    page.goto("/")
    eventually(lambda: ann.get("/v1/users/me")["timeZone"] == "Asia/Tokyo")

    page.goto("/settings")
    zone = page.get_by_label("Time zone")
    expect(zone).to_have_value("Asia/Tokyo")
    expect(page.get_by_text("(Asia/Tokyo)").first).to_be_visible()
    zone.select_option("America/Argentina/Buenos_Aires")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your settings are saved.")).to_be_visible()

    elsewhere = open_window(ann, timezone_id="Europe/Berlin")
    elsewhere.page.goto("/")
    names = "performance.getEntriesByType('resource').map((each) => each.name).join()"
    eventually(lambda: "time-zone" in elsewhere.page.evaluate(names))
    elsewhere.page.wait_for_load_state("networkidle")
    assert ann.get("/v1/users/me")["timeZone"] == "America/Argentina/Buenos_Aires"
    assert ben.get("/v1/users/me")["timeZone"] == ""
