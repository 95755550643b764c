"""Two and three people in windows of their own, talking over the real server."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.browser import Person, Window

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]


def test_a_message_is_sent_delivered_and_read(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    direct = ann.direct(ben)
    anns, bens = open_window(ann), open_window(ben)
    anns.open(direct)
    anns.send("Are you there?")
    own = anns.row("Are you there?")
    expect(own.get_by_role("img", name="Sent")).to_be_visible()
    expect(anns.composer).to_have_value("")
    bens.page.goto("/")
    expect(own.get_by_role("img", name="Delivered")).to_be_visible()
    expect(bens.entry("Ann").get_by_role("img", name="1 unread message")).to_be_visible()
    bens.entry("Ann").click()
    expect(bens.row("Are you there?")).to_be_visible()
    expect(own.get_by_role("img", name="Read")).to_be_visible()
    bens.composer.fill("Yes, just came in")
    bens.page.get_by_role("button", name="Send", exact=True).click()
    expect(anns.row("Yes, just came in")).to_be_visible()
    assert ben.texts(direct) == ["Are you there?", "Yes, just came in"]


def test_edit_react_reply_and_delete_are_seen_by_the_other(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Kitchen", ben)
    anns, bens = open_window(ann), open_window(ben)
    anns.open(group)
    bens.open(group)
    anns.send("Soup at twelve")
    expect(bens.row("Soup at twelve")).to_be_visible()

    expect(anns.row("Soup at twelve").get_by_role("img", name="Read")).to_be_visible()
    anns.composer.press("ArrowUp")
    expect(anns.composer).to_have_value("Soup at twelve")
    anns.composer.fill("Soup at one")
    anns.composer.press("Enter")
    expect(bens.row("Soup at one")).to_contain_text("edited")

    bens.row("Soup at one").focus()
    bens.page.keyboard.press("Enter")
    bens.page.get_by_role("menuitem", name=re.compile("^React with")).first.click()
    expect(anns.row("Soup at one").get_by_role("button", name=re.compile(": Ben"))).to_be_visible()

    bens.row("Soup at one").focus()
    bens.page.keyboard.press("r")
    bens.send("Keep me a bowl")
    answer = anns.row("Keep me a bowl")
    expect(answer.get_by_role("button", name="Go to the message")).to_contain_text("Soup at one")

    anns.row("Soup at one").first.focus()
    anns.page.keyboard.press("Enter")
    anns.page.get_by_role("menuitem", name="Delete for everyone").click()
    anns.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(bens.rows.first).to_contain_text("Message deleted")
    expect(bens.log).not_to_contain_text("Soup at one")


def test_three_people_see_the_same_log(make_person: MakePerson, open_window: OpenWindow) -> None:
    people = [make_person(name) for name in ("Ann", "Ben", "Cleo")]
    group = people[0].begin("Three", *people[1:])
    windows = [open_window(person) for person in people]
    for window in windows:
        window.open(group)
        expect(window.composer).to_be_visible()
    for round_number in range(3):
        for person, window in zip(people, windows, strict=True):
            window.send(f"{person.name} {round_number}")
    for window in windows:
        expect(window.rows).to_have_count(9)
    stored = people[0].texts(group)
    assert len(stored) == 9
    for window in windows:
        expect(
            window.rows.filter(has=window.page.get_by_role("img", name="Sending"))
        ).to_have_count(0)
        assert window.texts() == stored


def test_a_second_tab_of_the_same_person_keeps_up(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    direct = ann.direct(ben)
    first, second = open_window(ann), open_window(ann)
    first.open(direct)
    second.open(direct)
    expect(second.composer).to_be_visible()
    first.send("From the first tab")
    expect(second.row("From the first tab")).to_have_count(1)
    expect(first.row("From the first tab")).to_have_count(1)


def test_mention_and_unread_show_in_inbox_and_tab(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Alerts", ben)
    bens = open_window(ben)
    bens.page.goto("/")
    expect(bens.entry("Alerts")).to_be_visible()
    ann.say(group, f"<@{ben.id}> have a look")
    expect(bens.entry("Alerts").get_by_role("img", name="You were mentioned")).to_be_visible()
    expect(bens.entry("Alerts")).to_contain_text("@Ben have a look")
    expect(bens.page).to_have_title(re.compile(r"^\(1\)"))


def test_new_group_appears_for_its_members(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, zoe = make_person("Ann"), make_person("Zoe Findable")
    anns, zoes = open_window(ann), open_window(zoe)
    zoes.page.goto("/")
    anns.page.goto("/")
    anns.inbox.get_by_role("button", name="New conversation").first.click()
    dialog = anns.page.get_by_role("dialog")
    dialog.get_by_role("radio", name="Group").check(force=True)
    dialog.get_by_label("Name", exact=True).fill("Book club")
    dialog.get_by_role("combobox").or_(dialog.get_by_role("searchbox")).first.fill("Zoe F")
    dialog.get_by_text("Zoe Findable").first.click()
    dialog.get_by_role("button", name="Start").click()
    expect(anns.composer).to_be_visible()
    expect(zoes.entry("Book club")).to_be_visible()


def test_search_finds_a_person_to_write_to(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, yan = make_person("Ann"), make_person("Yan Rarename")
    anns = open_window(ann)
    anns.page.goto("/")
    anns.page.get_by_role("combobox", name="Search").fill("Rarename")
    anns.inbox.get_by_role("button").filter(has_text="Yan Rarename").click()
    anns.send("Hello Yan")
    anns.expect_sent("Hello Yan")
    assert yan.texts(ann.direct(yan)) == ["Hello Yan"]


def test_content_is_never_markup(make_person: MakePerson, open_window: OpenWindow) -> None:
    ann = make_person("Ann")
    group = ann.begin("Sandbox")
    window = open_window(ann)
    window.open(group)
    window.send('<img src=x onerror="document.title=1"> **bold** `code` [x](javascript:alert(1))')
    row = window.row("bold")
    expect(row).to_contain_text("<img src=x")
    expect(row.locator("strong").filter(has_text="bold")).to_have_count(1)
    expect(row.locator("code")).to_have_text("code")
    expect(row.locator("img")).to_have_count(0)
    expect(row.locator("a[href^='javascript']")).to_have_count(0)


def test_a_draft_survives_a_reload(make_person: MakePerson, open_window: OpenWindow) -> None:
    ann = make_person("Ann")
    one, other = ann.begin("One"), ann.begin("Other")
    window = open_window(ann)
    window.open(one)
    window.composer.fill("half a thought")
    window.entry("Other").click()
    expect(window.page).to_have_url(re.compile(other))
    expect(window.composer).to_have_value("")
    expect(window.entry("One")).to_contain_text("half a thought")
    window.page.reload()
    window.entry("One").click()
    expect(window.composer).to_have_value("half a thought")


def test_outsider_sees_no_conversation(make_person: MakePerson, open_window: OpenWindow) -> None:
    ann, eve = make_person("Ann"), make_person("Eve")
    secret = ann.begin("Secret plans")
    eves = open_window(eve)
    eves.line_may_fail = True  # the browser logs the page's 404
    answers = [
        eves.page.goto(f"/c/{one}") for one in (secret, "01890000-0000-7000-8000-000000000000")
    ]
    assert [answer and answer.status for answer in answers] == [404, 404]
    expect(eves.page.get_by_text("This conversation is not available")).to_be_visible()
    assert "Secret plans" not in eves.page.content()


def test_opening_a_conversation_of_the_inbox_takes_one_request(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Quick", ben)
    ben.say(group, "first words")
    window = open_window(ann)
    window.page.goto("/")
    expect(window.entry("Quick")).to_be_visible()
    asked: list[str] = []
    window.page.on("request", lambda request: asked.append(request.url))
    window.entry("Quick").click()
    expect(window.row("first words")).to_be_visible()
    assert len([url for url in asked if f"/v1/conversations/{group}" in url]) == 1, asked
