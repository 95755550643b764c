"""The admin page of reports: the queue, grouped by reported person, and the acts on reports.

The list shows no text of a conversation: opening a report does, and is recorded.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Count, F, Min, QuerySet, Window
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chatproject.core.admin.actions import ReasonForm, UntilForm, ask_first, tell
from chatproject.core.admin.lists import ReadOnlyAdmin
from messaging.moderation.access import is_private, record_conversation_read
from messaging.moderation.actions.handling import (
    ACTS,
    Tally,
    act_on_reports,
    dismiss_reports,
    resolve_reports,
    take_reports,
)
from messaging.moderation.admin.readable import readable_entries
from messaging.moderation.models import Report
from messaging.moderation.snapshots import take_snapshots

UNSETTLED = "unsettled"
# Label and function of what settles reports without an act.
SETTLING: dict[str, tuple[Any, Callable[..., Tally]]] = {
    "dismiss": (_("Dismiss"), dismiss_reports),
    "resolve": (_("Resolve: dealt with"), resolve_reports),
}


class StateFilter(admin.SimpleListFilter):
    """Shows unsettled reports unless another state is chosen."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        states = [(value, str(label)) for value, label in Report.State.choices]
        return [*states, ("all", gettext("All"))]

    def choices(self, changelist: Any) -> Any:
        labels = [(None, gettext("To be decided")), *self.lookup_choices]
        for value, label in labels:
            yield {
                "selected": self.value() == value,
                "query_string": changelist.get_query_string({self.parameter_name: value})
                if value
                else changelist.get_query_string(remove=[self.parameter_name]),
                "display": label,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        state = self.value()
        if state is None:
            return queryset.unsettled()  # type: ignore[attr-defined, no-any-return]
        return queryset if state == "all" else queryset.filter(state=state)


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    list_display = (
        "about",
        "kind",
        "reason",
        "comment",
        "reported_by",
        "age",
        "state",
        "handled_by",
    )
    list_select_related = ("person", "reporter", "handler")
    list_filter = (StateFilter, "reason")
    search_fields = ("person__email", "person__name", "=person__id", "=conversation__id", "=id")
    search_help_text = _("Who was reported: an id, an email address or a name; or a conversation.")
    change_form_template = "admin/messaging/report/page.html"
    change_list_template = "admin/messaging/report/queue.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # The person who was reported first comes first, with all reports about them. Only the queue
        # is grouped: it is short, while the settled reports grow for ever.
        # No list shows a snapshot, which may have a megabyte; a report's page reads its own.
        reports = Report.objects.defer("snapshot")
        if request.GET.get("state"):
            return reports.order_by("-id")
        since = Window(Min("created_at"), partition_by=F("person"))
        found: QuerySet[Any] = reports.annotate(person_since=since)
        return found.order_by(*self.get_ordering(request))

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        if request.GET.get("state"):
            return ("-id",)
        return ("person_since", "person", "created_at")

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("messaging.change_report")

    # -- the list

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        take_snapshots()
        context = {**(extra_context or {}), "people": _by_person()}
        return super().changelist_view(request, context)

    @admin.display(description=_("about"), ordering="person")
    def about(self, report: Report) -> str:
        if report.person:
            return str(report.person)
        return gettext("conversation {id}").format(id=report.conversation_id)

    @admin.display(description=_("what"))
    def kind(self, report: Report) -> str:
        if report.seq is not None:
            return gettext("message")
        if report.conversation_id is None:
            return gettext("person")
        return gettext("conversation")

    @admin.display(description=_("by"))
    def reported_by(self, report: Report) -> str:
        return str(report.reporter or gettext("word filter"))

    @admin.display(description=_("age"), ordering="created_at")
    def age(self, report: Report) -> str:
        return timesince(report.created_at, depth=1)

    @admin.display(description=_("handled by"))
    def handled_by(self, report: Report) -> str:
        return str(report.handler or "")

    # -- one report

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        take_snapshots()
        report = self.get_object(request, object_id)
        context = {**(extra_context or {}), **(_page(request, report) if report else {})}
        return super().change_view(request, object_id, form_url, context)

    # -- what is done

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Adds the acts of ACTS for which the person has the permission."""
        if not self.has_act_permission(request):
            return {}
        found = {
            name: (_settling(name), name, str(label)) for name, (label, _do) in SETTLING.items()
        }
        for name, act in ACTS.items():
            if request.user.has_perm(act.permission):
                found[name] = (_acting(name), name, str(act.label))
        return {"take": (_take, "take", gettext("Take up")), **found}


def _take(page: ReportAdmin, request: HttpRequest, chosen: QuerySet[Any]) -> None:
    assert isinstance(request.user, User)
    tally = take_reports(report_ids=_ids(chosen), by=request.user)
    tell(page, request, gettext("Take up"), tally.done, [])


def _settling(name: str) -> Callable[..., HttpResponse | None]:
    label, do = SETTLING[name]

    def settle(
        page: ReportAdmin, request: HttpRequest, chosen: QuerySet[Any]
    ) -> HttpResponse | None:
        title = str(label)
        said, question = ask_first(page, request, chosen, title=title)
        if said is None:
            return question
        tally = do(report_ids=_ids(chosen), by=request.user, reason=said["reason"])
        tell(page, request, title, tally.done, [])
        return None

    return settle


def _acting(name: str) -> Callable[..., HttpResponse | None]:
    form: type[ReasonForm] = BanForm if name == "ban" else ReasonForm

    def act(page: ReportAdmin, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse | None:
        title = str(ACTS[name].label)
        said, question = ask_first(page, request, chosen, title=title, form=form)
        if said is None:
            return question
        assert isinstance(request.user, User)
        tally = act_on_reports(name=name, report_ids=_ids(chosen), by=request.user, **said)
        tell(page, request, title, tally.done, list(tally.refused))
        return None

    return act


class BanForm(UntilForm):
    """A ban has a reason and an end."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = self.fields["ends_at"].required = True
        self.fields["reason"].help_text = gettext("Shown to the person at log-in, and kept.")
        self.fields["ends_at"].help_text = "UTC."


def _ids(chosen: QuerySet[Any]) -> list[Any]:
    return list(chosen.values_list("pk", flat=True))


def _by_person() -> list[dict[str, Any]]:
    """How often and since when each person is reported, in unsettled reports."""
    rows = (
        Report.objects.unsettled()
        .values("person", "person__name")
        .annotate(count=Count("pk"), since=Min("created_at"))
        .order_by("-count", "since")[:20]
    )
    now = timezone.now()
    return [{**row, "age": timesince(row["since"], now, depth=1)} for row in rows]


def _page(request: HttpRequest, report: Report) -> dict[str, Any]:
    """The snapshot with the present names of its people; records that it was read."""
    viewer = request.user
    assert isinstance(viewer, User)
    if report.snapshot and is_private(report.conversation_id):
        assert report.conversation_id is not None
        record_conversation_read(
            viewer, report.conversation_id, where="report", reportId=str(report.pk)
        )
    acts = [(name, act.label) for name, act in ACTS.items() if viewer.has_perm(act.permission)]
    return {
        "report": report,
        "pictured": readable_entries(report.snapshot or []),
        "acts": acts if viewer.has_perm("messaging.change_report") else [],
        "may_act": viewer.has_perm("messaging.change_report"),
        "others": Report.objects.filter(person=report.person_id)
        .exclude(pk=report.pk)
        .order_by("-id")[:20]
        if report.person_id
        else [],
    }
