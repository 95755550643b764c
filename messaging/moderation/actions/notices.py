"""Sends notices of the server to one person.

Each person has at most one conversation for notices: a broadcast one with them as its only member,
in which nobody can answer.
"""

from uuid import UUID, uuid5

from django.db import transaction

from accounts.audit.audit_log import record
from accounts.models import User
from accounts.people.suspensions import lock_person_under
from conversations.models import Conversation, Participant
from messaging.inbox.entries import place_members
from messaging.log import Log, writing
from messaging.membership.events import notify_joined
from messaging.membership.periods import new_period

NOTICES = UUID("5e0b9d3a-0b5d-5c0e-9a59-2a6f7d1d6a11")
TITLE = "Notices"


def notices_of(user_id: UUID) -> UUID:
    """The id of the conversation with the person's notices, whether or not it exists yet."""
    return uuid5(NOTICES, str(user_id))


@transaction.atomic
def warn_person(*, person_id: UUID, by: User, reason: str = "") -> None:
    """Warns a person with a system message `moderation.warned` that holds the reason.

    Raises PersonNotFound, StaffProtected, InvalidInput for oneself.
    """
    person = lock_person_under(person_id, by)
    head = Conversation(
        id=notices_of(person.pk),
        kind=Conversation.Kind.BROADCAST,
        title=TITLE,
        history=Conversation.History.EVERYTHING,
    )
    Conversation.objects.bulk_create([head], ignore_conflicts=True)
    with writing(head.pk) as log:
        _let_in(log, person)
        told = log.append_system("moderation.warned", by=None, reason=reason)
        # A warning moves the conversation to the top of the inbox, like any message.
        log.update(last_message_at=told.created_at)
    record(by=by, action="person.warned", subject=person, reason=reason)


def _let_in(log: Log, person: User) -> None:
    """Opens a period for the person, the first time or after they left."""
    if Participant.objects.open().filter(conversation=log.conversation, user=person).exists():
        return
    last = log.conversation.last_seq
    period = new_period(log.conversation, person, last_read_seq=last, last_delivered_seq=last)
    Participant.objects.bulk_create([period])
    place_members(log.conversation.pk, [person.pk])
    rev = log.next_rev()
    log.update(member_count=1, member_rev=rev)
    notify_joined(log, person.pk)
