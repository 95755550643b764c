"""How long the chat takes to open on a slow line: `python -m tests.benchmarks.slow_line`.

Chromium with a quarter of a core's speed, 1.6 Mbit/s and 150 ms to the server and back, on the
server itself (HTTP/1.1) and behind nginx as deploy/ sets it up (TLS, HTTP/2). Told are milliseconds
from the beginning of the navigation until the messages are there, in a browser that has nothing and
in one that has opened the chat before, with the requests and bytes that this took. Behind nginx the
browser has nothing in both, since it keeps nothing that came by a certificate it does not trust.
"""

import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests import database
from tests.browser.browser import PHONE, Person, launched, log_in, register
from tests.deploy.proxies import Proxy
from tests.servers import PRODUCT, ServerProcess, free_port

LINE = {
    "offline": False,
    "latency": 150,  # ms
    "downloadThroughput": 1_600_000 / 8,  # bytes a second
    "uploadThroughput": 750_000 / 8,
}
SLOWER = 4  # times, the processor
TIMES = 5
GOAL = 2_500  # ms, in a browser that has nothing
MESSAGES = 60
# Runs before the page's own scripts. A message counts when it is laid out.
WATCH = """
const look = () => {
  const last = document.querySelector("chat-message:last-of-type .bubble");
  if (last?.getBoundingClientRect().height) window.shownAt = performance.now();
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
WEIGH = """async () => {
  while (!window.shownAt) await new Promise(requestAnimationFrame);
  const all = ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind))
    .filter((each) => each.startTime <= window.shownAt);
  return [window.shownAt, all.length, all.reduce((sum, each) => sum + each.transferSize, 0)];
}"""


@contextmanager
def plain(stack: ExitStack) -> Iterator[str]:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="slow-line-")))
    with ServerProcess(folder / "data", env={**PRODUCT, "RATE_LIMITS": "off"}) as server:
        yield server.base_url


@contextmanager
def proxied(stack: ExitStack) -> Iterator[str]:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="slow-line-")))
    server = ServerProcess(folder / "data")
    front = Proxy("nginx", folder, free_port(), server.port)
    settings = {
        **PRODUCT,
        "PUBLIC_URL": front.url,
        "TRUSTED_PROXIES": "127.0.0.1",
        "SECRET_KEY": "b7Rz" * 20 + "0123456789abcdef",
    }
    server.env |= settings
    os.environ["SSL_CERT_FILE"] = str(folder / "certificate.pem")  # for our own requests
    with server, front.running():
        yield front.url


def talk(base_url: str) -> tuple[Person, str]:
    """Somebody in a group with some messages."""
    ann, ben = (register(base_url, name) for name in ("Ann", "Ben"))
    group = ann.post("/v1/conversations", isGroup=True, name="Rowing", memberIds=[ben.id])["id"]
    for number in range(MESSAGES):
        sender = (ann, ben)[number % 2]
        sender.post(f"/v1/conversations/{group}/messages", content=f"Message number {number}")
    return ann, group


def opened(context: BrowserContext, path: str) -> tuple[Page, list[float]]:
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", LINE)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.add_init_script(WATCH)
    page.goto(path, wait_until="commit", timeout=60_000)
    found: list[float] = page.evaluate(WEIGH)
    return page, found


def measure(browser: Browser, base_url: str) -> dict[str, list[list[float]]]:
    ann, group = talk(base_url)
    found: dict[str, list[list[float]]] = {"nothing kept": [], "opened before": []}
    for _ in range(TIMES):
        options: dict[str, Any] = {"viewport": PHONE, "ignore_https_errors": True}
        context = browser.new_context(base_url=base_url, locale="en-US", **options)
        log_in(context, base_url, ann)
        page, first = opened(context, f"/c/{group}")
        page.wait_for_load_state("networkidle", timeout=60_000)
        page.close()
        found["nothing kept"].append(first)
        found["opened before"].append(opened(context, f"/c/{group}")[1])
        context.close()
    return found


def main() -> None:
    os.environ.setdefault("TEST_SESSION", str(os.getpid()))
    database.prepare()
    with sync_playwright() as playwright, launched(playwright) as browser:
        for name, place in {"HTTP/1.1": plain, "nginx, HTTP/2": proxied}.items():
            with ExitStack() as stack, place(stack) as base_url:
                for state, runs in measure(browser, base_url).items():
                    times = sorted(each[0] for each in runs)
                    _, requests, size = runs[0]
                    line = f"{name}, {state}: {statistics.median(times):.0f} ms"
                    line += f" ({times[0]:.0f} to {times[-1]:.0f}), {requests:.0f} requests,"
                    sys.stdout.write(f"{line} {size / 1000:.0f} kB\n")
    sys.stdout.write(f"Goal: {GOAL} ms where nothing is kept.\n")


if __name__ == "__main__":
    main()
