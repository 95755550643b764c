"""Values that a schema of ours allows: as much of JSON Schema as our bodies use."""

import re
from typing import Any

from hypothesis import strategies as st
from jsonschema import Draft202012Validator

FORMATS = {
    "uuid": st.uuids().map(str),
    "emoji": st.sampled_from(["👍", "❤️", ":house:"]),
    "email": st.sampled_from(["ann@example.org", "b@example.com"]),
    "date-time": st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
}
# JSON holds no lone surrogates, and we take no NULs.
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")


def valid_under(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """What depends on several fields at once (`if`, `oneOf`) is drawn until it fits."""
    whole = Draft202012Validator(schema)
    return _values(schema, schema.get("$defs", {})).filter(whole.is_valid)


def _values(schema: dict[str, Any], parts: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        return _values(parts[schema["$ref"].rsplit("/", 1)[1]], parts)
    for name in ("anyOf", "oneOf"):
        if name in schema:
            return st.one_of([_values(each, parts) for each in schema[name]])
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    return _OF_TYPE[schema["type"]](schema, parts)


def _object(schema: dict[str, Any], parts: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "properties" not in schema and "propertyNames" in schema:
        return st.dictionaries(
            _text(schema["propertyNames"], parts),
            _values(schema["additionalProperties"], parts),
            max_size=5,
        )
    fields = {name: _values(each, parts) for name, each in schema.get("properties", {}).items()}
    needed = schema.get("required", ())
    return st.fixed_dictionaries(
        {name: fields[name] for name in needed},
        optional={name: each for name, each in fields.items() if name not in needed},
    )


def _array(schema: dict[str, Any], parts: dict[str, Any]) -> st.SearchStrategy[Any]:
    return st.lists(
        _values(schema["items"], parts),
        min_size=schema.get("minItems", 0),
        max_size=min(5, schema.get("maxItems", 5)),
        unique=schema.get("uniqueItems", False),
    )


def _text(schema: dict[str, Any], parts: dict[str, Any]) -> st.SearchStrategy[Any]:
    if schema.get("format") in FORMATS:
        return FORMATS[schema["format"]]
    longest = schema.get("maxLength", 50)
    short = st.text(LETTERS, min_size=schema.get("minLength", 0), max_size=min(20, longest))
    texts = short | st.integers(max(0, longest - 2), longest).map("x".__mul__)
    pattern = schema.get("pattern", "")
    if pattern.startswith("^") and pattern.endswith("$"):  # too rare among texts by chance
        return st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True)
    if "pattern" in schema:
        return texts.filter(Draft202012Validator({"pattern": schema["pattern"]}).is_valid)
    return texts


def _integer(schema: dict[str, Any], parts: dict[str, Any]) -> st.SearchStrategy[Any]:
    return st.integers(schema["minimum"], schema["maximum"])


_OF_TYPE = {
    "object": _object,
    "array": _array,
    "string": _text,
    "integer": _integer,
    "boolean": lambda schema, parts: st.booleans(),
    "null": lambda schema, parts: st.none(),
}
