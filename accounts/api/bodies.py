"""What is said about accounts, contacts and blocks; the rules of each field are in the actions."""

from typing import Annotated

from pydantic import Field

from accounts.auth import passwords
from accounts.auth.tokens import MAX_LENGTH as MAX_TOKEN_LENGTH
from accounts.email_addresses import MAX_LENGTH as MAX_EMAIL_LENGTH
from accounts.models import Audience
from accounts.people import names
from accounts.people.accounts import MAX_ABOUT_LENGTH, MAX_TIME_ZONE_LENGTH
from accounts.people.cards import MAX_CARDS_LENGTH
from accounts.people.contacts import MAX_NUMBER_LENGTH
from accounts.people.status import MAX_EMOJI_LENGTH, MAX_TEXT_LENGTH
from chatproject.core.api.bodies import Body
from chatproject.core.api.fields import Flag, Id, Moment, Omissible, OneOf, ReportedAs, stripped

Email = Annotated[str, stripped(MAX_EMAIL_LENGTH), Field(json_schema_extra={"format": "email"})]
Name = Annotated[
    str, stripped(names.MAX_LENGTH), Field(json_schema_extra={"pattern": r"\S", "minLength": 1})
]
Nickname = Annotated[str, stripped(names.MAX_LENGTH)]
ContactNumber = Annotated[str, stripped(MAX_NUMBER_LENGTH)]
# As it was typed, white space around it included.
Password = Annotated[str, Field(strict=True, max_length=passwords.MAX_LENGTH)]


class RegistrationBody(Body):
    name: Name
    email: Email
    password: Password


class LogInBody(Body):
    email: Email
    password: Password


class RefreshBody(Body):
    refresh: Annotated[str, stripped(MAX_TOKEN_LENGTH)]


class LogOutBody(Body):
    everywhere: Flag | None = Field(default=None, description="End all sign-ins.")


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


Clock = Annotated[
    str,
    Field(strict=True, pattern=r"^([01]\d|2[0-3]):[0-5]\d$"),
    ReportedAs("not_a_clock", "A time such as 22:30 is needed."),
]


class QuietHoursBody(Body):
    starts: Clock = Field(alias="from")
    ends: Clock = Field(alias="to", description="Past midnight where it is the earlier.")


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
    """What is left out stays; an empty one takes it away."""

    nickname: Nickname | None = None
    contactNumber: ContactNumber | None = None


class CardsBody(Body):
    cards: Annotated[str, Field(strict=True, max_length=MAX_CARDS_LENGTH)] = Field(
        description="A file of vCards, version 3 or 4. People are found by UID or by email."
    )


class BlockBody(Body):
    userId: Id
