"""How far each log is known: the rules by which no event is missed and none comes twice.

No I/O here. Frames of the socket and answers of the API go in, the events to hand out come back, in
the order of each conversation's revs; `behind` says what has to be fetched.

Everything up to a position's rev has been handed out. The event of the next rev moves it on. What
lies further ahead is held until the gap before it was fetched. Several events may share a rev: a
system message is followed by what it means (`participant.joined`, `conversation.updated`), which is
handed out when it comes live, and which a fetched system message tells by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from chatproject.client.events import Event, Frame, changed_message
from chatproject.client.seen import Seen

MAX_HELD = 1_000  # events of one conversation; rather than holding more, they are fetched


@dataclass(slots=True)
class Position:
    rev: int | None = None  # None until a head has told where the log stands
    told: set[str] | None = None  # what was handed out live at `rev`; None when all of it is known
    wanted: int = 0  # the log is known to stand here
    must_ask: bool = False  # to be fetched although nothing is known to be missing
    seen: Seen = field(default_factory=Seen)
    held: list[Frame] = field(default_factory=list)
    farewell: Frame | None = None  # to be handed out after the last events, when one has left

    @property
    def is_behind(self) -> bool:
        return self.rev is not None and (self.must_ask or self.wanted > self.rev or bool(self.held))


class Revs:
    """`since` holds the revs that are known from an earlier run, by conversation id."""

    def __init__(self, since: Mapping[str, int] | None = None) -> None:
        self._positions = {key: Position(rev) for key, rev in (since or {}).items()}
        self._is_first = since is None
        self.opened: set[str] = set()  # conversations listened to without being in them

    def known(self) -> dict[str, int]:
        """The rev up to which everything has been handed out, by conversation id."""
        return {key: it.rev for key, it in self._positions.items() if it.rev is not None}

    def behind(self) -> dict[str, int]:
        """The conversations to be fetched, and since which rev."""
        behind = {key: it for key, it in self._positions.items() if it.is_behind}
        return {key: it.rev for key, it in behind.items() if it.rev is not None}

    def hello(self, heads: Mapping[str, int]) -> list[Event]:
        """A socket has opened: it tells from `heads` on, {conversation id: rev}.

        What was joined or left meanwhile is told as if it had been live, except to who connects for
        the first time and knows of nothing.
        """
        joined = [] if self._is_first else [key for key in heads if key not in self._positions]
        self._is_first = False
        for key in self._positions.keys() - heads.keys() - self.opened:
            self._part(key, _left(key))
        for position in self._positions.values():
            position.held.clear()
        for key, rev in heads.items():
            self.head(key, rev)
        return [_joined(key, heads[key]) for key in joined]

    def head(self, conversation_id: str, rev: int) -> list[Event]:
        """The log stands at `rev`, and what comes later will be told."""
        position = self._positions.setdefault(conversation_id, Position())
        position.farewell = None
        if position.rev is None:
            position.rev = rev
        elif rev < position.rev:  # another log, such as from a backup
            position.must_ask = True
        position.wanted = max(position.wanted, rev)
        return self._release(position)

    def take(self, frame: Frame) -> list[Event]:
        """An event came over the socket."""
        where, rev = frame.get("conversationId"), frame.get("rev")
        if where is None:
            return [Event(frame["type"], frame)]
        if frame["type"] == "conversation.left" and where in self._positions:
            return self._part(where, frame)
        if rev is None:
            return [Event(frame["type"], frame)]
        if frame["type"] == "conversation.joined":
            return [Event(frame["type"], frame), *self.head(where, rev)]
        position = self._positions.setdefault(where, Position())
        if frame["type"] == "conversation.rev":
            position.wanted = max(position.wanted, rev)
            return []
        position.held.append(frame)
        return self._release(position)

    def answer(self, conversation_id: str, since: int, changes: Frame) -> list[Event]:
        """The changes since a rev were fetched; an answer that is late counts for nothing."""
        position = self._positions.get(conversation_id)
        if position is None or position.rev != since:
            return []
        events = self._changed(conversation_id, position, changes)
        if changes["throughRev"] != since:
            position.rev, position.told = changes["throughRev"], None
        if changes.get("more"):
            return events
        position.must_ask = False
        if position.farewell is not None:
            del self._positions[conversation_id]
            return [*events, Event("conversation.left", position.farewell)]
        return events + self._release(position)

    def gone(self, conversation_id: str) -> list[Event]:
        """The conversation is not to be seen any more."""
        self.opened.discard(conversation_id)
        position = self._positions.pop(conversation_id, None)
        if position is None:
            return []
        return [Event("conversation.left", position.farewell or _left(conversation_id))]

    def rewind(self, conversation_id: str, rev: int) -> None:
        """What lies behind `rev` counts as not handed out, and is to be fetched.

        Of a conversation that one is out of meanwhile, nothing comes any more.
        """
        position = self._positions.get(conversation_id)
        if position is None:
            return
        position.rev, position.told, position.must_ask = rev, None, True
        position.seen = Seen()

    def _part(self, conversation_id: str, farewell: Frame) -> list[Event]:
        """One is out of a conversation; what one may still see of it is fetched first."""
        self.opened.discard(conversation_id)
        position = self._positions[conversation_id]
        position.farewell, position.must_ask = farewell, True
        return self.gone(conversation_id) if position.rev is None else []

    def _release(self, position: Position) -> list[Event]:
        """What is held and has its turn."""
        if position.rev is None:
            _bound(position)
            return []
        position.held.sort(key=lambda frame: frame["rev"])
        events: list[Event] = []
        while position.held and position.held[0]["rev"] <= position.rev + 1:
            events += _apply(position, position.held.pop(0))
        _bound(position)
        return events

    def _changed(self, id: str, position: Position, changes: Frame) -> list[Event]:
        if changes.get("reset"):
            position.seen, position.wanted = Seen(), changes["throughRev"]
            reset = _frame("reset", id, rev=changes["throughRev"])
            return [Event("conversation.reset", reset, resumed=True)]
        events = []
        for message in changes["results"]:
            is_new = position.seen.is_new(message["seq"])
            events.append(changed_message(id, message, is_new=is_new))
            if events[-1].type == "message.created":
                position.seen.begin(message["seq"])
        return events


def _apply(position: Position, frame: Frame) -> list[Event]:
    """The frame as an event, unless what it tells has been handed out."""
    rev, name = frame["rev"], frame["type"]
    kind = "message" if name.startswith("message.") else name
    if position.rev is not None and rev > position.rev:
        position.rev, position.told = rev, {kind}
    elif rev == position.rev and position.told is not None and kind not in position.told:
        position.told.add(kind)
    else:
        return []
    return [_named(position, Event(name, frame)) if kind == "message" else Event(name, frame)]


def _named(position: Position, event: Event) -> Event:
    """A message that was changed before the server told of it is new all the same."""
    seq = event.data["message"]["seq"]
    is_new = position.seen.is_new(seq)
    if event.type == "message.created":
        position.seen.begin(seq)
    elif is_new and event.type == "message.updated":
        data: dict[str, Any] = {**event.data, "type": "message.created"}
        event = replace(event, type="message.created", data=data)
    return event


def _bound(position: Position) -> None:
    if len(position.held) > MAX_HELD:
        position.wanted = max(position.wanted, *(frame["rev"] for frame in position.held))
        position.held.clear()


def _joined(conversation_id: str, rev: int) -> Event:
    frame = _frame("joined", conversation_id, rev=rev)
    return Event("conversation.joined", frame, resumed=True)


def _left(conversation_id: str) -> Frame:
    return _frame("left", conversation_id, toSeq=None)


def _frame(name: str, conversation_id: str, **fields: Any) -> Frame:
    return {"type": f"conversation.{name}", "conversationId": conversation_id, **fields}
