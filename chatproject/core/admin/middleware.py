"""A value that no column can hold, in a look-up of the admin, is answered with 400."""

import logging
from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.db import DataError
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from chatproject.core.web.pages import bad_request

GetResponse = Callable[[HttpRequest], HttpResponseBase]

logger = logging.getLogger(__name__)


class BadLookupMiddleware:
    """Answers 400 where a filter or a search of the admin is no value of its column.

    Django's change lists hand the values in the query string to the fields and to PostgreSQL:
    `?address=x` is no IP address, and no text holds a NUL.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response
        self._root = reverse("admin:index")

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        if not request.path_info.startswith(self._root) or not _is_about_a_value(request, error):
            return None
        logger.warning("a look-up of the admin was refused", exc_info=error)
        return bad_request(request, BadRequest("The filter is no value of its column."))


def _is_about_a_value(request: HttpRequest, error: Exception) -> bool:
    """PostgreSQL says so of a value; a field only where a list was asked with one."""
    if isinstance(error, DataError):
        return True
    match = request.resolver_match
    is_list = match is not None and (match.url_name or "").endswith("_changelist")
    is_filtered = request.method == "GET" and bool(request.GET)
    return is_list and is_filtered and isinstance(error, ValueError | TypeError)
