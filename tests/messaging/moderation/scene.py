"""The people who work in the admin, and those whom they watch over."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from accounts.models import User
from conversations.models import Conversation
from messaging.moderation.actions.reports import Complaint, file_report
from messaging.moderation.groups import MODERATOR, OPERATOR
from messaging.moderation.models import Report
from tests.cast import make_conversation, make_person, say


@dataclass(frozen=True)
class Watch:
    """Troll wrote `foul` as seq 2 of a private group, and as seq 1 of a public conversation."""

    chief: User
    moderator: User
    operator: User
    plain: User
    troll: User
    private: Conversation
    public: Conversation


def make_watch() -> Watch:
    chief = make_person("Chief", is_staff=True, is_superuser=True)
    moderator, operator = make_worker("Mora", MODERATOR), make_worker("Opal", OPERATOR)
    plain, troll = make_person("Plain"), make_person("Troll")
    private = make_conversation(plain, troll, title="Secret plans")
    say(private, plain, "hello")
    say(private, troll, "foul words")
    public = make_conversation(plain, troll, kind="public", title="Square")
    say(public, troll, "foul in public")
    return Watch(chief, moderator, operator, plain, troll, private, public)


def make_worker(name: str, group: str) -> User:
    person = make_person(name, is_staff=True)
    person.groups.add(Group.objects.get(name=group))
    return person


def window(person: User | None) -> Client:
    client = Client()
    if person is not None:
        client.force_login(person)
    return client


def complain(watch: Watch, conversation: Conversation, seq: int | None = None) -> Report:
    complaint = Complaint(watch.plain.pk, "spam", conversation_id=conversation.pk, seq=seq)
    return file_report(complaint)[0]


def page(name: str, *args: Any) -> str:
    return reverse(f"admin:{name}", args=args)


def act(
    client: Client, model: str, action: str, *rows: Any, confirmed: bool = True, **said: Any
) -> Any:
    """Sends an action as its form does; `rows` are model instances or keys."""
    chosen = [str(getattr(row, "pk", row)) for row in rows]
    form = {"action": action, "_selected_action": chosen, **said}
    if confirmed:
        form["confirmed"] = "yes"
    return client.post(page(f"{model}_changelist"), form, follow=True)
