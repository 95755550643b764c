"""A moderator at work, in a real browser: nothing may be blocked by the content policy."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser import staff
from tests.browser.browser import Person, Window
from tests.servers import ServerProcess


@pytest.fixture
def promote(server: ServerProcess) -> Callable[[Person, str], Person]:
    def promote_one(person: Person, group: str) -> Person:
        staff.promote(server, person, group)
        return person

    return promote_one


def test_report_is_resolved_from_the_overview(
    open_window: Callable[..., Window],
    make_person: Callable[[str], Person],
    promote: Callable[[Person, str], Person],
) -> None:
    moderator = promote(make_person("Mora"), "Moderator")
    ann, troll = make_person("Ann"), make_person("Troll")
    group = ann.begin("Talk", troll)
    said = troll.say(group, "something foul")
    ann.post("/v1/reports", conversationId=group, seq=said["seq"], reason="hate", comment="look")
    window = open_window(moderator)
    page = window.page

    page.goto("/admin/")
    page.get_by_role("link", name="Open reports").click()
    row = page.get_by_role("row").filter(has_text="Troll")
    expect(row).to_contain_text("Hate")
    assert "something foul" not in page.content()
    row.get_by_role("link", name="Troll").click()
    expect(page.locator(".reported")).to_contain_text("something foul")
    page.get_by_label("Reason, for the log and the person").fill("Not here")
    page.get_by_role("button", name="Delete for everyone").click()
    expect(page.get_by_text("Delete for everyone: 1 done.")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="Troll")).to_have_count(0)

    assert "something foul" not in ann.texts(group)
    page.goto("/admin/accounts/auditentry/")
    expect(page.get_by_role("row").filter(has_text="message.deleted")).to_contain_text("Not here")


def test_the_text_of_listed_messages_is_in_the_window(
    open_window: Callable[..., Window],
    make_person: Callable[[str], Person],
    promote: Callable[[Person, str], Person],
) -> None:
    ann, ben = make_person("Ann-Marie Featherstonehaugh"), make_person("Ben")
    said = "What a moderator looks for must be seen."
    group = ann.begin("The committee of the annual harbour festival", ben)
    seq = ann.say(group, said)["seq"]
    ben.post("/v1/reports", conversationId=group, seq=seq, reason="spam")
    page = open_window(promote(make_person("Mora"), "Moderator"), locale="de-DE").page
    page.goto("/admin/messaging/message/")
    cell = page.get_by_role("cell", name=said)
    expect(cell).to_be_visible()
    box, list_box = cell.bounding_box(), page.locator("#changelist .results").bounding_box()
    assert box
    assert list_box
    assert box["x"] + box["width"] <= list_box["x"] + list_box["width"] + 1
    assert box["width"] > 180


@pytest.mark.parametrize("width", [390, 1000, 1280])
@pytest.mark.parametrize("path", ["accounts/user", "messaging/message"])
def test_there_is_room_to_type_what_is_searched(
    open_window: Callable[..., Window],
    make_person: Callable[[str], Person],
    promote: Callable[[Person, str], Person],
    path: str,
    width: int,
) -> None:
    moderator = promote(make_person("Mora"), "Moderator")
    page = open_window(moderator, viewport={"width": width, "height": 844}).page
    page.goto(f"/admin/{path}/")
    fields = page.locator("#changelist-search label input").all()
    assert fields
    for field in fields:
        box = field.bounding_box()
        assert box
        assert box["width"] >= 100
        assert box["x"] + box["width"] <= width


def test_bulk_action_is_confirmed(
    open_window: Callable[..., Window],
    make_person: Callable[[str], Person],
    promote: Callable[[Person, str], Person],
) -> None:
    page = open_window(promote(make_person("Mora"), "Moderator")).page
    people = [make_person(f"Loud{n}") for n in range(2)]
    page.goto("/admin/accounts/user/?q=Loud")
    for person in people:
        page.get_by_role("row").filter(has_text=person.email).get_by_role("checkbox").check()
    page.get_by_label("Action:").select_option(label="Suspend or ban …")
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_text("This is done to 2 rows:")).to_be_visible()
    page.get_by_label("Reason").fill("noise")
    page.get_by_role("button", name="Suspend").click()
    expect(page.get_by_text("Suspend: 2 done.")).to_be_visible()
    for person in people:
        assert person.rest.get("/v1/users/me").status_code == 401


def test_operator_sees_no_report_and_user_no_admin(
    open_window: Callable[..., Window],
    make_person: Callable[[str], Person],
    promote: Callable[[Person, str], Person],
) -> None:
    page = open_window(promote(make_person("Opal"), "Operator")).page
    page.goto("/admin/")
    expect(page.get_by_text("Failed tasks")).to_be_visible()
    expect(page.get_by_text("Open reports")).to_have_count(0)
    plain = open_window(make_person("Plain")).page
    plain.goto("/admin/")
    expect(plain).to_have_url(re.compile("/admin/login/"))
