"""Random lives of one conversation, lived by the real actions, and clients that follow them.

A step is four numbers: what is done, by whom, to which message, and a choice of the rest. What is
refused changes nothing, so any list of steps is a life.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from hypothesis import strategies as st

from accounts.models import User
from chatproject.core.errors import Refusal
from conversations.models import Conversation, Participant
from conversations.own_state import clear_conversation
from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.actions.hides import hide_message, unhide_message
from messaging.actions.pins import pin_message, unpin_message
from messaging.actions.polls import close_poll, send_poll, vote
from messaging.actions.reactions import add_reaction, remove_reaction
from messaging.actions.receipts import mark_all_read, mark_delivered, mark_read
from messaging.actions.threads import follow_thread, mark_thread_read, unfollow_thread
from messaging.archive import moving
from messaging.membership.change_conversation import change_conversation
from messaging.membership.members import (
    add_people,
    join_conversation,
    leave_conversation,
    remove_person,
)
from messaging.models import Message as StoredMessage
from messaging.polls import Poll
from messaging.reads.changes import changes_since
from messaging.reads.history import PageAnchor, history_page
from messaging.reads.messages import get_message
from messaging.sending.drafts import Draft
from tests.cast import make_conversation, make_direct, make_person, say
from tests.messaging.archive.steps import archive_all, compact_all, publish_all

PEOPLE = 4
ROOTS = 4
KEPT_OF_ARCHIVE = 3  # messages, where the product keeps a hundred
# What a thread tells beside the viewer's own state.
OF_ALL = ("replyCount", "lastReplyAt", "participantIds")
CHOICES = ("tea", "coffee", "cake")
EMOJIS = ("👍", "🎉")
Message = dict[str, Any]

Step = tuple[str, int, int, int]
DEEDS = (
    *("say", "say", "edit", "edit", "edit", "delete", "delete", "react", "react", "unreact"),
    *("pin", "pin", "unpin", "hide", "unhide", "read", "deliver", "rename", "clear"),
    *("leave", "leave", "leave", "join", "join", "follow", "follow", "follow", "follow"),
    *("reply", "reply", "reply", "read_thread", "follow_thread"),
    *("ask", "vote", "vote", "vote", "end_vote", "read_all"),
)


def lives(deeds: Sequence[str] = DEEDS) -> st.SearchStrategy[list[Step]]:
    step = st.tuples(
        st.sampled_from(deeds), st.integers(0, PEOPLE - 1), st.integers(1, 14), st.integers(0, 3)
    )
    return st.lists(step, min_size=10, max_size=60)


@contextmanager
def undone() -> Iterator[None]:
    """Leaves nothing of one example to the next."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@dataclass
class Client:
    """What one person's device holds: pages it loaded, kept up by changes alone."""

    world: "World"
    user_id: UUID
    messages: dict[int, Message] = field(default_factory=dict)
    rev: int = 0

    def load(self) -> None:
        self.messages, self.rev = whole_history(self.world.id, self.user_id, limit=200)

    def follow(self, limit: int) -> None:
        """Asks for changes until there are no more, as a client does that was away."""
        while True:
            answer = changes_since(
                conversation_id=self.world.id, viewer_id=self.user_id, since=self.rev, limit=limit
            )
            assert len(answer["results"]) >= (limit if answer["more"] else 0)
            assert answer["throughRev"] > self.rev or not answer["more"]
            if answer["reset"]:
                self.load()
                return
            self.messages |= {it["seq"]: plain(it) for it in answer["results"]}
            for it in answer["threads"]:
                if it["seq"] in self.messages:
                    told = {**self.messages[it["seq"]], "thread": it}
                    self.messages[it["seq"]] = plain(told)
            self.rev = answer["throughRev"]
            if not answer["more"]:
                return


