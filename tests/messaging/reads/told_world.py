"""Lives in which all changes that the inbox and pages of a log tell of: what is in the log, the own
state of each person, and people themselves."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone
from hypothesis import strategies as st

from accounts.models import User
from accounts.people.accounts import close_account, update_profile
from accounts.people.contacts import add_contact, change_contact, remove_contact
from accounts.people.status import set_status
from attachments.models import Attachment
from conversations.models import Conversation, Participant
from conversations.own_state import (
    archive_conversation,
    mark_unread,
    mute_conversation,
    pin_conversation,
    set_notify,
    unarchive_conversation,
    unmute_conversation,
    unpin_conversation,
)
from messaging.actions.hides import hide_message, unhide_message
from messaging.log import writing
from messaging.maintenance.repairs import repair_counters
from messaging.maintenance.tombstones import leave_tombstones
from messaging.moderation.actions.conversations import lock_conversation, unlock_conversation
from tests.cast import make_conversation, make_direct, make_person, say
from tests.conformance.worlds import MEMBERSHIP, ChangingWorld
from tests.messaging.reads.world import DEEDS, Step, World

TOLD_DEEDS = (
    *(deed for deed in DEEDS if deed != "follow"),
    *MEMBERSHIP,
    *("file", "file", "settle", "thread", "thread", "tombstone", "lock", "repair"),
    *("nickname", "nickname", "nickname", "status", "status", "rename_person", "avatar", "close"),
    *("mute", "mute", "pin_it", "archive", "archive", "mark", "notify"),
)
KINDS = st.sampled_from(("group", "public", "broadcast", "direct", "direct"))


class ToldWorld(ChangingWorld):
    """What an entry tells changes in every way, by the real actions where there is one."""

    def _thread(self, person: User, seq: int, choice: int) -> None:
        World._reply(self, person, seq, choice)

    def _hide(self, person: User, seq: int, choice: int) -> None:
        self._at(hide_message, person, seq)

    def _unhide(self, person: User, seq: int, choice: int) -> None:
        self._at(unhide_message, person, seq)

    def _upload(self, person: User, number: int) -> Attachment:
        file = super()._upload(person, number)
        Attachment.objects.filter(pk=file.pk).update(state=Attachment.State.PENDING)
        return file

    def _settle(self, person: User, seq: int, choice: int) -> None:
        """Files are processed, and nobody is told yet."""
        mine = Attachment.objects.filter(conversation_id=self.id, state=Attachment.State.PENDING)
        mine.update(state=Attachment.State.READY, size=choice)

    def _tombstone(self, person: User, seq: int, choice: int) -> None:
        with writing(self.id) as log:
            leave_tombstones(log, [seq], by=None)

    def _lock(self, person: User, seq: int, choice: int) -> None:
        (unlock_conversation if choice else lock_conversation)(conversation_id=self.id, by=person)

    def _repair(self, person: User, seq: int, choice: int) -> None:
        Conversation.objects.filter(pk=self.id).update(member_count=choice)
        repair_counters(conversation_ids=[self.id])

    def _nickname(self, person: User, seq: int, choice: int) -> None:
        both = {"owner_id": person.pk, "person_id": self._other(person).pk}
        if choice == 0:
            remove_contact(**both)
        elif choice == 1:
            change_contact(**both, nickname=f"Dear {seq}")
        else:
            add_contact(**both, nickname="" if seq % 3 == 0 else f"Nick {seq}")

    def _status(self, person: User, seq: int, choice: int) -> None:
        until = timezone.now() + timedelta(hours=1) if choice else None
        set_status(user=person, emoji="", text="" if choice == 3 else f"busy {seq}", until=until)

    def _rename_person(self, person: User, seq: int, choice: int) -> None:
        update_profile(user=person, name=f"Name {seq}")

    def _avatar(self, person: User, seq: int, choice: int) -> None:
        User.objects.filter(pk=person.pk).update(avatar_id=uuid4() if choice else None)

    def _close(self, person: User, seq: int, choice: int) -> None:
        if choice == 0 and seq % 4 == 0:
            close_account(user=person)

    def _mute(self, person: User, seq: int, choice: int) -> None:
        place = {"conversation_id": self.id, "user_id": person.pk}
        if choice == 0:
            unmute_conversation(**place)
        else:
            until = timezone.now() + timedelta(hours=choice) if choice < 3 else None
            mute_conversation(**place, until=until)

    def _pin_it(self, person: User, seq: int, choice: int) -> None:
        self._set(pin_conversation if choice else unpin_conversation, person)

    def _archive(self, person: User, seq: int, choice: int) -> None:
        self._set(archive_conversation if choice else unarchive_conversation, person)

    def _mark(self, person: User, seq: int, choice: int) -> None:
        self._set(mark_unread, person)

    def _notify(self, person: User, seq: int, choice: int) -> None:
        notify = Participant.Notify.values[choice % 3]
        set_notify(conversation_id=self.id, user_id=person.pk, notify=notify)

    def _set(self, action: Any, person: User) -> None:
        action(conversation_id=self.id, user_id=person.pk)

    def _other(self, person: User) -> User:
        return self.people[1] if person == self.people[0] else self.people[0]


def make_told_world(kind: str) -> ToldWorld:
    """Olga and Mia have a direct conversation in any case."""
    people = [make_person(name) for name in ("Olga", "Mia", "Leo", "Otto", "Stella")]
    direct = make_direct(people[0], people[1])
    say(direct, people[0], f"<@{people[2].pk}>")
    given = direct if kind == "direct" else make_conversation(*people[:3], kind=kind)
    world = ToldWorld(given, people)
    world.live([("say", who % 3, 1, 0) for who in range(3)])
    return world


def told_lives() -> st.SearchStrategy[list[Step]]:
    step = st.tuples(
        *(st.sampled_from(TOLD_DEEDS), st.integers(0, 3), st.integers(1, 14), st.integers(0, 3))
    )
    return st.lists(step, min_size=12, max_size=40)


# What once was wrong, or nearly so: each changes an entry without a rev of the log.
TOLD_APART = [
    *(("nickname", 0, 1, 2), ("nickname", 0, 4, 1), ("nickname", 0, 1, 0), ("status", 1, 3, 1)),
    *(("avatar", 1, 1, 1), ("rename_person", 2, 5, 0), ("hide", 0, 30, 0), ("unhide", 0, 30, 0)),
    *(("mute", 0, 1, 1), ("archive", 0, 1, 1), ("say", 1, 1, 1), ("mute", 0, 1, 0)),
    *(("file", 0, 1, 0), ("settle", 0, 1, 1), ("close", 1, 4, 0), ("read", 1, 2, 0)),
]
