"""Checks each request of an API token against the table of operations."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from rest_framework.permissions import BasePermission

from accounts.auth.api_tokens import require_conversation, require_scope
from accounts.auth.scopes import EVERYWHERE, access_to
from accounts.models import SignIn

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

CONVERSATIONS = "v1/conversations/"


class HasScope(BasePermission):
    """An API token reaches only what its scopes and its conversations name; the one place that
    asks. Raises NotForTokens, ScopeMissing or ConversationNotInToken.
    """

    def has_permission(self, request: "Request", view: "APIView") -> bool:
        sign_in = request.auth
        if not isinstance(sign_in, SignIn) or sign_in.scopes is None:
            return True
        match = request._request.resolver_match  # noqa: SLF001 (the only way to it)
        assert match is not None
        require_operation(sign_in, match.url_name, request.method or "", match.route, match.kwargs)
        return True


def require_operation(
    sign_in: SignIn, name: str | None, method: str, route: str, kwargs: Mapping[str, Any]
) -> None:
    """Of the route of this name. Raises as the class says."""
    require_scope(sign_in, access_to(name, method))
    if sign_in.only_in and name not in EVERYWHERE:
        require_conversation(sign_in, _conversation_in(route, kwargs))


def _conversation_in(route: str, kwargs: Mapping[str, Any]) -> UUID | None:
    return kwargs.get("id") if route.startswith(CONVERSATIONS) else None
