"""The inbox as one's own: folders by menu and drag, everything unread by keyboard."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.browser import Person, Window

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]


def test_folders_by_menu_and_by_drag(make_person: MakePerson, open_window: OpenWindow) -> None:
    ann = make_person("Ann")
    first, _second = ann.begin("Alpha"), ann.begin("Beta")
    window = open_window(ann)
    window.open(first)
    window.page.get_by_role("button", name="More", exact=True).click()
    window.page.get_by_role("menuitem", name="Folder…").click()
    window.page.get_by_role("menuitem", name="New folder…").click()
    dialog = window.page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Name").fill("Work")
    dialog.get_by_role("button", name="Save").click()
    work = window.inbox.locator("section").filter(has_text="Work")
    expect(work.get_by_role("link")).to_have_count(1)

    window.entry("Beta").drag_to(work.get_by_role("heading"))
    expect(work.get_by_role("link")).to_have_count(2)
    (folder,) = ann.get("/v1/folders")["results"]
    assert folder["conversationIds"][0] == first
    assert window.accessibility_violations() == []


def test_everything_unread_in_one_flow(make_person: MakePerson, open_window: OpenWindow) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    groups = [ben.begin(name, ann) for name in ("First", "Second", "Third")]
    for group in groups:
        ben.say(group, f"news of {group[:8]}")
    window = open_window(ann)
    window.page.goto("/")
    expect(window.entry("First")).to_be_visible()
    window.page.keyboard.press("Control+u")
    dialog = window.page.get_by_role("dialog")
    parts = dialog.get_by_role("article")
    expect(parts).to_have_count(3)
    assert window.accessibility_violations() == []
    parts.first.focus()
    window.page.keyboard.press("j")
    expect(parts.nth(1)).to_be_focused()
    window.page.keyboard.press("r")
    expect(parts).to_have_count(2)
    dialog.get_by_role("button", name="Mark all read").click()
    expect(dialog).to_be_hidden()
    counts = [each["unread"] for each in ann.get("/v1/conversations")["results"]]
    assert counts == [0, 0, 0]


def test_folders_are_ordered_by_keyboard(make_person: MakePerson, open_window: OpenWindow) -> None:
    ann = make_person("Ann")
    group = ann.begin("Alpha")
    for name in ("Work", "Home"):
        ann.post("/v1/folders", name=name)
    window, second = open_window(ann), open_window(ann)
    window.open(group)
    second.page.goto("/")
    headings = second.inbox.get_by_role("heading")
    expect(headings.filter(has_text="Work")).to_be_visible()
    button = window.inbox.get_by_role("button", name="Folder Home")
    button.focus()
    window.page.keyboard.press("Enter")
    item = window.page.get_by_role("menuitem", name="Move up")
    expect(item).to_be_visible()
    assert window.accessibility_violations() == []
    item.focus()
    window.page.keyboard.press("Enter")
    folders = headings.filter(has_text="Home").or_(headings.filter(has_text="Work"))
    expect(folders.nth(0)).to_contain_text("Home")
    assert [each["name"] for each in ann.get("/v1/folders")["results"]] == ["Home", "Work"]


def test_what_is_archived_returns_with_a_message_unless_it_is_muted(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    loud, silent = (ann.begin(name, ben) for name in ("Loud", "Silent"))
    window = open_window(ann)
    window.page.goto("/")
    ann.post(f"/v1/conversations/{silent}/mute", until=None)
    for name in ("Loud", "Silent"):
        window.entry(name).click(button="right")
        window.page.get_by_role("menuitem", name="Archive").click()
        expect(window.entry(name)).to_have_count(0)
    ben.say(silent, "psst")
    ben.say(loud, "hello")
    expect(window.entry("Loud")).to_contain_text("hello")
    expect(window.entry("Silent")).to_have_count(0)
    assert ann.get(f"/v1/conversations/{silent}")["archivedAt"]
