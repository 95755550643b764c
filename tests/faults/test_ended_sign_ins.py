"""Whoever is signed out, suspended or gone is so on every process within 5 s."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from tests.faults.figures import record
from tests.faults.system import System
from tests.journeys.stage import PASSWORD, Person, Stage, holds
from tests.servers import ServerProcess

SIGNED_OUT = 4501
PROMISED = 5.0
End = Callable[[Person, ServerProcess], Awaitable[None]]


async def log_out_everywhere(person: Person, _: ServerProcess) -> None:
    await person.rest.post("users", "logout", body={"everywhere": True})


async def close_account(person: Person, _: ServerProcess) -> None:
    await person.rest.delete("users", "me", body={"password": PASSWORD})


async def change_password(person: Person, _: ServerProcess) -> None:
    body = {"currentPassword": PASSWORD, "newPassword": f"{PASSWORD} indeed"}
    await person.rest.post("users", "me", "password", body=body)


async def suspend(person: Person, server: ServerProcess) -> None:
    """In a process that serves nothing, and without the announcement that others hear."""
    code = (
        "from accounts.models import User; from accounts.people.suspensions import suspend_person;"
        "by = User.objects.create_superuser(email='o@example.org', name='O', password='x1y2z3');"
        f"suspend_person(person_id='{person.id}', by=by, reason='spam')"
    )
    await asyncio.to_thread(server.manage, "shell", "--verbosity=0", "--command", code)


ENDS: dict[str, End] = {
    "log-out everywhere": log_out_everywhere,
    "deactivation": close_account,
    "password change": change_password,
    "suspension": suspend,
}


@pytest.mark.faults_long
@pytest.mark.timeout(600)
async def test_sockets_and_tokens_end_within_5_seconds(folder: Path) -> None:
    seen: dict[str, float] = {}
    with System(folder) as system:
        async with Stage(system.servers[0]) as stage:
            for name, end in ENDS.items():
                person = await stage.person("Ann")
                seen[name] = await _seconds_until_over(system, stage, person, end)
    told = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in seen.items())
    record(
        "log-out everywhere, deactivation, suspension, password change",
        "sockets closed and tokens dead within 5 s, on both processes",
        told,
    )
    assert max(seen.values()) < PROMISED


async def _seconds_until_over(system: System, stage: Stage, person: Person, end: End) -> float:
    """From the answer on: the socket at the other process is closed, the token refused at both."""
    token = await person.token()
    async with Stage(system.servers[1]) as beside, beside.raw(person) as socket:
        await socket.next_of("hello")
        await end(person, system.servers[0])
        begun = time.monotonic()
        assert await socket.close_code() == SIGNED_OUT
        for server in system.servers:
            await _token_is_dead(server, token)
        return time.monotonic() - begun


async def _token_is_dead(server: ServerProcess, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=server.base_url, headers=headers) as http:

        async def is_dead() -> bool:
            return (await http.get("/v1/users/me")).status_code == 401

        await holds(is_dead, "the token lives on")
