"""Access tokens: what is taken for one, and how soon one stops to work."""

import base64
from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from django.utils import timezone

from accounts.auth import authentication
from accounts.auth.live_sign_ins import live_sign_ins
from accounts.auth.sign_ins import end_sign_in
from accounts.auth.tokens import AccessToken
from accounts.errors import InvalidToken, SignedOut, TokenExpired
from accounts.models import SignIn, User
from tests.accounts.scene import bearer, browser, expire, is_refused, last_sign_in, nobody, sign_in
from tests.cast import make_person

pytestmark = pytest.mark.django_db
ME = "/v1/users/me"


@pytest.fixture
def ann() -> User:
    return make_person("Ann")


def test_who_asks_is_found_in_one_query(ann: User, django_assert_num_queries: Any) -> None:
    pair = sign_in(ann)

    with django_assert_num_queries(1):
        user, found = authentication.authenticate_token(pair.access)
        assert (user.pk, user.name, user.email) == (ann.pk, ann.name, ann.email)
        assert (user.is_active, user.is_staff, user.is_superuser) == (True, False, False)
        assert (found.pk, found.kind, found.user) == (pair.sign_in.pk, "token", user)
    assert "password" in user.get_deferred_fields()


def test_a_whole_request_takes_one_query(ann: User, django_assert_num_queries: Any) -> None:
    client = bearer(sign_in(ann).access)
    with django_assert_num_queries(1):
        assert client.get(ME).status_code == 200


def test_without_a_token_a_request_is_refused() -> None:
    answer = nobody().get(ME)

    assert is_refused(answer, 401, "not_authenticated")
    assert answer["WWW-Authenticate"] == "Bearer"


def test_the_scheme_may_be_written_in_any_case(ann: User) -> None:
    client = nobody()
    client.credentials(HTTP_AUTHORIZATION=f"bEARER  {sign_in(ann).access}")
    assert client.get(ME).status_code == 200


def test_other_schemes_are_no_sign_in(ann: User) -> None:
    client = nobody()
    for header in ("Basic YTpi", f"Token {sign_in(ann).access}", sign_in(ann).access, "Bearer"):
        client.credentials(HTTP_AUTHORIZATION=header)
        assert is_refused(client.get(ME), 401, "not_authenticated")
    client.credentials(HTTP_AUTHORIZATION="Bearer ")
    assert is_refused(client.get(ME), 401, "invalid_token")


def test_rubbish_is_refused(ann: User) -> None:
    pair = sign_in(ann)
    claims = jwt.decode(pair.access, options={"verify_signature": False})
    header, payload, signature = pair.access.split(".")
    nested = base64.urlsafe_b64encode(b"[" * 20_000).decode().rstrip("=")
    shorter = base64.urlsafe_b64encode(b"[" * 400).decode().rstrip("=")
    for token in (
        "x",
        "a.b.c",
        "é",
        f"{header}.{payload}.",
        f"{header}.{payload}.{signature[:-4]}AAAA",
        f"{nested}.{payload}.{signature}",
        f"{shorter}.e30.{signature}",
        jwt.encode(claims, None, algorithm="none"),
        jwt.encode(claims, "k" * 40, algorithm="HS256"),
        pair.refresh,
    ):
        assert is_refused(bearer(token).get(ME), 401, "invalid_token")


@pytest.mark.parametrize("sid", [None, 7, "x", "", ["a"]])
def test_a_token_of_ours_without_a_sign_in_is_refused(sid: object) -> None:
    token = AccessToken()
    token["sid"] = sid
    with pytest.raises(InvalidToken):
        authentication.authenticate_token(str(token))


def test_a_token_for_a_sign_in_that_never_was_is_refused() -> None:
    token = AccessToken()
    token["sid"] = str(uuid4())
    with pytest.raises(SignedOut):
        authentication.authenticate_token(str(token))


