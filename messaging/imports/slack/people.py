"""Finds or creates the accounts of an export's people.

A person is found by origin, "slack:<workspace>/<id>", so a second import finds those of the first.
An existing account is never changed, except that an empty origin is set: registration does not
confirm emails, so only the operator can say that the same email is the same person (`link_emails`).

Mentions are resolved among the people of users.json only (`id_of`, `name_of`). Others, who become
known later, would make a message depend on what was read before.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from uuid import UUID, uuid5

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from chatproject.core.plain_text import without_controls
from messaging.imports.slack.export import SlackPerson
from messaging.imports.slack.report import Report
from messaging.text import has_visible_character

NAMESPACE = UUID("5b0c7a5e-8d0b-5f57-9d3c-1f5f2d3c6a01")
MAX_NAME = 100
MAX_ORIGIN = 200
BATCH = 2000

SLACKBOT = SlackPerson("USLACKBOT", "Slackbot", "", "", is_bot=True, is_deleted=False)


def origin_of(workspace: str, slack_id: str, *, system: str = "slack") -> str:
    """The origin of an imported row: unique, and of bounded length."""
    origin = f"{system}:{workspace}/{slack_id}"
    if len(origin) <= MAX_ORIGIN:
        return origin
    return f"{origin[: MAX_ORIGIN - 33]}~{blake2b(origin.encode(), digest_size=16).hexdigest()}"


class People:
    """The accounts of Slack ids. New ones are drafts until `store_new`."""

    def __init__(
        self, workspace: str, report: Report, *, link_emails: bool, system: str = "slack"
    ) -> None:
        self._workspace = workspace
        self._system = system
        self._report = report
        self._link_emails = link_emails
        self._listed: dict[str, User] = {}
        self._accounts = self._listed
        self._by_bot_id: dict[str, User] = {}
        self._bots: set[UUID] = set()
        self._closed: set[UUID] = set()
        self._drafts: list[User] = []
        self._links: dict[UUID, str] = {}

    def load(self, people: Sequence[SlackPerson]) -> None:
        """Finds the accounts of these people, and drafts missing ones."""
        origins = {self._origin(person.id): person for person in people}
        known = {user.origin: user for user in _users("origin", origins)}
        new = []
        for origin, person in origins.items():
            if origin in known:
                self._note(person.id, known[origin])
                self._report.people["present"] += 1
            else:
                new.append(person)
        self._load_new(new)
        self._accounts = dict(self._listed)
        for person in people:
            if person.bot_id:
                self._by_bot_id.setdefault(person.bot_id, self._listed[person.id])

    def id_of(self, slack_id: str) -> UUID | None:
        account = self._listed.get(slack_id)
        return None if account is None else account.pk

    def name_of(self, slack_id: str) -> str | None:
        account = self._listed.get(slack_id)
        return None if account is None else account.name

    def listed_bot(self, bot_id: str) -> User | None:
        """The account in users.json that a `bot_id` belongs to."""
        return self._by_bot_id.get(bot_id)

    def can_own(self, user_id: UUID) -> bool:
        """Whether the account is open and no bot's."""
        return user_id not in self._bots and user_id not in self._closed

    def is_closed(self, user_id: UUID) -> bool:
        return user_id in self._closed

    def is_bot(self, user_id: UUID) -> bool:
        return user_id in self._bots

    def require(self, slack_id: str, where: str, *, name: str = "") -> UUID:
        """The account; for a person who is not in users.json a placeholder without a log-in."""
        account = self._accounts.get(slack_id)
        if account is not None:
            return account.pk
        if slack_id == SLACKBOT.id:
            return self._unlisted(SLACKBOT)
        self._report.change("unknown_person", where, slack_id)
        name = " ".join(name.split()) or slack_id
        return self._unlisted(SlackPerson(slack_id, name, "", "", is_bot=False, is_deleted=True))

    def bot(self, bot_id: str, name: str) -> UUID:
        """The account of an integration; each of its display names is a bot of its own."""
        name = " ".join(name.split()) or bot_id
        key = f"{bot_id}/{name}"
        account = self._accounts.get(key)
        if account is not None:
            return account.pk
        return self._unlisted(SlackPerson(key, name, "", "", is_bot=True, is_deleted=False))

    def count_drafts(self) -> None:
        """Counts the drafted accounts in the report of a dry run."""
        self._report.people["new"] += len(self._drafts)

    def store_new(self) -> None:
        """Stores the drafted accounts and the links in one transaction."""
        if not self._drafts and not self._links:
            return
        with transaction.atomic():
            for start in range(0, len(self._drafts), BATCH):
                self._store(self._drafts[start : start + BATCH])
            for user_id, origin in self._links.items():
                User.objects.filter(pk=user_id, origin=None).update(origin=origin)
        self._drafts.clear()
        self._links.clear()

    def _load_new(self, people: Sequence[SlackPerson]) -> None:
        emails = self._emails(people)
        taken = {user.email: user for user in _users("email", emails.values())}
        for person in people:
            email = emails.get(person.id)
            account = taken.get(email) if email else None
            if account is None:
                self._draft(person, email)
            elif self._link_emails and account.origin is None:
                self._link(person, account)
            else:
                self._report.change("email_taken", f"users.json: {person.id}", email or "")
                self._draft(person)

    def _emails(self, people: Sequence[SlackPerson]) -> dict[str, str]:
        """The valid email of each Slack id; of two people with one email, an active one has it."""
        given: dict[str, str] = {}
        for person in sorted(people, key=lambda person: person.is_deleted):
            if not person.email or person.is_bot:
                continue
            if person.email in given or not _is_email(person.email):
                self._report.change("email_left_out", f"users.json: {person.id}", person.email)
            else:
                given[person.email] = person.id
        return {slack_id: email for email, slack_id in given.items()}

    def _link(self, person: SlackPerson, account: User) -> None:
        self._report.change("email_linked", f"users.json: {person.id}", account.email or "")
        self._report.people["linked"] += 1
        self._links[account.pk] = self._origin(person.id)
        self._note(person.id, account)

    def _unlisted(self, person: SlackPerson) -> UUID:
        """The account of a person who is not in users.json, maybe made by an earlier import."""
        account = User.objects.filter(origin=self._origin(person.id)).first()
        if account is None:
            return self._draft(person)
        return self._note(person.id, account)

    def _draft(self, person: SlackPerson, email: str | None = None) -> UUID:
        origin = self._origin(person.id)
        user = User(
            id=uuid5(NAMESPACE, origin),
            name=self._name(person),
            email=email,
            is_bot=person.is_bot,
            is_active=not person.is_deleted,
            deactivated_at=timezone.now() if person.is_deleted else None,
            origin=origin,
        )
        self._drafts.append(user)
        return self._note(person.id, user)

    def _note(self, slack_id: str, user: User) -> UUID:
        self._accounts[slack_id] = user
        if user.is_bot:
            self._bots.add(user.pk)
        if not user.is_active:
            self._closed.add(user.pk)
        return user.id

    def _store(self, drafts: Sequence[User]) -> None:
        """Stores drafts; one whose email was registered meanwhile is stored without it."""
        for draft in drafts:
            draft.password = make_password(None)
        User.objects.bulk_create(drafts, ignore_conflicts=True)
        ids = [draft.pk for draft in drafts]
        stored = set(User.objects.filter(pk__in=ids).values_list("pk", flat=True))
        late = [draft for draft in drafts if draft.pk not in stored]
        for draft in late:
            self._report.change("email_taken", str(draft.origin), str(draft.email))
            draft.email = None
        User.objects.bulk_create(late)
        self._report.people["new"] += len(drafts)

    def _name(self, person: SlackPerson) -> str:
        plain = without_controls(person.name)
        name = plain if has_visible_character(plain) else person.id
        if len(name) > MAX_NAME:
            self._report.change("name_cut", person.id[:MAX_NAME], name)
        return name[:MAX_NAME]

    def _origin(self, slack_id: str) -> str:
        return origin_of(self._workspace, slack_id, system=self._system)


def _users(field: str, values: Iterable[str]) -> list[User]:
    wanted = list(values)
    return [
        user
        for start in range(0, len(wanted), BATCH)
        for user in User.objects.filter(**{f"{field}__in": wanted[start : start + BATCH]})
    ]


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= 254
