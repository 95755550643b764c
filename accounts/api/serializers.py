"""The shapes of answers, for the schema, and the two ways to sign a request."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.plumbing import build_bearer_security_scheme_object
from rest_framework import serializers

from accounts.auth.scopes import Scope
from accounts.models import Audience, SignIn, User
from accounts.people.accounts import MAX_ABOUT_LENGTH
from accounts.people.names import MAX_LENGTH as MAX_NAME_LENGTH


class StatusSerializer(serializers.Serializer[Any]):
    emoji = serializers.CharField()
    text = serializers.CharField()
    until = serializers.DateTimeField(allow_null=True)


class PersonSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField(max_length=MAX_NAME_LENGTH)
    about = serializers.CharField(max_length=MAX_ABOUT_LENGTH)
    avatarUrl = serializers.CharField(allow_null=True, help_text="Another one for each picture.")
    isBot = serializers.BooleanField()
    isActive = serializers.BooleanField(help_text="False when the account is closed.")
    status = StatusSerializer(allow_null=True, help_text="Null when there is none any more.")


class PrivacySerializer(serializers.Serializer[Any]):
    """For whom each is."""

    presence = serializers.ChoiceField(Audience.choices)
    receipts = serializers.ChoiceField(Audience.choices)
    writing = serializers.ChoiceField(Audience.choices, help_text="Who may write to one first.")
    adding = serializers.ChoiceField(Audience.choices, help_text="Who may add one to groups.")


class QuietHoursSerializer(serializers.Serializer[Any]):
    until = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python."""
        return {"from": serializers.CharField(), **super().get_fields()}


class DoNotDisturbSerializer(serializers.Serializer[Any]):
    """When one's devices show no notifications."""

    quietHours = QuietHoursSerializer(
        allow_null=True, help_text="Of each day, in one's time zone, such as 22:00 to 07:00."
    )
    until = serializers.DateTimeField(allow_null=True, help_text="At any hour until then.")


class ProfileSerializer(PersonSerializer):
    email = serializers.EmailField(allow_null=True)
    hidesPresence = serializers.BooleanField(
        help_text="Whether others are not told that one is online, nor when one was."
    )
    timeZone = serializers.CharField(
        help_text="In which the days of a search begin, as Europe/Berlin; empty is UTC."
    )
    privacy = PrivacySerializer()
    doNotDisturb = DoNotDisturbSerializer()
    createdAt = serializers.DateTimeField()


class TokensSerializer(serializers.Serializer[Any]):
    access = serializers.CharField(help_text="A JWT, good for 15 minutes.")
    refresh = serializers.CharField(help_text="A JWT, good for 30 days and for one use.")
    user = ProfileSerializer()


class PasskeySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField(max_length=MAX_NAME_LENGTH)
    createdAt = serializers.DateTimeField()
    lastUsedAt = serializers.DateTimeField(allow_null=True)


class PasskeyOptionsSerializer(serializers.Serializer[Any]):
    stepToken = serializers.CharField(help_text="To be sent with the credential, within 5 minutes.")
    publicKey = serializers.DictField(
        help_text="For `PublicKeyCredential.parse…OptionsFromJSON` in a browser."
    )


class FactorsSerializer(serializers.Serializer[Any]):
    passkeys = PasskeySerializer(many=True)
    totp = serializers.BooleanField(help_text="Whether there is a confirmed authenticator app.")
    recoveryCodesLeft = serializers.IntegerField()
    isRequired = serializers.BooleanField(
        help_text="Whether this server requires a second factor of the person."
    )


class TotpSerializer(serializers.Serializer[Any]):
    secret = serializers.CharField(help_text="In Base32, to be typed into an app.")
    uri = serializers.CharField(help_text="The same as otpauth://…, to be shown as a QR code.")


class RecoveryCodesSerializer(serializers.Serializer[Any]):
    recoveryCodes = serializers.ListField(
        child=serializers.CharField(),
        help_text="Each good for one log-in; shown now alone. Empty: the ones there are stay.",
    )