def test_it_lasts_fifteen_minutes(ann: User) -> None:
    pair = sign_in(ann)
    claims = jwt.decode(pair.access, options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 15 * 60

    late = AccessToken()
    late["sid"] = str(pair.sign_in.pk)
    late.set_exp(from_time=timezone.now() - timedelta(minutes=15, seconds=1))
    with pytest.raises(TokenExpired):
        authentication.authenticate_token(str(late))
    assert is_refused(bearer(str(late)).get(ME), 401, "token_expired")


def test_a_clock_that_is_behind_does_not_matter(ann: User) -> None:
    ahead = AccessToken()
    ahead["sid"] = str(sign_in(ann).sign_in.pk)
    ahead.set_iat(at_time=timezone.now() + timedelta(seconds=30))
    assert bearer(str(ahead)).get(ME).status_code == 200


def test_it_holds_no_personal_data(ann: User) -> None:
    claims = jwt.decode(sign_in(ann).access, options={"verify_signature": False})
    assert set(claims) == {"token_type", "exp", "iat", "jti", "sub", "sid"}


def test_a_key_that_was_replaced_still_reads_its_tokens(ann: User, settings: Any) -> None:
    access = sign_in(ann).access
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another key" * 5
    assert is_refused(bearer(access).get(ME), 401, "invalid_token")

    settings.SECRET_KEY_FALLBACKS = [old]
    assert bearer(access).get(ME).status_code == 200


@pytest.mark.parametrize("ending", ["log-out", "closing", "expiry"])
def test_it_ends_with_its_sign_in_at_once(ann: User, ending: str) -> None:
    pair, other = sign_in(ann), sign_in(make_person("Bob"))
    if ending == "log-out":
        end_sign_in(user_id=ann.pk, sign_in_id=pair.sign_in.pk)
    elif ending == "closing":
        User.objects.filter(pk=ann.pk).update(is_active=False)
    else:
        expire(last_sign_in(ann))

    assert is_refused(bearer(pair.access).get(ME), 401, "signed_out")
    assert bearer(other.access).get(ME).status_code == 200
    found = live_sign_ins([pair.sign_in.pk, other.sign_in.pk])
    assert found == {other.sign_in.pk: other.sign_in.user_id}


def test_live_sign_ins_are_found_in_one_query(ann: User, django_assert_num_queries: Any) -> None:
    ids = [sign_in(ann).sign_in.pk for _ in range(3)]
    with django_assert_num_queries(1):
        assert live_sign_ins([*ids, uuid4()]).keys() == set(ids)


def test_the_token_alone_decides_beside_a_cookie(ann: User) -> None:
    bob = make_person("Bob")
    client = browser(bob)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {sign_in(ann).access}")
    assert client.get(ME).json()["id"] == str(ann.pk)

    client.credentials(HTTP_AUTHORIZATION="Bearer rubbish")
    assert is_refused(client.get(ME), 401, "invalid_token")

    client.credentials(HTTP_AUTHORIZATION="Bearer")
    assert client.get(ME).json()["id"] == str(bob.pk)


def test_a_token_needs_no_csrf_token(ann: User) -> None:
    client = browser(make_person("Bob"))
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {sign_in(ann).access}")
    assert client.patch(ME, {"about": "hi"}, format="json").json()["about"] == "hi"


def test_a_request_with_a_token_touches_no_session(ann: User) -> None:
    client = browser(make_person("Bob"))
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {sign_in(ann).access}")
    answer = client.get(ME)

    assert not answer.cookies
    assert not hasattr(answer.wsgi_request, "session")
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_answers_vary_with_who_asks(ann: User) -> None:
    for client in (bearer(sign_in(ann).access), browser(ann), nobody()):
        answer = client.get(ME)
        varies = {name.strip() for name in answer["Vary"].split(",")}
        assert {"Authorization", "Cookie"} <= varies
        assert answer["Cache-Control"] == "no-store"


def test_outside_of_the_api_a_token_is_nothing(ann: User) -> None:
    answer = bearer(sign_in(ann).access).get("/admin/")
    assert answer.status_code == 302
    assert SignIn.objects.count() == 1
