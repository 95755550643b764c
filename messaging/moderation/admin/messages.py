"""The admin page of messages: search by person, conversation, text, time, kind; deletion."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chatproject.core.admin.actions import do_each
from chatproject.core.admin.lists import LISTED, ReadOnlyAdmin
from messaging.archive.errors import ArchiveUnavailable
from messaging.archive.recalling import recall_locked
from messaging.models import Message
from messaging.moderation import archived_search
from messaging.moderation.access import may_read_message, record_messages_read, sees_all
from messaging.moderation.actions.messages import delete_as_moderator
from messaging.moderation.admin.readable import make_readable
from messaging.moderation.message_search import CANDIDATES, Query, find_messages, uuid_or_none

EXCERPT = 80  # characters of a text in a list
ARCHIVED = 100  # messages of the archive in a list


class _SearchParameter(admin.SimpleListFilter):
    """A field of the search form: read from the query string, and not listed beside the table."""

    title = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset


class TextParameter(_SearchParameter):
    parameter_name = "text"


class SinceParameter(_SearchParameter):
    parameter_name = "since"


class UntilParameter(_SearchParameter):
    parameter_name = "until"


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "title", "sender", "excerpt", "kind", "seq", "is_deleted")
    list_filter = ("kind", TextParameter, SinceParameter, UntilParameter)
    list_select_related = ("conversation", "sender")
    ordering = ("-id",)
    search_fields = ("body",)  # shows the form; `get_search_results` does the search
    search_help_text = format_lazy(
        _(
            "Place or person: the id of a conversation, a message or a person, an email address or "
            "a whole name. The newest {number} matches are searched; give dates to go further back."
        ),
        number=f"{CANDIDATES:_}".replace("_", "\u202f"),
    )
    actions = ("delete_for_everyone",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        assert isinstance(request.user, User)
        query = _query(request, search_term)
        # Searched once, for the page and for the number of pages.
        keys = find_messages(query, sees_all=sees_all(request.user), limit=LISTED)
        return queryset.filter(pk__in=keys), False

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Message | None:
        """The message if the person may read it; records the read. One of the archive is asked for
        as `conversation:seq`."""
        assert isinstance(request.user, User)
        message: Message | None
        try:
            is_place = archived_search.place_of(object_id)[0] is not None
            find = super().get_object
            message = _message_at(object_id) if is_place else find(request, object_id, from_field)
        except ArchiveUnavailable as refusal:
            self.message_user(request, refusal.detail, messages.ERROR)
            return None
        if message is None or not may_read_message(request.user, message):
            return None
        record_messages_read(request.user, [message], where="message")
        return message

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "POST":
            may_delete = self.has_delete_for_everyone_permission(request)
            try:
                _name_chosen(request, may_bring_back=may_delete)
            except ArchiveUnavailable as refusal:
                self.message_user(request, refusal.detail, messages.ERROR)
                return HttpResponseRedirect(request.get_full_path())
        answer = super().changelist_view(request, extra_context)
        listed = getattr(answer, "context_data", None) or {}
        if "cl" in listed:
            assert isinstance(request.user, User)
            shown = list(listed["cl"].result_list)
            listed |= self._archived(request, listed["cl"].query)
            archived = listed.get("archived", [])
            record_messages_read(request.user, [*shown, *archived], where="messages")
            make_readable([*shown, *archived])
            listed["cl"].result_list = shown
            answer.context_data = listed  # type: ignore[attr-defined]
        return answer

    def _archived(self, request: HttpRequest, search_term: str) -> dict[str, Any]:
        """What the page shows of the archive."""
        assert isinstance(request.user, User)
        query = _query(request, search_term)
        if query.is_plain:  # which is asked often, and answered from rows
            return {"has_archive": bool(settings.ARCHIVE_AFTER_DAYS)}
        is_chief = sees_all(request.user)
        try:
            found = archived_search.find_archived(query, sees_all=is_chief, limit=ARCHIVED)
        except ArchiveUnavailable as refusal:
            return {"has_archive": True, "archive_refusal": refusal.detail}
        return {
            "has_archive": True,
            "is_archive_searched": True,
            "archived": found.messages,
            "is_archived_whole": found.is_whole,
        }

    @admin.display(description=_("conversation"))
    def title(self, message: Message) -> str:
        return message.conversation.short_name

    @admin.display(description=_("text"))
    def excerpt(self, message: Message) -> str:
        text = getattr(message, "readable", message.body)
        return text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…"

    @admin.display(boolean=True, description=_("deleted"))
    def is_deleted(self, message: Message) -> bool:
        return message.deleted_at is not None

    def has_delete_for_everyone_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("messaging.delete_message")

    @admin.action(description=_("Delete for everyone"), permissions=["delete_for_everyone"])
    def delete_for_everyone(
        self, request: HttpRequest, chosen: QuerySet[Message]
    ) -> HttpResponse | None:
        by = request.user
        assert isinstance(by, User)

        def delete(message: Message, said: Any) -> None:
            delete_as_moderator(
                conversation_id=message.conversation_id,
                seq=message.seq,
                by=by,
                reason=said["reason"],
            )

        return do_each(self, request, chosen, title=gettext("Delete for everyone"), do=delete)


def _query(request: HttpRequest, search_term: str) -> Query:
    return Query(
        subject=search_term.strip(),
        text=request.GET.get("text", "").strip(),
        kind=request.GET.get("kind__exact", ""),
        since=_day(request.GET.get("since", "")),
        until=_day(request.GET.get("until", ""), days=1),
    )


def _message_at(place: str) -> Message | None:
    """Of the table or the archive. Raises ArchiveUnavailable."""
    conversation_id, seq = archived_search.place_of(place)
    row = Message.objects.filter(conversation=conversation_id, seq=seq).first()
    return row or archived_search.archived_message(place)


def _name_chosen(request: HttpRequest, *, may_bring_back: bool) -> None:
    """Has an action find the archived messages that it was chosen for: makes rows of them, as
    whatever changes a message does. What names no message is left out. Raises ArchiveUnavailable.
    """
    assert isinstance(request.user, User)
    data = request.POST.copy()
    chosen: list[str] = []
    for each in data.getlist(ACTION_CHECKBOX_NAME):
        conversation_id, seq = archived_search.place_of(each)
        if conversation_id is None:
            chosen += [each] if uuid_or_none(each) else []
        elif may_bring_back:
            chosen += _brought_back(request.user, conversation_id, seq)
    data.setlist(ACTION_CHECKBOX_NAME, chosen)
    request.POST = data  # type: ignore[assignment]


def _brought_back(user: User, conversation_id: UUID, seq: int) -> list[str]:
    """The id of the message that is a row now, if the person may read it."""
    if not may_read_message(user, Message(conversation_id=conversation_id, seq=seq)):
        return []
    with transaction.atomic():
        recall_locked(conversation_id, [seq])
    rows = Message.objects.filter(conversation=conversation_id, seq=seq)
    return [str(key) for key in rows.values_list("pk", flat=True)]


def _day(text: str, *, days: int = 0) -> datetime | None:
    """The start of a day such as 2026-01-31, in UTC, or of that many days later."""
    try:
        day = date.fromisoformat(text) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return datetime.combine(day, time(), UTC)