class NewPasskeySerializer(RecoveryCodesSerializer):
    passkey = PasskeySerializer()


class PushSubscriptionSerializer(serializers.Serializer[Any]):
    publicKey = serializers.CharField(help_text="For `applicationServerKey`, in base64url.")
    endpoint = serializers.CharField(allow_null=True, help_text="Null: it is not subscribed.")
    showsText = serializers.BooleanField()


class PasswordChangedSerializer(serializers.Serializer[Any]):
    access = serializers.CharField(allow_null=True, help_text="Null in a browser's session.")
    refresh = serializers.CharField(allow_null=True)
    user = ProfileSerializer()


class PendingEmailSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField()
    oldConfirmed = serializers.BooleanField()
    newConfirmed = serializers.BooleanField()


class EmailSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField(allow_null=True)
    verifiedAt = serializers.DateTimeField(allow_null=True)
    bouncedAt = serializers.DateTimeField(
        allow_null=True, help_text="When mail came back; nothing is sent until it is confirmed."
    )
    change = PendingEmailSerializer(allow_null=True)


class MailSettingsSerializer(serializers.Serializer[Any]):
    digest = serializers.ChoiceField(
        User.Digest.values, help_text="Sent to a confirmed address, of what one has missed."
    )
    quietHours = QuietHoursSerializer(allow_null=True)


class ConfirmedEmailSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(["registered", "verified", "waiting", "changed"])


class SignInSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(SignIn.Kind.choices)
    userAgent = serializers.CharField()
    address = serializers.IPAddressField(allow_null=True)
    createdAt = serializers.DateTimeField()
    lastUsedAt = serializers.DateTimeField()
    current = serializers.BooleanField(help_text="Whether it is the one that asks.")


class ApiTokenSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.ChoiceField(list(Scope)))
    conversationIds = serializers.ListField(
        child=serializers.UUIDField(), help_text="The only ones that it reaches; empty is all."
    )
    createdAt = serializers.DateTimeField()
    lastUsedAt = serializers.DateTimeField(allow_null=True)
    expiresAt = serializers.DateTimeField(allow_null=True)


class NewApiTokenSerializer(ApiTokenSerializer):
    token = serializers.CharField(help_text="The secret. It is shown this once.")


class TicketSerializer(serializers.Serializer[Any]):
    ticket = serializers.CharField()
    expiresAt = serializers.DateTimeField()


class ContactSerializer(serializers.Serializer[Any]):
    userId = serializers.UUIDField()
    nickname = serializers.CharField(max_length=MAX_NAME_LENGTH)
    contactNumber = serializers.CharField(help_text="As one wrote it; nobody else sees it.")
    createdAt = serializers.DateTimeField()
    person = PersonSerializer()


class ImportedContactsSerializer(serializers.Serializer[Any]):
    added = serializers.IntegerField()
    changed = serializers.IntegerField()
    unknown = serializers.ListField(
        child=serializers.CharField(), help_text="The names on cards of nobody here."
    )


class BlockSerializer(serializers.Serializer[Any]):
    userId = serializers.UUIDField()
    createdAt = serializers.DateTimeField()
    person = PersonSerializer()


class _ListSerializer(serializers.Serializer[Any]):
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page.")
    previous = serializers.CharField(allow_null=True)


class PeopleSerializer(_ListSerializer):
    results = PersonSerializer(many=True)


class ApiTokensSerializer(_ListSerializer):
    results = ApiTokenSerializer(many=True)


class SignInsSerializer(_ListSerializer):
    results = SignInSerializer(many=True)


class ContactsSerializer(_ListSerializer):
    results = ContactSerializer(many=True)


class BlocksSerializer(_ListSerializer):
    results = BlockSerializer(many=True)


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.auth.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        scheme: dict[str, Any] = build_bearer_security_scheme_object(
            "Authorization", "Bearer", bearer_format="JWT or API token"
        )
        return scheme


class BrowserScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.auth.authentication.BrowserAuthentication"
    name = "browser"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
