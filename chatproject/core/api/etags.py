"""ETags: a client that already has an answer is told that it has not changed (304)."""

from hashlib import sha256
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag


class Tagged(NamedTuple):
    """The value of an answer, whose tag is known without encoding it."""

    value: Any
    etag: str


def etag_of(body: bytes) -> str:
    """By the hash for which processors have instructions: half the time of BLAKE2."""
    return quote_etag(sha256(body).hexdigest()[:24])


def tagged(request: HttpRequest, response: HttpResponse) -> HttpResponseBase | None:
    """The response to a GET with its tag, or a 304 in its place."""
    if response.status_code != 200:
        return response
    etag = response.headers.get("ETag") or etag_of(response.content)
    response.headers["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response)


def status_for(request: HttpRequest, etag: str) -> int:
    """Of the answer with this tag: 200, 304 where the client holds it, or 412."""
    found = get_conditional_response(request, etag=etag)
    return 200 if found is None else found.status_code
