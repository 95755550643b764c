"""One's address book: /v1/contacts."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import serializers
from accounts.api.bodies import ContactBody, NicknameBody
from accounts.api.pages import page_answer, position_param
from accounts.people.contacts import add_contact, contacts_of, remove_contact, rename_contact
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
            owner_id=asker_of(request), person_id=body.userId, nickname=body.nickname
        )
        return Response(contact_json(contact), status=201 if is_new else 200)


class ContactView(ApiView):
    @extend_schema(
        operation_id="renameContact",
        request=NicknameBody,
        responses=serializers.ContactSerializer,
    )
    def patch(self, request: Request, user_id: UUID) -> Response:
        """Change the nickname; an empty one takes it away."""
        body = read_body(request, NicknameBody)
        contact = rename_contact(
            owner_id=asker_of(request), person_id=user_id, nickname=body.nickname
        )
        return Response(contact_json(contact))

    @extend_schema(operation_id="removeContact", responses={204: None})
    def delete(self, request: Request, user_id: UUID) -> Response:
        """Take a person out of one's contacts."""
        remove_contact(owner_id=asker_of(request), person_id=user_id)
        return Response(status=204)
