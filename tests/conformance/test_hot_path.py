"""The hot path answers as Django does: the whole cast, by every credential, with the same status,
headers and body, and for conversations in every state.

Here both are the real ones: Django in its threads, the hot path over connections of its own, and
the sockets' writer. The suites of the calls themselves run on both by the fixture `both_paths`.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection, connections
from django.test import Client as Browser
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from accounts.auth import authentication, hot_credentials
from accounts.auth.api_tokens import create_api_token, revoke_api_token
from accounts.auth.hot_credentials import credential_of
from accounts.auth.requester import address_line_of, requester_of
from accounts.auth.scopes import Scope
from accounts.auth.sign_ins import end_all_sign_ins
from accounts.models import SignIn, User
from accounts.people.suspensions import suspend_person
from chatproject.core.db.distributed.nodes import nodes
from chatproject.core.errors import RateLimited
from chatproject.server.hot_path import HotPath
from chatproject.server.request_ids import IS_HOT
from chatproject.server.request_threads import Shares, ThreadedHandler
from conversations.models import Ban, Conversation
from messaging.api.history import read_page
from messaging.api.hot_calls import hot_calls
from messaging.models import Message
from messaging.sending.writer import Writer
from messaging.ws import runtime
from messaging.ws.receipts import Receipts
from tests.accounts.scene import person_with_password, sign_in
from tests.cast import api, leave, make_conversation, make_direct, make_person, say
from tests.conformance.worlds import lives, make_changing_world
from tests.hot_path import VARYING
from tests.messaging.reads.world import Step, undone

NOBODY = "nobody"
PEOPLE = ("owner", "member", "outsider", "leaver", "banned", "suspended", "guest")
HEADERS = {"host": "testserver", "accept-language": "de, en;q=0.5"}


@dataclass
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    is_hot: bool = False

    def seen(self, *, varying: bool = False) -> tuple[int, dict[str, str], bytes]:
        headers = {name: it for name, it in self.headers.items() if name != "content-length"}
        body = VARYING.sub(b"", self.body) if varying else self.body
        return self.status, headers, body


class Paths:
    """Both, in the running event loop."""

    def __init__(self) -> None:
        self.ordinary = ThreadedHandler(Shares(requester_of, address_line_of))
        self.hot = HotPath(self.ordinary, hot_calls, credential_of)

    async def ask(
        self, application: Any, method: str, path: str, body: Any = None, **headers: str
    ) -> Answer:
        place, _, query = path.partition("?")
        raw = b"" if body is None else body if isinstance(body, bytes) else orjson.dumps(body)
        told = {**HEADERS, **{name.replace("_", "-"): it for name, it in headers.items()}}
        if raw:
            told |= {"content-type": "application/json", "content-length": str(len(raw))}
        scope: dict[str, Any] = {
            "type": "http",
            "method": method,
            "path": place,
            "query_string": query.encode(),
            "headers": [(name.encode(), it.encode()) for name, it in told.items()],
            "client": ("127.0.0.1", 5),
            "scheme": "http",
        }
        answer, messages = Answer(), [{"type": "http.request", "body": raw, "more_body": False}]

        async def receive() -> Any:
            return messages.pop(0) if messages else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = {
                    name.decode().lower(): it.decode() for name, it in message["headers"]
                }
            else:
                answer.body += message.get("body", b"")

        await application(scope, receive, send)
        answer.is_hot = IS_HOT in scope
        if answer.status == 200:
            assert int(answer.headers["content-length"]) == len(answer.body)
        return answer

    async def compare(
        self, method: str, path: str, body: Any = None, *, varying: bool = False, **headers: str
    ) -> Answer:
        """The same by both, the second time from the hot path where it is a 200."""
        ordinary = await self.ask(self.ordinary, method, path, body, **headers)
        first = await self.ask(self.hot, method, path, body, **headers)
        hot = await self.ask(self.hot, method, path, body, **headers)
        assert first.seen(varying=varying) == ordinary.seen(varying=varying), (method, path)
        assert hot.seen(varying=varying) == ordinary.seen(varying=varying), (method, path)
        assert hot.is_hot == (ordinary.status in (200, 304)), (method, path, ordinary.body)
        return hot


def learn_nodes() -> None:
    """As a server does when it starts: on a cluster the workers are asked, too."""
    nodes.renew()
    connection.close()


@asynccontextmanager
async def both() -> AsyncIterator[Paths]:
    await asyncio.to_thread(learn_nodes)
    paths, writer, receipts = Paths(), Writer(lambda publications: None), Receipts()

    async def started() -> Any:
        return SimpleNamespace(writer=writer, receipts=receipts)

    before, runtime._starter = runtime._starter, started
    try:
        yield paths
    finally:
        runtime._starter = before
        await writer.stop()
        await receipts.drain()
        await paths.hot.close()


@dataclass
class Cast:
    group: Conversation
    public: Conversation
    direct: Conversation
    people: dict[str, User]

    @property
    def ids(self) -> list[UUID]:
        return [self.group.pk, self.public.pk, self.direct.pk, uuid4()]


@pytest.fixture
def cast(transactional_db: None, settings: Any) -> Iterator[Cast]:
    settings.RATE_LIMITS = True
    people = {name: person_with_password(name.title()) for name in PEOPLE}
    owner, member, leaver, banned = (people[n] for n in ("owner", "member", "leaver", "banned"))
    group = make_conversation(owner, member, leaver, banned, people["suspended"])
    public = make_conversation(owner, member, leaver, kind="public")
    direct = make_direct(owner, member)
    for conversation in (group, public, direct):
        for number in range(4):
            say(conversation, owner, f"Nr. {number} <@{member.pk}> \\u00fc")
        say(conversation, member, "mine")
    say(group, member, "a reply", thread_seq=1)
    leave(group, leaver)
    leave(public, leaver)
    leave(group, banned)
    for conversation in (group, public):
        Ban.objects.create(conversation=conversation, user=banned, banned_by=owner)
        say(conversation, owner, "later")
    yield Cast(group, public, direct, people)
    connections.close_all()


def reads_of(cast: Cast) -> list[tuple[str, str, Any]]:
    calls: list[tuple[str, str, Any]] = [
        ("GET", "/v1/conversations", None),
        ("GET", "/v1/conversations?limit=2", None),
        ("GET", "/v1/conversations/?unread=true&archived=false", None),
        ("GET", "/v1/conversations?left=true", None),
        ("GET", "/v1/conversations?limit=0", None),
        ("GET", "/v1/conversations?cursor=x", None),
        ("POST", "/v1/sync", {"conversations": {str(it): 1 for it in cast.ids}}),
        ("POST", "/v1/sync", {"conversations": {"x": 1}}),
        ("POST", "/v1/sync", b"{"),
    ]
    for its_id in cast.ids:
        place = f"/v1/conversations/{its_id}"
        calls += [
            ("GET", f"{place}{rest}", None)
            for rest in (
                *("/messages", "/messages/?limit=2", "/messages?before=4&limit=2"),
                *("/messages?after=1", "/messages?around=3&limit=3", "/messages?limit=201"),
                *("/messages?before=2026-01-01T00:00:00Z", "/messages?after=1&before=5"),
                *("/messages/2", "/messages/999", "/messages/2/receipts"),
                *("/messages/5/receipts?limit=1", "/messages/2/receipts?cursor=x"),
                *("/changes?since=1", "/changes?since=1&limit=2", "/changes"),
                *("/participants", "/participants?limit=1", "/participants?q=e&role=member"),
            )
        ]
    return calls


def token_of(cast: Cast, name: str) -> dict[str, str]:
    return {"authorization": f"Bearer {sign_in(cast.people[name]).access}"}


def run(coroutine: Any) -> Any:
    return asyncio.run(coroutine)


@pytest.mark.parametrize("name", [*PEOPLE, NOBODY])
def test_each_of_the_cast_is_answered_alike(cast: Cast, name: str) -> None:
    headers = {} if name == NOBODY else token_of(cast, name)
    if name == "suspended":
        moderator = make_person("Mod", is_staff=True, is_superuser=True)
        suspend_person(by=moderator, person_id=cast.people[name].pk, reason="spam")

    async def ask() -> set[int]:
        async with both() as paths:
            return {
                (await paths.compare(*call, **headers)).status  # type: ignore[arg-type]
                for call in reads_of(cast)
            }

    statuses = run(ask())
    expected = {NOBODY: {401}, "suspended": {401}}.get(name)
    assert statuses == expected if expected else {200, 400, 404} <= statuses


@pytest.mark.parametrize("name", ["owner", "outsider"])
def test_a_browser_s_session_too(cast: Cast, name: str) -> None:
    person = cast.people[name]
    person.language = "de"
    person.save()
    browser = Browser()
    browser.force_login(person)
    session = browser.cookies[settings.SESSION_COOKIE_NAME].value

    async def ask() -> None:
        async with both() as paths:
            for call in reads_of(cast):
                if call[0] == "GET":
                    cookie = f"{settings.SESSION_COOKIE_NAME}={session}"
                    await paths.compare(*call, cookie=cookie)
            for other in ("", "x", "0" * 32, f"{session[:-1]}_"):
                cookie = f"{settings.SESSION_COOKIE_NAME}={other}"
                answer = await paths.compare("GET", "/v1/conversations", cookie=cookie)
                assert answer.status == 401

    run(ask())


def test_a_browser_s_writes_need_the_token_against_forgery(cast: Cast) -> None:
    owner, browser = cast.people["owner"], Browser()
    browser.force_login(owner)
    session = browser.cookies[settings.SESSION_COOKIE_NAME].value
    token = "a" * 32
    path = f"/v1/conversations/{cast.group.pk}/messages"

    async def ask() -> list[int]:
        statuses = []
        async with both() as paths:
            for cookie_token, header in ((token, token), (token, "b" * 32), ("", token), ("?", "")):
                cookie = f"{settings.SESSION_COOKIE_NAME}={session}"
                if cookie_token:
                    cookie += f"; {settings.CSRF_COOKIE_NAME}={cookie_token}"
                body = {"content": "hello", "clientId": str(uuid4())}
                found = [
                    await paths.ask(path_of, "POST", path, body, cookie=cookie, x_csrftoken=header)
                    for path_of in (paths.ordinary, paths.hot, paths.hot)
                ]
                assert len({(it.status, it.body) for it in found}) == 1
                assert found[-1].is_hot == (found[-1].status == 200)
                statuses.append(found[-1].status)
        return statuses

    assert run(ask()) == [200, 403, 403, 403]


def test_a_session_that_has_ended_is_not_known_any_more(cast: Cast) -> None:
    owner, browser = cast.people["owner"], Browser()
    browser.force_login(owner)
    cookie = "; ".join(f"{name}={it.value}" for name, it in browser.cookies.items())

    def others(session: Session) -> None:
        """The key is another person's from now on."""
        other = Browser()
        other.force_login(cast.people["member"])
        key = other.cookies[settings.SESSION_COOKIE_NAME].value
        session.session_data = Session.objects.get(pk=key).session_data
        session.save()

    async def ask() -> None:
        async with both() as paths:
            mine = await paths.compare("GET", "/v1/conversations", cookie=cookie)
            key = browser.cookies[settings.SESSION_COOKIE_NAME].value
            await asyncio.to_thread(in_thread, lambda: others(Session.objects.get(pk=key)))
            theirs = await paths.compare("GET", "/v1/conversations", cookie=cookie)
            assert mine.body != theirs.body
            member = cast.people["member"].pk
            await asyncio.to_thread(in_thread, lambda: end_all_sign_ins(user_id=member))
            assert (
                await paths.ask(paths.hot, "GET", "/v1/conversations", cookie=cookie)
            ).status == 401

    run(ask())


