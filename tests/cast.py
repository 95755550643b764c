"""The people and conversations that the tests are played with: owner, member, outsider.

Rows are made directly and complete, so that a test of one action does not lean on another.
"""

from itertools import count
from typing import Any
from uuid import UUID, uuid4

from rest_framework.test import APIClient

from accounts.models import User
from chatproject.core.ids import direct_conversation_id
from conversations.models import Conversation, Participant
from messaging.log import writing
from messaging.sending.drafts import Draft
from messaging.sending.send import send_message
from messaging.wire import MessageRow
from tests.hot_path import Comparison, body_of

_numbers = count(1)


def make_person(name: str = "Ann", **fields: Any) -> User:
    fields.setdefault("email", f"{name.lower().replace(' ', '.')}{next(_numbers)}@example.org")
    person = User(name=name, **fields)
    person.set_unusable_password()
    person.save()
    return person


def make_conversation(
    owner: User, *members: User, admins: tuple[User, ...] = (), kind: str = "group", **fields: Any
) -> Conversation:
    """With `owner`, `admins` and `members` in it from the first seq on, and an empty log."""
    everything = kind in ("public", "broadcast")
    fields.setdefault("title", f"Conversation {next(_numbers)}")
    fields.setdefault("history", "everything" if everything else "since_joined")
    roles = [(owner, "owner"), *((p, "admin") for p in admins), *((p, "member") for p in members)]
    conversation = Conversation.objects.create(
        kind=kind, created_by=owner, member_count=len(roles), **fields
    )
    Participant.objects.bulk_create(
        Participant(conversation=conversation, user=person, role=role) for person, role in roles
    )
    return conversation


def make_direct(one: User, other: User) -> Conversation:
    people = {one, other}
    conversation = Conversation.objects.create(
        id=direct_conversation_id(one.pk, other.pk),
        kind="direct",
        created_by=one,
        member_count=len(people),
    )
    Participant.objects.bulk_create(
        Participant(conversation=conversation, user=person) for person in people
    )
    return conversation


def say(
    conversation: Conversation | UUID, sender: User, content: str = "hello", **fields: Any
) -> MessageRow:
    """Sends a message through the real action; raises its refusal."""
    conversation_id = conversation if isinstance(conversation, UUID) else conversation.pk
    fields.setdefault("client_id", uuid4())
    draft = Draft(conversation_id=conversation_id, sender_id=sender.pk, body=content, **fields)
    row = send_message(draft).row
    assert row is not None
    return row


class ComparingClient(APIClient):
    """Where a suite asks for it (the fixture `both_paths`), the hot path is asked too."""

    comparison: Comparison | None = None
    person: User | None = None

    def request(self, **environ: Any) -> Any:
        comparison = type(self).comparison
        if comparison is None or not comparison.is_hot(environ):
            return super().request(**environ)
        body = body_of(environ)
        hot = comparison.before(self.person, environ, body)
        response = super().request(**environ)
        comparison.after(hot, environ, response)
        return response


def api(user: User | None = None) -> APIClient:
    """A REST client in the person's name; without one it is nobody's."""
    client = ComparingClient()
    client.person = user
    if user is not None:
        client.force_authenticate(user)
    return client


def leave(conversation: Conversation, person: User) -> None:
    """Ends the person's open period, as leaving does: what comes later is not for them."""
    with writing(conversation.pk) as log:
        farewell = log.append_system("participant.left", by=person.pk, members=-1)
        Participant.objects.open().filter(conversation=conversation, user=person).update(
            left_at=log.now, to_seq=farewell.seq, to_rev=farewell.rev
        )
