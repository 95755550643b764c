"""The details pane: title, own settings, members, pins and files."""

from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.browser.browser import Person, Window
from tests.waiting import eventually

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]


def open_details(window: Window, conversation_id: str) -> None:
    window.open(conversation_id)
    window.page.get_by_role("button", name="Details of").click()
    expect(window.page.get_by_role("complementary", name="Details")).to_be_visible()


def test_owner_renames_and_manages_members(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    olga, mia = make_person("Olga"), make_person("Mia")
    group = olga.begin("Before", mia)
    owners = open_window(olga)
    open_details(owners, group)
    pane = owners.page.get_by_role("complementary", name="Details")

    pane.get_by_role("button", name="Name and topic").click()
    pane.get_by_label("Name").fill("After")
    pane.get_by_label("Topic").fill("Plans")
    pane.get_by_role("button", name="Save").click()
    expect(owners.entry("After")).to_be_visible()
    assert olga.get(f"/v1/conversations/{group}")["name"] == "After"

    pane.get_by_role("button", name="Mia").click()
    owners.page.get_by_role("menuitem", name="Make an admin").click()
    expect(pane.get_by_role("button", name="Mia").get_by_text("Admin")).to_be_visible()

    pane.get_by_role("button", name="Mia").click()
    owners.page.get_by_role("menuitem", name="Remove").click()
    owners.page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(pane.get_by_role("button", name="Mia")).to_have_count(0)


def test_member_sees_pins_and_files_and_mutes(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    olga, mia = make_person("Olga"), make_person("Mia")
    group = olga.begin("Files", mia)
    members = open_window(mia)
    members.open(group)
    members.page.get_by_label("Files", exact=True).set_input_files(
        {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"a plan"}
    )
    expect(members.page.get_by_role("button", name="Remove plan.txt")).to_be_visible()
    members.send("the plan")
    members.expect_sent("the plan")
    seq = olga.say(group, "pin me")["seq"]
    olga.post(f"/v1/conversations/{group}/messages/{seq}/pin")

    open_details(members, group)
    pane = members.page.get_by_role("complementary", name="Details")
    expect(pane.get_by_role("region", name="Pinned messages").get_by_text("pin me")).to_be_visible()
    expect(pane.get_by_role("region", name="Files").get_by_text("plan.txt")).to_be_visible()
    expect(pane.get_by_role("button", name="Name and topic")).to_have_count(0)
    pane.get_by_role("switch", name="Mute").check()
    expect(members.entry("Files").get_by_role("img", name="Muted")).to_be_visible()


def test_an_admin_makes_a_webhook_and_its_messages_are_a_bots(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    olga, mia = make_person("Olga"), make_person("Mia")
    group = olga.begin("Builds", mia)
    owners, members = open_window(olga), open_window(mia)
    open_details(owners, group)
    pane = owners.page.get_by_role("complementary", name="Details")
    pane.get_by_text("Webhooks", exact=True).click()
    form = pane.locator("form").filter(has=owners.page.get_by_role("button", name="Create webhook"))
    form.get_by_label("Program").fill("Pipeline")
    pane.get_by_role("button", name="Create webhook").click()
    url = pane.get_by_label("Address of Pipeline").input_value()

    open_details(members, group)
    details = members.page.get_by_role("complementary", name="Details")
    expect(details.get_by_text("Webhooks")).to_have_count(0)
    path = urlsplit(url).path
    answer = members.page.request.post(path, data={"text": "*green*", "username": "Stage 2"})
    assert answer.text() == "ok"
    message = members.page.get_by_role("article", name="Stage 2")
    expect(message.locator("strong", has_text="green")).to_be_visible()
    expect(message.locator(".bot-badge")).to_have_text("Bot")

    pane.get_by_role("button", name="End Pipeline").click()
    owners.page.get_by_role("dialog").get_by_role("button", name="End").click()
    expect(pane.get_by_role("button", name="End Pipeline")).to_have_count(0)
    assert members.page.request.post(path, data={"text": "x"}).text() == "no_service"


def test_an_admin_makes_an_outgoing_webhook_and_delivers_again(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    olga, mia = make_person("Olga"), make_person("Mia")
    group = olga.begin("Told", mia)
    owners, members = open_window(olga), open_window(mia)
    open_details(owners, group)
    pane = owners.page.get_by_role("complementary", name="Details")
    pane.get_by_text("Outgoing webhooks").click()
    form = pane.locator("form").filter(has_text="Create outgoing webhook")
    form.get_by_label("Program", exact=True).fill("Ear")
    form.get_by_label("Address of the program").fill("http://127.0.0.1:9/told")
    form.get_by_label("Only messages with one of these words").fill("build, deploy")
    form.get_by_role("button", name="Create outgoing webhook").click()
    expect(pane.get_by_label("Secret of Ear")).not_to_have_value("")
    made = pane.get_by_role("listitem").filter(has_text="New messages, build, deploy")
    expect(made).to_be_visible()

    open_details(members, group)
    theirs = members.page.get_by_role("complementary", name="Details")
    expect(theirs.get_by_text("Outgoing webhooks")).to_have_count(0)
    mia.say(group, "deploy it")
    deliveries = pane.get_by_text("Deliveries to Ear")
    again = pane.get_by_role("button", name="Deliver again")

    def is_given_up() -> bool:
        path = f"/v1/conversations/{group}/outgoing-hooks"
        (hook,) = olga.get(path)["results"]
        told = olga.get(f"{path}/{hook['id']}/deliveries")["results"]
        return [each["state"] for each in told] == ["failed"]

    eventually(is_given_up)
    deliveries.click()
    expect(pane.get_by_role("listitem").filter(has_text="failed").last).to_be_visible()
    again.click()
    expect(owners.page.get_by_text("It is being delivered again.")).to_be_visible()

    pane.get_by_role("button", name="End Ear").click()
    owners.page.get_by_role("dialog").get_by_role("button", name="End").click()
    expect(pane.get_by_role("button", name="End Ear")).to_have_count(0)


def test_an_admin_makes_a_command_that_members_call(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    olga, mia = make_person("Olga"), make_person("Mia")
    group = olga.begin("Called", mia)
    owners, members = open_window(olga), open_window(mia)
    open_details(owners, group)
    pane = owners.page.get_by_role("complementary", name="Details")
    pane.get_by_text("Slash commands").click()
    form = pane.locator("form").filter(has_text="Create command")
    form.get_by_label("Command").fill("/deploy")
    form.get_by_label("Address of the program").fill("http://127.0.0.1:9/called")
    form.get_by_label("What it does").fill("deploys a branch")
    form.get_by_role("button", name="Create command").click()
    expect(pane.get_by_label("Secret of /deploy")).not_to_have_value("")

    members.open(group)
    field = members.composer
    field.fill("/dep")
    expect(members.page.get_by_role("option", name="/deploy")).to_contain_text("deploys a branch")
    field.fill("/deploy main")
    field.press("Enter")
    expect(members.page.get_by_text("has failed")).to_be_visible()
    field.fill("/etc/hosts")
    field.press("Enter")
    members.expect_sent("/etc/hosts")
    assert olga.texts(group) == ["/etc/hosts"]

    pane.get_by_role("button", name="End /deploy").click()
    owners.page.get_by_role("dialog").get_by_role("button", name="End").click()
    expect(pane.get_by_role("button", name="End /deploy")).to_have_count(0)


def test_failed_loading_is_shown_and_can_be_retried(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    olga = make_person("Olga")
    group = olga.begin("Alone")
    window = open_window(olga)
    window.line_may_fail = True
    window.page.route("**/pins", lambda route: route.abort())
    open_details(window, group)
    pane = window.page.get_by_role("complementary", name="Details")
    expect(pane.get_by_text("Pinned messages and files could not be loaded.")).to_be_visible()

    window.page.unroute("**/pins")
    pane.get_by_role("button", name="Try again").click()
    expect(pane.get_by_text("could not be loaded")).to_have_count(0)


def test_who_has_left_is_told_no_number_of_people(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Old flat", ben)
    window = open_window(ben)
    window.open(group)
    head = window.page.get_by_role("heading", level=1).filter(has_text="Old flat")
    expect(head).to_contain_text("2 people")
    ben.post(f"/v1/conversations/{group}/leave")
    expect(window.page.get_by_text("You are no longer in this conversation.")).to_be_visible()
    expect(head).to_contain_text("Group")
    expect(head).not_to_contain_text("people")
