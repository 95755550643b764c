"""The folders of one's inbox, over REST."""

from typing import Annotated, Any
from uuid import UUID

from django.urls import URLPattern
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from chatproject.core.api.bodies import Body
from chatproject.core.api.fields import WHOLE, Id, stripped
from chatproject.core.api.views import ApiView, asker_of, read_body, route
from conversations.folders import (
    MAX_NAME_LENGTH,
    change_folder,
    create_folder,
    delete_folder,
    list_folders,
    place_conversation,
)

MAX_POSITION = 10_000

FolderName = Annotated[
    str, stripped(MAX_NAME_LENGTH), Field(json_schema_extra={"pattern": r"\S", "minLength": 1})
]
Place = Annotated[int, Field(strict=True, ge=0, le=MAX_POSITION), WHOLE]


class FolderBody(Body):
    name: FolderName


class FolderChangeBody(Body):
    name: FolderName | None = None
    position: Place | None = Field(default=None, description="Among the folders; 0 is the first.")


class PlaceBody(Body):
    folderId: Id | None = Field(default=None, description="Null or absent: in none.")
    position: Place | None = Field(default=None, description="In the folder; absent is the end.")


class FolderAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    conversationIds = serializers.ListField(
        child=serializers.UUIDField(), help_text="In the order that one gave them."
    )


class FolderList(serializers.Serializer[Any]):
    results = FolderAnswer(many=True)


class FoldersView(ApiView):
    @extend_schema(responses=FolderList, summary="The folders of one's inbox, in their order")
    def get(self, request: Request) -> Response:
        return Response({"results": list_folders(asker_of(request))})

    @extend_schema(request=FolderBody, responses={201: FolderAnswer}, summary="Make a folder")
    def post(self, request: Request) -> Response:
        body = read_body(request, FolderBody)
        folder = create_folder(user_id=asker_of(request), name=body.name)
        return Response(folder, status=status.HTTP_201_CREATED)


class FolderView(ApiView):
    @extend_schema(
        request=FolderChangeBody, responses=FolderAnswer, summary="Rename or move a folder"
    )
    def patch(self, request: Request, folder_id: UUID) -> Response:
        body = read_body(request, FolderChangeBody)
        return Response(
            change_folder(
                user_id=asker_of(request),
                folder_id=folder_id,
                name=body.name,
                position=body.position,
            )
        )

    @extend_schema(
        responses={204: None}, summary="Delete a folder; its conversations are in none then"
    )
    def delete(self, request: Request, folder_id: UUID) -> Response:
        delete_folder(user_id=asker_of(request), folder_id=folder_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class PlaceView(ApiView):
    @extend_schema(
        request=PlaceBody,
        responses={204: None},
        summary="Put a conversation into a folder, or out of all",
    )
    def post(self, request: Request, id: UUID) -> Response:
        body = read_body(request, PlaceBody)
        place_conversation(
            user_id=asker_of(request),
            conversation_id=id,
            folder_id=body.folderId,
            position=body.position,
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


FOLDER_ROUTES: list[URLPattern] = [
    route("folders", FoldersView.as_view(), "folders"),
    route("folders/<uuid:folder_id>", FolderView.as_view(), "folder"),
    route("conversations/<uuid:id>/folder", PlaceView.as_view(), "conversation-folder"),
]
