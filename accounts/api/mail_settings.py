"""Which mails one gets: /v1/users/me/mail."""

from datetime import time

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import serializers
from accounts.api.access import person_of
from accounts.api.bodies import MailSettingsBody
from accounts.models import User
from accounts.people.mail_settings import set_mail_settings
from chatproject.core.api.views import ApiView, read_body


class MailSettingsView(ApiView):
    @extend_schema(operation_id="getMailSettings", responses=serializers.MailSettingsSerializer)
    def get(self, request: Request) -> Response:
        """How often one gets a digest, and the quiet hours in one's time zone."""
        return Response(_mail_settings_json(person_of(request)))

    @extend_schema(
        operation_id="updateMailSettings",
        request=MailSettingsBody,
        responses=serializers.MailSettingsSerializer,
    )
    def patch(self, request: Request) -> Response:
        """Change what is given."""
        person, body = person_of(request), read_body(request, MailSettingsBody)
        quiet = person.quiet_from, person.quiet_until
        if "quietHours" in body.model_fields_set:
            hours = body.quietHours
            quiet = (_time(hours.since), _time(hours.until)) if hours else (None, None)
        person = set_mail_settings(
            user=person,
            digest=body.digest or person.digest,
            quiet_from=quiet[0],
            quiet_until=quiet[1],
        )
        return Response(_mail_settings_json(person))


def _mail_settings_json(person: User) -> dict[str, object]:
    begin, end = person.quiet_from, person.quiet_until
    hours = None
    if begin is not None and end is not None:
        hours = {"from": begin.isoformat("minutes"), "until": end.isoformat("minutes")}
    return {"digest": person.digest, "quietHours": hours}


def _time(text: str) -> time:
    return time.fromisoformat(text)
