"""The server's own emoji over REST: /v1/emoji."""

from typing import Annotated, Any

from django.http.response import HttpResponseBase
from django.urls import URLPattern
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from attachments.actions.custom_emoji import NAME, add_emoji, remove_emoji
from attachments.content_type import UNKNOWN
from attachments.errors import EmojiNotFound
from attachments.models import CustomEmoji
from attachments.serving import send_stored
from chatproject.core.api.bodies import Body
from chatproject.core.api.fields import Id
from chatproject.core.api.files import OTHERWISE, FileView, binary
from chatproject.core.api.views import ApiView, asker_of, read_body, route

MAX_LISTED = 1_000


class EmojiBody(Body):
    name: Annotated[
        str, Field(strict=True, max_length=32, json_schema_extra={"pattern": f"^{NAME.pattern}$"})
    ] = Field(description="Of `:name:`; 2 to 32 small letters, digits, and _ + -.")
    attachmentId: Id = Field(description="An own upload: a picture of at most 256 KB and 512 px.")


class EmojiAnswer(serializers.Serializer[Any]):
    name = serializers.CharField()
    url = serializers.CharField()
    addedById = serializers.UUIDField()


class EmojiList(serializers.Serializer[Any]):
    results = EmojiAnswer(many=True)


def emoji_json(emoji: CustomEmoji) -> dict[str, Any]:
    return {
        "name": emoji.name,
        "url": f"/v1/emoji/{emoji.name}/picture",
        "addedById": str(emoji.picture.uploader_id),
    }


class EmojiView(ApiView):
    @extend_schema(responses=EmojiList, summary="The server's own emoji, by name")
    def get(self, request: Request) -> Response:
        found = CustomEmoji.objects.select_related("picture").order_by("name")[:MAX_LISTED]
        return Response({"results": [emoji_json(each) for each in found]})

    @extend_schema(request=EmojiBody, responses={201: EmojiAnswer}, summary="Add an emoji")
    def post(self, request: Request) -> Response:
        body = read_body(request, EmojiBody)
        emoji = add_emoji(
            user_id=asker_of(request), name=body.name, attachment_id=body.attachmentId
        )
        return Response(emoji_json(emoji), status=status.HTTP_201_CREATED)


class OneEmojiView(ApiView):
    @extend_schema(responses={204: None}, summary="Remove an emoji; texts keep its name")
    def delete(self, request: Request, name: str) -> Response:
        remove_emoji(user_id=asker_of(request), name=name)
        return Response(status=status.HTTP_204_NO_CONTENT)


class PictureView(FileView):
    @extend_schema(
        operation_id="emoji_picture",
        responses={**binary(200, (UNKNOWN, "image/webp")), **OTHERWISE},
        summary="The picture of an emoji, as WebP",
    )
    def get(self, request: Request, name: str) -> HttpResponseBase:
        emoji = CustomEmoji.objects.select_related("picture").filter(name=name).first()
        if emoji is None:
            raise EmojiNotFound
        picture = emoji.picture
        box = min(box for box, _, _ in picture.previews)
        return send_stored(
            request, picture.preview_key(box), f"{picture.pk.hex}-{box}", "image/webp", picture.name
        )


EMOJI_ROUTES: list[URLPattern] = [
    route("emoji", EmojiView.as_view(), "emoji"),
    route("emoji/<str:name>", OneEmojiView.as_view(), "one-emoji"),
    route("emoji/<str:name>/picture", PictureView.as_view(), "emoji-picture"),
]
