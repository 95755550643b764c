"""/v1/users/me/tokens, and what a token may do."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.auth.api_tokens import MAX_TOKENS, NewToken, create_api_token
from accounts.auth.scopes import Scope
from accounts.auth.sign_ins import end_all_sign_ins
from accounts.models import ApiToken, SignIn, User
from accounts.people.accounts import close_account
from accounts.people.suspensions import suspend_person
from tests.accounts.scene import bearer, expire, is_refused, nobody, program
from tests.cast import make_conversation, make_person, say

pytestmark = pytest.mark.django_db
URL = "/v1/users/me/tokens"


@pytest.fixture
def ann() -> User:
    return make_person("Ann")


def token_of(person: User, *scopes: Scope, **fields: Any) -> NewToken:
    return create_api_token(
        user=person, made_by=person, name="script", scopes=scopes or list(Scope), **fields
    )


def test_the_secret_is_shown_once_and_stored_as_a_hash(ann: User) -> None:
    client = program(ann)
    answer = client.post(URL, {"name": "backup", "scopes": ["history:read"]}, format="json")

    assert answer.status_code == 201
    made = answer.json()
    secret = made.pop("token")
    assert secret.startswith("chat_")
    (listed,) = client.get(URL).json()["results"]
    assert listed == made
    assert listed["lastUsedAt"] is listed["expiresAt"] is None
    assert secret.encode() not in bytes(ApiToken.objects.get().digest)
    assert bearer(secret).get("/v1/users/me").json()["id"] == str(ann.pk)
    assert client.get("/v1/users/me/sign-ins").json()["results"][0]["kind"] == "token"
    assert len(client.get("/v1/users/me/sign-ins").json()["results"]) == 1


def test_says_when_it_was_last_used(ann: User) -> None:
    new = token_of(ann)
    before = timezone.now() - timedelta(hours=2)
    SignIn.objects.filter(pk=new.token.pk).update(last_used_at=before, created_at=before)
    bearer(new.text).get("/v1/users/me")
    (listed,) = program(ann).get(URL).json()["results"]
    assert listed["lastUsedAt"] > listed["createdAt"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"scopes": ["history:read"]}, "name"),
        ({"name": " ", "scopes": ["history:read"]}, "name"),
        ({"name": "x" * 101, "scopes": ["history:read"]}, "name"),
        ({"name": "a\u202eb", "scopes": ["history:read"]}, "name"),
        ({"name": "x"}, "scopes"),
        ({"name": "x", "scopes": []}, "scopes"),
        ({"name": "x", "scopes": ["everything"]}, "scopes[0]"),
        (
            {"name": "x", "scopes": ["history:read"], "expiresAt": "2001-01-01T00:00:00Z"},
            "expiresAt",
        ),
        ({"name": "x", "scopes": ["history:read"], "expiresAt": "soon"}, "expiresAt"),
        ({"name": "x", "scopes": ["history:read"], "conversationIds": ["x"]}, "conversationIds[0]"),
    ],
)
def test_wrong_bodies_make_nothing(ann: User, body: dict[str, Any], field: str) -> None:
    if field not in ("name", "scopes", "scopes[0]"):
        body = {"name": "x", "scopes": ["history:read"], **body}
    assert is_refused(program(ann).post(URL, body, format="json"), 400, "invalid_input", field)
    assert not ApiToken.objects.exists()


def test_an_account_has_so_many_and_no_more(ann: User) -> None:
    for _ in range(MAX_TOKENS):
        token_of(ann)
    body = {"name": "one more", "scopes": ["history:read"]}
    assert is_refused(program(ann).post(URL, body, format="json"), 409, "too_many_tokens")


def test_a_token_needs_the_scope(ann: User) -> None:
    conversation = make_conversation(ann)
    url = f"/v1/conversations/{conversation.pk}/messages"
    reader = bearer(token_of(ann, Scope.HISTORY_READ).text)
    writer = bearer(token_of(ann, Scope.MESSAGES_WRITE).text)

    assert reader.get(url).status_code == 200
    assert is_refused(reader.post(url, {"content": "x"}, format="json"), 403, "scope_missing")
    assert writer.post(url, {"content": "x"}, format="json").status_code == 200
    assert is_refused(writer.get(url), 403, "scope_missing")


def test_a_token_is_no_more_than_its_account(ann: User) -> None:
    foreign = make_conversation(make_person("Bob"))
    say(foreign, foreign.created_by)
    url = f"/v1/conversations/{foreign.pk}/messages"
    assert is_refused(bearer(token_of(ann).text).get(url), 404, "conversation_not_found")


def test_a_token_makes_no_tokens_and_touches_no_sign_in(ann: User) -> None:
    client = bearer(token_of(ann).text)
    body = {"name": "x", "scopes": ["history:read"]}
    answers = [
        client.post(URL, body, format="json"),
        client.get(URL),
        client.post("/v1/users/me/password", {}, format="json"),
        client.post("/v1/users/logout", {"everywhere": True}, format="json"),
        client.delete("/v1/users/me", {"password": "x"}, format="json"),
        client.post("/v1/tickets"),
        client.get("/v1/users/me/sign-ins"),
        client.post("/v1/bots", {"name": "x"}, format="json"),
    ]
    for answer in answers:
        assert is_refused(answer, 403, "not_for_tokens")
    assert ApiToken.objects.count() == 1


def test_a_token_of_an_administrator_opens_no_admin() -> None:
    root = make_person("Root", is_staff=True, is_superuser=True)
    answer = bearer(token_of(root).text).get("/admin/")
    assert answer.status_code == 302
    assert "/login" in answer["Location"]


def test_a_token_for_some_conversations_reaches_no_others(ann: User) -> None:
    inside, outside = make_conversation(ann), make_conversation(ann)
    client = bearer(token_of(ann, conversation_ids=[inside.pk]).text)
    path = "/v1/conversations/{}/messages"

    assert client.get(path.format(inside.pk)).status_code == 200
    assert client.get("/v1/users/me").status_code == 200
    for url in (path.format(outside.pk), "/v1/conversations", "/v1/search?q=hello", "/v1/users"):
        assert is_refused(client.get(url), 403, "conversation_not_in_token"), url


def test_revoking_ends_it_and_is_ones_own_right(ann: User) -> None:
    new = token_of(ann)
    url = f"{URL}/{new.token.pk}"
    assert is_refused(program(make_person("Bob")).delete(url), 404, "token_not_found")
    assert bearer(new.text).get("/v1/users/me").status_code == 200

    assert program(ann).delete(url).status_code == 204
    assert is_refused(bearer(new.text).get("/v1/users/me"), 401, "invalid_token")
    assert is_refused(program(ann).delete(url), 404, "token_not_found")
    assert is_refused(nobody().get(URL), 401, "not_authenticated")


def test_an_expired_one_is_refused(ann: User) -> None:
    new = token_of(ann, expires_at=timezone.now() + timedelta(days=1))
    assert bearer(new.text).get("/v1/users/me").status_code == 200
    expire(new.token.sign_in)
    assert is_refused(bearer(new.text).get("/v1/users/me"), 401, "invalid_token")


def test_what_ends_all_sign_ins_ends_tokens(ann: User) -> None:
    moderator = make_person("Mod", is_staff=True, is_superuser=True)

    def suspend(person: User) -> None:
        suspend_person(person_id=person.pk, by=moderator)

    ends = (suspend, lambda it: close_account(user=it), lambda it: end_all_sign_ins(user_id=it.pk))
    for end in ends:
        person = make_person("Cat")
        new = token_of(person)
        end(person)
        assert is_refused(bearer(new.text).get("/v1/users/me"), 401, "invalid_token")


@pytest.mark.parametrize("raw", ["chat_", "chat_" + "x" * 43, "chat_" + "x" * 9000, "chat_é"])
def test_made_up_ones_are_refused(raw: str) -> None:
    assert is_refused(bearer(raw).get("/v1/users/me"), 401, "invalid_token")


def test_a_token_has_a_rate_of_its_own(ann: User, settings: Any) -> None:
    settings.TOKEN_REQUESTS_PER_SECOND = 1
    new, other = token_of(ann), token_of(ann)
    answers = [bearer(new.text).get("/v1/users/me") for _ in range(30)]
    assert answers[-1].status_code == 429
    assert answers[-1]["Retry-After"] == "1"
    assert bearer(other.text).get("/v1/users/me").status_code == 200
    assert program(ann).get("/v1/users/me").status_code == 200
