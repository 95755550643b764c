"""The types of fields in bodies and frames: how each is read, and what the schema says of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from types import NoneType
from typing import Annotated, Any, TypeVar, get_args
from uuid import UUID

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from chatproject.core.times import parse_rfc3339

UUID_LENGTH = 36
MAX_SEQ = 2**62

T = TypeVar("T")


@dataclass(frozen=True)
class ReportedAs:
    """Whatever is wrong with the field, its absence too, is reported by this code and sentence;
    `absence` alone leaves what is wrong inside of it to be named by itself.
    """

    code: str
    detail: str
    absence: bool = False

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        if self.absence:
            return handler(source)
        return core_schema.custom_error_schema(
            handler(source), custom_error_type=self.code, custom_error_message=self.detail
        )


class _NeverNull:
    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        (kind,) = (each for each in get_args(source) if each is not NoneType)
        return handler(kind)


# May be left out, and is None then; null is refused.
Omissible = Annotated[T | None, _NeverNull()]


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


# 1.0 is an integer to JSON Schema, and to JavaScript the same as 1.
WHOLE = BeforeValidator(_whole)


class OneOf:
    """One of these texts."""

    def __init__(self, choices: Iterable[str]) -> None:
        self.choices = [str(choice) for choice in choices]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.literal_schema(self.choices)


class Only:
    """This flag alone: true, or false. (pydantic's own `Literal[True]` takes 1 as well.)"""

    def __init__(self, flag: bool) -> None:
        self.flag = flag

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.chain_schema(
            [core_schema.bool_schema(strict=True), core_schema.literal_schema([self.flag])]
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "boolean", "const": self.flag}


class _UuidText:
    """A UUID in its usual form alone: pydantic takes braces, a URN prefix and no hyphens too."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        text = core_schema.str_schema(strict=True, min_length=UUID_LENGTH, max_length=UUID_LENGTH)
        return core_schema.custom_error_schema(
            core_schema.chain_schema([text, core_schema.uuid_schema()]),
            custom_error_type="not_an_id",
            custom_error_message="It must be a UUID.",
        )


def _distinct(ids: list[UUID]) -> list[UUID]:
    return list(dict.fromkeys(ids))


def _moment(value: object) -> datetime:
    if isinstance(value, str):
        try:
            return parse_rfc3339(value).astimezone(UTC)
        except OverflowError:
            message = "A time of the years 1 to 9999, in UTC, is needed."
            raise PydanticCustomError("out_of_range", message) from None
        except ValueError:
            pass
    raise PydanticCustomError("not_a_time", "A time such as 2026-01-31T09:30:00Z is needed.")


Id = Annotated[UUID, _UuidText(), WithJsonSchema({"type": "string", "format": "uuid"})]
# Each once, in the order of the list, after its length was checked.
DISTINCT = AfterValidator(_distinct)

Flag = Annotated[bool, Field(strict=True)]

# The place of a message in its conversation: 1, 2, 3 …
Seq = Annotated[
    int,
    Field(strict=True, ge=1, le=MAX_SEQ),
    WHOLE,
    ReportedAs("invalid", "It must be the seq of a message."),
]

# With its offset; read as UTC.
Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


def many(max_length: int, min_length: int = 0) -> Any:
    """Of a list of ids. Only the first wrong one is named: there may be thousands."""
    return Field(min_length=min_length or None, max_length=max_length, fail_fast=True)


def stripped(max_length: int, *, pattern: str | None = None) -> StringConstraints:
    """Of a text that is read without the white space around it."""
    return StringConstraints(
        strict=True, strip_whitespace=True, max_length=max_length, pattern=pattern
    )
