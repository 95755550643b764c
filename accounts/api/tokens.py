"""Personal access tokens: /v1/users/me/tokens."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import serializers
from accounts.api.access import person_of
from accounts.api.bodies import TokenBody
from accounts.api.pages import list_answer
from accounts.auth.api_tokens import create_api_token, revoke_api_token, tokens_of
from accounts.wire import api_token_json, new_token_json
from chatproject.core.api.views import ApiView, asker_of, read_body


class MyTokensView(ApiView):
    @extend_schema(operation_id="listMyTokens", responses=serializers.ApiTokensSerializer)
    def get(self, request: Request) -> Response:
        """The personal access tokens that are live, the newest first; never their secrets."""
        return list_answer([api_token_json(each) for each in tokens_of(asker_of(request))])

    @extend_schema(
        operation_id="createMyToken",
        request=TokenBody,
        responses={201: serializers.NewApiTokenSerializer},
    )
    def post(self, request: Request) -> Response:
        """Make a token for a script of one's own. Its secret is in this answer alone."""
        body, person = read_body(request, TokenBody), person_of(request)
        new = create_api_token(
            user=person,
            made_by=person,
            name=body.name,
            scopes=body.scopes,
            expires_at=body.expiresAt,
            conversation_ids=body.conversationIds or (),
        )
        return Response(new_token_json(new), status=201)


class MyTokenView(ApiView):
    @extend_schema(operation_id="revokeMyToken", responses={204: None})
    def delete(self, request: Request, token_id: UUID) -> Response:
        """Revoke a token: it is refused from now on, and its sockets are closed."""
        revoke_api_token(user_id=asker_of(request), token_id=token_id)
        return Response(status=204)
