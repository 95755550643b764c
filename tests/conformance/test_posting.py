"""One rule of who may post, held by every path: sends (by the fast statement, stepwise, over REST
and a socket), edits, typing, reactions and pins.

Standings are generated (posting_cases.py): role, kind, lock, block either way, mute, suspension,
ban, slow mode, a closed account. Each path is compared with the rule in plain Python
(posting_oracle.py), which shares no code with the product. To add a path, write one function and
decorate it with the act that it is.
"""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import orjson
import pytest
from asgiref.testing import ApplicationCommunicator
from django.db import connection
from hypothesis import HealthCheck, given, settings

from chatproject import realtime_runtime as runtime
from chatproject import routing
from chatproject.core.db.pipeline import run
from chatproject.core.errors import Refusal
from conversations.typing import is_typing_shown
from messaging.actions.edit import edit_message
from messaging.actions.pins import pin_message
from messaging.actions.reactions import add_reaction
from messaging.models import Message
from messaging.moderation import word_filters
from messaging.sending.drafts import Draft
from messaging.sending.fast import store_fast
from messaging.sending.numbered_drafts import number_drafts
from messaging.sending.results import SendStatus
from messaging.sending.send import send_message
from messaging.sending.transaction import SAVEPOINT
from tests.accounts.scene import bearer, program, sign_in
from tests.conformance.posting_cases import (
    OTHERS_SEQ,
    OWN_SEQ,
    Case,
    make_case,
    some_standings,
    standings,
    suspend,
)
from tests.conformance.posting_oracle import Act, Standing, refusal_code
from tests.messaging.reads.world import undone

SIGNED_OUT = "signed_out"  # what everything answers somebody who is suspended
Path = Callable[[Case], object]
PATHS: dict[str, tuple[Act, Path]] = {}
REST_PATHS: dict[str, tuple[Act, Callable[[Case, Any], Any]]] = {}


def path(act: Act) -> Callable[[Path], Path]:
    """A function that does the act, or raises its refusal."""

    def add(function: Path) -> Path:
        PATHS[function.__name__] = act, function
        return function

    return add


def rest_path(act: Act) -> Callable[[Any], Any]:
    """A function that asks for the act over REST; returns the response."""

    def add(function: Any) -> Any:
        REST_PATHS[function.__name__] = act, function
        return function

    return add


def draft(case: Case, content: str = "hello", **fields: Any) -> Draft:
    return Draft(case.id, case.person.pk, uuid4(), content, **fields)


@path(Act.SEND)
def send_plain(case: Case) -> object:
    return send_message(draft(case))


@path(Act.SEND)
def send_stepwise(case: Case) -> object:
    return send_message(draft(case, "@all"))


@path(Act.EDIT)
def edit(case: Case) -> object:
    return edit_message(**case.place, seq=OWN_SEQ, body="after")


@path(Act.TYPE)
def type_in(case: Case) -> object:
    return is_typing_shown(**case.place)


@path(Act.REACT)
def react(case: Case) -> object:
    return add_reaction(**case.place, seq=OTHERS_SEQ, emoji="👍")


@path(Act.PIN)
def pin(case: Case) -> object:
    return pin_message(**case.place, seq=OTHERS_SEQ)


def url(case: Case, rest: str = "") -> str:
    return f"/v1/conversations/{case.id}/messages{rest}"


@rest_path(Act.SEND)
def post_plain(case: Case, client: Any) -> Any:
    return client.post(url(case), {"content": "hello"}, format="json")


@rest_path(Act.SEND)
def post_with_mention(case: Case, client: Any) -> Any:
    return client.post(url(case), {"content": "@all"}, format="json")


@rest_path(Act.EDIT)
def patch(case: Case, client: Any) -> Any:
    return client.patch(url(case, f"/{OWN_SEQ}"), {"content": "after"}, format="json")


@rest_path(Act.REACT)
def post_reaction(case: Case, client: Any) -> Any:
    body = {"emoji": "👍"}
    return client.post(url(case, f"/{OTHERS_SEQ}/reactions"), body, format="json")


def code_of(act: Callable[[], object]) -> str | None:
    try:
        act()
    except Refusal as refusal:
        return refusal.code
    return None


GENERATED = settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.django_db
@GENERATED
@given(standing=standings())
def test_every_action_asks_the_one_rule(standing: Standing) -> None:
    with undone():
        case = make_case(standing)
        for name, (act, do) in PATHS.items():
            with undone():
                stored = Message.objects.count()
                code = code_of(lambda do=do: do(case))  # type: ignore[misc]
                assert code == refusal_code(standing, act), name
                is_sent = act is Act.SEND and code is None
                assert Message.objects.count() == stored + is_sent, name


