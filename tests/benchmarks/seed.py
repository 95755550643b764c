"""The people and conversations that the benchmark plays with, copied into an empty database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models.expressions import DatabaseDefault
from psycopg import sql
from psycopg.types.json import Json

from accounts.auth.browser_sessions import SESSION_NAME
from accounts.auth.tokens import new_refresh_secret, token_pair
from accounts.models import SignIn, User
from chatproject.core.ids import direct_conversation_id
from conversations.models import Conversation, Participant
from messaging.models import Message, Reaction
from tests.benchmarks.plan import Plan
from tests.benchmarks.texts import some_texts

Connection = psycopg.Connection[tuple[Any, ...]]

START = datetime.now(UTC) - timedelta(days=30)
GROUP = 5  # people in each group of the inbox
HISTORY_PEOPLE = 50
IDLE_PARTS = 10  # the idle people are in so many circles, each with conversations of its own
REACTED, REPLIED = 20, 10  # every how many messages of the long history
EMOJIS = ("👍", "🎉", "❤️")


def numbered(kind: int, n: int) -> UUID:
    """A UUIDv7 by number; pgbench makes the same from a random number in SQL."""
    return UUID(int=(7 << 76) | (2 << 62) | (kind << 48) | n)


PERSON, SIGN_IN, BENCH, ROOM, GROUPS, HISTORY, IDLE, BROWSER = range(1, 9)


@dataclass(frozen=True, slots=True)
class World:
    """What was made. People are known by number; the last one is the reader with the inbox."""

    people: int
    pairs: tuple[UUID, ...]  # of the people 0 and 1, 2 and 3 and so on
    rooms: dict[int, UUID]  # of the first so many people
    history: UUID
    history_length: int  # messages
    inbox: int

    @property
    def reader(self) -> int:
        return self.people - 1

    def token(self, person: int) -> str:
        """An access token of the project's own making, without a log-in."""
        sign_in = SignIn(id=numbered(SIGN_IN, person), user_id=numbered(PERSON, person))
        return token_pair(sign_in, new_refresh_secret()).access

    @property
    def session_key(self) -> str:
        """Of the browser in which the reader is signed in."""
        return numbered(BROWSER, self.reader).hex


