"""Pages of the inbox: takes entries from the cache, and builds the others.

A page ends where its entries would exceed an answer, by the bytes that they really have, so that it
is the same page whichever of them were kept.
"""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings

from attachments.wire import is_pending
from chatproject.core import metrics
from chatproject.core.api.json import dump
from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.readings import (
    Rows,
    Steps,
    in_slices,
    is_in_transaction,
    query,
    together,
)
from chatproject.core.db.statements import uuids
from messaging.reads.answer_size import goes_on, size_params
from messaging.reads.inbox import on_shards as inbox_on_shards
from messaging.reads.inbox.entries import (
    Version,
    entry_json,
    entry_of_row,
    peer_version_of_row,
    version_of_row,
)
from messaging.reads.inbox.entry_cache import KeptEntry, digest_of, inbox_entries
from messaging.reads.inbox.listing import Listed
from messaging.reads.inbox.statements import PEOPLE, THESE
from messaging.reads.people import MAX_PEOPLE, named_in, named_person

SENDER_BYTES = 500  # of the sender of a last message, among the people of an answer


class Page(NamedTuple):
    """Entries in their order, and of how many of the listed conversations these are all."""

    entries: list[KeptEntry]
    taken: int


class Person(NamedTuple):
    """What is told of a person; the version is there where a kept entry is of them."""

    name: str | None
    is_bot: bool | None
    version: Version | None = None


def guess_people(user_id: UUID, page: Hashable) -> Steps[Rows]:
    """The people whom this page of the person told of the last time: so they can be read in the
    same round trip as the list of what is on it now."""
    ids = inbox_entries.people_of(user_id, page) if _may_keep() else ()
    if not ids:
        return []
    return (yield from _people_rows(user_id, ids))


def tell_of(
    user_id: UUID, listed: Sequence[Listed], *, left: bool, guess: Rows, page_key: Hashable
) -> Steps[tuple[Page, list[dict[str, Any]]]]:
    """As many entries of the listed conversations as fit into an answer, and the people in their
    last messages as JSON. `left` is whether these are conversations that the person has left;
    `guess` is what `guess_people` found of the page.

    No query where all entries are kept and all people were guessed. Those of what the person has
    left never are, since they depend on bans and former periods too.
    """
    known = _Known(user_id, left=left, keeps=not left and _may_keep())
    known.take_kept(listed)
    known.take_people(guess)
    wanted = known.all_in_kept()
    yield from together(known.build(known.missing(listed)), known.ask(wanted))
    if known.keeps:
        inbox_entries.note_people(user_id, page_key, wanted)
    known.drop_outdated()
    while (page := known.page(listed)) is None:
        yield from known.build(known.missing(listed))
    people = yield from known.people_in(page.entries)
    return page, people


