"""The commands that one types: each does what it says, completed by its first letters."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.browser import Person, Window

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]
COMMANDS = (
    *("me", "topic", "invite", "remove", "leave", "mute", "remind", "poll", "status", "shrug"),
    "shortcuts",
)


def run(window: Window, command: str) -> None:
    """Sends a line as it is, without what the list would complete."""
    window.composer.fill(command)
    window.page.keyboard.press("Escape")
    window.composer.press("Enter")


def name_with_at(window: Window, command: str, typed: str) -> None:
    """A command with a person chosen from the list."""
    window.composer.fill("")
    window.composer.press_sequentially(f"/{command} @{typed}")
    window.page.get_by_role("option").first.click()
    window.composer.press("Enter")
    expect(window.composer).to_have_value("")


def test_they_are_listed_and_completed(make_person: MakePerson, open_window: OpenWindow) -> None:
    ann = make_person("Ann")
    window = open_window(ann)
    window.open(ann.begin("Commands"))
    options = window.page.get_by_role("option")
    window.composer.press_sequentially("/")
    expect(options.first).to_be_visible()
    for name in COMMANDS:
        window.composer.fill("")
        window.composer.press_sequentially(f"/{name[:-1]}" if len(name) > 2 else f"/{name}")
        option = options.filter(has_text=f"/{name}")
        expect(option).to_have_count(1)
        option.click()
        expect(window.composer).to_have_value(f"/{name} ")
    assert window.accessibility_violations() == []


def test_people_are_invited_and_removed_and_both_see_the_topic(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Benedikt")
    group, direct = ann.begin("Plans"), ann.direct(ben)
    ann.say(direct, "Hello")
    window, other = open_window(ann), open_window(ben)
    window.open(group)
    other.page.goto("/")
    run(window, "/topic What we plan")
    expect(window.page.get_by_text("What we plan").first).to_be_visible()

    name_with_at(window, "invite", "bened")
    other.entry("Plans").click()
    expect(other.page.get_by_text("What we plan").first).to_be_visible()
    run(other, "/me waves")
    expect(window.log.locator(".row-message", has_text="waves")).to_contain_text("Benedikt waves")
    assert ann.texts(group) == ["/me waves"]

    name_with_at(window, "remove", "bened")
    expect(other.composer).to_have_count(0)
    members = ann.get(f"/v1/conversations/{group}/participants")["results"]
    assert [each["userId"] for each in members] == [ann.id]

    run(window, "/invite nobody")
    expect(window.page.get_by_role("alert")).to_have_text("Mention somebody with @.")
    window.open(direct)
    run(window, "/topic Us")
    expect(window.page.get_by_role("alert")).to_have_text("A direct conversation has no topic.")


def test_what_concerns_oneself(make_person: MakePerson, open_window: OpenWindow) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Quiet", ben)
    last = ben.say(group, "Water the plants")
    window = open_window(ann)
    window.open(group)
    expect(window.row("Water the plants")).to_be_visible()

    run(window, "/remind soonish")
    expect(window.page.get_by_role("alert")).to_have_text("When? For example: /remind 20m")
    run(window, "/remind 20m")
    expect(window.page.get_by_text("You will be reminded on")).to_be_visible()
    (saved,) = ann.get("/v1/saved")["results"]
    assert (saved["seq"], saved["remindAt"] is not None) == (last["seq"], True)

    run(window, "/status 🌴 On holiday")
    expect(window.page.get_by_text("Your status is set.")).to_be_visible()
    assert ben.get(f"/v1/users/{ann.id}")["status"]["text"] == "On holiday"

    run(window, "/mute")
    expect(window.composer).to_have_value("")
    expect(window.entry("Quiet").get_by_role("img", name="Muted")).to_be_visible()
    assert ann.get(f"/v1/conversations/{group}")["mutedUntil"]

    dialog = window.page.get_by_role("dialog")
    run(window, "/shortcuts")
    expect(dialog.get_by_role("heading", name="Keyboard shortcuts")).to_be_visible()
    window.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    run(window, "/leave")
    dialog.get_by_role("button", name="Leave").click()
    expect(window.entry("Quiet")).to_have_count(0)
    assert ann.get("/v1/conversations")["results"] == []
    assert ben.texts(group) == ["Water the plants"]
