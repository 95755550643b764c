"""The shape of an attachment, for the schema."""

from typing import Any

from rest_framework import serializers

from attachments.models import Attachment
from attachments.waveform import LOUDEST, MAX_BARS


class ThumbnailShape(serializers.Serializer[Any]):
    size = serializers.IntegerField(help_text="The box it fits in: 320 or 1280.")
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    url = serializers.CharField()


class AttachmentAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    contentType = serializers.CharField(help_text="By what is in it, whatever its name says.")
    size = serializers.IntegerField(help_text="In bytes.")
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)
    duration = serializers.FloatField(allow_null=True, help_text="In seconds, where it is known.")
    waveform = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=LOUDEST),
        max_length=MAX_BARS,
        allow_null=True,
        help_text="Of a recording, where it is known: how loud it is over its length.",
    )
    placeholder = serializers.CharField(
        allow_null=True, help_text="A blurhash, to be shown until the picture is there."
    )
    state = serializers.ChoiceField(
        Attachment.State.choices,
        help_text="`pending` until a picture is prepared, `refused` when it cannot be read.",
    )
    url = serializers.CharField()
    thumbnails = ThumbnailShape(many=True)
