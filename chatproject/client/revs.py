"""Tracks the rev of each conversation, so that no event is missed and none is delivered twice.

No I/O here. Frames of the socket and answers of the API go in; the events to deliver come out, in
the order of each conversation's revs; `behind` names what has to be fetched.

Everything up to a position's rev has been delivered. The event of the next rev advances it. Later
events are held until the gap before them is fetched. Several events may share a rev: a system
message is followed by its meaning (`participant.joined`, `conversation.updated`), which is
delivered when it comes live, and which a fetched system message implies.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .delivered import Delivered
from .events import Event, Frame, changed_message

MAX_HELD = 1_000  # events of one conversation; rather than holding more, they are fetched


@dataclass(slots=True)
class Position:
    rev: int | None = None  # None until a head has told the log's rev
    kinds_at_rev: set[str] | None = (
        None  # what was handed out live at `rev`; None when all of it is known
    )
    wanted: int = 0  # the log is known to stand here
    must_ask: bool = False  # to be fetched although nothing is known to be missing
    delivered: Delivered = field(default_factory=Delivered)
    held: list[Frame] = field(default_factory=list)
    left_event: Frame | None = None  # to be handed out after the last events, when one has left

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
        """The rev up to which everything has been delivered, by conversation id."""
        return {key: it.rev for key, it in self._positions.items() if it.rev is not None}

    def behind(self) -> dict[str, int]:
        """The conversations to fetch, with the rev since when."""
        behind = {key: it for key, it in self._positions.items() if it.is_behind}
        return {key: it.rev for key, it in behind.items() if it.rev is not None}

    def hello(self, heads: Mapping[str, int]) -> list[Event]:
        """Notes that a socket has opened, with events after `heads`, {conversation id: rev}.

        Returns the joins and leaves that were missed, except on the first connection.
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
        """Notes that the log is at `rev` and that later events will come."""
        position = self._positions.setdefault(conversation_id, Position())
        position.left_event = None
        if position.rev is None:
            position.rev = rev
        elif rev < position.rev:  # another log, such as from a backup
            position.must_ask = True
        position.wanted = max(position.wanted, rev)
        return self._release(position)

    def take(self, frame: Frame) -> list[Event]:
        """Takes an event of the socket; returns the events to deliver."""
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
        """Takes the fetched changes since a rev; ignores an answer that is outdated."""
        position = self._positions.get(conversation_id)
        if position is None or position.rev != since:
            return []
        events = self._changed(conversation_id, position, changes)
        if changes["throughRev"] != since:
            position.rev, position.kinds_at_rev = changes["throughRev"], None
        if changes.get("more"):
            return events
        position.must_ask = False
        if position.left_event is not None:
            del self._positions[conversation_id]
            return [*events, Event("conversation.left", position.left_event)]
        return events + self._release(position)

    def gone(self, conversation_id: str) -> list[Event]:
        """Notes that the conversation is no longer visible."""
        self.opened.discard(conversation_id)
        position = self._positions.pop(conversation_id, None)
        if position is None:
            return []
        return [Event("conversation.left", position.left_event or _left(conversation_id))]

    def rewind(self, conversation_id: str, rev: int) -> None:
        """Marks all after `rev` as undelivered, to be fetched; ignores left conversations."""
        position = self._positions.get(conversation_id)
        if position is None:
            return
        position.rev, position.kinds_at_rev, position.must_ask = rev, None, True
        position.delivered = Delivered()

    def _part(self, conversation_id: str, left_event: Frame) -> list[Event]:
        """Notes that the person left; what is still visible is fetched first."""
        self.opened.discard(conversation_id)
        position = self._positions[conversation_id]
        position.left_event, position.must_ask = left_event, True
        return self.gone(conversation_id) if position.rev is None else []

    def _release(self, position: Position) -> list[Event]:
        """The held events whose turn it is."""
        if position.rev is None:
            _drop_excess(position)
            return []
        position.held.sort(key=lambda frame: frame["rev"])
        events: list[Event] = []
        while position.held and position.held[0]["rev"] <= position.rev + 1:
            events += _apply(position, position.held.pop(0))
        _drop_excess(position)
        return events

    def _changed(self, id: str, position: Position, changes: Frame) -> list[Event]:
        if changes.get("reset"):
            position.delivered, position.wanted = Delivered(), changes["throughRev"]
            reset = _frame("reset", id, rev=changes["throughRev"])
            return [Event("conversation.reset", reset, resumed=True)]
        events = []
        for message in changes["results"]:
            is_new = position.delivered.is_new(message["seq"])
            events.append(changed_message(id, message, is_new=is_new))
            if events[-1].type == "message.created":
                position.delivered.start_at(message["seq"])
        return events


def _apply(position: Position, frame: Frame) -> list[Event]:
    """The frame as an event, unless it has been delivered."""
    rev, name = frame["rev"], frame["type"]
    kind = "message" if name.startswith("message.") else name
    if position.rev is not None and rev > position.rev:
        position.rev, position.kinds_at_rev = rev, {kind}
    elif (
        rev == position.rev
        and position.kinds_at_rev is not None
        and kind not in position.kinds_at_rev
    ):
        position.kinds_at_rev.add(kind)
    else:
        return []
    return [_mark_new(position, Event(name, frame)) if kind == "message" else Event(name, frame)]


def _mark_new(position: Position, event: Event) -> Event:
    """Turns `message.updated` into `message.created` if the message has not been delivered yet."""
    seq = event.data["message"]["seq"]
    is_new = position.delivered.is_new(seq)
    if event.type == "message.created":
        position.delivered.start_at(seq)
    elif is_new and event.type == "message.updated":
        data: dict[str, Any] = {**event.data, "type": "message.created"}
        event = replace(event, type="message.created", data=data)
    return event


def _drop_excess(position: Position) -> None:
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
