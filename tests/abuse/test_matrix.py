"""Every operation of the schema, tried by everybody to whom it is not open.

Nobody is told a word of the group, and nothing is changed. What a leaver may still see is held by
`tests/conformance/test_visibility.py`; here it may change nothing of the log.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.http.response import HttpResponseBase

from accounts.auth.sign_ins import end_all_sign_ins
from accounts.models import User
from tests.abuse.matrix import SECRET, Operation, World, make_world, operations
from tests.cast import api, make_person

IN_GROUP = "/v1/conversations/{id}"
PASSWORD = "correct horse battery staple"

# What is one's own, whoever one is, and changes nothing of anybody else's.
OWN_OF_LEAVERS = (
    *("{id}/archive", "{id}/clear", "{id}/folder", "{id}/mute", "{id}/notify", "{id}/pin"),
    *("{id}/unread", "{seq}/hide"),
)


@pytest.fixture
def world(db: None, settings: Any, tmp_path: Any) -> World:
    settings.RATE_LIMITS = False
    return make_world()


def call(world: World, person: User | None, operation: Operation) -> Any:
    client = api(person)
    return ask(client, world, operation)


def ask(client: Any, world: World, operation: Operation) -> Any:
    body = world.body(operation)
    method = getattr(client, operation.method)
    if body is None:
        return method(world.path(operation))
    return method(world.path(operation), body, format="json")


def told(answer: HttpResponseBase) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode(errors="replace")


def writes() -> dict[str, int]:
    """What the transaction has written so far, table by table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
        )
        return dict(cursor.fetchall())


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is done is taken back, so that each operation finds the same world."""
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)


def groups_operations() -> list[Operation]:
    return [it for it in operations() if it.path.startswith(IN_GROUP)]


def test_every_operation_has_a_body_and_ids(world: World) -> None:
    assert len(operations()) > 150
    for operation in operations():
        assert world.path(operation)
        if operation.takes_json:
            assert world.body(operation) is not None


def test_nobody_gets_further_than_401(world: World) -> None:
    """Without a sign-in, or with one that has ended as a suspension or a closed account ends it."""
    suspended = make_person("Sue")
    suspended.set_password(PASSWORD)
    suspended.save()
    login = {"email": suspended.email, "password": PASSWORD}
    token = api().post("/v1/users/login", login, format="json").json()["access"]
    end_all_sign_ins(user_id=suspended.pk)
    ended = api()
    ended.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    for operation in operations():
        if operation.is_open:
            continue
        for client in (api(), ended):
            answer = ask(client, world, operation)
            assert answer.status_code == 401, operation
            assert SECRET not in told(answer)


@pytest.mark.parametrize("who", ["outsider", "moderator"])
def test_who_was_never_in_the_group_is_told_and_changes_nothing(world: World, who: str) -> None:
    for operation in groups_operations():
        with undone():
            before = writes()
            answer = call(world, getattr(world, who), operation)
            assert answer.status_code in (403, 404), (operation, answer.content)
            assert SECRET not in told(answer), operation
            assert writes() == before, operation


@pytest.mark.parametrize("who", ["leaver", "banned"])
def test_who_is_out_changes_nothing_but_their_own_and_sees_nothing_later(
    world: World, who: str
) -> None:
    """The past stays as it was at the leaving. Who left by themselves may come back."""
    for operation in groups_operations():
        if who == "leaver" and operation.path.endswith("/join"):
            continue
        with undone():
            before = writes()
            answer = call(world, getattr(world, who), operation)
            assert SECRET not in told(answer), operation
            if operation.method != "get" and not operation.path.endswith(OWN_OF_LEAVERS):
                assert answer.status_code in (204, 403, 404), (operation, answer.content)
            if not operation.path.endswith(OWN_OF_LEAVERS):
                assert writes() == before, operation


MANAGES = (
    *("PATCH conversations/{id}", "POST conversations/{id}/bans"),
    "DELETE conversations/{id}/bans/{user_id}",
    *("GET conversations/{id}/bans", "POST conversations/{id}/history/open"),
    *("GET conversations/{id}/hooks", "POST conversations/{id}/hooks"),
    "DELETE conversations/{id}/hooks/{webhook_id}",
    *("GET conversations/{id}/outgoing-hooks", "POST conversations/{id}/outgoing-hooks"),
    "DELETE conversations/{id}/outgoing-hooks/{webhook_id}",
    "GET conversations/{id}/outgoing-hooks/{webhook_id}/deliveries",
    "POST conversations/{id}/outgoing-hooks/{webhook_id}/switch-on",
    *("POST conversations/{id}/commands", "DELETE conversations/{id}/commands/{command_id}"),
    "PATCH conversations/{id}/participants/{user_id}",
    "DELETE conversations/{id}/participants/{user_id}",
    *("PUT conversations/{id}/picture", "DELETE conversations/{id}/picture"),
    *("PATCH conversations/{id}/messages/{seq}", "DELETE conversations/{id}/messages/{seq}"),
)


def test_a_member_does_not_manage_the_group(world: World) -> None:
    """Nor does anybody edit or delete what another has said."""
    chosen = [it for it in groups_operations() if str(it) in MANAGES]
    assert len(chosen) == len(MANAGES)
    for operation in chosen:
        with undone():
            before = writes()
            answer = call(world, world.member, operation)
            assert answer.status_code in (403, 404), (operation, answer.content)
            assert writes() == before, operation


def test_what_is_anothers_own_is_not_found(world: World) -> None:
    """By its id: folders, saved messages, bots and their tokens, invites, reports, files."""
    of_others = (
        *("/v1/folders/", "/v1/saved/", "/v1/bots/", "/v1/invites/{id}", "/v1/reports/{id}"),
        *("/v1/attachments/{id}", "/v1/join-requests/", "/v1/users/me/sign-ins/"),
        *("/v1/users/me/tokens/", "/v1/users/me/mfa/passkeys/{passkey_id}"),
    )
    chosen = [it for it in operations() if it.path.startswith(of_others)]
    assert len(chosen) > 15
    for operation in chosen:
        with undone():
            before = writes()
            answer = call(world, world.outsider, operation)
            assert answer.status_code in (204, 400, 403, 404), (operation, answer.content)
            assert SECRET not in told(answer), operation
            assert writes() == before, operation


def test_the_owner_gets_in(world: World) -> None:
    """The same calls are answered for who may make them, so that a refusal means what it says."""
    refused = []
    for operation in groups_operations():
        with undone():
            answer = call(world, world.owner, operation)
            assert answer.status_code < 500, (operation, answer.content)
            if answer.status_code in (401, 403, 404):
                refused.append(str(operation))
    assert len(refused) < len(groups_operations()) / 4, refused