def seed(connection: Connection, plan: Plan) -> World:
    """Fills the migrated database; needs an autocommit connection that may do anything."""
    world = World(
        people=plan.people + 1,
        pairs=tuple(_pair(n)[0] for n in range(plan.pairs)),
        rooms={size: numbered(ROOM, size) for size in plan.rooms},
        history=numbered(HISTORY, 0),
        history_length=plan.history,
        inbox=plan.inbox,
    )
    _copy(connection, User, _people(world))
    _copy(connection, SignIn, [*_sign_ins(world), _browser(world)])
    _copy(connection, Session, [_session(world)])
    talks = [
        *_pairs(plan),
        *_rooms(plan),
        *_idle(plan),
        *_inbox(world),
        _history(world, plan.history),
    ]
    _copy(connection, Conversation, [*(talk.conversation() for talk in talks), *_bench(plan)])
    _copy(connection, Participant, [row for talk in talks for row in talk.participants()])
    _copy(connection, Message, [row for talk in talks for row in talk.messages()])
    _copy(connection, Reaction, _reactions(world, plan.history))
    connection.execute("VACUUM ANALYZE")
    connection.execute("CHECKPOINT")
    return world


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation with `length` messages by its people in turn, read up to `read`."""

    id: UUID
    kind: str
    people: Sequence[int]
    length: int = 0
    read: int = 0

    def conversation(self) -> Conversation:
        at = _at(self.length) if self.length else None
        return Conversation(
            id=self.id,
            kind=self.kind,
            title="" if self.kind == "direct" else f"Conversation {self.id.int & 0xFFFF}",
            created_by_id=numbered(PERSON, self.people[0]),
            created_at=START,
            last_seq=self.length,
            last_rev=self.length,
            member_count=len(self.people),
            last_at=at,
            last_message_at=at,
        )

    def participants(self) -> Iterator[Participant]:
        for place, person in enumerate(self.people):
            role = "owner" if place == 0 and self.kind != "direct" else "member"
            yield Participant(
                conversation_id=self.id,
                user_id=numbered(PERSON, person),
                role=role,
                joined_at=START,
                last_read_seq=self.read,
                last_delivered_seq=self.length,
            )

    def messages(self) -> Iterator[Message]:
        texts = some_texts()
        for seq in range(1, self.length + 1):
            yield Message(
                conversation_id=self.id,
                seq=seq,
                rev=seq,
                sender_id=numbered(PERSON, self.people[seq * 7 % len(self.people)]),
                client_id=numbered(seq, self.id.int & 0xFFFFFFFF),
                fingerprint=bytes(16),
                body=texts[(seq * 31 + self.id.int) % len(texts)],
                reply_to_seq=seq - 3 if seq % REPLIED == 0 else None,
                thread_seq=seq - 3 if seq % REPLIED == 0 else None,
                created_at=_at(seq),
            )


def _at(seq: int) -> datetime:
    return START + timedelta(seconds=20 * seq)


def _people(world: World) -> Iterator[User]:
    for n in range(world.people):
        email = f"person{n}@example.org"
        yield User(id=numbered(PERSON, n), name=f"Person {n}", email=email, password="!")


def _sign_ins(world: World) -> Iterator[SignIn]:
    for n in range(world.people):
        yield SignIn(
            id=numbered(SIGN_IN, n),
            user_id=numbered(PERSON, n),
            kind="token",
            expires_at=datetime.now(UTC) + timedelta(days=1),
        )


def _browser(world: World) -> SignIn:
    return SignIn(
        id=numbered(BROWSER, world.reader),
        user_id=numbered(PERSON, world.reader),
        kind="browser",
        expires_at=datetime.now(UTC) + timedelta(days=1),
    )


def _session(world: World) -> Session:
    told = {SESSION_NAME: str(_browser(world).pk)}
    return Session(
        session_key=world.session_key,
        session_data=SessionStore().encode(told),
        expire_date=datetime.now(UTC) + timedelta(days=1),
    )


def _pair(n: int) -> tuple[UUID, int, int]:
    one, other = 2 * n, 2 * n + 1
    return direct_conversation_id(numbered(PERSON, one), numbered(PERSON, other)), one, other


def _pairs(plan: Plan) -> Iterator[Talk]:
    for n in range(plan.pairs):
        conversation_id, one, other = _pair(n)
        yield Talk(conversation_id, "direct", (one, other))


def _rooms(plan: Plan) -> Iterator[Talk]:
    for size in plan.rooms:
        yield Talk(numbered(ROOM, size), "group", range(size))


def _idle(plan: Plan) -> Iterator[Talk]:
    """Each of the idle people is in `idle_conversations` of these."""
    for n in range(plan.idle_conversations * IDLE_PARTS):
        people = range(n % IDLE_PARTS, plan.idle, IDLE_PARTS)
        yield Talk(numbered(IDLE, n), "group", people)


def _inbox(world: World) -> Iterator[Talk]:
    """Three of five are direct; a third of all has unread messages. The long history is one."""
    for n in range(world.inbox - 1):
        length = 20 + n % 40
        read = length - (n % 12 if n % 3 == 0 else 0)
        other = n % world.reader
        if n % 5 < 3:
            direct = direct_conversation_id(numbered(PERSON, world.reader), numbered(PERSON, other))
            yield Talk(direct, "direct", (world.reader, other), length, read)
        else:
            people = sorted({(other + k * 11) % world.reader for k in range(GROUP - 1)})
            yield Talk(numbered(GROUPS, n), "group", (world.reader, *people), length, read)


def _history(world: World, length: int) -> Talk:
    people = (world.reader, *range(min(HISTORY_PEOPLE, world.reader)))
    return Talk(numbered(HISTORY, 0), "group", people, length, length)


def _reactions(world: World, length: int) -> Iterator[Reaction]:
    for seq in range(REACTED, length + 1, REACTED):
        for n, emoji in enumerate(EMOJIS):
            yield Reaction(
                conversation_id=world.history,
                seq=seq,
                user_id=numbered(PERSON, n),
                emoji=emoji,
                rev=seq,
            )


def _bench(plan: Plan) -> Iterator[Conversation]:
    """What pgbench writes into."""
    for n in range(1, plan.pgbench_conversations + 1):
        yield Talk(numbered(BENCH, n), "group", (0,)).conversation()


def _copy(connection: Connection, model: type[models.Model], rows: Iterable[models.Model]) -> None:
    """COPY of whole rows, defaults of the model included."""
    fields = [f for f in model._meta.concrete_fields if not isinstance(f, models.AutoField)]
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(model._meta.db_table),
        sql.SQL(", ").join(sql.Identifier(field.column) for field in fields),
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([_value(field, row) for field in fields])


def _value(field: models.Field[Any, Any], row: models.Model) -> Any:
    value = getattr(row, field.attname)
    if isinstance(value, DatabaseDefault):
        return field.db_default
    if isinstance(field, models.JSONField) and value is not None:
        return Json(value)
    return value
