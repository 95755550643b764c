"""The OpenAPI schema at /v1/schema: what drf-spectacular cannot know of our bodies and refusals.

Importing it registers the extension; settings name `Schema` and `say_any_of`.
"""
# mypy: allow-untyped-calls

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from http import HTTPStatus
from inspect import cleandoc
from typing import Any, Literal

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, is_serializer

from chatproject.core.api.bodies import Body
from chatproject.core.api.problems import MEDIA_TYPE
from chatproject.core.errors import InvalidInput, Refusal

Direction = Literal["request", "response"]

# Whose codes an operation of each app may answer with: what it imports, and its own.
LAYERS = ("chatproject", "accounts", "conversations", "attachments", "messaging")
READS = ("GET", "HEAD")

PROBLEM = {
    "type": "object",
    "description": "A refusal (RFC 9457). Programs branch on `code`; `detail` is for people.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "retryAfter": {
            "type": "integer",
            "description": "It may be tried again after so many seconds.",
        },
        "errors": {
            "type": "array",
            "description": "Each thing that is wrong with the input.",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


class Schema(AutoSchema):
    """Adds the refusals to each operation; a DELETE that answers with a body says so."""

    def get_description(self) -> str:  # type: ignore[override]
        """The method's own, or the view's; never that of the class from which all views come."""
        texts = (getattr(self.view, self.method.lower()).__doc__, type(self.view).__doc__)
        return cleandoc(next(filter(None, texts), ""))

    def get_request_serializer(self) -> Any:
        """Of a DELETE none is guessed."""
        return None if self.method == "DELETE" else super().get_request_serializer()

    def _get_request_body(self, direction: Direction = "request") -> Any:
        """Also of a DELETE. A body is required unless an empty one is taken."""
        shape = self.get_request_serializer() if self.method not in READS else None
        if not (isinstance(shape, type) and issubclass(shape, Body)):
            return super()._get_request_body(direction)
        schema, _ = self._get_request_for_media_type(shape, direction)
        content = {"application/json": {"schema": schema}}
        return {"content": content, "required": not _may_be_empty(shape)}

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        if self.method == "DELETE" and is_serializer(answer := self.get_response_serializers()):
            bodies = {"200": self._get_response_for_code(answer, "200", direction=direction)}
        else:
            bodies = super()._get_response_bodies(direction)
        problem = ResolvedComponent(
            name="Problem", type=ResolvedComponent.SCHEMA, object="Problem", schema=PROBLEM
        )
        self.registry.register_on_missing(problem)
        app = type(self.view).__module__.partition(".")[0]
        for status in self._refused_statuses():
            codes = _codes(app)[status]
            bodies[str(status)] = {
                "description": f"{HTTPStatus(status).phrase}: {', '.join(f'`{c}`' for c in codes)}",
                "content": {MEDIA_TYPE: {"schema": problem.ref}},
                "x-codes": codes,
            }
        return bodies

    def _refused_statuses(self) -> list[int]:
        has_body = self.method not in READS and self._get_request_body() is not None
        found = [400, 401, 403, 406, 409, 503]
        if has_body or "{" in self.path or self.method == "DELETE" or self._asks_for_one():
            found.append(404)
        if self.method not in READS:
            found.append(429)
        if has_body:
            found += [413, 415]
        return sorted(found)

    def _asks_for_one(self) -> bool:
        """Whether a parameter of the query is an id, of what may not be there."""
        schemas = [each["schema"] for each in self._get_parameters() if each["in"] == "query"]
        return any(schema.get("format") == "uuid" for schema in schemas)


def _may_be_empty(shape: type[Body]) -> bool:
    try:
        shape.read({})
    except InvalidInput:
        return False
    return True


@cache
def _codes(app: str) -> dict[int, list[str]]:
    """Codes by status that an operation of the app may answer with."""
    below = LAYERS[: LAYERS.index(app) + 1]
    found: defaultdict[int, set[str]] = defaultdict(set)
    for refusal in _refusals(Refusal):
        if refusal.__module__.partition(".")[0] in below:
            found[refusal.status].add(refusal.code)
    return defaultdict(list, {status: sorted(codes) for status, codes in found.items()})


def _refusals(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _refusals(each)


class BodyExtension(OpenApiSerializerExtension):
    """A `Body` is documented by itself."""

    target_class = "chatproject.core.api.bodies.Body"
    match_subclasses = True
    priority = 1  # before drf-spectacular's own extension for pydantic

    def get_name(self, auto_schema: AutoSchema, direction: str) -> str:
        name: str = self.target.__name__
        return name

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        schema: dict[str, Any] = self.target.json_schema("#/components/schemas/{model}")
        for name, part in schema.pop("$defs", {}).items():
            auto_schema.registry.register_on_missing(
                ResolvedComponent(
                    name=name, type=ResolvedComponent.SCHEMA, object=name, schema=part
                )
            )
        return schema


def say_any_of(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A postprocessing hook: an empty list is a list of either kind, so it is not one of them."""
    for schema in result["components"]["schemas"].values():
        parts = schema.get("oneOf", ())
        if parts and all(
            "results" in _component(result, part).get("properties", ()) for part in parts
        ):
            schema["anyOf"] = schema.pop("oneOf")
    return result


def _component(result: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = result["components"]["schemas"][part["$ref"].rsplit("/", 1)[1]]
    return found
