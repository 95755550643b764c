"""A person's profile: what everybody may see, and how the viewer is related to them."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Block, Contact
from accounts.people.search import person_by_id
from accounts.wire import person_json
from conversations.models import Conversation, Participant
from conversations.presence import presence_of, visible_presence
from conversations.wire import picture_url

MAX_COMMON = 20


def profile_of(*, person_id: UUID, viewer_id: UUID) -> dict[str, Any]:
    """The card as JSON. When the person was there, and their time zone, are told only to who may
    see their presence. Raises PersonNotFound, Unavailable."""
    person = person_by_id(person_id)
    contact = Contact.objects.filter(owner=viewer_id, person=person_id).first()
    common = conversations_in_common(viewer_id, person_id)
    is_visible = (viewer_id, person_id) in visible_presence({viewer_id: [person_id]})
    (presence,) = presence_of(viewer_id=viewer_id, user_ids=[person_id])
    return {
        "person": person_json(person),
        "contact": contact and {"nickname": contact.nickname, "number": contact.contact_number},
        "isBlocked": Block.objects.filter(blocker=viewer_id, blocked=person_id).exists(),
        "timeZone": (person.time_zone or None) if is_visible else None,
        "presence": presence,
        "inCommon": {
            "count": common.count(),
            "conversations": [
                {
                    "id": str(each.pk),
                    "kind": each.kind,
                    "name": each.title,
                    "pictureUrl": picture_url(each.pk, each.picture_id),
                }
                for each in common.order_by("title", "id")[:MAX_COMMON]
            ],
        },
    }


def conversations_in_common(one: UUID, other: UUID) -> QuerySet[Conversation]:
    """Those that both are in now, without direct ones; of oneself none."""
    if one == other:
        return Conversation.objects.none()
    periods = Participant.objects.open()
    return Conversation.objects.exclude(kind=Conversation.Kind.DIRECT).filter(
        pk__in=periods.filter(user=one).values("conversation"),
        participants__in=periods.filter(user=other),
    )
