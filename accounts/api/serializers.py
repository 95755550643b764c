"""The shapes of bodies and answers, for the schema. What a body may hold is read in `bodies`."""

from typing import Any

from rest_framework import serializers

from accounts.models import SignIn
from accounts.people.accounts import MAX_ABOUT_LENGTH
from accounts.people.names import MAX_LENGTH as MAX_NAME_LENGTH


class PersonSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField(max_length=MAX_NAME_LENGTH)
    about = serializers.CharField(max_length=MAX_ABOUT_LENGTH)
    isBot = serializers.BooleanField()
    isActive = serializers.BooleanField(help_text="False when the account is closed.")


class ProfileSerializer(PersonSerializer):
    email = serializers.EmailField(allow_null=True)
    hidesPresence = serializers.BooleanField(
        help_text="Whether others are not told that one is online, nor when one was."
    )
    createdAt = serializers.DateTimeField()


class TokensSerializer(serializers.Serializer[Any]):
    access = serializers.CharField(help_text="A JWT, good for 15 minutes.")
    refresh = serializers.CharField(help_text="A JWT, good for 30 days and for one use.")
    user = ProfileSerializer()


class PasswordChangedSerializer(serializers.Serializer[Any]):
    access = serializers.CharField(allow_null=True, help_text="Null in a browser's session.")
    refresh = serializers.CharField(allow_null=True)
    user = ProfileSerializer()


class RegistrationSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=MAX_NAME_LENGTH)
    email = serializers.EmailField()
    password = serializers.CharField()


class LogInSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField()
    password = serializers.CharField()


class RefreshSerializer(serializers.Serializer[Any]):
    refresh = serializers.CharField()


class LogOutSerializer(serializers.Serializer[Any]):
    everywhere = serializers.BooleanField(required=False, help_text="End all sign-ins.")


class ProfileChangeSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=MAX_NAME_LENGTH, required=False)
    about = serializers.CharField(max_length=MAX_ABOUT_LENGTH, required=False, allow_blank=True)
    hidesPresence = serializers.BooleanField(required=False)


class PasswordChangeSerializer(serializers.Serializer[Any]):
    currentPassword = serializers.CharField()
    newPassword = serializers.CharField()


class PasswordSerializer(serializers.Serializer[Any]):
    password = serializers.CharField()


class SignInSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(SignIn.Kind.choices)
    userAgent = serializers.CharField()
    address = serializers.IPAddressField(allow_null=True)
    createdAt = serializers.DateTimeField()
    lastUsedAt = serializers.DateTimeField()
    current = serializers.BooleanField(help_text="Whether it is the one that asks.")


class TicketSerializer(serializers.Serializer[Any]):
    ticket = serializers.CharField()
    expiresAt = serializers.DateTimeField()


class UserIdSerializer(serializers.Serializer[Any]):
    userId = serializers.UUIDField()


class NewContactSerializer(UserIdSerializer):
    nickname = serializers.CharField(max_length=MAX_NAME_LENGTH, required=False, allow_blank=True)


class NicknameSerializer(serializers.Serializer[Any]):
    nickname = serializers.CharField(max_length=MAX_NAME_LENGTH, allow_blank=True)


class ContactSerializer(NewContactSerializer):
    createdAt = serializers.DateTimeField()
    person = PersonSerializer()


class BlockSerializer(UserIdSerializer):
    createdAt = serializers.DateTimeField()
    person = PersonSerializer()


class _ListSerializer(serializers.Serializer[Any]):
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page.")
    previous = serializers.CharField(allow_null=True)


class PeopleSerializer(_ListSerializer):
    results = PersonSerializer(many=True)


class SignInsSerializer(_ListSerializer):
    results = SignInSerializer(many=True)


class ContactsSerializer(_ListSerializer):
    results = ContactSerializer(many=True)


class BlocksSerializer(_ListSerializer):
    results = BlockSerializer(many=True)
