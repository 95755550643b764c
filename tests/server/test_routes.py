"""Paths under /v1/ are met with and without a trailing slash, and with nothing else."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404
from django.urls.resolvers import RegexPattern, URLResolver

from chatproject.core.api.views import route


def view(request: HttpRequest, number: int) -> HttpResponse:
    return HttpResponse()


@pytest.fixture
def resolver() -> URLResolver:
    return URLResolver(RegexPattern(r"^"), [route("things/<int:number>", view, "thing")])


@pytest.mark.parametrize("path", ["things/7", "things/7/"])
def test_trailing_slash_is_optional(resolver: URLResolver, path: str) -> None:
    assert resolver.resolve(path).kwargs == {"number": 7}


@pytest.mark.parametrize("path", ["things/7//", "things/", "things/x", "things/7/8", "/things/7"])
def test_other_paths_are_not_met(resolver: URLResolver, path: str) -> None:
    with pytest.raises(Resolver404):
        resolver.resolve(path)


def test_reverse_gives_no_slash(resolver: URLResolver) -> None:
    assert resolver.reverse("thing", number=7) == "things/7"
