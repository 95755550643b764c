"""Browser contexts that are emptied and used again by the next test of their module.

A new context has nothing in its HTTP cache, so that its first page asks for a hundred static files
and its service worker for two hundred, which is half of what opening the chat costs. A context that
is used again keeps these files alone; their names change with their content.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from playwright.sync_api import Browser, BrowserContext, Page

TIMEOUT_MS = 15_000
# Every type of the protocol's but `cookies`, which are cleared for all hosts, and `cache_storage`,
# in which static files are kept.
STORED = (
    "file_systems,indexeddb,local_storage,shader_cache,websql,service_workers,"
    "interest_groups,shared_storage,storage_buckets"
)
# Of what the service worker has kept, leaves the static files alone, which are the same for all.
LEAVE_STATIC_FILES = """async () => {
    for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        const kept = (await cache.keys()).map((request) => request.url);
        const others = kept.filter((url) => !new URL(url).pathname.startsWith("/static/"));
        if (others.length === kept.length) await caches.delete(name);
        else for (const url of others) await cache.delete(url, { ignoreVary: true });
    }
}"""


class Contexts:
    """Contexts of one browser for one server.

    A service worker is ready sooner where static files were kept, so that a page that is just being
    loaded may miss it. Tests of the worker itself have new contexts alone: `uses_again` is False.
    """

    def __init__(self, browser: Browser, base_url: str, *, uses_again: bool = True) -> None:
        self.browser = browser
        self.base_url = base_url
        self.uses_again = uses_again
        self._options: dict[BrowserContext, dict[str, Any]] = {}
        self._free: list[BrowserContext] = []

    def take(self, **options: Any) -> BrowserContext:
        """An empty context with these options: one that was given back, else a new one."""
        for context in self._free:
            if self._options[context] == options:
                self._free.remove(context)
                self._empty(context)
                return context
        context = self.browser.new_context(base_url=self.base_url, **options)
        context.set_default_timeout(TIMEOUT_MS)
        self._options[context] = options
        return context

    def give_back(self, context: BrowserContext, *, is_as_made: bool = True) -> None:
        """Closes its pages. It is used again if nothing but its pages' doing is to be undone."""
        if self.uses_again and is_as_made and "permissions" not in self._options[context]:
            for page in context.pages:
                page.close()
            self._free.append(context)
        else:
            context.close()

    def _empty(self, context: BrowserContext) -> None:
        context.clear_permissions()
        page = context.new_page()
        devtools = context.new_cdp_session(page)
        stored = {"origin": self.base_url, "storageTypes": STORED}
        devtools.send("Storage.clearDataForOrigin", stored)
        page.goto("/healthz")  # which runs no script
        page.evaluate(LEAVE_STATIC_FILES)
        page.close()
        context.clear_cookies()  # at last, since a worker that went just now may have got one


@contextmanager
def changed_by_hand() -> Iterator[set[BrowserContext]]:
    """The contexts that a test reached for, with which it may do what cannot be undone.

    What it does with a page, such as a route or a script for each load, ends with the page.
    """
    reached: set[BrowserContext] = set()
    real = {name: getattr(Page, name).fget for name in ("context", "clock")}

    def noting(name: str) -> property:
        def reach(page: Page) -> Any:
            reached.add(real["context"](page))
            return real[name](page)

        return property(reach)

    with patch.multiple(Page, **{name: noting(name) for name in real}):
        yield reached
