"""People whom one has blocked: /v1/blocks."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import serializers
from accounts.api.bodies import BlockBody
from accounts.api.pages import page_answer, position_param
from accounts.people.blocks import block_person, blocks_of, unblock_person
from accounts.wire import block_json
from chatproject.core.api.params import CURSOR, limit_param, limit_parameter
from chatproject.core.api.views import ApiView, asker_of, read_body


class BlocksView(ApiView):
    @extend_schema(
        operation_id="listBlocks",
        parameters=[CURSOR, limit_parameter()],
        responses=serializers.BlocksSerializer,
    )
    def get(self, request: Request) -> Response:
        """People whom one has blocked, the latest first."""
        page = blocks_of(
            asker_of(request), position=position_param(request, int), limit=limit_param(request)
        )
        return page_answer(page, block_json)

    @extend_schema(
        operation_id="blockPerson",
        request=BlockBody,
        responses={200: serializers.BlockSerializer, 201: serializers.BlockSerializer},
    )
    def post(self, request: Request) -> Response:
        """Block a person: no direct messages between the two; 200 when it is so already."""
        body = read_body(request, BlockBody)
        block, is_new = block_person(blocker_id=asker_of(request), person_id=body.userId)
        return Response(block_json(block), status=201 if is_new else 200)


class BlockView(ApiView):
    @extend_schema(operation_id="unblockPerson", responses={204: None})
    def delete(self, request: Request, user_id: UUID) -> Response:
        """Let a person write again."""
        unblock_person(blocker_id=asker_of(request), person_id=user_id)
        return Response(status=204)
