"""The admin page of a person for moderators: memberships, reports, devices, and acts."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.people import UserAdmin
from accounts.models import Mute, SignIn, Suspension, User
from accounts.people.mutes import mute_person, unmute_person
from accounts.people.suspensions import reinstate_person, suspend_person
from accounts.second_factor.factors import reset_second_factor
from chatproject.core.admin.actions import ActsOnEach, UntilForm
from conversations.models import Conversation, Participant
from messaging.moderation.access import readable_conversations
from messaging.moderation.actions.notices import warn_person
from messaging.moderation.models import Report

SHOWN = 50  # of each list on a person's page


class PersonAdmin(ActsOnEach, UserAdmin):
    row_argument = "person_id"
    actions = ("suspend", "reinstate", "mute", "unmute", "warn", "reset_second_factor")
    change_form_template = "admin/accounts/user/person.html"

    def has_suspend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.add_suspension")

    def has_mute_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.add_mute")

    def has_warn_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("messaging.change_report")

    def has_reset_permission(self, request: HttpRequest) -> bool:
        """Administrators: whoever resets a factor opens an account to who knows its password."""
        return request.user.is_superuser

    @admin.action(description=_("Suspend or ban …"), permissions=["suspend"])
    def suspend(self, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse | None:
        return self.act_on_each(request, chosen, gettext("Suspend"), suspend_person, UntilForm)

    @admin.action(description=_("Reinstate"), permissions=["suspend"])
    def reinstate(self, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse | None:
        return self.act_on_each(request, chosen, gettext("Reinstate"), reinstate_person)

    @admin.action(description=_("Mute …"), permissions=["mute"])
    def mute(self, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse | None:
        return self.act_on_each(request, chosen, gettext("Mute"), mute_person, UntilForm)

    @admin.action(description=_("Unmute"), permissions=["mute"])
    def unmute(self, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse | None:
        return self.act_on_each(request, chosen, gettext("Unmute"), unmute_person)

    @admin.action(description=_("Warn …"), permissions=["warn"])
    def warn(self, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse | None:
        return self.act_on_each(request, chosen, gettext("Warn"), warn_person)

    @admin.action(description=_("Reset the second factor …"), permissions=["reset"])
    def reset_second_factor(
        self, request: HttpRequest, chosen: QuerySet[Any]
    ) -> HttpResponse | None:
        return self.act_on_each(
            request, chosen, gettext("Reset the second factor"), reset_second_factor
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {**(extra_context or {}), **self._about(request, object_id)}
        answer: HttpResponse = super().change_view(request, object_id, form_url, context)
        return answer

    def _about(self, request: HttpRequest, object_id: str) -> dict[str, Any]:
        """The lists below the form, as far as the viewer may see them."""
        try:
            person_id = UUID(object_id)
        except ValueError:
            return {}
        viewer = request.user
        assert isinstance(viewer, User)
        about: dict[str, Any] = {"person_id": person_id, "acts": self._acts(request)}
        if viewer.has_perm("messaging.view_report"):
            about["memberships"] = memberships(viewer, person_id)
            about["reports_about"] = Report.objects.filter(person=person_id).order_by("-id")[:SHOWN]
            about["reports_by"] = Report.objects.filter(reporter=person_id).order_by("-id")[:SHOWN]
            about["suspensions"] = Suspension.objects.filter(user=person_id).order_by("-id")[:SHOWN]
            about["person_mute"] = Mute.objects.filter(user=person_id).first()
        if viewer.has_perm("accounts.view_signin"):
            about["devices"] = SignIn.objects.filter(user=person_id).order_by("-id")[:SHOWN]
        return about

    def _acts(self, request: HttpRequest) -> list[tuple[str, str]]:
        """The name and label of each action that the viewer may do, for buttons."""
        found = self.get_actions(request)
        return [(name, label) for _, name, label in filter(None, found.values())]


def memberships(viewer: User, person_id: UUID) -> Sequence[Participant]:
    """The person's open periods, newest first; `is_readable` says whether the title is shown."""
    here = Conversation.objects.filter(pk=OuterRef("conversation_id"))
    return list(
        Participant.objects.open()
        .filter(user=person_id)
        .select_related("conversation")
        .annotate(is_readable=Exists(here.filter(readable_conversations(viewer) or Q())))
        .order_by("-joined_at")[:SHOWN]
    )


admin.site.unregister(User)
admin.site.register(User, PersonAdmin)