class _Known:
    """What is known so far: entries by conversation, None for one that is not in the list any more;
    and people."""

    def __init__(self, user_id: UUID, *, left: bool, keeps: bool) -> None:
        self._user_id, self._left, self.keeps = user_id, left, keeps
        self._kept: dict[str, KeptEntry] = {}
        self._entries: dict[str, KeptEntry | None] = {}
        self._people: dict[str, Person] = {}

    def take_kept(self, listed: Sequence[Listed]) -> None:
        if not self.keeps:
            return
        self._kept = inbox_entries.get(self._user_id, [(it.id, it.version) for it in listed])
        self._entries.update(self._kept)

    def missing(self, listed: Sequence[Listed]) -> list[str]:
        return [it.id for it in listed if it.id not in self._entries]

    def drop_outdated(self) -> None:
        """Those whose peer is not as when they were built."""
        for entry in self._kept.values():
            peer = entry.peer_id and self._people.get(entry.peer_id)
            if entry.peer_id and (not peer or peer.version != entry.peer_version):
                del self._entries[entry.id]
        _count("hit", sum(each in self._entries for each in self._kept))

    def build(self, ids: Sequence[str]) -> Steps[None]:
        """Reads those of the conversations that fit into an answer, at least one of them."""
        if not ids:
            return
        rows = yield from entry_rows(self._user_id, ids)
        built = [entry for entry in (yield from in_slices(self._build, rows)) if entry is not None]
        if not goes_on(rows, len(rows)):
            self._entries.update(dict.fromkeys(ids))
        self._entries.update({entry.id: entry for entry in built})
        if self.keeps:
            _count("miss", len(built))
            inbox_entries.put(self._user_id, built)

    def _build(self, row: Sequence[Any]) -> KeptEntry | None:
        entry = entry_of_row(row)
        is_inside = entry.period.joined_at is not None and entry.period.left_at is None
        if is_inside == self._left:
            return None
        json, message = dump(entry_json(entry)), entry.last_message
        sender: Any = message and message.row["sender_id"]
        if message is not None and sender is not None:
            person = Person(message.sender_name, message.sender_is_bot)
            self._people.setdefault(sender, person)
        return KeptEntry(
            id=entry.head.pk,
            version=version_of_row(row),
            peer_id=entry.peer.id,
            peer_version=peer_version_of_row(row),
            json=json,
            digest=digest_of(json),
            sender_id=sender,
            named=tuple(named_in(message.row)) if message else (),
            # A file that is processed has changed before its message is told so.
            is_lasting=message is None or not any(map(is_pending, message.attachments)),
        )

    def page(self, listed: Sequence[Listed]) -> Page | None:
        """None where an entry has to be built."""
        entries: list[KeptEntry] = []
        size, most = 0, settings.ANSWER_BYTES
        for place, each in enumerate(listed):
            if entries and size >= most:
                return Page(entries, place)
            if each.id not in self._entries:
                return None
            entry = self._entries[each.id]
            if entry is None:
                continue
            size += len(entry.json) + SENDER_BYTES
            if entries and size > most:
                return Page(entries, place)
            entries.append(entry)
        return Page(entries, len(listed))

    def all_in_kept(self) -> list[str]:
        """The people whom kept entries tell of or depend on."""
        kept = self._kept.values()
        peers = dict.fromkeys(entry.peer_id for entry in kept if entry.peer_id)
        return [*(peers | dict.fromkeys(_people_of(kept)))]

    def people_in(self, entries: Sequence[KeptEntry]) -> Steps[list[dict[str, Any]]]:
        ids = _people_of(entries)
        yield from self.ask(ids)
        found = [(user_id, self._people[user_id]) for user_id in ids if user_id in self._people]
        return [named_person(user_id, person.name, person.is_bot) for user_id, person in found]

    def ask(self, ids: Sequence[str]) -> Steps[None]:
        """Reads those who are not known yet."""
        missing = [user_id for user_id in ids if user_id not in self._people]
        if missing:
            self.take_people((yield from _people_rows(self._user_id, missing)))

    def take_people(self, rows: Rows) -> None:
        for user_id, name, is_bot, *version in rows:
            self._people[user_id] = Person(name, is_bot, tuple(version))


def entry_rows(user_id: UUID, ids: Sequence[UUID] | Sequence[str]) -> Steps[Rows]:
    """Those of the conversations that fit into an answer, for `entry_of_row`."""
    params = {"viewer": user_id, **size_params()}
    if is_distributed():
        return (yield from inbox_on_shards.entry_rows(ids, params))
    return (yield from query(THESE, {**params, "ids": uuids(map(str, ids))}))


def _people_rows(user_id: UUID, ids: Sequence[str]) -> Steps[Rows]:
    return query(PEOPLE, {"viewer": user_id, "ids": uuids(ids)})


def _may_keep() -> bool:
    """Not within a transaction, which may be rolled back; nor where rows move between nodes, which
    number their transactions each by itself."""
    return not is_in_transaction() and not is_distributed()


def _count(result: str, number: int) -> None:
    if number:
        metrics.INBOX_CACHE.labels(result).inc(number)


def _people_of(entries: Iterable[KeptEntry]) -> list[str]:
    """Who sent the last messages, then whom else they name, of more than MAX_PEOPLE so many."""
    entries = list(entries)
    senders = dict.fromkeys(entry.sender_id for entry in entries if entry.sender_id)
    named = dict.fromkeys(name for entry in entries for name in entry.named)
    return [*senders, *[name for name in named if name not in senders][:MAX_PEOPLE]]
