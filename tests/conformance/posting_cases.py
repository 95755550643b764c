"""Generated standings, and the rows that make them true."""

import random
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID, uuid4

from django.utils import timezone
from hypothesis import strategies as st

from accounts.models import Block, Mute, Suspension, User
from conversations.models import Ban, Conversation, Participant
from messaging.models import Message
from messaging.moderation.models import LastPost
from tests.cast import make_conversation, make_direct, make_person
from tests.conformance.posting_oracle import Standing

CHOICES = {
    "kind": ["direct", "group", "public", "broadcast"],
    "role": ["owner", "admin", "member", "member", "left", "outsider"],
    "is_locked": [False, False, False, True],
    "blocked_by_me": [False, False, True],
    "blocks_me": [False, False, True],
    "mute": ["", "", "", "past", "lasting", "endless"],
    "is_suspended": [False, False, False, True],
    "is_banned": [False, True],
    "slow_seconds": [0, 0, 60],
    "last_post": ["", "recent", "long_ago"],
    "other_is_closed": [False, True],
}
OWN_SEQ, OTHERS_SEQ = 1, 2


def possible(standing: Standing) -> Standing:
    """Nobody leaves a direct conversation, or has another role in it; a ban ends the membership."""
    if standing.kind == "direct":
        role = "outsider" if standing.role == "outsider" else "member"
        standing = replace(standing, role=role, slow_seconds=0, is_banned=False)
    return replace(standing, is_banned=standing.is_banned and not standing.is_inside)


def standings() -> st.SearchStrategy[Standing]:
    fields = {name: st.sampled_from(values) for name, values in CHOICES.items()}
    return st.builds(Standing, **fields).map(possible)


def some_standings(number: int, seed: int) -> list[Standing]:
    """For paths that are too slow for many examples; the same ones each time."""
    chosen = random.Random(seed)
    return [
        possible(Standing(**{name: chosen.choice(values) for name, values in CHOICES.items()}))
        for _ in range(number)
    ]


@dataclass(frozen=True)
class Case:
    """`person` stands so to `conversation`, in which OWN_SEQ is theirs and OTHERS_SEQ is not."""

    standing: Standing
    conversation: Conversation
    person: User
    other: User

    @property
    def id(self) -> UUID:
        return self.conversation.pk

    @property
    def place(self) -> dict[str, UUID]:
        return {"conversation_id": self.id, "user_id": self.person.pk}


def make_case(standing: Standing) -> Case:
    person, other, owner = make_person("Pia"), make_person("Otto"), make_person("Olga")
    if standing.kind == "direct":
        conversation = make_direct(person if standing.is_inside else owner, other)
    else:
        conversation = make_conversation(owner, other, kind=standing.kind)
        _join(standing, conversation, person)
    case = Case(standing, conversation, person, other)
    _write_log(case)
    _restrict(case)
    conversation.refresh_from_db()
    return case


def _join(standing: Standing, conversation: Conversation, person: User) -> None:
    if standing.role == "outsider":
        return
    period = Participant(conversation=conversation, user=person)
    if standing.role == "left":
        period.left_at, period.to_seq, period.to_rev = timezone.now(), OTHERS_SEQ, OTHERS_SEQ
    else:
        period.role = standing.role
    period.save()


def _write_log(case: Case) -> None:
    for seq, sender in ((OWN_SEQ, case.person), (OTHERS_SEQ, case.other)):
        Message.objects.create(
            conversation=case.conversation,
            seq=seq,
            rev=seq,
            sender=sender,
            client_id=uuid4(),
            body="before",
            created_at=timezone.now(),
        )
    Conversation.objects.filter(pk=case.id).update(
        last_seq=OTHERS_SEQ, last_rev=OTHERS_SEQ, last_at=timezone.now()
    )


def _restrict(case: Case) -> None:
    standing, person, other = case.standing, case.person, case.other
    now = timezone.now()
    Conversation.objects.filter(pk=case.id).update(
        slow_seconds=standing.slow_seconds, locked_at=now if standing.is_locked else None
    )
    if standing.blocked_by_me:
        Block.objects.create(blocker=person, blocked=other)
    if standing.blocks_me:
        Block.objects.create(blocker=other, blocked=person)
    if standing.mute:
        hours = {"past": -1, "lasting": 1, "endless": None}[standing.mute]
        ends_at = None if hours is None else now + timedelta(hours=hours)
        Mute.objects.create(user=person, ends_at=ends_at)
    if standing.is_banned:
        Ban.objects.create(conversation=case.conversation, user=person, banned_by=other)
    if standing.last_post:
        at = now - timedelta(hours=0 if standing.last_post == "recent" else 1)
        LastPost.objects.create(conversation=case.conversation, user=person, at=at)
    if standing.other_is_closed:
        User.objects.filter(pk=other.pk).update(is_active=False, deactivated_at=now)


def suspend(case: Case) -> None:
    """Apart from the rest, since nobody suspended can sign in."""
    Suspension.objects.create(user=case.person)
    User.objects.filter(pk=case.person.pk).update(is_active=False)
