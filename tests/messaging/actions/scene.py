"""A conversation with everybody in it, and a record of what is published meanwhile."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

from accounts.models import User
from chatproject.realtime.bus import Publication, install
from conversations.models import Conversation
from tests.asyncapi import faults_of
from tests.cast import make_conversation, make_person


@dataclass(frozen=True)
class Scene:
    """`owner`, `admin` and `member` are in the group, `leaver` was, `outsider` never."""

    conversation: Conversation
    owner: User
    admin: User
    member: User
    leaver: User
    outsider: User

    @property
    def id(self) -> Any:
        return self.conversation.pk


def make_scene(kind: str = "group") -> Scene:
    owner, admin, member, leaver, outsider = map(
        make_person, ("Olga", "Adam", "Mia", "Leo", "Otto")
    )
    group = make_conversation(owner, member, leaver, admins=(admin,), kind=kind)
    return Scene(group, owner, admin, member, leaver, outsider)


@dataclass
class PublishedEvents:
    """What was published: each event beside its topic and the seq one must see to get it.

    Without the word that rights of presence have changed, which no socket hears.
    """

    publications: list[Publication] = field(default_factory=list)

    def hear(self, publications: Sequence[Publication]) -> None:
        self.publications.extend(publications)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [orjson.loads(publication.frame) for publication in self.publications]

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    @property
    def topics(self) -> list[str]:
        return [publication.topic for publication in self.publications]


@contextmanager
def recorded_events() -> Iterator[PublishedEvents]:
    """Everything that this process publishes meanwhile, which has to be as it is documented."""
    published = PublishedEvents()
    install(None, published.hear)
    try:
        yield published
    finally:
        install(None, None)
    faults = [fault for event in published.events for fault in faults_of("tell", event)]
    assert not faults, faults[:5]
