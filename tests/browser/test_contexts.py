"""A context that is used again has nothing of the test before but static files."""

import time
from collections.abc import Callable

from tests.browser.browser import NARROW, Person, log_in
from tests.browser.conftest import DEFAULTS
from tests.browser.contexts import Contexts, changed_by_hand
from tests.browser.scene import photo, upload

FILL = """async () => {
    document.cookie = "left=1";
    localStorage.left = sessionStorage.left = "1";
    const opened = indexedDB.open("left");
    await new Promise((done) => opened.addEventListener("success", done));
    await (await caches.open("left")).put("/left", new Response("left"));
    await (await caches.open("chat-shell-1")).put("/left", new Response("left"));
    await (await navigator.storage.getDirectory()).getFileHandle("left", { create: true });
    await navigator.serviceWorker.ready;
    history.pushState({}, "", "#left");
}"""
LEFT = """async () => {
    const files = [];
    for await (const name of (await navigator.storage.getDirectory()).keys()) files.push(name);
    const cached = [];
    for (const name of await caches.keys()) {
        for (const { url } of await (await caches.open(name)).keys()) {
            if (!new URL(url).pathname.startsWith("/static/")) cached.push(url);
        }
    }
    const workers = await navigator.serviceWorker.getRegistrations();
    const { state } = await navigator.permissions.query({ name: "notifications" });
    return {
        cookies: document.cookie,
        localStorage: Object.keys(localStorage),
        sessionStorage: Object.keys(sessionStorage),
        databases: (await indexedDB.databases()).map((each) => each.name),
        files,
        cached,
        workers: workers.length,
        notifications: state,
        history: history.length,
    };
}"""
# Whether the answer came, and whether the server was asked for it.
FETCH = """async (path) => {
    const answer = await fetch(path);
    await answer.blob();
    const { transferSize } = performance.getEntriesByName(answer.url).at(-1);
    return [answer.status, transferSize > 0];
}"""


def test_nothing_is_left(contexts: Contexts, make_person: Callable[[str], Person]) -> None:
    context = contexts.take(**DEFAULTS)
    empty = context.new_page()
    empty.goto("/healthz")
    nothing = empty.evaluate(LEFT)
    empty.close()
    log_in(context, contexts.base_url, make_person("Ann"))
    context.grant_permissions(["notifications"])
    page, second = context.new_page(), context.new_page()
    second.goto("/settings")
    page.goto("/")
    page.evaluate(FILL)
    filled = page.evaluate(LEFT)
    assert [name for name in nothing if filled[name] == nothing[name]] == []
    contexts.give_back(context)

    assert contexts.take(**DEFAULTS) is context
    assert context.pages == []
    assert context.cookies() == []
    page = context.new_page()
    page.goto("/healthz")
    assert page.evaluate(LEFT) == nothing
    page.goto("/settings")
    assert "/login" in page.url
    contexts.give_back(context)


def test_static_files_are_kept_and_pictures_are_not(
    contexts: Contexts, make_person: Callable[[str], Person]
) -> None:
    """A browser keeps a picture for a day, for the person who has seen it."""
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Rowing")
    picture = upload(ann, "quay.png", photo(300, 200, 40))
    chosen = {"attachmentId": picture}
    while (
        answer := ann.rest.put(f"/v1/conversations/{group}/picture", json=chosen)
    ).status_code == 409:  # until its previews are made
        time.sleep(0.1)
    assert answer.is_success, answer.text
    address = answer.json()["pictureUrl"]

    context = contexts.take(**DEFAULTS)
    log_in(context, contexts.base_url, ann)
    page = context.new_page()
    page.goto("/settings")
    static = page.locator("link[rel=stylesheet]").first.get_attribute("href")
    assert page.evaluate(FETCH, address) == [200, True]
    assert page.evaluate(FETCH, address) == [200, False]
    contexts.give_back(context)
    assert contexts.take(**DEFAULTS) is context
    log_in(context, contexts.base_url, ben)
    page = context.new_page()
    page.goto("/healthz")
    assert page.evaluate(FETCH, address) == [404, True]
    assert page.evaluate(FETCH, static) == [200, False]
    contexts.give_back(context)


def test_what_a_test_may_have_changed_is_not_used_again(contexts: Contexts) -> None:
    offline, clocked, untouched = (contexts.take(**DEFAULTS) for _ in range(3))
    pages = {each: each.new_page() for each in (offline, clocked, untouched)}
    with changed_by_hand() as changed:
        pages[offline].context.set_offline(True)
        pages[clocked].clock.install()
        pages[untouched].set_viewport_size(NARROW)
    assert changed == {offline, clocked}
    for context in pages:
        contexts.give_back(context, is_as_made=context not in changed)
    assert contexts.take(**DEFAULTS) is untouched
    assert contexts.take(**DEFAULTS) not in pages
    other = contexts.take(**DEFAULTS | {"locale": "de-DE"})
    contexts.give_back(untouched)
    assert contexts.take(**DEFAULTS | {"locale": "de-DE"}) not in (untouched, other)
