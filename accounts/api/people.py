"""Other people: /v1/users and /v1/users/{id}."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import serializers
from accounts.api.pages import list_answer, page_answer, position_param
from accounts.people.search import find_people, list_people, people_by_id, person_by_id
from accounts.wire import person_json
from chatproject.core.api.params import (
    CURSOR,
    limit_param,
    limit_parameter,
    search_parameter,
    text_param,
    uuids_param,
    uuids_parameter,
)
from chatproject.core.api.views import ApiView

MAX_IDS = 100  # asked for in one call


class PeopleView(ApiView):
    @extend_schema(
        operation_id="findPeople",
        parameters=[
            search_parameter("A part of the name, or with an @ exactly the email."),
            uuids_parameter("ids", maximum=MAX_IDS),
            CURSOR,
            limit_parameter(),
        ],
        responses=serializers.PeopleSerializer,
    )
    def get(self, request: Request) -> Response:
        """Find people by name or exact email; all by name without `q`; or those with the `ids`."""
        limit, query = limit_param(request), text_param(request, "q")
        if ids := uuids_param(request, "ids", maximum=MAX_IDS):
            return list_answer([person_json(person) for person in people_by_id(ids)])
        if query:
            by_match = position_param(request, int, str, UUID)
            return page_answer(
                find_people(query=query, position=by_match, limit=limit), person_json
            )
        by_name = position_param(request, str, UUID)
        return page_answer(list_people(position=by_name, limit=limit), person_json)


class PersonView(ApiView):
    @extend_schema(operation_id="getPerson", responses=serializers.PersonSerializer)
    def get(self, request: Request, user_id: UUID) -> Response:
        """What everybody may see of a person."""
        return Response(person_json(person_by_id(user_id)))
