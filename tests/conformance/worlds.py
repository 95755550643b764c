"""Lives of one conversation in which visibility changes in every way that it can.

They are lived by the real actions, so what is stored is what can be stored. A step that is refused
changes nothing.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from accounts.models import User
from attachments.models import Attachment
from messaging.membership.bans import ban_person, lift_ban
from messaging.membership.change_conversation import change_conversation, open_history
from messaging.moderation.models import Report
from tests.cast import make_conversation, make_direct, make_person, say
from tests.conformance.oracle import Oracle
from tests.messaging.reads.world import PEOPLE, Step, World

MESSAGES = (
    *("say", "say", "say", "reply", "file", "file", "edit", "edit", "delete", "react", "pin"),
    *("hide", "hide", "hide", "unhide", "read", "report"),
)
MEMBERSHIP = (
    *("leave", "leave", "leave", "join", "join", "join", "ban", "ban", "lift"),
    *("elevate", "show_past", "hide_past", "open_past"),
)
KINDS = ("group", "group", "public", "broadcast", "direct")  # a group may become any of them


def lives(more: Sequence[str] = ()) -> st.SearchStrategy[tuple[str, list[Step]]]:
    """The kind of the conversation at first, and what is done in it, `more` deeds among it."""
    return st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(st.just(kind), steps(kind, more)))


def steps(kind: str, more: Sequence[str] = ()) -> st.SearchStrategy[list[Step]]:
    """Of a direct conversation nobody is let in or out, but it is cleared."""
    deeds = (*MESSAGES, *(("clear",) * 6 if kind == "direct" else MEMBERSHIP), *more)
    people = 2 if kind == "direct" else PEOPLE
    step = st.tuples(
        st.sampled_from(deeds), st.integers(0, people - 1), st.integers(1, 30), st.integers(0, 3)
    )
    return st.lists(step, min_size=25, max_size=50)


class ChangingWorld(World):
    """What only owners may do is done by whoever owns the conversation."""

    def _do(self, deed: str, person: User, seq: int, choice: int) -> None:
        """To a message that exists, edits by its sender; half of what is hidden are files."""
        self.conversation.refresh_from_db()
        seqs = list(range(1, self.conversation.last_seq + 1)) or [1]
        if deed == "hide" and choice % 2:
            held = Attachment.objects.filter(conversation_id=self.id).order_by("seq")
            seqs = list(held.values_list("seq", flat=True)) or seqs
        seq = seqs[-1 - seq % len(seqs)]
        super()._do(deed, self._sender(seq, person) if deed == "edit" else person, seq, choice)

    def _sender(self, seq: int, other: User) -> User:
        """Of the message, where a person sent it."""
        messages = Oracle.of(self.id).messages[seq - 1 : seq]
        sender_ids = [message["sender_id"] for message in messages]
        return next((it for it in self.people if it.pk in sender_ids), other)

    def _file(self, person: User, seq: int, choice: int) -> None:
        files = [self._upload(person, number) for number in range(1 + choice % 2)]
        say(self.conversation, person, "", attachment_ids=tuple(file.pk for file in files))

    def _upload(self, person: User, number: int) -> Attachment:
        return Attachment.objects.create(
            uploader=person,
            name=f"{number}.txt",
            content_type="text/plain",
            size=3,
            state=Attachment.State.READY,
        )

    def _reply(self, person: User, seq: int, choice: int) -> None:
        say(self.conversation, person, f"to {seq}", reply_to_seq=seq)

    def _report(self, person: User, seq: int, choice: int) -> None:
        """One for each person, of a part of the log."""
        part = {"from_seq": seq, "to_seq": seq + choice}
        state = ("open", "taken", "resolved", "dismissed")[choice]
        Report.objects.update_or_create(
            reporter=person,
            conversation=self.conversation,
            defaults={"reason": "spam", "state": state, "snapshot": [], **part},
        )

    def _ban(self, person: User, seq: int, choice: int) -> None:
        ban_person(conversation_id=self.id, by=self._by(), user_id=self._or_reader(person, choice))

    def _lift(self, person: User, seq: int, choice: int) -> None:
        lift_ban(conversation_id=self.id, by=self._by(), user_id=self._or_reader(person, choice))

    def _or_reader(self, person: User, choice: int) -> UUID:
        return self.people[-1].pk if choice == 3 else person.pk

    def _elevate(self, person: User, seq: int, choice: int) -> None:
        kind = "broadcast" if choice == 0 else "public"
        self._change(kind=kind)

    def _show_past(self, person: User, seq: int, choice: int) -> None:
        self._change(history="everything")

    def _hide_past(self, person: User, seq: int, choice: int) -> None:
        self._change(history="since_joined")

    def _open_past(self, person: User, seq: int, choice: int) -> None:
        open_history(conversation_id=self.id, by=self._by())

    def _change(self, **fields: Any) -> None:
        change_conversation(conversation_id=self.id, by=self._by(), **fields)

    def _by(self) -> Any:
        owner = self._owner()
        return self.people[0].pk if owner is None else owner.user_id


def make_changing_world(kind: str) -> ChangingWorld:
    """With a few messages. Otto comes and goes too; Stella is never inside."""
    people = [make_person(name) for name in ("Olga", "Mia", "Leo", "Otto", "Stella")]
    if kind == "direct":
        world = ChangingWorld(make_direct(people[0], people[1]), people)
    else:
        world = ChangingWorld(make_conversation(*people[:3], kind=kind), people)
    world.live([("say", who % 3, 1, 0) for who in range(5)])
    return world
