"""Request bodies of the accounts API; the actions check the rules of each field."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from accounts.auth import passwords
from accounts.auth.api_tokens import MAX_CONVERSATIONS
from accounts.auth.scopes import Scope
from accounts.auth.tokens import MAX_LENGTH as MAX_TOKEN_LENGTH
from accounts.email_addresses import MAX_LENGTH as MAX_EMAIL_LENGTH
from accounts.mail.tokens import MAX_LENGTH as MAX_MAIL_TOKEN_LENGTH
from accounts.models import Audience, User
from accounts.people import names
from accounts.people.accounts import MAX_ABOUT_LENGTH, MAX_TIME_ZONE_LENGTH
from accounts.people.cards import MAX_CARDS_LENGTH
from accounts.people.contacts import MAX_NUMBER_LENGTH
from accounts.people.invites import MAX_TOKEN_LENGTH as MAX_INVITE_TOKEN_LENGTH
from accounts.people.status import MAX_EMOJI_LENGTH, MAX_TEXT_LENGTH
from accounts.second_factor.codes import MAX_LENGTH as MAX_CODE_LENGTH
from accounts.second_factor.steps import MAX_TOKEN_LENGTH as MAX_STEP_TOKEN_LENGTH
from accounts.web_push.subscriptions import MAX_ENDPOINT_LENGTH
from chatproject.core.api.bodies import Body
from chatproject.core.api.fields import (
    DISTINCT,
    Flag,
    Id,
    Moment,
    Omissible,
    OneOf,
    ReportedAs,
    many,
    stripped,
)

Email = Annotated[str, stripped(MAX_EMAIL_LENGTH), Field(json_schema_extra={"format": "email"})]
Name = Annotated[
    str, stripped(names.MAX_LENGTH), Field(json_schema_extra={"pattern": r"\S", "minLength": 1})
]
ScopeName = Annotated[str, OneOf(Scope)]
_LABEL = r"[a-z0-9]([a-z0-9\-]*[a-z0-9])?"  # of a host's name
BASE64URL_65 = r"^B[A-Za-z0-9_\-]{86}=?$"  # an uncompressed point begins with 4
BASE64URL_16 = r"^[A-Za-z0-9_\-]{21}[AQgw](==)?$"
Nickname = Annotated[str, stripped(names.MAX_LENGTH)]
# As people write them.
ContactNumber = Annotated[
    str,
    stripped(MAX_NUMBER_LENGTH),
    Field(json_schema_extra={"pattern": r"^(\+?[0-9(][0-9 ()/.\-]{1,30})?$"}),
]
# Of a link in a mail.
Token = Annotated[str, stripped(MAX_MAIL_TOKEN_LENGTH)]
InviteToken = Annotated[str, stripped(MAX_INVITE_TOKEN_LENGTH)]
# Of a day, in the person's time zone.
ClockTime = Annotated[
    str,
    stripped(5, pattern=r"^([01]\d|2[0-3]):[0-5]\d$"),
    ReportedAs("not_a_clock_time", "A time of day such as 22:00 is needed."),
]
# As it was typed, white space around it included.
Password = Annotated[str, Field(strict=True, max_length=passwords.MAX_LENGTH)]
Code = Annotated[str, stripped(MAX_CODE_LENGTH)]
# What `PublicKeyCredential.toJSON()` gives in a browser.
Credential = Annotated[
    dict[str, Any], ReportedAs("not_a_credential", "What the browser has for a passkey is needed.")
]
StepToken = Annotated[str, stripped(MAX_STEP_TOKEN_LENGTH)]


def _needs(field: str, **schema: str) -> dict[str, Any]:
    """That the field is there and fits the schema."""
    return {"required": [field], "properties": {field: schema}}


class RegistrationBody(Body):
    name: Name
    email: Email
    password: Password
    inviteToken: Omissible[InviteToken] = Field(
        default=None, description="Of an invitation, where registration asks for one."
    )


class LogInBody(Body):
    email: Email
    password: Password


class MfaLogInBody(Body):
    """One of the three completes the log-in."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": _needs("credential", type="object"),
            "else": {
                "if": _needs("code", type="string", pattern=r"\S"),
                "else": _needs("recoveryCode", type="string", pattern=r"\S"),
            },
        }
    )

    stepToken: StepToken
    code: Code | None = Field(default=None, description="Of the authenticator app.")
    recoveryCode: Code | None = None
    credential: Credential | None = Field(default=None, description="Of a passkey.")


class PasskeyOptionsBody(Body):
    stepToken: StepToken | None = Field(
        default=None, description="Of `mfa_required`; left out for a log-in without a password."
    )


class PasskeyLogInBody(Body):
    stepToken: StepToken
    credential: Credential


class NewPasskeyBody(Body):
    stepToken: StepToken
    credential: Credential
    name: Name


