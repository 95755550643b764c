"""Frames held against `docs/asyncapi.yaml`, stricter than a client has to be: nothing unnamed."""

import re
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from jsonschema import Draft202012Validator, FormatChecker

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "asyncapi.yaml"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")

PROSE = {"title", "description", "summary"}
NAMED = {"properties"}  # whose keys are names of fields

formats = FormatChecker(formats=())


@formats.checks("uuid", raises=ValueError)
def is_uuid(value: object) -> bool:
    return not isinstance(value, str) or str(UUID(value)) == value


@formats.checks("date-time")
def is_time(value: object) -> bool:
    return not isinstance(value, str) or TIME.fullmatch(value) is not None


@cache
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text())
    return loaded


def messages_of(operation: str) -> dict[str, str]:
    """Frame type → key of its message, for what a client may `ask` or the server may `tell`."""
    refs = [message["$ref"] for message in document()["operations"][operation]["messages"]]
    keys = [ref.rsplit("/", 1)[1] for ref in refs]
    return {document()["components"]["messages"][key].get("name", key): key for key in keys}


def faults_of(operation: str, frame: dict[str, Any]) -> list[str]:
    """What about the frame is not as documented; empty when all is."""
    key = messages_of(operation).get(frame["type"])
    if key is None:
        return [f"{frame['type']} is not documented"]
    errors = _validator(key).iter_errors(frame)
    return [f"{frame['type']}{error.json_path[1:]}: {error.message}" for error in errors]


def bare(schema: Any) -> Any:
    """A schema without prose and references, and null said in one way, for comparing two."""
    if isinstance(schema, list):
        return [bare(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return bare(document()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
    found = {
        name: {key: bare(each) for key, each in item.items()} if name in NAMED else bare(item)
        for name, item in schema.items()
        if name not in PROSE
    }
    match found.get("anyOf"):
        case [{"type": str(kind)} as other, {"type": "null"}]:
            del found["anyOf"]
            found |= {**other, "type": [kind, "null"]}
    if "propertyNames" in found:
        found["propertyNames"].setdefault("type", "string")
    if "enum" in found or "const" in found:
        found.pop("type", None)
    if "required" in found:
        found["required"] = sorted(found["required"])
    return found


@cache
def _validator(key: str) -> Draft202012Validator:
    payload = document()["components"]["messages"][key]["payload"]
    schema = {"allOf": [_closed(payload)], "components": _closed(document()["components"])}
    return Draft202012Validator(schema, format_checker=formats)


def _closed(schema: Any) -> Any:
    """The same with no other properties than the named ones, at every depth."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(item) for name, item in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        closed.setdefault("additionalProperties", False)
    return closed
