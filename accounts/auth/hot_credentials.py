"""Authentication on the hot path (`chatproject.server.hot_path`): the tokens and sessions of
`authentication`, read without a thread and in the same round trip as the answer.

A use that has to be noted (of an API token once a minute, of a session once an hour) is not plain.
`authentication` answers every refusal, so only acceptance has to be right here.
"""

import re
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from django.conf import settings

from accounts.auth.api_tokens import find_api_token, hash_of, is_api_token, is_use_to_be_noted
from accounts.auth.authentication import BrowserAuthentication, authenticate_access
from accounts.auth.browser_sessions import is_to_be_prolonged, session_of_key, sign_in_id_in
from accounts.auth.middleware import SCHEME
from accounts.auth.scope_permission import require_operation
from accounts.auth.token_rates import take_request
from accounts.auth.tokens import read_access_claims
from accounts.models import SignIn
from chatproject.core.db.readings import Steps, query, together
from chatproject.server.hot_requests import Credential, HotCall, HotRequest, NotPlain, Person
from chatproject.server.request_ids import COUNTED

SESSIONS = "django.contrib.sessions.backends.db"
SESSION = """
SELECT session_data FROM django_session WHERE session_key = %(key)s AND expire_date > now()
"""
SHORTEST_KEY = 8  # as in Django
# For any other key, Django creates a new one.
CSRF_TOKEN = re.compile(r"[a-zA-Z0-9]{32}|[a-zA-Z0-9]{64}")
KEPT = 10_000

V = TypeVar("V")


class _Recent(Generic[V]):
    """What was found by the last KEPT keys."""

    def __init__(self) -> None:
        self._found: OrderedDict[Hashable, V] = OrderedDict()

    def get(self, key: Hashable) -> V | None:
        return self._found.get(key)

    def keep(self, key: Hashable, value: V) -> None:
        self._found[key] = value
        self._found.move_to_end(key)
        while len(self._found) > KEPT:
            self._found.popitem(last=False)

    def forget(self, key: Hashable) -> None:
        self._found.pop(key, None)


class _Session(NamedTuple):
    """The data of a session when it was read, and its person; compared at each use."""

    data: str
    sign_in_id: UUID
    user_id: UUID


# Only guesses: the database is read each time.
_owners: _Recent[UUID] = _Recent()  # of API tokens, by their hash
_sessions: _Recent[_Session] = _Recent()  # by their key


def credential_of(request: HotRequest) -> Credential:
    """Raises NotPlain, or a refusal."""
    header = request.plain_headers.get("authorization", "")
    if header[: len(SCHEME)].lower() == SCHEME:
        raw = header[len(SCHEME) :].strip()
        if is_api_token(raw):
            return ApiTokenCredential(request, raw)
        return AccessTokenCredential(raw)
    return SessionCredential(request)


class AccessTokenCredential:
    is_session = False

    def __init__(self, raw: str) -> None:
        self.guess: UUID | None
        self.guess, self._sign_in_id = read_access_claims(raw)

    def authenticate(self) -> Steps[Person]:
        user, sign_in = yield from authenticate_access(self._sign_in_id)
        return Person(user.pk, "", sign_in)

    def admit(self, person: Person, call: HotCall, kwargs: Mapping[str, Any]) -> None:
        """A sign-in may do whatever its person may."""


class ApiTokenCredential:
    is_session = False

    def __init__(self, request: HotRequest, raw: str) -> None:
        self._request, self._raw, self._hash = request, raw, hash_of(raw)
        self.guess = _owners.get(self._hash)

    def authenticate(self) -> Steps[Person]:
        sign_in = yield from find_api_token(self._raw)
        if is_use_to_be_noted(sign_in):
            raise NotPlain
        _owners.keep(self._hash, sign_in.user_id)
        return Person(sign_in.user_id, "", sign_in)

    def admit(self, person: Person, call: HotCall, kwargs: Mapping[str, Any]) -> None:
        sign_in: SignIn = person.sign_in
        require_operation(sign_in, call.name, call.method, call.route, kwargs)
        take_request(sign_in.pk)
        self._request.scope[COUNTED] = True


class SessionCredential:
    is_session = True

    def __init__(self, request: HotRequest) -> None:
        self._request = request
        self._key = request.cookies.get(settings.SESSION_COOKIE_NAME, "")
        csrf_token = request.cookies.get(settings.CSRF_COOKIE_NAME)
        if (
            settings.SESSION_ENGINE != SESSIONS
            or len(self._key) < SHORTEST_KEY
            or "\0" in self._key
            or not (csrf_token is None or CSRF_TOKEN.fullmatch(csrf_token))
        ):
            raise NotPlain
        self._known = _sessions.get(self._key)
        self.guess = self._known and self._known.user_id

    def authenticate(self) -> Steps[Person]:
        asked = query(SESSION, {"key": self._key})
        if self._known is not None:
            rows, user_and_sign_in = yield from together(
                asked, authenticate_access(self._known.sign_in_id)
            )
            if not rows or rows[0][0] != self._known.data:
                _sessions.forget(self._key)
                raise NotPlain
        else:
            rows = yield from asked
            sign_in_id = sign_in_id_in(_decoded(rows[0][0])) if rows else None
            if sign_in_id is None:
                raise NotPlain
            user_and_sign_in = yield from authenticate_access(sign_in_id)
        user, sign_in = user_and_sign_in
        if is_to_be_prolonged(sign_in):
            raise NotPlain
        _sessions.keep(self._key, _Session(rows[0][0], sign_in.pk, user.pk))
        return Person(user.pk, user.language, sign_in)

    def admit(self, person: Person, call: HotCall, kwargs: Mapping[str, Any]) -> None:
        """Raises CsrfFailed."""
        if call.method != "GET":
            request: Any = self._request.for_django
            BrowserAuthentication().enforce_csrf(request)


def _decoded(session_data: str) -> Mapping[str, Any]:
    session: Any = session_of_key(None)
    found: Mapping[str, Any] = session.decode(session_data)
    return found
