"""Who the people of an export are here; accounts that are here already stay as they are."""

from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from conversations.models import Participant
from messaging.models import Message
from tests.cast import make_person
from tests.messaging.imports.slack_export import SlackExport, imported, run_import

pytestmark = pytest.mark.django_db


@pytest.fixture
def zip_path(tmp_path: Path) -> Path:
    return tmp_path / "export.zip"


def user(slack_id: str) -> User:
    return User.objects.get(origin=f"slack:T1/{slack_id}")


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"profile": {"real_name": "Ann  Lee", "display_name": "annie"}}, "Ann Lee"),
        ({"profile": {"real_name": "", "display_name": "annie"}}, "annie"),
        ({"profile": {"real_name": None}, "real_name": "Ann Old"}, "Ann Old"),
        ({"profile": {"real_name": ""}, "name": "ann.lee"}, "ann.lee"),
        ({"profile": {"real_name": 5}}, "UANN"),
        ({"profile": {"real_name": "\u200b"}}, "UANN"),
        ({"profile": {"real_name": "A\x00n\ud800n"}}, "Ann"),
        ({"profile": {"real_name": "x" * 300}}, "x" * 100),
    ],
)
def test_name(zip_path: Path, fields: dict[str, Any], name: str) -> None:
    export = SlackExport()
    export.person("Ann", **fields)
    run_import(export.write(zip_path))
    assert user("UANN").name == name


def test_nobody_can_log_in_with_a_password(zip_path: Path) -> None:
    run_import(SlackExport("Ann").write(zip_path))
    person = user("UANN")
    assert person.email == "ann@example.com"
    assert person.is_active
    assert not person.has_usable_password()


def test_deleted_people_are_inactive_and_bots_are_bots(zip_path: Path) -> None:
    export = SlackExport()
    export.person("Ann", deleted=True)
    export.person("Bot", is_bot=True)
    run_import(export.write(zip_path))
    assert not user("UANN").is_active
    assert user("UANN").deactivated_at is not None
    assert user("UBOT").is_bot
    assert user("UBOT").email is None


def test_addresses_that_cannot_be_are_left_out(zip_path: Path) -> None:
    export = SlackExport("Ann")
    export.person("Bob", profile={"email": "no address"})
    export.person("Cid", profile={"email": "ANN@example.com"})
    report = run_import(export.write(zip_path))
    assert report["changed"] == {"email_left_out": 2}
    assert user("UANN").email == "ann@example.com"
    assert user("UBOB").email is None
    assert user("UCID").email is None


def test_of_two_with_one_address_the_active_person_has_it(zip_path: Path) -> None:
    export = SlackExport()
    export.person("Old", profile={"email": "ann@example.com"}, deleted=True)
    export.person("Ann")
    run_import(export.write(zip_path))
    assert user("UANN").email == "ann@example.com"
    assert user("UOLD").email is None


def test_an_account_with_the_address_is_another_person(zip_path: Path) -> None:
    """Accounts are made without a confirmation: the address proves nothing."""
    account = make_person("Mallory", email="ann@example.com")
    export = SlackExport("Ann", "Bob")
    export.conversation("secret", "Ann", "Bob", index="groups.json")
    export.say("secret", "Ann", "between us")
    report = run_import(export.write(zip_path))
    assert report["changed"] == {"email_taken": 1}
    assert user("UANN").pk != account.pk
    assert user("UANN").email is None
    assert not Participant.objects.filter(user=account).exists()


def test_link_emails_makes_them_one(zip_path: Path) -> None:
    account = make_person("Annie", email="ann@example.com", about="here first")
    password = account.password
    export = SlackExport("Ann", "Bob")
    export.conversation("general", "Ann", "Bob")
    export.say("general", "Ann", "<@UANN> hi")
    export.write(zip_path)
    report = run_import(zip_path, "--link-emails")
    assert report["people"] == {"new": 1, "present": 0, "linked": 1}
    assert report["changed"] == {"email_linked": 1}
    account.refresh_from_db()
    assert (account.name, account.about, account.password) == ("Annie", "here first", password)
    message = Message.objects.get()
    assert message.sender_id == account.pk
    assert message.body == f"<@{account.pk}> hi"
    again = run_import(zip_path)
    assert again["people"] == {"new": 0, "present": 2, "linked": 0}


def test_imported_person_is_not_linked_to_another(zip_path: Path) -> None:
    """Two people of two workspaces with one address."""
    export = SlackExport("Ann")
    export.write(zip_path)
    run_import(zip_path, "--workspace", "T1")
    report = run_import(zip_path, "--workspace", "T2", "--link-emails")
    assert report["changed"] == {"email_taken": 1}
    assert User.objects.filter(origin__in=["slack:T1/UANN", "slack:T2/UANN"]).count() == 2


def test_people_not_in_the_list_become_placeholders(zip_path: Path) -> None:
    export = SlackExport("Ann")
    export.conversation("general", "Ann")
    export.say("general", "Eve", "hello", user_profile={"real_name": "Eve of Elsewhere"})
    export.say("general", "Eve", "again")
    report = run_import(export.write(zip_path))
    assert report["changed"] == {"unknown_person": 1}
    assert user("UEVE").name == "Eve of Elsewhere"
    assert not user("UEVE").is_active


def test_integrations_become_bots(zip_path: Path) -> None:
    export = SlackExport("Ann")
    export.person("App", is_bot=True)
    export.conversation("general", "Ann")
    bot = {"subtype": "bot_message", "bot_id": "B1"}
    export.say("general", None, "one", username="deploys", **bot)
    export.say("general", None, "two", username="deploys", **bot)
    export.say("general", None, "three", username="alarms", **bot)
    export.say("general", None, "four", subtype="bot_message", username="hook")
    export.say("general", None, "five", subtype="bot_message", bot_id="B2")
    export.say("general", "App", "six", bot_id="B1", subtype="bot_message")
    export.say("general", "slackbot", "seven")
    report = run_import(export.write(zip_path))
    messages = Message.objects.order_by("seq").select_related("sender")
    names = [message.sender.name for message in messages]
    assert names == ["deploys", "deploys", "alarms", "hook", "B2", "App", "Slackbot"]
    assert all(message.sender.is_bot for message in messages)
    assert report["changed"] == {}
    assert Participant.objects.get().user == user("UANN")
    assert imported("general").member_count == 1


def test_workspaces_are_kept_apart(zip_path: Path) -> None:
    export = SlackExport()
    export.person("Ann", team_id=None, profile={"email": ""})
    export.conversation("general", "Ann")
    export.say("general", "Ann")
    export.write(zip_path)
    run_import(zip_path, "--workspace", "one")
    report = run_import(zip_path, "--workspace", "two")
    assert report["people"]["new"] == 1
    assert report["messages"] == {"new": 1, "present": 0}
    assert User.objects.count() == 2


def test_people_have_different_ids_than_in_slack_and_the_same_each_time(zip_path: Path) -> None:
    SlackExport("Ann").write(zip_path)
    run_import(zip_path)
    first = user("UANN").pk
    User.objects.all().delete()
    run_import(zip_path)
    assert user("UANN").pk == first
