"""A body is read by the same class that documents it: what the schema allows is taken."""

import re
from collections.abc import Iterator
from typing import Annotated, Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import Field

import chatproject.urls  # noqa: F401 (imports every body)
from attachments.api.uploads import UploadBody
from chatproject.core.api.bodies import Body, OneBodyOf
from chatproject.core.api.fields import (
    DISTINCT,
    Flag,
    Id,
    Moment,
    Omissible,
    OneOf,
    Seq,
    many,
    stripped,
)
from chatproject.core.errors import InvalidInput
from messaging.ws.frames import FRAMES
from tests.asyncapi import formats
from tests.json_schema import valid_under

ID = "0190a4d0-5f3a-7cc1-8b1e-6f1d2c3b4a59"
WRONG = ({"an": "object"}, 1.5, [[]], "\N{PILE OF POO}" * 9000)


def bodies() -> list[type[Body]]:
    def below(kind: type[Body]) -> Iterator[type[Body]]:
        for each in kind.__subclasses__():
            if not each.__module__.startswith("tests."):
                yield each
                yield from below(each)

    found = {each for each in below(Body) if each not in (OneBodyOf, UploadBody)}
    return sorted(found, key=lambda each: (each.__module__, each.__name__))


class Part(Body):
    isOpen: Flag


class Example(Body):
    userId: Id
    memberIds: Annotated[list[Id], many(2), DISTINCT]
    kind: Annotated[str, OneOf(["group", "public"])]
    seq: Seq
    isOpen: Flag | None = None
    until: Moment | None = None
    reason: Annotated[str, stripped(5)] | None = None
    topic: Omissible[Annotated[str, stripped(5)]] = None
    count: Annotated[int, Field(strict=True, ge=1, le=9)] | None = None
    part: Part | None = None


VALID = {"userId": ID, "memberIds": [], "kind": "group", "seq": 1}


def wrong(data: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refusal:
        Example.read(data)
    return [(error["field"], error["code"]) for error in refusal.value.errors]


def test_values_are_read_in_their_types() -> None:
    body = Example.read(
        {**VALID, "memberIds": [ID, ID], "reason": " a b ", "until": "2026-01-31T09:30:00+01:00"}
    )

    assert body.userId == UUID(ID)
    assert body.memberIds == [UUID(ID)]
    assert body.reason == "a b"
    assert body.until is not None
    assert body.until.isoformat() == "2026-01-31T08:30:00+00:00"
    assert body.given().keys() == {*VALID, "reason", "until"}


def test_everything_that_is_missing_is_named() -> None:
    assert wrong({}) == [
        ("userId", "required"),
        ("memberIds", "required"),
        ("kind", "required"),
        ("seq", "invalid"),
    ]


@pytest.mark.parametrize(
    ("field", "value", "named", "code"),
    [
        ("userId", None, "userId", "required"),
        ("userId", 5, "userId", "not_an_id"),
        ("userId", ID.replace("-", ""), "userId", "not_an_id"),
        ("userId", f"{{{ID}}}", "userId", "not_an_id"),
        ("memberIds", "x", "memberIds", "not_a_list"),
        ("memberIds", [ID, "x"], "memberIds[1]", "not_an_id"),
        ("memberIds", [ID] * 3, "memberIds", "too_many"),
        ("kind", "direct", "kind", "unknown_choice"),
        ("kind", ["group"], "kind", "unknown_choice"),
        ("seq", 0, "seq", "invalid"),
        ("seq", True, "seq", "invalid"),
        ("seq", "1", "seq", "invalid"),
        ("seq", 2**62 + 1, "seq", "invalid"),
        ("isOpen", 1, "isOpen", "not_a_flag"),
        ("until", "2026-01-31T09:30:00", "until", "not_a_time"),
        ("until", 5, "until", "not_a_time"),
        ("until", "0001-01-01T00:00:00+01:00", "until", "out_of_range"),
        ("until", "9999-12-31T23:59:59-01:00", "until", "out_of_range"),
        ("reason", 5, "reason", "not_a_text"),
        ("reason", "123456", "reason", "too_long"),
        ("topic", None, "topic", "null"),
        ("count", "1", "count", "not_a_number"),
        ("count", 0, "count", "too_small"),
        ("count", 10, "count", "too_large"),
        ("part", 5, "part", "not_an_object"),
        ("part", {}, "part.isOpen", "required"),
    ],
)
def test_a_wrong_value_is_named(field: str, value: object, named: str, code: str) -> None:
    assert wrong({**VALID, field: value}) == [(named, code)]


def test_one_wrong_field_is_named_in_the_detail_too() -> None:
    with pytest.raises(InvalidInput) as refusal:
        Example.read({**VALID, "seq": 0})
    assert refusal.value.detail == "seq: It must be the seq of a message."


def test_null_is_the_same_as_left_out_where_it_is_documented() -> None:
    assert Example.read({**VALID, "reason": None}).given().keys() == VALID.keys()
    properties = Example.json_schema()["properties"]
    assert {"type": "null"} in properties["reason"]["anyOf"]
    assert properties["topic"] == {"type": "string", "maxLength": 5}


@pytest.mark.parametrize("body", bodies(), ids=lambda body: body.__name__)
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_is_documented_is_read(body: type[Body], data: st.DataObject) -> None:
    sent = data.draw(valid_under(body.json_schema()))

    values = body.read(sent)
    with_more = body.read({**sent, "notNamedHere": 1})

    assert values == with_more


@pytest.mark.parametrize("value", WRONG, ids=["object", "number", "list", "long text"])
@pytest.mark.parametrize("body", bodies(), ids=lambda body: body.__name__)
def test_every_field_that_the_schema_refuses_is_named(body: type[Body], value: object) -> None:
    whole = body.json_schema()
    properties = whole.get("properties", {})
    parts = {"$defs": whole.get("$defs", {})}
    sent = dict.fromkeys(properties, value)
    refused = {
        name
        for name, schema in properties.items()
        if not Draft202012Validator(schema | parts, format_checker=formats).is_valid(value)
    }

    named = set()
    try:
        body.read(sent)
    except InvalidInput as refusal:
        named = {re.split(r"[.[]", error["field"])[0] for error in refusal.errors}

    assert named >= refused


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_of_the_registry_is_read_by_a_documented_shape(name: str) -> None:
    assert FRAMES[name].shape in bodies()
