"""Every refusal of the REST API as `application/problem+json` (RFC 9457)."""

import errno
import logging
from http import HTTPStatus
from typing import Any

import psycopg
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from procrastinate.exceptions import ConnectorException
from rest_framework import exceptions as drf
from rest_framework.response import Response
from rest_framework.views import set_rollback

from chatproject.core.api.json import dump
from chatproject.core.api.media_types import BodyTooLarge
from chatproject.core.errors import (
    FieldError,
    Forbidden,
    InvalidInput,
    NotFound,
    RateLimited,
    Refusal,
    StorageFull,
    Unauthenticated,
    Unavailable,
)
from chatproject.core.storage import StorageAway

MEDIA_TYPE = "application/problem+json"
log = logging.getLogger(__name__)


class MethodNotAllowed(Refusal):
    status = 405
    code = "method_not_allowed"
    title = "Method not allowed"


class NotAcceptable(Refusal):
    status = 406
    code = "not_acceptable"
    title = "Not acceptable"
    detail = "The API answers in application/json only."


class UnsupportedMediaType(Refusal):
    status = 415
    code = "unsupported_media_type"
    title = "Unsupported media type"


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook: the response for a known refusal, None (a 500) for anything else."""
    refusal = as_refusal(error)
    if refusal is None:
        return None
    set_rollback()
    response = Response(problem(refusal), status=refusal.status, headers=refusal.headers)
    response.content_type = MEDIA_TYPE
    return response


def as_refusal(error: Exception) -> Refusal | None:
    """The refusal that an exception of Django or DRF stands for; None when it is our own fault."""
    match error:
        case Refusal():
            return error
        case drf.ValidationError():
            return InvalidInput(errors=list(_field_errors(error.detail)))
        case drf.NotAuthenticated() | drf.AuthenticationFailed():
            return Unauthenticated(str(error.detail))
        case drf.PermissionDenied() | PermissionDenied():
            return Forbidden()
        case drf.NotFound() | Http404():
            return NotFound()
        case drf.MethodNotAllowed():
            return MethodNotAllowed(str(error.detail))
        case drf.NotAcceptable():
            return NotAcceptable()
        case drf.UnsupportedMediaType():
            return UnsupportedMediaType(str(error.detail))
        case drf.Throttled():
            return RateLimited(int(getattr(error, "wait", None) or 1) + 1)
        case RequestDataTooBig():
            return BodyTooLarge()
        case drf.ParseError() | SuspiciousOperation():
            return Refusal(str(error))
    return _of_what_is_away(error)


def _of_what_is_away(error: Exception) -> Refusal | None:
    """What we need and do not get: a disk, the file storage, PostgreSQL."""
    match error:
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            log.error("a disk is full: %s", error)
            return StorageFull()
        case OSError(errno=errno.EIO | errno.ESTALE | errno.EROFS):
            log.error("a disk does not read or write: %s", error)
            return Unavailable()
        case StorageAway():
            log.warning("the file storage does not answer: %s", error)
            return Unavailable()
        case ConnectorException(__cause__=psycopg.OperationalError() | psycopg.InterfaceError()):
            log.warning("the database does not answer who queues a task: %s", error)
            return Unavailable()
        case OperationalError() | InterfaceError():
            log.warning("the database does not answer: %s", error)
            return Unavailable()
    return None


def problem(refusal: Refusal) -> dict[str, Any]:
    return {
        "type": f"about:blank#{refusal.code}",
        "title": refusal.title,
        "status": refusal.status,
        **refusal.as_json(),
    }


def problem_response(refusal: Refusal) -> HttpResponse:
    """The same outside of a DRF view: for Django's error handlers and for middleware."""
    response = HttpResponse(
        dump(problem(refusal)),
        status=refusal.status,
        content_type=MEDIA_TYPE,
        headers=refusal.headers,
    )
    response["Cache-Control"] = "no-store"
    return response


def server_error() -> Refusal:
    refusal = Refusal("Something went wrong on our side. It has been logged.")
    refusal.status = HTTPStatus.INTERNAL_SERVER_ERROR
    refusal.code = "internal_error"
    refusal.title = "Internal error"
    return refusal


def _field_errors(detail: Any, path: str = "") -> list[FieldError]:
    """DRF's nested error detail as a flat list."""
    match detail:
        case dict():
            found: list[FieldError] = []
            for key, item in detail.items():
                name = "" if key == "non_field_errors" else str(key)
                found += _field_errors(item, ".".join(filter(None, (path, name))))
            return found
        case list():
            return [error for item in detail for error in _field_errors(item, path)]
    code = getattr(detail, "code", "invalid")
    return [FieldError(field=path or "body", code=code, detail=str(detail))]