@dataclass
class World:
    conversation: Conversation
    people: list[User]
    # What each saw in the moment of leaving, by person.
    at_leaving: dict[UUID, dict[int, Message]] = field(default_factory=dict)
    clients: dict[UUID, Client] = field(default_factory=dict)

    @property
    def id(self) -> UUID:
        return self.conversation.pk

    def live(self, steps: Sequence[Step]) -> "World":
        for deed, who, seq, choice in steps:
            self._do(deed, self.people[who], seq, choice)
        return self

    def _do(self, deed: str, person: User, seq: int, choice: int) -> None:
        try:
            with transaction.atomic():
                getattr(self, f"_{deed}")(person, seq, choice)
        except Refusal:
            return

    def _say(self, person: User, seq: int, choice: int) -> None:
        one = f"<@{self.people[seq % PEOPLE].pk}>"
        calls = ("", one, "@all", f"{one} @all")
        say(self.conversation, person, f"words {seq} {calls[choice]}")

    def _reply(self, person: User, seq: int, choice: int) -> None:
        """In one of few threads; now and then into the conversation too, or calling somebody."""
        called = f"<@{self.people[seq % PEOPLE].pk}>" if choice == 3 else ""
        say(
            self.conversation,
            person,
            f"reply {called}",
            thread_seq=seq % ROOTS + 1,
            also_to_conversation=choice == 0,
        )

    def _read_thread(self, person: User, seq: int, choice: int) -> None:
        self._at(mark_thread_read, person, seq % ROOTS + 1, up_to_seq=seq + choice * 5)

    def _follow_thread(self, person: User, seq: int, choice: int) -> None:
        self._at(unfollow_thread if choice == 3 else follow_thread, person, seq % ROOTS + 1)

    def _ask(self, person: User, seq: int, choice: int) -> None:
        poll = Poll(CHOICES, takes_several=choice % 2 == 1, is_anonymous=choice > 1, closes_at=None)
        draft = Draft(
            self.id, person.pk, uuid4(), "question", thread_seq=1 if choice == 3 else None
        )
        send_poll(draft, poll)

    def _vote(self, person: User, seq: int, choice: int) -> None:
        """For one choice, or for none; mostly in the newest poll, since most messages are none."""
        asked = self._newest_poll() if choice else seq
        self._at(vote, person, asked, choices=[] if seq % 5 == 0 else [seq % len(CHOICES)])

    def _end_vote(self, person: User, seq: int, choice: int) -> None:
        self._at(close_poll, person, self._newest_poll())

    def _newest_poll(self) -> int:
        polls = StoredMessage.objects.filter(conversation=self.id, meta__has_key="poll")
        return polls.order_by("-seq").values_list("seq", flat=True).first() or 1

    def _edit(self, person: User, seq: int, choice: int) -> None:
        target = self.people[choice].pk
        self._at(edit_message, person, seq, body=f"version {choice} <@{target}>")

    def _delete(self, person: User, seq: int, choice: int) -> None:
        self._at(delete_message, person, seq)

    def _react(self, person: User, seq: int, choice: int) -> None:
        self._at(add_reaction, person, seq, emoji=EMOJIS[choice % 2])

    def _unreact(self, person: User, seq: int, choice: int) -> None:
        self._at(remove_reaction, person, seq, emoji=EMOJIS[choice % 2])

    def _pin(self, person: User, seq: int, choice: int) -> None:
        self._at(pin_message, person, seq)

    def _unpin(self, person: User, seq: int, choice: int) -> None:
        self._at(unpin_message, person, seq)

    def _hide(self, person: User, seq: int, choice: int) -> None:
        self._at(hide_message, person, seq)
        self._client(person, lambda client: client.messages.pop(seq, None))

    def _unhide(self, person: User, seq: int, choice: int) -> None:
        """Hides have no place in the log: the device is told apart, and loads the message."""
        self._at(unhide_message, person, seq)
        found = get_message(conversation_id=self.id, viewer_id=person.pk, seq=seq)
        self._client(person, lambda client: client.messages.update({seq: plain(found)}))

    def _read(self, person: User, seq: int, choice: int) -> None:
        self._at(mark_read, person, seq)

    def _read_all(self, person: User, seq: int, choice: int) -> None:
        mark_all_read(user_id=person.pk)

    def _deliver(self, person: User, seq: int, choice: int) -> None:
        self._at(mark_delivered, person, seq)

    def _leave(self, person: User, seq: int, choice: int) -> None:
        owner = self._owner()
        if not Participant.objects.open().filter(conversation=self.id, user=person).exists():
            return
        if choice or owner is None:
            leave_conversation(conversation_id=self.id, user_id=person.pk)
        else:
            remove_person(conversation_id=self.id, by=owner.user_id, user_id=person.pk)
        self.at_leaving[person.pk], _ = whole_history(self.id, person.pk, limit=200)

    def _join(self, person: User, seq: int, choice: int) -> None:
        owner = self._owner()
        if choice % 2 or owner is None:
            join_conversation(conversation_id=self.id, user_id=person.pk)
        else:
            add_people(conversation_id=self.id, by=owner.user_id, user_ids=[person.pk])

    def _owner(self) -> Participant | None:
        return Participant.objects.open().filter(conversation=self.id, role="owner").first()

    def _rename(self, person: User, seq: int, choice: int) -> None:
        change_conversation(conversation_id=self.id, by=person.pk, title=f"Title {choice}")

    def _clear(self, person: User, seq: int, choice: int) -> None:
        clear_conversation(conversation_id=self.id, user_id=person.pk)

    def _follow(self, person: User, seq: int, choice: int) -> None:
        self._client(person, lambda client: client.follow(limit=choice + 1))

    def _archive(self, person: User, seq: int, choice: int) -> None:
        """All but the newest few messages leave for files; by the choice everybody has read them
        before, or they stay rows too; by the seq the files are written anew without what came back.
        """
        if choice:
            for each in self.people:
                mark_all_read(user_id=each.pk)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(moving, "KEEP_NEWEST", KEPT_OF_ARCHIVE)
            try:
                (publish_all if choice == 3 else archive_all)(self.id)
                if seq % 2:
                    compact_all()
            except Refusal as refusal:
                raise AssertionError(refusal.code) from refusal

    def _at(self, action: Callable[..., Any], person: User, seq: int, **fields: Any) -> None:
        action(conversation_id=self.id, user_id=person.pk, seq=seq, **fields)

    def _client(self, person: User, told: Callable[[Client], object]) -> None:
        """Devices that have once begun to follow; the first time they load what there is."""
        client = self.clients.get(person.pk)
        if client is None:
            client = Client(self, person.pk)
            client.load()
            self.clients[person.pk] = client
        told(client)


