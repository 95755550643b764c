"""A browser for each module, and windows in it that nothing may go wrong in."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.browser.browser import ENVIRONMENT, WIDE, Person, Window, launched, log_in, register
from tests.browser.contexts import Contexts, changed_by_hand
from tests.servers import ServerProcess

DEFAULTS: dict[str, Any] = {"viewport": WIDE, "locale": "en-US", "timezone_id": "Europe/Berlin"}

expect.set_options(timeout=15_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Of the module alone, since Playwright's loop must not run beside other tests' loops."""
    with sync_playwright() as playwright, launched(playwright) as browser:
        yield browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """The real server without throttles, since many people come from one address here."""
    folder = tmp_path_factory.mktemp("web")
    with ServerProcess(folder, env=ENVIRONMENT) as process:
        yield process


@pytest.fixture
def make_person(server: ServerProcess) -> Iterator[Callable[[str], Person]]:
    made: list[Person] = []

    def make(name: str) -> Person:
        made.append(register(server.base_url, name))
        return made[-1]

    yield make
    for person in made:
        person.rest.close()


@pytest.fixture(scope="module")
def contexts(browser: Browser, server: ServerProcess) -> Contexts:
    return Contexts(browser, server.base_url)


@pytest.fixture
def open_window(contexts: Contexts, server: ServerProcess) -> Iterator[Callable[..., Window]]:
    """Opens a window in a context of its own, signed in as the person where one is given."""
    windows: list[Window] = []
    taken: list[BrowserContext] = []

    def open_one(person: Person | None = None, **options: Any) -> Window:
        context = contexts.take(**DEFAULTS | options)
        taken.append(context)
        if person is not None:
            log_in(context, server.base_url, person)
        windows.append(Window(context.new_page()))
        return windows[-1]

    with changed_by_hand() as changed:
        yield open_one
    for context in taken:
        contexts.give_back(context, is_as_made=context not in changed)
    assert [problem for window in windows for problem in window.problems] == []
