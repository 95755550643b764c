"""Join requests: people whose privacy settings forbid adding them are asked instead."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from accounts.events import announce_state
from accounts.models import User
from chatproject.core.times import rfc3339
from conversations.errors import JoinRequestNotFound
from conversations.models import JoinRequest
from conversations.permissions import Right, standing_of
from messaging.log import Log, writing


def ask_to_join(log: Log, user_ids: Iterable[UUID], *, by: UUID) -> None:
    """Inserts a request to each person, and tells their devices; a second one changes nothing."""
    for user_id in user_ids:
        _, is_new = JoinRequest.objects.get_or_create(
            conversation=log.conversation, user_id=user_id, defaults={"by_id": by}
        )
        if is_new:
            announce_state(user_id, "requests")


def list_join_requests(user_id: UUID) -> list[dict[str, Any]]:
    """The requests to a person, newest first, with the conversation's title and who asked."""
    found = JoinRequest.objects.filter(user=user_id).select_related("conversation", "by")
    return [_json(each) for each in found.order_by("-id")]


def accept_join_request(*, user_id: UUID, request_id: UUID) -> UUID:
    """Joins the conversation and returns its id, if the requester may still add people there.

    Raises JoinRequestNotFound; ConversationNotFound, NotAParticipant and AdminRightMissing for the
    requester; Banned.
    """
    request = _find(user_id, request_id)
    conversation_id: UUID = request.conversation_id
    with writing(conversation_id) as log:
        JoinRequest.objects.filter(pk=request.pk).delete()
        if standing_of(log.conversation, user_id).participant is None:
            standing_of(log.conversation, request.by_id).require(Right.ADD_PEOPLE)
            _take_in(log, user_id, by=request.by_id)
        announce_state(user_id, "requests")
    return conversation_id


def refuse_join_request(*, user_id: UUID, request_id: UUID) -> None:
    """Refuses the request; the requester is not told. Raises JoinRequestNotFound."""
    _find(user_id, request_id).delete()
    announce_state(user_id, "requests")


def forget_join_requests(user: User) -> None:
    """Deletes the requests to and by a person whose account is closed."""
    JoinRequest.objects.filter(user=user).delete()
    JoinRequest.objects.filter(by=user).delete()


def _take_in(log: Log, user_id: UUID, *, by: UUID) -> None:
    from messaging.membership.members import refuse_banned, take_in  # noqa: PLC0415 (asks here)

    refuse_banned(log, [user_id])
    take_in(log, [user_id], by=by)


def _find(user_id: UUID, request_id: UUID) -> JoinRequest:
    found = JoinRequest.objects.filter(pk=request_id, user=user_id).first()
    if found is None:
        raise JoinRequestNotFound
    return found


def _json(request: JoinRequest) -> dict[str, Any]:
    head = request.conversation
    return {
        "id": str(request.pk),
        "conversation": {
            "id": str(head.pk),
            "kind": head.kind,
            "name": head.title,
            "memberCount": head.member_count,
        },
        "by": {"id": str(request.by_id), "name": request.by.name, "isBot": request.by.is_bot},
        "createdAt": rfc3339(request.created_at),
    }
