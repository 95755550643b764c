"""The line drops, the server dies: nothing is lost, doubled or reordered."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.browser import Person, Window
from tests.browser.contexts import Contexts
from tests.browser.scene import photo, upload
from tests.servers import ServerProcess
from tests.waiting import eventually

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]
FIVE = [f"written offline {number}" for number in range(1, 6)]

# Resolves when the worker that serves the shell rules this page.
WORKER_IS_READY = """async () => {
    await navigator.serviceWorker.ready;
    if (!navigator.serviceWorker.controller) {
        await new Promise((done) => {
            navigator.serviceWorker.addEventListener("controllerchange", done, { once: true });
        });
    }
}"""

# Once the worker has kept the page that it came by, so that it does not do so afterwards.
FORGET_PAGES = """async () => {
    const pages = await caches.open("chat-pages-1");
    while (!await pages.match("/")) await new Promise((done) => setTimeout(done, 50));
    await caches.delete("chat-pages-1");
}"""


KEPT = """async () => {
    let kept = 0;
    for (const { name } of await indexedDB.databases()) {
        const opened = indexedDB.open(name);
        await new Promise((done) => opened.addEventListener("success", done));
        const database = opened.result;
        if (database.objectStoreNames.contains("outbox")) {
            const counted = database.transaction("outbox").objectStore("outbox").count();
            await new Promise((done) => counted.addEventListener("success", done));
            kept += counted.result;
        }
        database.close();
    }
    return kept;
}"""


@pytest.fixture(scope="module")
def contexts(browser: Browser, server: ServerProcess) -> Contexts:
    return Contexts(browser, server.base_url, uses_again=False)


def test_offline_messages_are_sent_once_and_in_order_after_a_reload(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Train", ben)
    anns, bens = open_window(ann), open_window(ben)
    anns.open(group)
    bens.open(group)
    anns.page.evaluate(WORKER_IS_READY)
    anns.page.reload()  # so that the worker has kept this page too
    expect(anns.composer).to_be_visible()
    anns.go_offline()
    for text in FIVE:
        anns.send(text)
    expect(anns.rows).to_have_count(5)
    # They are shown at once, and outlive the page from when they are on the disk.
    eventually(lambda: anns.page.evaluate(KEPT) == len(FIVE))
    anns.page.reload()
    expect(anns.rows).to_have_count(5)
    expect(anns.row(FIVE[0]).get_by_role("img", name="Sending")).to_be_visible()
    assert ben.texts(group) == []
    anns.page.context.set_offline(False)
    expect(bens.rows).to_have_count(5)
    for text in FIVE:
        expect(anns.row(text).get_by_role("img", name="Sending")).to_have_count(0)
    assert ben.texts(group) == anns.texts() == bens.texts() == FIVE


def test_an_offline_reload_shows_what_was_last_seen(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group, other = ann.begin("Train", ben), ann.begin("Bus", ben)
    ben.say(other, "in the other one")
    anns = open_window(ann)
    anns.open(other)
    expect(anns.row("in the other one")).to_be_visible()
    anns.open(group)
    anns.page.evaluate(WORKER_IS_READY)
    anns.page.reload()  # so that the worker has kept this page too
    anns.send("acknowledged")
    anns.expect_sent("acknowledged")
    ben.say(group, "and answered")
    expect(anns.row("and answered")).to_be_visible()
    anns.page.evaluate("() => new Promise((done) => setTimeout(done, 1000))")  # it is kept soon
    anns.go_offline()

    anns.page.reload()

    expect(anns.rows).to_have_count(2)
    assert anns.texts() == ["acknowledged", "and answered"]
    anns.page.context.set_offline(False)
    ben.say(group, "after that")
    expect(anns.row("after that")).to_be_visible()
    assert anns.texts() == ["acknowledged", "and answered", "after that"]


def test_pictures_come_when_the_line_is_back(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    group = ann.begin("Pictures")
    attachment = upload(ann, "hill.png", photo(400, 300, 40))
    ann.post(f"/v1/conversations/{group}/messages", attachmentIds=[attachment])
    window = open_window(ann)
    window.line_may_fail = True
    window.page.context.route("**/thumbnail*", lambda route: route.abort())
    window.open(group)
    picture = window.page.locator(".picture img")
    expect(picture).to_have_js_property("complete", True)
    expect(picture).to_have_js_property("naturalWidth", 0)

    window.page.context.unroute("**/thumbnail*")
    window.page.evaluate("() => dispatchEvent(new Event('online'))")

    expect(picture).to_have_js_property("naturalWidth", 320)


def test_offline_bar_shows_a_lost_connection(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    window = open_window(ann)
    window.open(ann.begin("Bar"))
    expect(window.composer).to_be_visible()
    window.line_may_fail = True
    # It is loaded when the page is idle, and cannot be from then on.
    window.page.wait_for_function("() => customElements.get('chat-offline-bar')")
    window.page.clock.install()
    window.page.context.set_offline(True)
    bar = window.page.get_by_text("No connection.")
    window.page.clock.run_for(2000)  # the browser says that there is no network
    expect(bar).to_be_visible()
    window.page.context.set_offline(False)
    expect(bar).to_be_hidden()


def test_server_restart_during_a_conversation(
    make_person: MakePerson, open_window: OpenWindow, server: ServerProcess
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Steady", ben)
    anns, bens = open_window(ann), open_window(ben)
    anns.open(group)
    bens.open(group)
    anns.send("before")
    expect(bens.row("before")).to_be_visible()
    anns.line_may_fail = bens.line_may_fail = True
    server.kill()
    anns.send("while it is down")
    expect(anns.row("while it is down").get_by_role("img", name="Sending")).to_be_visible()
    server.start()
    expect(bens.row("while it is down")).to_be_visible(timeout=30_000)
    bens.send("welcome back")
    expect(anns.row("welcome back")).to_be_visible(timeout=30_000)
    expected = ["before", "while it is down", "welcome back"]
    assert ann.texts(group) == anns.texts() == bens.texts() == expected


def test_missed_messages_are_fetched_after_a_reconnect(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Away", ben)
    first = ben.say(group, "seen before")
    anns = open_window(ann)
    anns.open(group)
    expect(anns.row("seen before")).to_be_visible()
    anns.go_offline()
    missed = [f"missed {number}" for number in range(12)]
    for text in missed:
        ben.say(group, text)
    path = f"/v1/conversations/{group}/messages/{first['seq']}"
    ben.rest.patch(path, json={"content": "changed meanwhile"}).raise_for_status()
    anns.page.context.set_offline(False)
    expect(anns.row("changed meanwhile")).to_be_visible()
    expect(anns.rows).to_have_count(13)
    assert anns.texts() == ["changed meanwhile", *missed]


def test_the_offline_page_stands_in_where_no_page_was_kept(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    window = open_window(make_person("Ann"))
    page = window.page
    page.goto("/")
    page.evaluate(WORKER_IS_READY)
    page.evaluate(FORGET_PAGES)
    window.go_offline()
    for path in ("/settings", "/c/00000000-0000-7000-8000-000000000000"):
        page.goto(path)
        expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
        expect(page.get_by_role("link", name="Back to the chat")).to_be_visible()
        # In its own looks: the styles were kept, too.
        assert page.evaluate("() => getComputedStyle(document.body).fontFamily.includes('Inter')")
    page.context.set_offline(False)
    page.goto("/settings")
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()


def test_a_page_that_was_loaded_past_the_worker_is_kept(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    page = open_window(make_person("Ann")).page
    page.goto("/")
    page.evaluate(WORKER_IS_READY)
    page.evaluate(FORGET_PAGES)
    # As with Shift, or when the worker became ready while the page was being loaded.
    with page.expect_event("load"):
        page.context.new_cdp_session(page).send("Page.reload", {"ignoreCache": True})
    assert page.evaluate("() => performance.getEntriesByType('navigation')[0].workerStart") == 0
    page.evaluate(FORGET_PAGES)  # returns once it was kept


def test_the_switcher_says_why_it_finds_nobody(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    group = ann.begin("Rowing")
    window = open_window(ann)
    window.open(group)
    page = window.page
    expect(window.composer).to_be_visible()
    page.wait_for_load_state("networkidle")
    window.go_offline()
    page.keyboard.press("Control+k")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").fill("nobody known")
    expect(dialog).to_contain_text("You are offline. Try again when the connection is back.")
