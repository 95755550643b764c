"""Request bodies and frames as classes: one declaration parses, validates and documents each.

    class BanBody(Body):
        userId: Id
        reason: Text500 | None = None

`BanBody.read(data)` gives the values, or raises InvalidInput that names every wrong field;
`BanBody.json_schema()` is what OpenAPI and AsyncAPI say of it. Fields that a class does not name
are ignored. A field with `| None` takes null as if it were left out; an `Omissible` one may be left
out, but never be null.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self, cast

from pydantic import BaseModel, ConfigDict, RootModel, ValidationError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import ErrorDetails, core_schema

from chatproject.core.api.fields import ReportedAs
from chatproject.core.errors import FieldError, InvalidInput

REQUIRED = ("required", "This field is needed.")
NULL = ("null", "It cannot be null; it may be left out.")

# pydantic's names for what can be wrong → our code and sentence; `{…}` is filled in by pydantic.
CODES: Mapping[str, tuple[str, str]] = {
    "missing": REQUIRED,
    "string_type": ("not_a_text", "It must be a text."),
    "string_too_short": ("blank", "It must not be empty."),
    "string_pattern_mismatch": ("blank", "At least one visible character is needed."),
    "string_too_long": ("too_long", "At most {max_length} characters."),
    "bool_type": ("not_a_flag", "It must be true or false."),
    "literal_error": ("unknown_choice", "It must be one of {choices}."),
    "dict_type": ("not_an_object", "An object of id → rev is needed."),
    "model_type": ("not_an_object", "It must be an object."),
    "int_type": ("not_a_number", "It must be a whole number."),
    "greater_than_equal": ("too_small", "It must be at least {ge}."),
    "less_than_equal": ("too_large", "It must be at most {le}."),
    "list_type": ("not_a_list", "A list of ids is needed."),
    "too_long": ("too_many", "At most {max_length} different ids."),
    "too_short": ("blank", "Somebody has to be named."),
    "union_tag_not_found": REQUIRED,
}


class BodySchema(GenerateJsonSchema):
    """JSON Schema without what only repeats the names of the code."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """None stands for "left out" and is no default of the wire."""
        found = super().default_schema(schema)
        if "default" in found and found["default"] is None:
            del found["default"]
        return found


class Body(BaseModel):
    model_config = ConfigDict(extra="ignore", arbitrary_types_allowed=True)

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        """The values in a JSON object. Raises InvalidInput that names every wrong field."""
        try:
            # What `model_validate` calls, which costs as much again for a small body.
            body: Self = cls.__pydantic_validator__.validate_python(data)
        except ValidationError as error:
            raise refusal_of(cls, error) from None
        return body

    def given(self) -> dict[str, Any]:
        """The values of the fields that were sent, by name; null counts as not sent."""
        values = {name: getattr(self, name) for name in self.model_fields_set}
        return {name: value for name, value in values.items() if value is not None}

    @classmethod
    def json_schema(cls, ref_template: str = "#/$defs/{model}") -> dict[str, Any]:
        schema = cls.model_json_schema(ref_template=ref_template, schema_generator=BodySchema)
        schema.pop("title", None)
        for part in schema.get("$defs", {}).values():
            part.pop("title", None)
        return schema


class OneBodyOf(Body, RootModel[Any]):
    """One of several bodies; `root` is a union with a discriminator, which chooses by the data."""

    model_config = ConfigDict(extra=None, arbitrary_types_allowed=False)
    undecided: ClassVar[str]  # the field that is named where the data choose none


def refusal_of(body: type[Body], error: ValidationError) -> InvalidInput:
    wrong = [_field_error(body, each) for each in error.errors(include_url=False)]
    if len(wrong) == 1:
        return InvalidInput(f"{wrong[0]['field']}: {wrong[0]['detail']}", errors=wrong)
    return InvalidInput(errors=wrong)


def _field_error(body: type[Body], error: ErrorDetails) -> FieldError:
    path: Sequence[int | str] = error["loc"]
    if issubclass(body, OneBodyOf):
        path = path[1:] or (body.undecided,)  # the first is the name of the chosen body
    code, detail = _code_and_detail(body, error)
    return FieldError(field=_json_path(path), code=code, detail=detail)


def _code_and_detail(body: type[Body], error: ErrorDetails) -> tuple[str, str]:
    kind = error["type"]
    field = body.model_fields.get(str(error["loc"][0])) if len(error["loc"]) == 1 else None
    if field is not None and (kind == "missing" or error["input"] is None):
        for note in field.metadata:
            if isinstance(note, ReportedAs):
                return note.code, note.detail
        if kind != REQUIRED[0]:
            return REQUIRED if field.is_required() else NULL
    if kind not in CODES:  # raised under a code of ours
        return kind, error["msg"]
    code, detail = CODES[kind]
    context = dict(error.get("ctx", {}))
    if kind == "literal_error":
        context["choices"] = _choices(cast("str", context["expected"]))
    return code, detail.format(**context)


def _choices(expected: str) -> str:
    """pydantic says `'a', 'b' or 'c'`."""
    return expected.replace(" or ", ", ").replace("'", "")


def _json_path(path: Sequence[int | str]) -> str:
    """`memberIds[3]`, `conversations.name`; of a wrong key the object that has it."""
    text = ""
    if path[-1] == "[key]":
        path = path[:-2]
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