class PasskeyNameBody(Body):
    name: Name


class CodeBody(Body):
    code: Code


class IdentityBody(Body):
    password: Password | None = None
    code: Code | None = Field(
        default=None, description="Instead of the password, for those who have none."
    )


class RefreshBody(Body):
    refresh: Annotated[str, stripped(MAX_TOKEN_LENGTH)]


class LogOutBody(Body):
    everywhere: Flag | None = Field(default=None, description="End all sign-ins.")


class PasswordResetBody(Body):
    email: Email


class NewPasswordBody(Body):
    token: Token
    password: Password


class EmailChangeBody(Body):
    email: Email
    password: Password


class QuietHoursBody(Body):
    since: ClockTime = Field(alias="from")
    until: ClockTime


class MailSettingsBody(Body):
    digest: Omissible[Annotated[str, OneOf(User.Digest.values)]] = None
    quietHours: QuietHoursBody | None = Field(
        default=None, description="In one's time zone, also past midnight; null for none."
    )


class EmailTokenBody(Body):
    token: Token


class ProfileChangeBody(Body):
    name: Omissible[Name] = None
    about: Omissible[Annotated[str, stripped(MAX_ABOUT_LENGTH)]] = None
    hidesPresence: Omissible[Flag] = None
    timeZone: Omissible[Annotated[str, stripped(MAX_TIME_ZONE_LENGTH)]] = None


class StatusBody(Body):
    """Both left out or empty take the status off."""

    emoji: Annotated[str, stripped(MAX_EMOJI_LENGTH)] | None = Field(
        default=None, description="One emoji."
    )
    text: Annotated[str, stripped(MAX_TEXT_LENGTH)] | None = None
    until: Moment | None = Field(default=None, description="Null or absent: until it is changed.")


ForWhom = Annotated[str, OneOf(Audience.values)]


class PrivacyBody(Body):
    """What is left out stays. Contacts are those in one's own address book."""

    presence: ForWhom | None = Field(
        default=None,
        description="Who sees that one is online, or when one was; and so whom one sees.",
    )
    receipts: ForWhom | None = Field(
        default=None,
        description="Who is told what one has received and read; and so what one is told. In "
        "groups anything but `everyone` counts as `nobody`.",
    )
    writing: ForWhom | None = Field(default=None, description="Who may write to one first.")
    adding: ForWhom | None = Field(
        default=None, description="Who may add one to groups; the others' adding becomes a request."
    )


class DoNotDisturbBody(Body):
    """What is left out stays; null takes it off."""

    quietHours: QuietHoursBody | None = Field(
        default=None, description="Of each day, in one's time zone."
    )
    until: Moment | None = Field(default=None, description="At any hour; within a year.")


class PasswordChangeBody(Body):
    currentPassword: Password
    newPassword: Password


class PasswordBody(Body):
    password: Password


class ContactBody(Body):
    userId: Id
    nickname: Nickname | None = None
    contactNumber: ContactNumber | None = None


class ContactChangeBody(Body):
    """What is left out stays; an empty one takes it away. One of the two is needed."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": _needs("nickname", type="string"),
            "else": _needs("contactNumber", type="string"),
        }
    )

    nickname: Nickname | None = None
    contactNumber: ContactNumber | None = None


class CardsBody(Body):
    cards: Annotated[str, Field(strict=True, max_length=MAX_CARDS_LENGTH)] = Field(
        description="A file of vCards, version 3 or 4. People are found by UID or by email."
    )


class PushKeys(Body):
    """Of the device, in base64url: 65 bytes and 16."""

    p256dh: Annotated[str, stripped(100), Field(json_schema_extra={"pattern": BASE64URL_65})]
    auth: Annotated[str, stripped(40), Field(json_schema_extra={"pattern": BASE64URL_16})]


class PushSubscriptionBody(Body):
    """As `PushSubscription.toJSON()` gives it in a browser."""

    endpoint: Annotated[
        str,
        stripped(MAX_ENDPOINT_LENGTH),
        Field(
            json_schema_extra={"pattern": f"^https://({_LABEL}\\.)+[a-z]{{2,}}(:[0-9]+)?/[!-~]*$"}
        ),
    ]
    keys: PushKeys
    showsText: Flag | None = Field(
        default=None, description="False: notifications say neither from whom nor what."
    )


class BlockBody(Body):
    userId: Id


class TokenBody(Body):
    name: Name
    scopes: Annotated[list[ScopeName], Field(min_length=1, max_length=len(Scope))]
    expiresAt: Moment | None = Field(default=None, description="It never expires without.")
    conversationIds: Annotated[list[Id], many(MAX_CONVERSATIONS), DISTINCT] | None = Field(
        default=None, description="The only conversations that it reaches; all without."
    )
