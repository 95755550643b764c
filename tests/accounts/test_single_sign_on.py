"""Single sign-on against a real OpenID provider: its log, linking, roles, and its log-outs"""

import base64
import hashlib
import logging
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import flask
import httpx
import jwt
import oidc_provider_mock
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from oidc_provider_mock._server import _threaded_server

from accounts.models import AuditEntry, Identity, SignIn, Totp, User
from accounts.people.erasure import anonymize_account
from accounts.single_sign_on import authorization, provider, roles
from accounts.single_sign_on.back_channel import EVENT
from messaging.moderation.groups import MODERATOR, OPERATOR
from tests.accounts.authenticator import App, Clock
from tests.accounts.scene import PASSWORD, nobody, person_with_password, program

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:authlib.*"),
]
ME = "/v1/users/me"


class ProviderProcess:
    """The provider of `oidc-provider-mock` on a free port, with a log of what it was asked."""

    def __init__(self) -> None:
        self.app = oidc_provider_mock.app()
        self.log: list[tuple[str, dict[str, str]]] = []
        self.app.before_request(self._note)
        self.issuer = ""

    def _note(self) -> None:
        asked = {**flask.request.args.to_dict(), **flask.request.form.to_dict()}
        self.log.append((f"{flask.request.method} {flask.request.path}", asked))

    def asked(self, what: str) -> list[dict[str, str]]:
        return [fields for line, fields in self.log if line == what]

    def knows(self, subject: str, **claims: Any) -> None:
        """Somebody whom the provider vouches for, with these claims."""
        answer = httpx.put(f"{self.issuer}/users/{subject}", json=claims, trust_env=False)
        assert answer.is_success, answer.text

    @property
    def key(self) -> Any:
        with self.app.test_request_context("/"):
            self.app.preprocess_request()
            return flask.g.oidc_provider_mock_storage.jwk

    def sign(self, claims: dict[str, Any], key: Any = None, kid: str | None = None) -> str:
        """A token as the provider would sign it."""
        own = jwt.PyJWK(self.key.as_dict(is_private=True), algorithm="RS256")
        kid = kid or self.key.as_dict()["kid"]
        return jwt.encode(claims, key or own.key, algorithm="RS256", headers={"kid": kid})


@pytest.fixture(scope="module")
def process() -> Iterator[ProviderProcess]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    process = ProviderProcess()
    with _threaded_server(process.app) as server:
        process.issuer = f"http://localhost:{server.server_port}"
        yield process


@pytest.fixture
def idp(process: ProviderProcess, settings: Any) -> ProviderProcess:
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID = process.issuer, "chat"
    settings.OIDC_CLIENT_SECRET, settings.OIDC_NAME = "s3cret", "Example ID"
    provider._providers.clear()
    process.log.clear()
    return process


@pytest.fixture
def window() -> Client:
    return Client(enforce_csrf_checks=True)


def go(window: Client, path: str = "/login/sso", **query: str) -> str:
    """The address at the provider to which the chat leads."""
    answer = window.get(path, query)
    assert answer.status_code == 302
    return str(answer["Location"])


def agree(address: str, subject: str) -> str:
    """What the person does at the provider; the query with which it sends them back."""
    answer = httpx.post(address, data={"sub": subject}, trust_env=False)
    assert answer.status_code == 302, answer.text
    assert urlsplit(answer.headers["Location"]).path == "/login/sso/answer"
    return urlsplit(answer.headers["Location"]).query


def come(window: Client, subject: str, **query: str) -> Any:
    return window.get("/login/sso/answer?" + agree(go(window, **query), subject))


def is_signed_in(window: Client) -> bool:
    return window.get(ME).status_code == 200


def is_sent_back(answer: Any, window: Client, *, text: str = "did not succeed") -> bool:
    assert (answer.status_code, answer["Location"]) == (302, "/login")
    assert text in window.get("/login").content.decode()
    return not is_signed_in(window)


