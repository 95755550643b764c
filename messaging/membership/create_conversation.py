"""Creates conversations. The id is derived from what identifies one, so a retry finds it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID, uuid5

from django.db import transaction

from accounts.models import User
from accounts.people.blocks import is_blocked_between, is_blocked_by_any
from accounts.people.privacy import refusing
from chatproject.core.api.json import dump
from chatproject.core.errors import FieldError, InvalidInput
from chatproject.core.ids import direct_conversation_id, uuid7
from chatproject.core.plain_text import require_plain
from conversations.errors import Blocked, WritingNotAllowed
from conversations.models import Conversation, Participant
from messaging.errors import ClientIdTaken
from messaging.inbox.entries import place_members
from messaging.log import Log, writing
from messaging.membership.events import notify_joined
from messaging.membership.join_requests import ask_to_join
from messaging.membership.limits import count_new_conversation
from messaging.membership.periods import lock_active_people, new_period
from messaging.models import Message
from messaging.moderation.new_account_limits import spend_invites
from messaging.querysets import MessageQuerySet
from messaging.sending.drafts import Draft

CREATION_NAMESPACE = UUID("3c1d5a0e-8f2b-5d64-9c0f-6c1f5b7a2e48")
Role = Participant.Role
OPEN_KINDS = (Conversation.Kind.PUBLIC, Conversation.Kind.BROADCAST)


@dataclass(frozen=True, slots=True)
class Plan:
    """A group, public or broadcast conversation to create.

    `member_ids` are the other members from the start. With a `client_id` a retry is safe.
    """

    creator_id: UUID
    kind: str
    title: str
    topic: str = ""
    history: str | None = None
    member_ids: Sequence[UUID] = ()
    client_id: UUID | None = None

    @property
    def conversation_id(self) -> UUID:
        if self.client_id is None:
            return uuid7()
        return uuid5(CREATION_NAMESPACE, f"{self.creator_id}:{self.client_id}")

    def as_draft(self, conversation_id: UUID) -> Draft:
        """The plan as a draft, whose fingerprint identifies it."""
        members = map(str, sorted(self.member_ids))
        parts = [self.kind, self.title, self.topic, self.history, *members]
        return Draft(
            conversation_id=conversation_id,
            sender_id=self.creator_id,
            client_id=self.client_id or conversation_id,
            body=dump(parts).decode(),
        )


@dataclass(frozen=True, slots=True)
class Opened:
    conversation_id: UUID
    is_new: bool


def create_conversation(plan: Plan) -> Opened:
    """Creates the conversation, owned by its creator; all members see it from its first message.

    People whose privacy settings forbid adding them are asked first.

    Raises InvalidInput that names unknown people, or a title or topic with controls; Blocked when
    one of them blocks the creator; TooManyInvites, RateLimited, ClientIdTaken for another plan with
    the same `client_id`.
    """
    require_plain(plan.title, "name")
    require_plain(plan.topic, "topic", may_have_lines=True)
    count_new_conversation(plan.creator_id, others=len(plan.member_ids))
    head = Conversation(
        id=plan.conversation_id,
        kind=plan.kind,
        title=plan.title,
        topic=plan.topic,
        created_by_id=plan.creator_id,
        history=plan.history or _default_history(plan.kind),
    )
    with _beginning(head) as log:
        is_new = _is_unwritten(log)
        if is_new:
            _write_beginning(log, plan)
        else:
            _require_same_plan(head.pk, plan)
    return Opened(head.pk, is_new)


def open_direct(*, user_id: UUID, other_id: UUID) -> Opened:
    """Finds or creates the direct conversation of two people, or of one with oneself.

    An existing one is found whatever has happened since. Raises Blocked if either blocks the
    other, WritingNotAllowed, InvalidInput when there is no such person, TooManyInvites,
    RateLimited.
    """
    conversation_id = direct_conversation_id(user_id, other_id)
    if Conversation.objects.filter(pk=conversation_id).exists():
        return Opened(conversation_id, is_new=False)
    people = _active_pair(user_id, other_id)
    if is_blocked_between(user_id, other_id):
        raise Blocked
    if refusing("writing", [other_id], by=user_id):
        raise WritingNotAllowed
    count_new_conversation(user_id, others=len(people) - 1)
    head = Conversation(id=conversation_id, kind=Conversation.Kind.DIRECT, created_by_id=user_id)
    with _beginning(head) as log:
        is_new = _is_unwritten(log)
        if is_new:
            Participant.objects.bulk_create(
                new_period(log.conversation, person) for person in people
            )
            place_members(conversation_id, [person.pk for person in people])
            log.update(member_count=len(people))
            spend_invites(user_id, len(people) - 1)
            for person in people:
                notify_joined(log, person.pk)
    return Opened(conversation_id, is_new)


@contextmanager
def _beginning(head: Conversation) -> Iterator[Log]:
    """Creates the conversation unless it exists, and locks its log.

    Of concurrent creations of the same one, the others wait here for the first.
    """
    with transaction.atomic():
        Conversation.objects.bulk_create([head], ignore_conflicts=True)
        with writing(head.pk) as log:
            yield log


def _is_unwritten(log: Log) -> bool:
    """Whether the conversation is new. A direct one has members before it has a message."""
    return log.conversation.member_count == 0 and log.conversation.last_rev == 0


def _write_beginning(log: Log, plan: Plan) -> None:
    ids = [plan.creator_id, *(each for each in plan.member_ids if each != plan.creator_id)]
    people = lock_active_people(ids)
    if is_blocked_by_any(plan.creator_id, ids):
        raise Blocked
    spend_invites(plan.creator_id, len(ids) - 1)
    asked = refusing("adding", ids, by=plan.creator_id)
    ids = [each for each in ids if each not in asked]
    message = log.append_system("conversation.created", by=plan.creator_id, members=len(ids))
    Participant.objects.bulk_create(
        new_period(
            log.conversation,
            people[user_id],
            role=Role.OWNER if user_id == plan.creator_id else Role.MEMBER,
            joined_at=message.created_at,
        )
        for user_id in ids
    )
    place_members(log.conversation.pk, ids)
    if plan.client_id is not None:
        fingerprint = plan.as_draft(log.conversation.pk).fingerprint()
        _first_message(log.conversation.pk).update(fingerprint=fingerprint)
    for user_id in ids:
        notify_joined(log, user_id)
    ask_to_join(log, asked, by=plan.creator_id)


def _require_same_plan(conversation_id: UUID, plan: Plan) -> None:
    stored = _first_message(conversation_id).values_list("fingerprint", flat=True).get()
    if not plan.as_draft(conversation_id).has_fingerprint(stored):
        raise ClientIdTaken("This clientId was used for a conversation with other content.")


def _first_message(conversation_id: UUID) -> MessageQuerySet:
    return Message.objects.filter(conversation=conversation_id, seq=1)


def _default_history(kind: str) -> str:
    histories = Conversation.History
    return histories.EVERYTHING if kind in OPEN_KINDS else histories.SINCE_JOINED


def _active_pair(user_id: UUID, other_id: UUID) -> list[User]:
    """The one or two people; raises InvalidInput if an account is unknown or closed."""
    people = list(User.objects.active().filter(pk__in={user_id, other_id}))
    if len(people) < len({user_id, other_id}):
        detail = f"There is no person {other_id}."
        raise InvalidInput(
            errors=[FieldError(field="memberIds", code="unknown_person", detail=detail)]
        )
    return people
