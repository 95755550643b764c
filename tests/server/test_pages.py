"""The first page, the API's page, and errors: problem+json for programs, plain pages for people."""

import re
from html.parser import HTMLParser

import pytest
from django.contrib import admin
from django.contrib.staticfiles import finders
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponseBase
from django.test import Client, RequestFactory
from django.urls import path
from pytest_django.fixtures import Settings

from chatproject.core.web import pages

FAILURES = {
    "missing": Http404("secret words"),
    "denied": PermissionDenied("secret words"),
    "odd": SuspiciousOperation("secret words"),
    "large": RequestDataTooBig("secret words"),
    "broken": RuntimeError("secret words"),
}
STATUS = {"missing": 404, "denied": 403, "odd": 400, "large": 413, "broken": 500}


def fail(request: HttpRequest, kind: str) -> HttpResponseBase:
    raise FAILURES[kind]


handler400 = pages.bad_request
handler403 = pages.permission_denied
handler404 = pages.not_found
handler500 = pages.server_error
urlpatterns = [
    path("admin/", admin.site.urls),  # which a middleware looks up
    path("v1/<kind>", fail),
    path("<kind>", fail),
    path("", pages.welcome, name="index"),
]


@pytest.fixture
def failing(settings: Settings) -> Client:
    """A client of a site on which everything fails, with the product's error handlers."""
    settings.ROOT_URLCONF = __name__
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("kind", FAILURES)
def test_programs_get_problem_json(failing: Client, kind: str) -> None:
    answer = failing.get(f"/v1/{kind}")
    assert answer.status_code == STATUS[kind]
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Cache-Control"] == "no-store"
    body = answer.json()
    assert body["status"] == STATUS[kind]
    assert {"type", "title", "status", "detail", "code"} <= body.keys()
    assert "secret" not in answer.text


@pytest.mark.parametrize("kind", FAILURES)
def test_people_get_a_page(failing: Client, kind: str) -> None:
    answer = failing.get(f"/{kind}")
    assert answer.status_code == STATUS[kind]
    assert answer["Content-Type"].startswith("text/html")
    assert str(STATUS[kind]) in answer.text
    assert "secret" not in answer.text


@pytest.mark.parametrize("address", ["/v1", "/v1/", "/v1/nope", "/v1/schema/nope", "/v1//schema"])
def test_unknown_path_of_the_api(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"


def test_unknown_page(client: Client) -> None:
    answer = client.post("/nope/nothing")
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_unknown_host_is_refused(client: Client) -> None:
    answer = client.get("/v1/schema", headers={"host": "evil.example.org"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


def test_csrf_failure(rf: RequestFactory) -> None:
    answer = pages.csrf_failure(rf.post("/x"), reason="secret")
    assert answer.status_code == 403
    assert ParsedPage(answer).links == ["/", "/"]


@pytest.mark.parametrize(
    ("referer", "leads_back"),
    [
        ("http://testserver/settings", True),
        ("https://evil.example/x", False),
        ("java script:", False),
    ],
)
def test_an_expired_form_leads_back_to_its_page(
    rf: RequestFactory, referer: str, leads_back: bool
) -> None:
    answer = pages.csrf_failure(rf.post("/x", headers={"referer": referer}))
    assert (referer in ParsedPage(answer).links) == leads_back
    assert (">Reload<" in answer.text) == leads_back  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", FAILURES)
def test_a_page_of_an_error_is_ours_and_leads_on(failing: Client, kind: str) -> None:
    answer = failing.get(f"/{kind}")
    assert "Back to the chat" in answer.text
    assert 'class="brand"' in answer.text
    assert "/" in ParsedPage(answer).links


def test_an_error_is_told_in_the_language_of_the_page(client: Client) -> None:
    answer = client.get("/nope", headers={"accept-language": "de"})
    assert "Diese Seite gibt es nicht" in answer.text


def test_the_offline_page_leads_on(client: Client) -> None:
    answer = client.get("/offline")
    assert answer.status_code == 200
    assert ParsedPage(answer).links == ["/", "", "/"]


def test_first_page_leads_on(client: Client) -> None:
    page = ParsedPage(client.get("/"))
    assert {"/v1/docs", "/v1/schema", "/admin/"} <= set(page.links)


@pytest.mark.parametrize("address", ["/v1/schema", "/v1/schema/"])
def test_schema_is_public(client: Client, address: str) -> None:
    answer = client.get(address, headers={"accept": "application/vnd.oai.openapi+json"})
    assert (answer.status_code, answer.json()["info"]["title"]) == (200, "Chat")


@pytest.mark.parametrize("address", ["/", "/v1/docs", "/v1/docs/", "/nope"])
def test_pages_need_no_other_host_and_nothing_inline(client: Client, address: str) -> None:
    page = ParsedPage(client.get(address))
    assert page.inline == []
    for source in page.sources:
        assert source.startswith("/")
        assert not source.startswith("//")
        if source.startswith("/static/"):
            assert finders.find(source.removeprefix("/static/"))


def test_script_of_the_docs_is_served(client: Client) -> None:
    page = ParsedPage(client.get("/v1/docs"))
    (script,) = (source for source in page.sources if source.startswith("/v1/docs"))
    answer = client.get(script)
    assert answer["Content-Type"].startswith("application/javascript")
    assert re.search(r'url: "[^"]*schema"', answer.text)


class ParsedPage(HTMLParser):
    """What a page links to, what it loads, and what it has inline."""

    def __init__(self, answer: HttpResponseBase) -> None:
        super().__init__()
        self.links: list[str] = []
        self.sources: list[str] = []
        self.inline: list[str] = []
        self.feed(answer.text)  # type: ignore[attr-defined]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.inline += [name for name in found if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and not found.get("src")):
            self.inline.append(tag)
        if tag == "a":
            self.links.append(found["href"])
        elif tag in ("script", "img", "link"):
            self.sources.append(found.get("src") or found["href"])
