"""Every table has a place on a distributed database, and one PostgreSQL is told what it lacks."""

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from chatproject.management.distribution.plan import (
    BY_CONVERSATION,
    BY_PERSON,
    PLACEMENTS,
    REFERENCE,
)
from tests.citus import cluster

OURS = ("accounts", "attachments", "conversations", "messaging")
# What no statement joins with a conversation's tables, or what is few.
ON_THE_COORDINATOR = {
    "accounts_apitoken",
    "accounts_attempt",
    "accounts_auditentry",
    "accounts_emailchange",
    "accounts_factorstep",
    "accounts_identity",
    "accounts_invite",
    "accounts_inviteuse",
    "accounts_lastseen",
    "accounts_passkey",
    "accounts_pendingregistration",
    "accounts_pushsubscription",
    "accounts_recoverycode",
    "accounts_shownnotification",
    "accounts_signin",
    "accounts_sitesettings",
    "accounts_socketticket",
    "accounts_suspension",
    "accounts_totp",
    "accounts_usedlogouttoken",
    "accounts_webpushkey",
    "attachments_customemoji",
    "messaging_dayfigure",
    "messaging_delivery",
    "messaging_erasedperson",
    "messaging_inboxstate",
    "messaging_incomingwebhook",
    "messaging_outgoingwebhook",
    "messaging_quota",
    "messaging_relaystate",
    "messaging_scheduledmessage",
    "messaging_slashcommand",
    "messaging_wordfilter",
}


def test_every_table_has_one_place() -> None:
    tables = {
        model._meta.db_table
        for label in OURS
        for model in apps.get_app_config(label).get_models()
        if model._meta.managed
    }
    assert tables == PLACEMENTS.keys() | ON_THE_COORDINATOR
    assert not PLACEMENTS.keys() & ON_THE_COORDINATOR


def test_no_table_has_two() -> None:
    assert len(PLACEMENTS) == len(BY_CONVERSATION) + len(BY_PERSON) + len(REFERENCE)


def test_the_columns_are_there_and_never_empty() -> None:
    models = {model._meta.db_table: model for model in apps.get_models()}
    for table, placement in PLACEMENTS.items():
        if placement.column:
            fields = {field.column: field for field in models[table]._meta.local_fields}
            assert not fields[placement.column].null, table


@pytest.mark.django_db
@pytest.mark.skipif(cluster.is_there(), reason="the database is a distributed one")
@pytest.mark.parametrize("command", ["distribute", "check_distribution"])
def test_one_postgresql_is_told_what_it_lacks(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError) as error:
        call_command(command)
    assert error.value.returncode == 1
    assert "no extension citus" in capsys.readouterr().out