@pytest.mark.django_db
@GENERATED
@given(standing=standings())
def test_the_fast_statement_stores_what_the_rule_lets_and_decides_nothing_else(
    standing: Standing,
) -> None:
    with undone():
        case = make_case(standing)
        filters = word_filters.held()
        group = number_drafts([draft(case)], filters)
        trips = store_fast([group], filters.revision, wait=False, bounds=SAVEPOINT)
        results = run(connection.connection, trips)
        is_slowed = standing.slow_seconds > 0 and standing.role == "member"
        if refusal_code(standing, Act.SEND) is None and not is_slowed:
            assert results[0].status is SendStatus.STORED
        else:
            assert results == {}


@pytest.mark.django_db
@GENERATED
@given(standing=standings())
def test_rest_refuses_by_the_same_rule(standing: Standing) -> None:
    with undone():
        case = make_case(standing)
        client = program(case.person)
        if standing.is_suspended:
            suspend(case)
        for name, (act, ask) in REST_PATHS.items():
            with undone():
                answer = ask(case, client)
                code = orjson.loads(answer.content).get("code")
                expected = refusal_code(standing, act)
                if standing.is_suspended:
                    expected = SIGNED_OUT
                assert code == expected, (name, answer.content)


class SocketClient:
    """One socket of the real consumer, without a server."""

    def __init__(self, token: str) -> None:
        scope = {
            "type": "websocket",
            "path": "/v1/ws",
            "headers": [(b"authorization", f"Bearer {token}".encode())],
            "query_string": b"",
            "client": ("127.0.0.1", 1),
            "subprotocols": [],
        }
        self._socket = ApplicationCommunicator(routing.application, scope)

    async def codes(self, frames: dict[str, dict[str, Any]]) -> dict[str, str | None]:
        """By what code each frame is refused, by ref; all by SIGNED_OUT when the socket is
        closed before it says hello."""
        await self._socket.send_input({"type": "websocket.connect"})
        codes: dict[str, str | None] = {}
        while (event := await self._next()).get("type") != "hello":
            if event["type"] == "websocket.close":
                return dict.fromkeys(frames, SIGNED_OUT)
        for ref, frame in frames.items():
            text = orjson.dumps({**frame, "ref": ref}).decode()
            await self._socket.send_input({"type": "websocket.receive", "text": text})
            while (answer := await self._next()).get("ref") != ref:
                pass
            codes[ref] = answer.get("code")
        await self._socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._socket.wait(30)
        return codes

    async def _next(self) -> dict[str, Any]:
        event: dict[str, Any] = await self._socket.receive_output(30)
        if event["type"] != "websocket.send":
            return event
        frame: dict[str, Any] = orjson.loads(event.get("text") or event["bytes"])
        return frame


def frames_of(case: Case) -> dict[str, dict[str, Any]]:
    """By the act's name. The send comes last, since it changes what slow mode says."""
    place = {"conversationId": str(case.id)}
    return {
        "type": {"type": "typing.start", **place},
        "edit": {"type": "message.edit", **place, "seq": OWN_SEQ, "content": "after"},
        "react": {"type": "reaction.add", **place, "seq": OTHERS_SEQ, "emoji": "👍"},
        "send": {"type": "message.send", **place, "content": "hello"},
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_plain", [True, False])
def test_sockets_refuse_by_the_same_rule(is_plain: bool) -> None:
    cases = list(map(make_case, some_standings(60, seed=11 + is_plain)))
    tokens = [sign_in(case.person).access for case in cases]
    for case in cases:
        if case.standing.is_suspended:
            suspend(case)

    async def ask_all() -> list[dict[str, str | None]]:
        try:
            answers = []
            for case, token in zip(cases, tokens, strict=True):
                frames = frames_of(case)
                frames["send"]["content"] = "hello" if is_plain else "@all"
                answers.append(await SocketClient(token).codes(frames))
            return answers
        finally:
            await runtime.stop()

    for case, codes in zip(cases, asyncio.run(ask_all()), strict=True):
        for name, code in codes.items():
            expected = refusal_code(case.standing, Act(name))
            if case.standing.is_suspended:
                expected = SIGNED_OUT
            assert code == expected, (name, case.standing)


@pytest.mark.django_db
def test_the_token_of_a_suspended_person_is_refused() -> None:
    """So that the paths above were asked with a token that was good."""
    case = make_case(Standing("group", "member"))
    token = sign_in(case.person).access
    assert post_plain(case, bearer(token)).status_code == 200
    suspend(case)
    assert post_plain(case, bearer(token)).status_code == 401
