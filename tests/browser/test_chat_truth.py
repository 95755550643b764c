"""What the page has kept stays true when things change elsewhere: quotes, days, notifications."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.browser import Person, Window

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]


def test_quote_of_a_message_outside_of_the_page(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Quotes", ben)
    seq = ben.say(group, "the original")["seq"]
    for n in range(70):
        ann.say(group, f"filler {n}")
    answer = ann.say(group, "the answer", replyToSeq=seq)
    ann.post(f"/v1/conversations/{group}/read", seq=answer["seq"])
    window = open_window(ann)
    window.open(group)
    quote = window.row("the answer").get_by_role("button", name="Go to the message")
    expect(quote).to_contain_text("the original")
    path = f"/v1/conversations/{group}/messages/{seq}"
    assert ben.rest.patch(path, json={"content": "another text"}).is_success
    expect(quote).to_contain_text("another text")
    assert ben.rest.delete(path).is_success
    expect(quote).to_contain_text("Message deleted")
    expect(window.log).not_to_contain_text("another text")


def test_today_becomes_yesterday_at_midnight(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    group = ann.begin("Midnight")
    created = ann.say(group, "before midnight")["createdAt"]
    window = open_window(ann)
    window.page.clock.install(time=created)
    window.open(group)
    expect(window.log.get_by_text("Today")).to_be_visible()
    window.page.clock.fast_forward("24:00:00")
    expect(window.log.get_by_text("Yesterday")).to_be_visible()
    expect(window.log.get_by_text("Today")).to_have_count(0)
    expect(window.entry("Midnight").locator("time")).to_have_text("Yesterday")


# Notifications of the system, as the page shows and closes them.
RECORDED = """
globalThis.shown = new Map();
document.hasFocus = () => false;
const registration = {
  async showNotification(title, options) {
    const kept = {title, ...options, close() { globalThis.shown.delete(options.tag); }};
    globalThis.shown.set(options.tag, kept);
  },
  async getNotifications({tag}) {
    return [...globalThis.shown.values()].filter((each) => each.tag === tag);
  },
};
navigator.serviceWorker.getRegistration = async () => registration;
Object.defineProperty(Notification, "permission", {get: () => "granted"});
"""
BODIES = "() => [...globalThis.shown.values()].map(each => each.body)"


def expect_notifications(window: Window, bodies: list[str]) -> None:
    window.page.wait_for_function(
        f"bodies => JSON.stringify(({BODIES})()) === JSON.stringify(bodies)", arg=bodies
    )


def test_notification_is_true_after_edit_and_deletion(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Notified", ben)
    window = open_window(ann)
    window.page.add_init_script(RECORDED)
    window.page.goto("/")
    expect(window.entry("Notified")).to_be_visible()
    seq = ben.say(group, "a secret")["seq"]
    expect_notifications(window, ["a secret"])
    path = f"/v1/conversations/{group}/messages/{seq}"
    assert ben.rest.patch(path, json={"content": "nothing"}).is_success
    expect_notifications(window, ["nothing"])
    assert ben.rest.delete(path).is_success
    expect_notifications(window, [])


def test_notification_goes_when_it_is_read_on_another_device(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Read", ben)
    window = open_window(ann)
    window.page.add_init_script(RECORDED)
    window.page.goto("/")
    expect(window.entry("Read")).to_be_visible()
    seq = ben.say(group, "to be read")["seq"]
    expect_notifications(window, ["to be read"])
    ann.post(f"/v1/conversations/{group}/read", seq=seq)
    expect_notifications(window, [])