def in_thread(work: Any) -> None:
    try:
        work()
    finally:
        connection.close()


def test_tokens_that_are_good_no_more(cast: Cast) -> None:
    owner = cast.people["owner"]
    pair = sign_in(owner)
    headers = {"authorization": f"Bearer {pair.access}"}
    path = f"/v1/conversations/{cast.group.pk}/messages"

    async def ask() -> list[int]:
        statuses = []
        async with both() as paths:
            statuses.append((await paths.compare("GET", path, **headers)).status)
            for raw in ("", "x", pair.refresh, pair.access[:-2], "chat_unknown"):
                found = await paths.compare("GET", path, authorization=f"Bearer {raw}")
                statuses.append(found.status)
            await asyncio.to_thread(in_thread, lambda: end_all_sign_ins(user_id=owner.pk))
            statuses.append((await paths.compare("GET", path, **headers)).status)
        return statuses

    assert run(ask()) == [200, 401, 401, 401, 401, 401, 401]


def test_an_access_token_expires_on_the_hot_path_too(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = token_of(cast, "owner")

    async def ask() -> None:
        async with both() as paths:
            assert (await paths.compare("GET", "/v1/conversations", **headers)).status == 200
            from accounts.auth import tokens

            later = tokens.time.time() + 16 * 60
            monkeypatch.setattr(tokens, "time", SimpleNamespace(time=lambda: later))
            answer = await paths.compare("GET", "/v1/conversations", **headers)
            assert orjson.loads(answer.body)["code"] == "token_expired"

    run(ask())


def used(token: Any) -> None:
    """As one that was used a few seconds ago."""
    SignIn.objects.filter(pk=token.sign_in_id).update(
        last_used_at=timezone.now() + timedelta(seconds=1)
    )


@pytest.mark.parametrize(
    "scopes", [list(Scope), [Scope.HISTORY_READ], [Scope.CONVERSATIONS_READ], [Scope.FILES_READ]]
)
def test_api_tokens_reach_what_their_scopes_name(cast: Cast, scopes: Sequence[Scope]) -> None:
    owner = cast.people["owner"]
    made = create_api_token(user=owner, made_by=owner, name="script", scopes=scopes)
    narrow = create_api_token(
        user=owner, made_by=owner, name="one", scopes=scopes, conversation_ids=[cast.direct.pk]
    )
    settings.TOKEN_REQUESTS_PER_SECOND = 0

    async def ask() -> None:
        async with both() as paths:
            for text, token in (made, narrow):
                headers = {"authorization": f"Bearer {text}"}
                await asyncio.to_thread(in_thread, lambda it=token: used(it))
                for call in reads_of(cast):
                    await paths.compare(*call, **headers)
            await asyncio.to_thread(
                in_thread,
                lambda: revoke_api_token(user_id=owner.pk, token_id=made.token.pk),
            )
            headers = {"authorization": f"Bearer {made.text}"}
            assert (await paths.compare("GET", "/v1/conversations", **headers)).status == 401

    before = settings.TOKEN_REQUESTS_PER_SECOND
    try:
        run(ask())
    finally:
        settings.TOKEN_REQUESTS_PER_SECOND = before


def test_a_request_of_an_api_token_is_counted_once(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that the hot path has counted and then left to Django."""
    counted: list[UUID] = []
    for module in (authentication, hot_credentials):
        monkeypatch.setattr(module, "take_request", counted.append)
    owner = cast.people["owner"]
    made = create_api_token(user=owner, made_by=owner, name="script", scopes=list(Scope))
    used(made.token)
    headers = {"authorization": f"Bearer {made.text}"}
    path = f"/v1/conversations/{cast.group.pk}/messages"

    async def ask() -> list[tuple[int, bool]]:
        async with both() as paths:
            found = [
                await paths.ask(paths.hot, *call, **headers)  # type: ignore[arg-type]
                for call in (
                    ("GET", path),
                    ("GET", path),
                    ("POST", path, {"content": "first"}),
                    ("POST", path, {"content": "x", "replyToSeq": 999}),
                    ("GET", f"{path}/999"),
                )
            ]
            return [(it.status, it.is_hot) for it in found]

    expected = [(200, False), (200, True), (200, False), (400, False), (404, False)]
    assert run(ask()) == expected
    assert counted == [made.token.sign_in_id] * len(expected)


def test_an_api_token_that_asks_too_much_is_refused(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(key: UUID) -> None:
        raise RateLimited(1)

    owner = cast.people["owner"]
    made = create_api_token(user=owner, made_by=owner, name="script", scopes=list(Scope))
    used(made.token)
    headers = {"authorization": f"Bearer {made.text}"}

    async def ask() -> None:
        async with both() as paths:
            assert (await paths.compare("GET", "/v1/conversations", **headers)).status == 200
            for module in (authentication, hot_credentials):
                monkeypatch.setattr(module, "take_request", refuse)
            answer = await paths.compare("GET", "/v1/conversations", **headers)
            assert (answer.status, answer.headers["retry-after"]) == (429, "1")

    run(ask())


WRITES: Sequence[tuple[str, Any]] = [
    ("messages", {"content": "hello", "clientId": "01900000-0000-4000-8000-000000000001"}),
    ("messages", {"content": "a <@{member}> reply", "replyToSeq": 2}),
    ("messages", {"content": "in the thread", "threadSeq": 1}),
    ("messages", {"content": "in both", "threadSeq": 1, "alsoToConversation": True}),
    ("messages", {"content": " "}),
    ("messages", {"content": "to nothing", "replyToSeq": 999}),
    ("messages", {"content": 5, "clientId": "x"}),
    ("messages", b'{"content": "a"'),
    ("read", {"seq": 2}),
    ("read", {"seq": 999}),
    ("read", {"seq": -1}),
    ("delivered", {"seq": 3}),
    ("delivered", {}),
]


@pytest.mark.parametrize("name", [*PEOPLE[:5], NOBODY])
def test_writes_do_and_answer_alike(cast: Cast, name: str) -> None:
    """Each is done twice to one conversation and twice to its twin, by either path, after a first
    one whose headers are learned."""
    headers = {} if name == NOBODY else token_of(cast, name)
    twins = [_twin(cast) for _ in range(2)]

    async def ask() -> None:
        async with both() as paths:
            for what, body in (("messages", {"content": "first"}), ("read", {"seq": 1})):
                place = f"/v1/conversations/{cast.group.pk}/{what}"
                await paths.ask(paths.hot, "POST", place, body, **headers)
            place = f"/v1/conversations/{cast.group.pk}/delivered"
            await paths.ask(paths.hot, "POST", place, {"seq": 1}, **headers)
            for what, body in WRITES:
                answers = []
                for application, twin in zip((paths.ordinary, paths.hot), twins, strict=True):
                    place = f"/v1/conversations/{twin.pk}/{what}"
                    asked = [
                        await paths.ask(application, "POST", place, body, **headers)
                        for _ in range(2)
                    ]
                    answers.append(asked)
                    if application is paths.hot:
                        assert [it.is_hot for it in asked] == [it.status == 200 for it in asked]
                ordinary, hot = ([_without(it, twins) for it in asked] for asked in answers)
                assert hot == ordinary, (what, body)

    run(ask())
    stored = [
        list(
            Message.objects.filter(conversation=twin)
            .order_by("seq")
            .values_list("seq", "rev", "sender_id", "body", "thread_seq", "sent_behind")
        )
        for twin in twins
    ]
    assert stored[0] == stored[1]


def _twin(cast: Cast) -> Conversation:
    people = cast.people
    twin = make_conversation(people["owner"], people["member"], people["leaver"], people["banned"])
    for number in range(3):
        say(twin, people["owner"], f"{number}")
    for name in ("leaver", "banned"):
        leave(twin, people[name])
    Ban.objects.create(conversation=twin, user=people["banned"], banned_by=people["owner"])
    return twin


def _without(answer: Answer, twins: Sequence[Conversation]) -> Any:
    """Without what differs between two messages, or two conversations."""
    status, headers, body = answer.seen(varying=True)
    for twin in twins:
        body = body.replace(str(twin.pk).encode(), b"")
    return status, headers, body


def test_a_send_without_a_key_that_goes_the_ordinary_way_after_all_is_sent_once(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the writer has stored is not stored again by Django, whatever became of the answer."""
    headers = token_of(cast, "owner")
    path = f"/v1/conversations/{cast.group.pk}/messages"

    async def ask() -> Answer:
        async with both() as paths:
            await paths.ask(paths.hot, "POST", path, {"content": "first"}, **headers)
            from messaging.sending.results import SendResult

            def broken(self: Any) -> bytes:
                raise RuntimeError("after the commit")

            monkeypatch.setattr(SendResult, "as_bytes", broken)
            return await paths.ask(paths.hot, "POST", path, {"content": "once"}, **headers)

    answer = run(ask())
    assert (answer.status, answer.is_hot) == (200, False)
    assert Message.objects.filter(conversation=cast.group, body="once").count() == 1


@pytest.mark.parametrize("path", ["/v1/conversations", "/v1/conversations/{}/messages?limit=3"])
def test_who_holds_an_answer_already_is_told_so(cast: Cast, path: str) -> None:
    headers = token_of(cast, "owner")
    place = path.format(cast.group.pk)

    async def ask() -> None:
        async with both() as paths:
            first = await paths.compare("GET", place, **headers)
            tag = first.headers["etag"]
            for held in (tag, f'"x", W/{tag}', "*"):
                again = await paths.compare("GET", place, if_none_match=held, **headers)
                assert (again.status, again.body) == (304, b"")
                assert again.headers["etag"] == tag
            other = await paths.compare("GET", place, if_none_match='"x"', **headers)
            assert (other.status, other.body) == (200, first.body)
            found = [
                await paths.ask(application, "GET", place, if_match='"x"', **headers)
                for application in (paths.ordinary, paths.hot, paths.hot)
            ]
            assert [(it.status, it.is_hot) for it in found] == [(412, False)] * 3
            await asyncio.to_thread(in_thread, lambda: say(cast.group, cast.people["member"]))
            news = await paths.compare("GET", place, if_none_match=tag, **headers)
            assert news.status == 200

    run(ask())


def test_a_page_that_is_held_is_not_made_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the third time on that somebody asks with its tag, by the right of now."""
    owner, member = token_of(cast, "owner"), token_of(cast, "member")
    place = f"/v1/conversations/{cast.group.pk}/messages?before=4"
    made: list[UUID] = []

    def counted(request: Any, id: UUID) -> Any:
        made.append(request.user.pk)
        return read_page(request, id)

    monkeypatch.setattr("messaging.api.hot_calls.read_page", counted)

    async def ask() -> None:
        async with both() as paths:
            tag = (await paths.compare("GET", place, **owner)).headers["etag"]
            await paths.compare("GET", place, if_none_match=tag, **owner)
            made.clear()
            for held in (tag, f'"x", {tag}'):
                again = await paths.compare("GET", place, if_none_match=held, **owner)
                assert (again.status, again.is_hot, again.headers["etag"]) == (304, True, tag)
            assert made == []
            other = await paths.compare("GET", place, if_none_match=tag, **member)
            assert other.status == 200  # who said what is told to each apart
            assert set(made) == {cast.people["member"].pk}
            await asyncio.to_thread(in_thread, lambda: say(cast.group, cast.people["member"]))
            news = await paths.compare("GET", place, if_none_match=tag, **owner)
            assert (news.status, news.headers["etag"] != tag) == (200, True)  # its rev
            tag = news.headers["etag"]
            for _ in range(2):
                await paths.compare("GET", place, if_none_match=tag, **owner)
            await asyncio.to_thread(in_thread, lambda: leave(cast.group, cast.people["owner"]))
            left = await paths.compare("GET", place, if_none_match=tag, **owner)
            assert left.status == 200
            await asyncio.to_thread(
                in_thread, lambda: end_all_sign_ins(user_id=cast.people["owner"].pk)
            )
            gone = await paths.ask(paths.hot, "GET", place, if_none_match=tag, **owner)
            assert (gone.status, gone.is_hot) == (401, False)

    run(ask())


def test_the_hot_path_can_be_switched_off(cast: Cast, settings: Any) -> None:
    settings.HOT_PATH = False
    headers = token_of(cast, "owner")

    async def ask() -> list[bool]:
        async with both() as paths:
            return [
                (await paths.ask(paths.hot, "GET", "/v1/conversations", **headers)).is_hot
                for _ in range(3)
            ]

    assert run(ask()) == [False, False, False]


def test_what_is_not_plain_is_left_to_django(cast: Cast) -> None:
    headers = token_of(cast, "owner")
    place = f"/v1/conversations/{cast.group.pk}"

    async def ask() -> None:
        async with both() as paths:
            await paths.compare("GET", f"{place}/messages", **headers)
            for method, path, more in (
                ("HEAD", f"{place}/messages", {}),
                ("OPTIONS", f"{place}/messages", {}),
                ("PATCH", f"{place}/messages", {}),
                ("GET", f"{place}/messages?format=json", {}),
                ("GET", f"{place}/messages", {"accept": "text/html"}),
                ("GET", f"{place}/messages", {"accept": ""}),  # absent it says something else
                ("GET", f"{place}/messages", {"host": "elsewhere.example"}),
                ("GET", "/v1/conversations?kind=public", {}),
                ("GET", "/v1/conversations?sort=wrong", {}),
                ("GET", f"{place}/messages/x", {}),
                ("GET", f"{place}/messages//", {}),
            ):
                asked = [
                    await paths.ask(application, method, path, **{**headers, **more})
                    for application in (paths.ordinary, paths.hot, paths.hot)
                ]
                assert len({(it.status, it.body) for it in asked}) == 1, (method, path)
                assert not asked[-1].is_hot, (method, path)

    run(ask())


@pytest.mark.django_db
@hypothesis_settings(
    max_examples=6,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(lives())
def test_every_state_is_told_alike(both_paths: None, life: tuple[str, list[Step]]) -> None:
    """The fixture compares each answer of 200, and sees that nothing else comes from here."""
    kind, steps = life
    with undone():
        world = make_changing_world(kind)
        world.live(steps)
        place, head = f"/v1/conversations/{world.id}", world.conversation.last_seq
        for person in world.people:
            client = api(person)
            for path in (
                *("/v1/conversations", "/v1/conversations?left=true", f"{place}/messages"),
                *(f"{place}/messages?limit=3&before=6", f"{place}/messages?limit=3&after=2"),
                *(f"{place}/messages?limit=4&around=5", f"{place}/changes?since=3"),
                *(f"{place}/messages/{seq}" for seq in range(1, head + 2, 3)),
                *(f"{place}/messages/{seq}/receipts" for seq in range(2, head + 2, 5)),
                f"{place}/participants",
            ):
                client.get(path)
            client.post("/v1/sync", {"conversations": {str(world.id): 2}}, format="json")