def test_somebody_new_gets_an_account(idp: ProviderProcess, window: Client) -> None:
    idp.knows("ann-1", email="Ann@Example.org", email_verified=True, name="Ann Able")
    assert "Log in with Example ID" in window.get("/login").content.decode()

    answer = come(window, "ann-1", next="/settings")

    assert (answer.status_code, answer["Location"]) == (302, "/settings")
    me = window.get(ME).json()
    assert (me["name"], me["email"]) == ("Ann Able", "ann@example.org")
    user = User.objects.get()
    assert not user.has_usable_password()
    assert AuditEntry.objects.filter(action="person.registered", person_id=user.pk).exists()
    sign_in = SignIn.objects.get()
    assert (sign_in.identity, sign_in.kind) == (Identity.objects.get(), "browser")


def test_what_the_provider_was_asked(idp: ProviderProcess, window: Client) -> None:
    """Code flow with PKCE, state and nonce; the secret never passes through the browser."""
    idp.knows("ann-2", name="Ann")
    come(window, "ann-2")

    (asked,) = idp.asked("POST /oauth2/authorize")
    assert (asked["response_type"], asked["client_id"]) == ("code", "chat")
    assert asked["code_challenge_method"] == "S256"
    assert asked["scope"] == "openid profile email"
    assert asked["redirect_uri"] == "http://testserver/login/sso/answer"
    (exchanged,) = idp.asked("POST /oauth2/token")
    assert "s3cret" not in str(asked)
    digest = hashlib.sha256(exchanged["code_verifier"].encode()).digest()
    assert asked["code_challenge"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert len({asked["state"], asked["nonce"], exchanged["code_verifier"]}) == 3


def test_the_second_time_it_is_the_same_account(idp: ProviderProcess, window: Client) -> None:
    idp.knows("ann-3", email="ann@example.org", email_verified=True, name="Ann")
    come(window, "ann-3")
    idp.knows("ann-3", email="married@example.org", email_verified=True, name="Ann")
    come(Client(), "ann-3")
    assert User.objects.count() == 1
    assert User.objects.get().email == "ann@example.org"


def test_an_account_is_linked_by_a_verified_address(
    idp: ProviderProcess, window: Client, app: App, factor_owner: User
) -> None:
    """And nothing stays by which whoever opened it without that proof could come in."""
    idp.knows("ann-4", email="ann@example.org", email_verified=True, name="Ann")
    come(window, "ann-4")

    assert window.get(ME).json()["id"] == str(factor_owner.pk)
    assert app.client.get(ME).status_code == 401
    body = {"email": "ann@example.org", "password": PASSWORD}
    assert nobody().post("/v1/users/login", body, format="json").status_code == 401
    assert not Totp.objects.exists()
    assert AuditEntry.objects.filter(action="identity.linked").count() == 1


@pytest.mark.parametrize("verified", [False, None, "true"])
def test_an_address_that_is_not_verified_links_nothing(
    idp: ProviderProcess, window: Client, verified: object, cheap_hashes: None
) -> None:
    ann = person_with_password("Ann", email="ann@example.org")
    subject = f"eve-{verified}"
    idp.knows(subject, email="ann@example.org", email_verified=verified, name="Eve")
    come(window, subject)
    me = window.get(ME).json()
    assert me["id"] != str(ann.pk)
    assert me["email"] is None


def test_a_second_subject_with_the_address_is_refused(idp: ProviderProcess, window: Client) -> None:
    for subject in ("one", "two"):
        idp.knows(subject, email="ann@example.org", email_verified=True)
    come(Client(), "one")
    assert is_sent_back(come(window, "two"), window)


def test_an_address_that_was_confirmed_here_keeps_its_password(
    idp: ProviderProcess, window: Client, cheap_hashes: None
) -> None:
    ann = person_with_password("Ann", email="ann@example.org", email_verified_at=timezone.now())
    mine = program(ann)
    idp.knows("ann-4b", email="ann@example.org", email_verified=True, name="Ann")
    come(window, "ann-4b")
    assert window.get(ME).json()["id"] == str(ann.pk)
    assert mine.get(ME).status_code == 200
    assert User.objects.get().has_usable_password()


@pytest.mark.parametrize(
    ("new_accounts", "registration", "text"),
    [
        ("off", "open", "You have no account here"),
        ("registration", "closed", "by themselves"),
        ("registration", "domain:example.com", "example.com"),
        ("registration", "invite", "invitation is needed"),
    ],
)
def test_no_new_accounts_where_none_are_wanted(
    idp: ProviderProcess,
    window: Client,
    settings: Any,
    cheap_hashes: None,
    new_accounts: str,
    registration: str,
    text: str,
) -> None:
    settings.OIDC_NEW_ACCOUNTS, settings.REGISTRATION = new_accounts, registration
    idp.knows("bob", email="bob@example.org", email_verified=True)
    assert is_sent_back(come(window, "bob"), window, text=text)
    assert not User.objects.exists()
    person_with_password("Bob", email="bob@example.org")
    come(window, "bob")
    assert is_signed_in(window)


@pytest.mark.parametrize(
    ("new_accounts", "registration"),
    [("on", "closed"), ("registration", "open"), ("registration", "domain:example.org")],
)
def test_new_accounts_where_they_are(
    idp: ProviderProcess, window: Client, settings: Any, new_accounts: str, registration: str
) -> None:
    settings.OIDC_NEW_ACCOUNTS, settings.REGISTRATION = new_accounts, registration
    idp.knows("cy", email="cy@example.org", email_verified=True)
    come(window, "cy")
    assert is_signed_in(window)
    assert User.objects.get().email_verified_at is not None


def test_a_closed_account_stays_closed(idp: ProviderProcess, window: Client) -> None:
    idp.knows("ann-5", name="Ann")
    come(Client(), "ann-5")
    User.objects.update(is_active=False)
    assert is_sent_back(come(window, "ann-5"), window, text="is wrong")


def test_another_state_is_refused(idp: ProviderProcess, window: Client) -> None:
    query = agree(go(window), "ann-6")
    state = parse_qs(query)["state"][0]
    answer = window.get("/login/sso/answer?" + query.replace(state, "x" * len(state)))
    assert is_sent_back(answer, window)
    assert is_sent_back(window.get("/login/sso/answer?" + query), window)  # it was used up
    assert idp.asked("POST /oauth2/token") == []


def test_an_answer_of_another_browser_is_refused(idp: ProviderProcess, window: Client) -> None:
    query = agree(go(Client()), "ann-6")
    assert is_sent_back(window.get("/login/sso/answer?" + query), window)
    go(window)
    assert is_sent_back(window.get("/login/sso/answer?" + query), window)


def test_a_no_of_the_provider(idp: ProviderProcess, window: Client) -> None:
    answer = httpx.post(go(window), data={"action": "deny"}, trust_env=False)
    query = urlsplit(answer.headers["Location"]).query
    assert "error=access_denied" in query
    assert is_sent_back(window.get("/login/sso/answer?" + query), window)


def test_a_code_works_once(idp: ProviderProcess, window: Client) -> None:
    query = agree(go(window), "ann-6")
    window.get("/login/sso/answer?" + query)
    code = parse_qs(query)["code"][0]
    other = Client()
    state = parse_qs(urlsplit(go(other)).query)["state"][0]
    answer = other.get("/login/sso/answer", {"code": code, "state": state})
    assert is_sent_back(answer, other)


def test_a_provider_that_is_away(window: Client, settings: Any) -> None:
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID = "http://127.0.0.1:9", "chat"
    assert is_sent_back(window.get("/login/sso"), window, text="does not answer")


def test_without_a_provider_there_is_nothing(window: Client) -> None:
    assert "/login/sso" not in window.get("/login").content.decode()
    assert is_sent_back(window.get("/login/sso"), window, text="no single sign-on")
    assert window.post("/login/sso/back-channel-logout").status_code == 404


def claims_of(idp: ProviderProcess, own_nonce: str, **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    claims = {"iss": idp.issuer, "sub": "ann", "aud": "chat", "iat": now, "exp": now + 300}
    claims |= {"nonce": own_nonce} | changes
    return {name: value for name, value in claims.items() if value is not None}


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another"},
        {"aud": ["chat", "another"]},
        {"azp": "another"},
        {"iss": "https://evil.example"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"iat": None},
        {"sub": None},
    ],
    ids=str,
)
def test_a_wrong_id_token_is_refused(
    idp: ProviderProcess,
    window: Client,
    changes: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The signature is right; what it says is not meant for this log-in."""
    query = agree(go(window), "ann-7")
    nonce = window.session["single_sign_on"]["nonce"]
    token = idp.sign(claims_of(idp, nonce, **changes))
    monkeypatch.setattr(provider.Provider, "post", lambda *_: {"id_token": token})
    assert is_sent_back(window.get("/login/sso/answer?" + query), window)


def test_a_token_of_another_key_or_of_none_is_refused(
    idp: ProviderProcess, window: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = rsa.generate_private_key(65537, 2048)
    monkeypatch.setattr(provider, "KEYS_AGAIN_AFTER", 0.0)
    makers: list[Any] = [
        lambda claims: idp.sign(claims, other),
        lambda claims: idp.sign(claims, kid="unknown"),
        lambda claims: jwt.encode(claims, None, algorithm="none"),
        lambda claims: jwt.encode(claims, "s3cret" * 8, algorithm="HS256"),
        lambda _: "no.token",
        lambda _: "",
    ]
    for make in makers:
        query = agree(go(window), "ann-7")
        token = make(claims_of(idp, window.session["single_sign_on"]["nonce"]))
        with monkeypatch.context() as patch:
            patch.setattr(provider.Provider, "post", lambda *_, token=token: {"id_token": token})
            assert is_sent_back(window.get("/login/sso/answer?" + query), window)


def test_roles_follow_the_groups_at_each_log_in(
    idp: ProviderProcess, window: Client, settings: Any
) -> None:
    settings.OIDC_ROLES = {"ops": "operator", "mods": "moderator", "admins": "administrator"}
    idp.knows("ann-8", name="Ann", groups=["mods", "admins", "others"])
    come(window, "ann-8")
    user = User.objects.get()
    assert (user.is_staff, user.is_superuser) == (True, True)
    assert list(user.groups.values_list("name", flat=True)) == [MODERATOR]

    idp.knows("ann-8", name="Ann", groups="ops")
    come(window, "ann-8")
    user.refresh_from_db()
    assert (user.is_staff, user.is_superuser) == (True, False)
    assert list(user.groups.values_list("name", flat=True)) == [OPERATOR]

    idp.knows("ann-8", name="Ann")
    come(window, "ann-8")
    user.refresh_from_db()
    assert (user.is_staff, user.groups.count()) == (False, 0)
    assert AuditEntry.objects.filter(action="role.synchronized").count() == 3


def test_without_roles_in_the_settings_rights_are_given_here(
    idp: ProviderProcess, window: Client
) -> None:
    idp.knows("ann-9", name="Ann", groups=["administrator", "staff"])
    come(window, "ann-9")
    User.objects.update(is_staff=True)
    User.objects.get().groups.add(Group.objects.get_or_create(name=OPERATOR)[0])
    come(window, "ann-9")
    assert User.objects.get().is_staff
    assert not User.objects.get().is_superuser


def test_the_names_of_the_groups_are_those_of_the_moderation() -> None:
    assert roles.GROUPS == {"moderator": MODERATOR, "operator": OPERATOR}


@pytest.mark.parametrize("whose", ["provider", "own"])
def test_whose_second_factor_counts(
    idp: ProviderProcess, window: Client, settings: Any, clock: Clock, whose: str
) -> None:
    idp.knows("ann-10", name="Ann")
    come(Client(), "ann-10")
    ann = User.objects.get()
    app = App(ann, clock)
    settings.OIDC_MFA, settings.MFA_REQUIRED_FOR = whose, "everyone"

    answer = come(window, "ann-10", next="/settings")

    assert is_signed_in(window) == (whose == "provider")
    if whose == "own":
        token = str(window.get(answer["Location"]).context["csrf_token"])
        form = {"code": app.code(), "csrfmiddlewaretoken": token, "next": "/settings"}
        assert window.post("/login/second-factor", form)["Location"] == "/settings"
        assert is_signed_in(window)
    assert SignIn.objects.latest("id").identity is not None


@pytest.mark.parametrize(("whose", "status"), [("provider", 200), ("own", 403)])
def test_who_comes_by_it_need_not_enrol_unless_the_setting_says_so(
    idp: ProviderProcess, window: Client, settings: Any, whose: str, status: int
) -> None:
    settings.OIDC_MFA, settings.MFA_REQUIRED_FOR = whose, "everyone"
    idp.knows("ann-11", name="Ann")
    come(window, "ann-11")
    assert window.get(ME).status_code == status


# ---- log-out at the provider ---------------------------------------------------------------------


def signed_in(idp: ProviderProcess, subject: str, session: str = "") -> Client:
    window = Client()
    idp.knows(subject, name="Ann", sid=session)
    come(window, subject)
    assert is_signed_in(window)
    return window


def logout_token(idp: ProviderProcess, **changes: Any) -> str:
    now = int(time.time())
    claims = {"iss": idp.issuer, "aud": "chat", "iat": now, "exp": now + 120, "sub": "gone"}
    claims |= {"jti": str(uuid4()), "events": {EVENT: {}}} | changes
    return idp.sign({name: value for name, value in claims.items() if value is not None})


def tell(token: str) -> Any:
    return Client(enforce_csrf_checks=True).post(
        "/login/sso/back-channel-logout", {"logout_token": token}
    )


def test_a_log_out_there_ends_all_here(idp: ProviderProcess) -> None:
    first, second = signed_in(idp, "gone"), signed_in(idp, "gone")
    other = signed_in(idp, "stays")

    answer = tell(logout_token(idp))

    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert [is_signed_in(each) for each in (first, second, other)] == [False, False, True]


def test_a_session_there_is_one_here(idp: ProviderProcess) -> None:
    first, second = signed_in(idp, "gone", "s1"), signed_in(idp, "gone", "s2")
    stranger = signed_in(idp, "stays", "s1x")
    assert tell(logout_token(idp, sid="s1", sub=None)).status_code == 200
    assert [is_signed_in(each) for each in (first, second, stranger)] == [False, True, True]
    assert tell(logout_token(idp, sid="s2")).status_code == 200
    assert not is_signed_in(second)


def test_a_sign_in_by_password_stays(idp: ProviderProcess) -> None:
    signed_in(idp, "gone")
    mine = program(User.objects.get())
    assert tell(logout_token(idp)).status_code == 200
    assert mine.get(ME).status_code == 200


def test_a_replay_is_refused(idp: ProviderProcess) -> None:
    signed_in(idp, "gone")
    token = logout_token(idp)
    assert tell(token).status_code == 200
    again = signed_in(idp, "gone")
    assert tell(token).status_code == 400
    assert is_signed_in(again)


@pytest.mark.parametrize(
    "changes",
    [
        {"events": None},
        {"events": {}},
        {"events": {EVENT: None}},
        {"events": [EVENT]},
        {"nonce": "n"},
        {"sub": None},
        {"jti": None},
        {"iat": None},
        {"exp": 1},
        {"aud": "another"},
        {"iss": "https://evil.example"},
    ],
    ids=str,
)
def test_a_wrong_logout_token_is_refused(idp: ProviderProcess, changes: dict[str, Any]) -> None:
    window = signed_in(idp, "gone")
    answer = tell(logout_token(idp, **changes))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert is_signed_in(window)


def test_an_id_token_is_no_logout_token(idp: ProviderProcess) -> None:
    window = signed_in(idp, "gone")
    assert tell(idp.sign(claims_of(idp, "n", sub="gone"))).status_code == 400
    assert tell("").status_code == 400
    assert is_signed_in(window)


def test_erasing_forgets_the_identity(idp: ProviderProcess, window: Client) -> None:
    idp.knows("ann-12", name="Ann")
    come(window, "ann-12")
    anonymize_account(User.objects.get())
    assert not Identity.objects.exists()


def test_what_the_id_token_lacks_comes_from_userinfo(
    idp: ProviderProcess, window: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And only if it is about the same person."""
    asked = authorization.Request("s", "n", "v")
    token = idp.sign(claims_of(idp, "n"))
    told: dict[str, Any] = {"sub": "ann", "email": "a@example.org", "email_verified": True}
    monkeypatch.setattr(
        provider.Provider, "post", lambda *_: {"id_token": token, "access_token": "a"}
    )
    real = provider.Provider.get

    def get(self: Any, address: str, headers: Any = None) -> dict[str, Any]:
        return told if address.endswith("/userinfo") else real(self, address, headers)

    monkeypatch.setattr(provider.Provider, "get", get)
    person = authorization.complete(asked, {"state": "s", "code": "c"}, "http://x/")
    assert person.email == "a@example.org"
    told["sub"] = "eve"
    with pytest.raises(authorization.ProviderRefused):
        authorization.complete(asked, {"state": "s", "code": "c"}, "http://x/")
