"""Bots: /v1/bots, their tokens, and the pages of the settings."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.auth.scopes import Scope
from accounts.models import Bot, User
from accounts.people.accounts import close_account
from accounts.people.suspensions import suspend_person
from messaging.integrations import bots
from tests.accounts.scene import bearer, browser, is_refused, nobody, program
from tests.cast import api, make_conversation, make_person, say

pytestmark = pytest.mark.django_db
ALL = list(Scope)


@pytest.fixture
def owner() -> User:
    return make_person("Ann")


@pytest.fixture
def member() -> User:
    return make_person("Bob")


@pytest.fixture
def outsider() -> User:
    return make_person("Cat")


@pytest.fixture(autouse=True)
def conversation(owner: User, member: User) -> Any:
    return make_conversation(owner, member)


def made(owner: User) -> Bot:
    return bots.create_bot(by=owner, name="Builder")


def secret_of(bot: Bot, *scopes: Scope, **fields: Any) -> str:
    by = bot.made_by
    return bots.create_bot_token(
        by=by, bot_id=bot.pk, name="ci", scopes=scopes or ALL, **fields
    ).text


def test_a_bot_is_an_account_that_is_marked_as_one(owner: User, conversation: Any) -> None:
    answer = api(owner).post("/v1/bots", {"name": "Builder"}, format="json")
    assert answer.status_code == 201
    bot_id = answer.json()["id"]
    token = api(owner).post(
        f"/v1/bots/{bot_id}/tokens", {"name": "ci", "scopes": ALL}, format="json"
    )
    assert token.status_code == 201
    client = bearer(token.json()["token"])

    assert client.get("/v1/users/me").json()["isBot"] is True
    url = f"/v1/conversations/{conversation.pk}"
    assert is_refused(client.get(f"{url}/messages"), 404, "conversation_not_found")
    added = api(owner).post(f"{url}/participants", {"memberIds": [bot_id]}, format="json")
    assert added.status_code in (200, 201), added.content
    assert client.post(f"{url}/messages", {"content": "green"}, format="json").status_code == 200
    page = api(owner).get(f"{url}/messages").json()
    assert {each["isBot"] for each in page["people"] if each["id"] == bot_id} == {True}


def test_who_may_make_bots_is_a_setting(
    owner: User, member: User, outsider: User, settings: Any
) -> None:
    staff = make_person("Dan", is_staff=True)
    body = {"name": "Builder"}
    for person, refused in ((owner, False), (member, True), (outsider, True), (staff, False)):
        answer = api(person).post("/v1/bots", body, format="json")
        assert (answer.status_code == 403) is refused
    settings.BOT_MAKERS = "staff"
    assert is_refused(api(owner).post("/v1/bots", body, format="json"), 403, "bot_right_missing")
    assert api(staff).post("/v1/bots", body, format="json").status_code == 201
    assert is_refused(nobody().post("/v1/bots", body, format="json"), 401, "not_authenticated")


def test_a_bot_makes_no_bots(owner: User) -> None:
    bot = made(owner)
    make_conversation(bot.user)
    assert not bots.may_make_bots(bot.user)


def test_only_its_maker_sees_and_closes_it(owner: User, outsider: User) -> None:
    bot = made(owner)
    secret = secret_of(bot)
    url = f"/v1/bots/{bot.pk}"
    assert api(outsider).get("/v1/bots").json()["results"] == []
    assert is_refused(api(outsider).delete(url), 404, "bot_not_found")
    assert is_refused(api(outsider).get(f"{url}/tokens"), 404, "bot_not_found")
    assert is_refused(
        api(outsider).post(f"{url}/tokens", {"name": "x", "scopes": ALL}, format="json"),
        404,
        "bot_not_found",
    )
    assert bearer(secret).get("/v1/users/me").status_code == 200

    assert api(owner).delete(url).status_code == 204
    assert is_refused(bearer(secret).get("/v1/users/me"), 401, "invalid_token")
    assert is_refused(api(owner).delete(url), 404, "bot_not_found")


def test_a_revoked_token_is_refused_and_others_go_on(owner: User) -> None:
    bot = made(owner)
    first, second = secret_of(bot), secret_of(bot)
    listed = api(owner).get(f"/v1/bots/{bot.pk}/tokens").json()["results"]
    revoked = api(owner).delete(f"/v1/bots/{bot.pk}/tokens/{listed[-1]['id']}")
    assert revoked.status_code == 204
    assert is_refused(bearer(first).get("/v1/users/me"), 401, "invalid_token")
    assert bearer(second).get("/v1/users/me").status_code == 200


def test_names_and_numbers_are_bounded(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = api(owner).post("/v1/bots", {"name": " "}, format="json")
    assert is_refused(answer, 400, "invalid_input", "name")
    monkeypatch.setattr(bots, "MAX_BOTS", 1)
    made(owner)
    answer = api(owner).post("/v1/bots", {"name": "x"}, format="json")
    assert is_refused(answer, 409, "too_many_bots")


def test_tokens_of_bots_end_with_who_made_them() -> None:
    moderator = make_person("Mod", is_staff=True, is_superuser=True)

    def suspend(person: User) -> None:
        suspend_person(person_id=person.pk, by=moderator)

    for end in (suspend, lambda person: close_account(user=person)):
        maker = make_person("Eve")
        make_conversation(maker)
        secret = secret_of(made(maker))
        end(maker)
        assert is_refused(bearer(secret).get("/v1/users/me"), 401, "invalid_token")


def test_a_token_for_one_conversation(owner: User, conversation: Any) -> None:
    bot = made(owner)
    other = make_conversation(owner, bot.user)
    say(other, owner)
    client = bearer(secret_of(bot, conversation_ids=[conversation.pk]))
    url = f"/v1/conversations/{other.pk}/messages"
    assert is_refused(client.get(url), 403, "conversation_not_in_token")
    assert bearer(secret_of(bot)).get(url).status_code == 200


def test_the_pages_work_without_javascript(owner: User) -> None:
    window = Client()
    window.force_login(owner)
    assert window.post(reverse("settings-bots"), {"name": "Builder"}).status_code == 302
    bot = Bot.objects.get()
    page = reverse("settings-bot", args=[bot.pk])
    form = {"name": "ci", "scopes": ["messages:write"], "expires": "30"}
    shown = window.post(page, form).content.decode()
    (secret,) = re.findall(r"chat_[\w-]{43}", shown)
    assert bearer(secret).get("/v1/users/me").json()["name"] == "Builder"
    assert secret not in window.get(page).content.decode()
    token = bot.user.sign_ins.get()
    assert window.post(reverse("revoke-bot-token", args=[bot.pk, token.pk])).status_code == 302
    assert is_refused(bearer(secret).get("/v1/users/me"), 401, "invalid_token")
    assert window.post(reverse("close-bot", args=[bot.pk])).status_code == 302
    assert window.get(page).status_code == 404


def test_the_page_of_ones_own_tokens(owner: User, outsider: User) -> None:
    window = Client()
    window.force_login(owner)
    page = reverse("tokens")
    wrong = window.post(page, {"name": "x", "expires": ""}).content.decode()
    assert "chat_" not in wrong.replace("chat_theme", "")
    form = {"name": "backup", "scopes": ["history:read", "people:read"], "expires": ""}
    shown = window.post(page, form).content.decode()
    (secret,) = re.findall(r"chat_[\w-]{43}", shown)
    assert secret not in window.get(page).content.decode()
    token = owner.sign_ins.get(kind="api")
    stranger = Client()
    stranger.force_login(outsider)
    stranger.post(reverse("revoke-token", args=[token.pk]))
    assert bearer(secret).get("/v1/users").status_code == 200
    window.post(reverse("revoke-token", args=[token.pk]))
    assert is_refused(bearer(secret).get("/v1/users"), 401, "invalid_token")


def test_the_admin_closes_bots_and_revokes_tokens(owner: User) -> None:
    root = make_person("Root", is_staff=True, is_superuser=True)
    window = Client()
    window.force_login(root)
    bot, other = made(owner), made(owner)
    first, second = secret_of(bot), secret_of(other)
    token = bot.user.sign_ins.get(kind="api")
    window.post(
        reverse("admin:accounts_apitoken_changelist"),
        {"action": "revoke", "_selected_action": [str(token.pk)]},
    )
    assert is_refused(bearer(first).get("/v1/users/me"), 401, "invalid_token")
    window.post(
        reverse("admin:accounts_bot_changelist"),
        {"action": "close", "_selected_action": [str(other.pk)]},
    )
    assert is_refused(bearer(second).get("/v1/users/me"), 401, "invalid_token")
    assert browser(root).get("/admin/").status_code == 200
    assert program(owner).get("/v1/users/me").status_code == 200
