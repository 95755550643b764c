"""A conversation always has an owner, as long as anybody is in it."""

from django.db.models import F

from conversations.models import Participant
from messaging.log import Log
from messaging.membership.events import tell_new_roles

# The roles in alphabetical order are those of succession: admin, member.
_ORDER = (F("user__is_active").desc(), "role", "joined_at", "pk")


def ensure_owner(log: Log) -> None:
    """Where none is left the oldest admin follows, else the oldest member; told in the log."""
    inside = Participant.objects.open().filter(conversation=log.conversation)
    if inside.filter(role=Participant.Role.OWNER).exists():
        return
    heir = inside.select_related("user").order_by(*_ORDER).first()
    if heir is not None:
        heir.role = Participant.Role.OWNER
        heir.save(update_fields=["role"])
        log.append_system(
            "conversation.owner_changed", by=None, members=0, userId=str(heir.user_id)
        )
        tell_new_roles(log, [heir])