def make_world(kind: str) -> World:
    """With a few messages, and not all of the people in it yet."""
    people = [make_person(name) for name in ("Olga", "Mia", "Leo", "Otto")]
    if kind == "direct":
        world = World(make_direct(people[0], people[1]), people)
    else:
        world = World(make_conversation(*people[:3], kind=kind), people)
    return world.live([("say", who % 3, 1, 0) for who in range(7)])


def whole_history(
    conversation_id: UUID, viewer_id: UUID, *, limit: int
) -> tuple[dict[int, Message], int]:
    """All that one sees, by pages from the head back; and the rev of the first page."""
    seen: dict[int, Message] = {}
    place, rev = PageAnchor(), None
    while True:
        page = history_page(
            conversation_id=conversation_id, viewer_id=viewer_id, anchor=place, limit=limit
        )
        rev = page["rev"] if rev is None else rev
        assert seen.keys().isdisjoint(it["seq"] for it in page["results"])
        seen |= {it["seq"]: plain(it) for it in page["results"]}
        if page["previous"] is None:
            return dict(sorted(seen.items())), rev
        place = PageAnchor(before=int(page["previous"]))


def plain(message: Message) -> Message:
    """Without what follows from pointers, which have no place in the log."""
    shape = {key: value for key, value in message.items() if key not in ("status", "people")}
    if shape["thread"] is not None:
        shape["thread"] = {key: shape["thread"][key] for key in OF_ALL}
    return shape
