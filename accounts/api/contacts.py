"""One's address book: /v1/contacts."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import serializers
from accounts.api.bodies import CardsBody, ContactBody, ContactChangeBody
from accounts.api.pages import page_answer, position_param
from accounts.people.cards import cards_response, export_cards, import_cards
from accounts.people.contacts import add_contact, change_contact, contacts_of, remove_contact
from accounts.wire import contact_json
from chatproject.core.api.params import CURSOR, limit_param, limit_parameter
from chatproject.core.api.views import ApiView, asker_of, read_body


class ContactsView(ApiView):
    @extend_schema(
        operation_id="listContacts",
        parameters=[CURSOR, limit_parameter()],
        responses=serializers.ContactsSerializer,
    )
    def get(self, request: Request) -> Response:
        """One's contacts in the order of the names one knows them by."""
        page = contacts_of(
            asker_of(request),
            position=position_param(request, str, int),
            limit=limit_param(request),
        )
        return page_answer(page, contact_json)

    @extend_schema(
        operation_id="addContact",
        request=ContactBody,
        responses={200: serializers.ContactSerializer, 201: serializers.ContactSerializer},
    )
    def post(self, request: Request) -> Response:
        """Add a person, with a nickname of one's own; 200 for one who is there already."""
        body = read_body(request, ContactBody)
        contact, is_new = add_contact(
            owner_id=asker_of(request),
            person_id=body.userId,
            nickname=body.nickname,
            contact_number=body.contactNumber,
        )
        return Response(contact_json(contact), status=201 if is_new else 200)


class ContactView(ApiView):
    @extend_schema(
        operation_id="renameContact",
        request=ContactChangeBody,
        responses=serializers.ContactSerializer,
    )
    def patch(self, request: Request, user_id: UUID) -> Response:
        """Change the nickname or the number; an empty one takes it away."""
        body = read_body(request, ContactChangeBody)
        contact = change_contact(
            owner_id=asker_of(request),
            person_id=user_id,
            nickname=body.nickname,
            contact_number=body.contactNumber,
        )
        return Response(contact_json(contact))

    @extend_schema(operation_id="removeContact", responses={204: None})
    def delete(self, request: Request, user_id: UUID) -> Response:
        """Take a person out of one's contacts."""
        remove_contact(owner_id=asker_of(request), person_id=user_id)
        return Response(status=204)


class CardsView(ApiView):
    # Answers whatever kinds of content the asker names: a vCard is no JSON.
    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        return super().perform_content_negotiation(request, force=True)

    @extend_schema(
        operation_id="exportContacts",
        responses={(200, "text/vcard"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> HttpResponse:
        """One's contacts as vCards, with nicknames and numbers, to be taken elsewhere."""
        return cards_response(export_cards(asker_of(request)))

    @extend_schema(
        operation_id="importContacts",
        request=CardsBody,
        responses=serializers.ImportedContactsSerializer,
    )
    def post(self, request: Request) -> Response:
        """Take over contacts from vCards: of people here, whom a UID or an email names."""
        body = read_body(request, CardsBody)
        done = import_cards(owner_id=asker_of(request), text=body.cards)
        return Response({"added": done.added, "changed": done.changed, "unknown": done.unknown})
