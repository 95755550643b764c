"""People who really sign in: with passwords, tokens and browser sessions."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cache
from threading import Barrier
from typing import Any, TypeVar

import orjson
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client as DjangoClient
from django.utils import timezone
from rest_framework.response import Response
from rest_framework.test import APIClient

from accounts.auth.client_address import Client
from accounts.auth.sign_ins import start_token_sign_in
from accounts.auth.tokens import TokenPair
from accounts.models import SignIn, User
from chatproject.realtime import bus, control
from tests.cast import make_person

PASSWORD = "correct horse battery"
HERE = Client("127.0.0.1", "tests")
THREADS = 16  # fewer than the database's connections

T = TypeVar("T")


def person_with_password(name: str = "Ann", **fields: Any) -> User:
    """Somebody who can log in with PASSWORD."""
    person = make_person(name, **fields)
    person.password = _hashed(settings.PASSWORD_HASHERS[0])
    person.save()
    return person


@cache
def _hashed(hasher: str) -> str:
    """Of PASSWORD, made once, since a hash is slow on purpose."""
    return make_password(PASSWORD)


def sign_in(user: User) -> TokenPair:
    """As after a log-in with whatever it takes."""
    return start_token_sign_in(user=user, client=HERE, has_passed_factor=True)


def bearer(token: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def program(user: User) -> APIClient:
    """A client with a token of its own."""
    return bearer(sign_in(user).access)


def nobody() -> APIClient:
    return APIClient()


def browser(user: User) -> APIClient:
    """A client with a session of its own, held to CSRF like a real browser."""
    client = APIClient(enforce_csrf_checks=True)
    DjangoClient.force_login(client, user)
    return client


def with_csrf(client: APIClient) -> dict[str, str]:
    """The header that a page of ours adds, after it was loaded."""
    client.get("/login")
    if "csrftoken" not in client.cookies:
        client.cookies["csrftoken"] = "c" * 32
    return {"X-CSRFToken": client.cookies["csrftoken"].value}


def last_sign_in(user: User) -> SignIn:
    return SignIn.objects.filter(user=user).latest("id")


def expire(sign_in: SignIn) -> None:
    sign_in.expires_at = timezone.now() - timedelta(hours=1)
    sign_in.save(update_fields=["expires_at"])


def is_refused(answer: Response, status: int, code: str, *fields: str) -> bool:
    """Whether it is the problem of this code, which names these fields."""
    body = orjson.loads(answer.content)
    assert (answer.status_code, body["code"]) == (status, code), body
    assert answer["Content-Type"] == "application/problem+json"
    assert [error["field"] for error in body.get("errors", [])] == list(fields), body
    return True


def error_codes(answer: Response) -> list[str]:
    return [error["code"] for error in orjson.loads(answer.content)["errors"]]


def in_parallel(task: Callable[[], T], times: int, threads: int = THREADS) -> list[T]:
    """What each run gives, on threads and connections of their own that begin together."""
    start = Barrier(threads)

    def run(number: int) -> Sequence[T]:
        try:
            start.wait()
            return [task() for _ in range(number, times, threads)]
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return [each for share in pool.map(run, range(threads)) for each in share]


class Outlet:
    """What the process would hand to its hub and to the control plane, recorded."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.commands: list[control.Command] = []
        bus.install(None, self.hear)
        control.install(self)  # type: ignore[arg-type]

    def close(self) -> None:
        bus.install(None, None)
        control.install(None)

    def send(self, commands: Sequence[control.Command]) -> None:
        self.commands += commands

    def signed_out(self, user: User) -> list[str | None]:
        """The sign-ins of the person that every process was told to end; None is all of them."""
        return [
            command.fields["signInId"]
            for command in self.commands
            if command.kind == control.SIGN_INS_ENDED and command.fields["userId"] == str(user.pk)
        ]

    def hear(self, publications: Sequence[bus.Publication]) -> None:
        self.heard += [(each.topic, orjson.loads(each.frame)) for each in publications]

    def of(self, user: User) -> list[dict[str, Any]]:
        return [event for topic, event in self.heard if topic == bus.user_topic(user.pk)]
