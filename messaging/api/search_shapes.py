"""The shapes of a search's answers, for the schema."""

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers

from attachments.shapes import AttachmentAnswer
from conversations.models import Conversation
from messaging.api.shapes import OwnMessageAnswer, PersonShape
from messaging.search.query import FILTERS


class FoundConversation(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(Conversation.Kind.choices)
    title = serializers.CharField(help_text="Of a direct one: the other's nickname or name.")


class Highlighted(serializers.Serializer[Any]):
    highlights = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2),
        help_text="[start, end] in code points of the content, title or name.",
    )


class Neighbours(serializers.Serializer[Any]):
    before = OwnMessageAnswer(many=True)
    after = OwnMessageAnswer(many=True)


class MessageHit(Highlighted):
    message = OwnMessageAnswer()
    conversation = FoundConversation()
    neighbours = Neighbours(required=False, help_text="Where `neighbours` was asked for.")


class ConversationHit(Highlighted):
    conversation = FoundConversation()


class PersonAnswer(PersonShape):
    about = serializers.CharField()
    isActive = serializers.BooleanField()


class PersonHit(Highlighted):
    person = PersonAnswer()


class FileHit(Highlighted):
    seq = serializers.IntegerField(help_text="Of its message.")
    position = serializers.IntegerField()
    senderId = serializers.UUIDField(allow_null=True)
    createdAt = serializers.DateTimeField()
    attachment = AttachmentAnswer()
    conversation = FoundConversation()


class UnderstoodFilter(serializers.Serializer[Any]):
    name = serializers.ChoiceField(FILTERS)
    value = serializers.CharField()
    negated = serializers.BooleanField()
    text = serializers.CharField(allow_null=True, help_text="As typed; null for a parameter.")


class _List(serializers.Serializer[Any]):
    filters = UnderstoodFilter(many=True, help_text="Those that were understood.")
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class FoundMessages(_List):
    results = MessageHit(many=True)
    people = PersonShape(many=True)


class FoundConversations(_List):
    results = ConversationHit(many=True)


class FoundPeople(_List):
    results = PersonHit(many=True)


class FoundFiles(_List):
    results = FileHit(many=True)


SEARCH_ANSWER = PolymorphicProxySerializer(
    component_name="SearchAnswer",
    serializers=[FoundMessages, FoundConversations, FoundPeople, FoundFiles],
    resource_type_field_name=None,
    many=False,
)
