"""A cache of entries of the inbox, encoded, by the person, the conversation and their version.

Its version is read from the database each time (VERSION and PEER_VERSION in `statements`), so
that an entry is right in whatever process, and one of another version is built anew. What the time
changes is in the version too (a status that ends, a mute that ends).

The cache is bounded by the bytes that the entries take in memory. Those of the person who has asked
the longest ago go first.
"""

import sys
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence
from hashlib import blake2b
from threading import Lock
from typing import NamedTuple
from uuid import UUID

from django.conf import settings

from messaging.reads.inbox.entries import Version

ENTRY_BYTES = 800  # of an entry without its JSON: the tuples, ids and versions
PERSON_BYTES = 500
ID_BYTES = 100  # of the id of a person whom a page told of
DIGEST_BYTES = 12


class KeptEntry(NamedTuple):
    """An entry as JSON, and what it depends on."""

    id: str
    version: Version
    peer_id: str | None
    peer_version: Version
    json: bytes
    digest: str  # of the JSON
    sender_id: str | None  # of the last message
    named: tuple[str, ...]  # whom the last message names
    is_lasting: bool  # whether no part of it may change without another version

    @property
    def memory(self) -> int:
        return ENTRY_BYTES + sys.getsizeof(self.json) + ID_BYTES * len(self.named)


def digest_of(json: bytes) -> str:
    return blake2b(json, digest_size=DIGEST_BYTES).hexdigest()


class _Person:
    __slots__ = ("entries", "people", "size")

    def __init__(self) -> None:
        self.entries: dict[str, KeptEntry] = {}
        self.people: tuple[Hashable, Sequence[str]] = (None, ())
        self.size = PERSON_BYTES

    def put(self, entry: KeptEntry) -> None:
        before = self.entries.get(entry.id)
        self.size += entry.memory - (before.memory if before else 0)
        self.entries[entry.id] = entry


class InboxEntryCache:
    """One a process, for all its threads."""

    def __init__(self) -> None:
        self._people: OrderedDict[UUID, _Person] = OrderedDict()
        self._lock = Lock()
        self._size = 0

    @property
    def size(self) -> int:
        """The bytes of all entries."""
        return self._size

    def get(self, user_id: UUID, versions: Iterable[tuple[str, Version]]) -> dict[str, KeptEntry]:
        """Those of the entries that are of these versions, by conversation."""
        with self._lock:
            person = self._people.get(user_id)
            if person is None:
                return {}
            self._people.move_to_end(user_id)
            entries = person.entries
            return {
                conversation_id: kept
                for conversation_id, version in versions
                if (kept := entries.get(conversation_id)) is not None and kept.version == version
            }

    def put(self, user_id: UUID, entries: Iterable[KeptEntry]) -> None:
        lasting = [entry for entry in entries if entry.is_lasting]
        if not lasting:
            return
        with self._lock:
            person = self._people.pop(user_id, None)
            self._size -= person.size if person else 0
            person = person or _Person()
            for entry in lasting:
                person.put(entry)
            self._people[user_id] = person
            self._size += person.size
            self._make_room()

    def people_of(self, user_id: UUID, page: Hashable) -> Sequence[str]:
        """Whom the person's page told of when it was last asked for, if it was asked for last."""
        person = self._people.get(user_id)
        return person.people[1] if person is not None and person.people[0] == page else ()

    def note_people(self, user_id: UUID, page: Hashable, ids: Sequence[str]) -> None:
        """Of a person without entries nothing is noted."""
        with self._lock:
            person = self._people.get(user_id)
            if person is not None:
                grown = ID_BYTES * (len(ids) - len(person.people[1]))
                person.people = (page, ids)
                person.size += grown
                self._size += grown
                self._make_room()

    def _make_room(self) -> None:
        while self._people and self._size > settings.INBOX_CACHE_BYTES:
            _, oldest = self._people.popitem(last=False)
            self._size -= oldest.size

    def clear(self) -> None:
        with self._lock:
            self._people.clear()
            self._size = 0


inbox_entries = InboxEntryCache()
