"""Seeds demo data: people who can log in, and real conversations in which they take part.

The conversations are excerpts of a public corpus, named in `demo_data/conversations.json`. Their
times are shifted, so that the last messages are some minutes old.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from chatproject.core.ids import direct_conversation_id
from conversations.models import Conversation, Participant
from messaging.actions.edit import edit_message
from messaging.emojis import canonical_emoji
from messaging.imports.history import ImportedMessage, Period, admit_members, append_history
from messaging.inbox.entries import rebuild_later
from messaging.models import Message, Receipt

DEMO_PEOPLE = [
    ("Alice Moreau", "alice@example.org"),
    ("Bob Tanaka", "bob@example.org"),
    ("Carol Okafor", "carol@example.org"),
    ("Dave Lindqvist", "dave@example.org"),
]
DEMO_PASSWORD = "take-a-seat-7"  # noqa: S105 (meant to be known)

NAMESPACE = UUID("e0b1a3f6-44a5-5b6e-8b1e-6d3a9c0b7d52")
DATA = Path(__file__).with_name("demo_data") / "conversations.json"

Kind = Conversation.Kind
Role = Participant.Role


class AddressTaken(Exception):
    """The email of a demo person belongs to an account that the demo did not create."""


def seed_demo() -> bool:
    """Creates the missing demo data in one transaction; returns whether any was missing.

    Raises AddressTaken. The demo people's password is public.
    """
    data = json.loads(DATA.read_text(encoding="utf-8"))
    now = timezone.now()
    with transaction.atomic():
        cast = _people(data, now)
        seeded = [_seed(Scene(entry, cast, now)) for entry in data["conversations"]]
    return any(seeded)


@dataclass(frozen=True, slots=True)
class Line:
    """A message of the data; `extra` may have `reply`, `react`, `pin` and `was` (a former text)."""

    at: datetime
    author: str
    text: str
    extra: Mapping[str, Any]


class Scene:
    """One conversation of the data, with accounts for its names and times relative to `now`."""

    def __init__(self, entry: Mapping[str, Any], cast: Mapping[str, User], now: datetime) -> None:
        self.entry = entry
        self.kind: str = entry["kind"]
        self.origin = f"demo:{entry['key']}"
        self.members: list[str] = entry["members"]
        self.lines = [line for each in entry["sessions"] for line in _session(each, now)]
        self.began_at = self.lines[0].at - timedelta(minutes=1)
        self._cast = cast

    @property
    def is_direct(self) -> bool:
        return self.kind == Kind.DIRECT

    @property
    def id(self) -> UUID:
        if self.is_direct:
            return direct_conversation_id(self.user(self.members[0]), self.user(self.members[-1]))
        return uuid5(NAMESPACE, self.origin)

    def user(self, name: str) -> UUID:
        return self._cast[name].pk

    @property
    def rows(self) -> Iterator[ImportedMessage]:
        """The messages; all but direct conversations start with the system message of creation."""
        if not self.is_direct:
            yield ImportedMessage(
                seq=1,
                client_id=uuid5(NAMESPACE, self.origin),
                sender_id=self.user(self.entry["owner"]),
                created_at=self.began_at,
                kind=Message.Kind.SYSTEM,
                meta={"event": "conversation.created"},
            )
        for number, line in enumerate(self.lines, 1):
            yield self._row(number, line)

    def seq(self, number: int) -> int:
        """The seq of the message with this number, counted from 1."""
        return number if self.is_direct else number + 1

    def _row(self, number: int, line: Line) -> ImportedMessage:
        reply, pin = line.extra.get("reply"), line.extra.get("pin")
        reactions = line.extra.get("react", {}).items()
        text, called = self.addressed(line.extra.get("was", line.text))
        return ImportedMessage(
            seq=self.seq(number),
            client_id=uuid5(NAMESPACE, f"{self.origin}/{number}"),
            sender_id=self.user(line.author),
            created_at=line.at,
            body=text,
            reply_to_seq=reply and self.seq(reply),
            pinned_at=line.at + timedelta(minutes=1) if pin else None,
            pinned_by=self.user(pin) if pin else None,
            reactions=[
                (self.user(name), canonical_emoji(emoji))
                for emoji, names in reactions
                for name in names
            ],
            mentions=sorted(called),
        )

    def addressed(self, text: str) -> tuple[str, set[UUID]]:
        """The body with ids in place of mentioned names, and the ids of the mentioned people."""
        called: set[UUID] = set()

        def mention(match: re.Match[str]) -> str:
            person = self._cast.get(match[1])
            if person is None:
                return f"@{match[1]}"
            called.add(person.pk)
            return f"<@{person.pk}>"

        return re.sub(r"<@([^>\s]+)>", mention, text), called

    def last_read(self, name: str) -> int:
        unread: int = self.entry.get("unread", {}).get(name, 0)
        return self.seq(len(self.lines)) - unread

    @property
    def periods(self) -> list[Period]:
        return [
            Period(
                self.user(name),
                self.began_at,
                role=Role.OWNER if name == self.entry.get("owner") else Role.MEMBER,
                last_read_seq=self.last_read(name),
            )
            for name in self.members
        ]


def _session(entry: Mapping[str, Any], now: datetime) -> Iterator[Line]:
    """The messages of one session; it ends `ago` seconds before `now`, and gaps are seconds too."""
    at = now - timedelta(seconds=entry["ago"] + sum(row[0] for row in entry["messages"]))
    for gap, author, text, *extra in entry["messages"]:
        at += timedelta(seconds=gap)
        yield Line(at, author, text, extra[0] if extra else {})


def _seed(scene: Scene) -> bool:
    """Creates the conversation unless it exists; returns whether it did."""
    if Conversation.objects.filter(pk=scene.id).exists():
        return False
    history = Conversation.History
    is_open = scene.kind in (Kind.PUBLIC, Kind.BROADCAST)
    Conversation.objects.create(
        id=scene.id,
        kind=scene.kind,
        title=scene.entry.get("title", ""),
        topic=scene.entry.get("topic", ""),
        origin=scene.origin,
        created_by_id=scene.user(scene.entry.get("owner", scene.members[0])),
        created_at=scene.began_at,
        history=history.EVERYTHING if is_open else history.SINCE_JOINED,
    )
    append_history(scene.id, list(scene.rows))
    admit_members(scene.id, scene.periods)
    _write_receipts(scene)
    _pin_in_inbox(scene)
    _edit(scene)
    return True


def _write_receipts(scene: Scene) -> None:
    """Writes the receipts: everybody has received all, and read up to their pointer."""
    Receipt.objects.bulk_create(
        Receipt(
            conversation_id=scene.id,
            user_id=scene.user(name),
            kind=kind,
            from_seq=0,
            up_to_seq=seq,
            at=scene.lines[-1].at,
        )
        for name in scene.members
        for kind, seq in (
            (Receipt.Kind.READ, scene.last_read(name)),
            (Receipt.Kind.DELIVERED, scene.seq(len(scene.lines))),
        )
    )


def _pin_in_inbox(scene: Scene) -> None:
    people = [scene.user(name) for name in scene.entry.get("pinned", ())]
    Participant.objects.filter(conversation=scene.id, user__in=people).update(
        pinned_at=scene.began_at
    )
    rebuild_later(scene.id)


def _edit(scene: Scene) -> None:
    """Edits the messages that have an earlier text."""
    for number, line in enumerate(scene.lines, 1):
        if "was" in line.extra:
            edit_message(
                conversation_id=scene.id,
                user_id=scene.user(line.author),
                seq=scene.seq(number),
                body=scene.addressed(line.text)[0],
            )


def _people(data: Mapping[str, Any], now: datetime) -> dict[str, User]:
    """The account of each name in the data. Demo people go by the first part of their email."""
    joined_at = now - timedelta(days=30)
    cast = _demo_people(joined_at)
    named = {name for entry in data["conversations"] for name in entry["members"]}
    return cast | _writers(sorted(named - cast.keys()), bots=data["bots"], joined_at=joined_at)


def _demo_people(joined_at: datetime) -> dict[str, User]:
    """Creates the missing ones with one password hash, since a hash is slow."""
    emails = {email: name for name, email in DEMO_PEOPLE}
    known = {user.email: user for user in User.objects.filter(email__in=emails)}
    for email, user in known.items():
        if user.origin != _origin_of(str(email)):
            raise AddressTaken(f"{email} is the address of an account that is not of the demo.")
    missing = [email for email in emails if email not in known]
    password = make_password(DEMO_PASSWORD) if missing else ""
    for email in missing:
        fields = {"name": emails[email], "origin": _origin_of(email), "created_at": joined_at}
        known[email] = User.objects.create(email=email, password=password, **fields)
    return {_key_of(str(email)): user for email, user in known.items()}


def _key_of(email: str) -> str:
    return email.partition("@")[0]


def _origin_of(email: str) -> str:
    return f"demo:{_key_of(email)}"


def _writers(
    names: Sequence[str], *, bots: Collection[str], joined_at: datetime
) -> dict[str, User]:
    """The accounts of the corpus's authors, who cannot log in."""
    origins = {f"demo:{name}": name for name in names}
    known = set(User.objects.filter(origin__in=origins).values_list("origin", flat=True))
    User.objects.bulk_create(
        User(
            name=name,
            is_bot=name in bots,
            origin=origin,
            password=make_password(None),
            created_at=joined_at,
        )
        for origin, name in origins.items()
        if origin not in known
    )
    return {origins[str(u.origin)]: u for u in User.objects.filter(origin__in=origins)}
