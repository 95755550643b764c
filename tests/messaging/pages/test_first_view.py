"""The page of the chat: its first view is what the API would answer, and nothing more."""

import json
import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from messaging.actions.delete import delete_message
from tests.cast import api, leave, make_conversation, make_direct, make_person, say

pytestmark = pytest.mark.django_db(transaction=True)


def browser_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def first_view(answer: Any) -> dict[str, Any]:
    found = re.search(
        r'<script id="first-view" type="application/json">(.*?)</script>', answer.text, re.DOTALL
    )
    assert found
    view: dict[str, Any] = json.loads(found[1])
    return view


def test_the_inbox_and_oneself_as_the_api_has_them() -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    say(make_direct(ann, ben), ben, "hello </script><script>alert(1)</script>")
    say(make_conversation(ann, ben), ann)
    answer = browser_of(ann).get("/")
    view = first_view(answer)
    assert answer.status_code == 200
    assert view["me"] == api(ann).get("/v1/users/me").json()
    assert view["inbox"] == api(ann).get("/v1/conversations").json()
    assert len(view["inbox"]["results"]) == 2
    assert (view["conversation"], view["messages"], view["notFound"]) == (None, None, False)


def test_a_conversation_with_its_last_page() -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = make_conversation(ann, ben)
    for number in range(3):
        say(group, ben, f"message {number}")
    path = f"/v1/conversations/{group.pk}"
    view = first_view(browser_of(ann).get(f"/c/{group.pk}"))
    assert view["conversation"] == api(ann).get(path).json()
    assert view["messages"] == api(ann).get(f"{path}/messages?limit=60").json()
    assert view["conversation"]["unread"] == 3


def test_few_unread_ones_far_up_open_at_the_first_of_them() -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = make_conversation(ann, ben)
    for number in range(70):
        say(group, ben, f"message {number}")
    for seq in range(2, 71):
        delete_message(conversation_id=group.pk, user_id=ben.pk, seq=seq)
    view = first_view(browser_of(ann).get(f"/c/{group.pk}"))
    assert view["conversation"]["unread"] == 1
    assert view["messages"]["results"][0]["seq"] == 1


def test_many_unread_ones_open_at_the_first_of_them() -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = make_conversation(ann, ben)
    for number in range(100):
        say(group, ben, f"message {number}")
    api(ann).post(f"/v1/conversations/{group.pk}/read", {"seq": 40}, format="json")
    view = first_view(browser_of(ann).get(f"/c/{group.pk}"))
    seqs = [row["seq"] for row in view["messages"]["results"]]
    assert view["conversation"]["unread"] == 60
    assert {40, 41} <= set(seqs)
    assert len(seqs) == 60


def test_a_link_opens_around_its_message() -> None:
    ann = make_person("Ann")
    group = make_conversation(ann)
    for number in range(100):
        say(group, ann, f"message {number}")
    view = first_view(browser_of(ann).get(f"/c/{group.pk}/12"))
    seqs = [row["seq"] for row in view["messages"]["results"]]
    assert seqs == list(range(1, 61))
    beyond = browser_of(ann).get(f"/c/{group.pk}/{10**30}")
    assert beyond.status_code == 200


def test_an_outsider_sees_no_more_than_of_one_that_never_was() -> None:
    ann, eve = make_person("Ann"), make_person("Eve")
    group = make_conversation(ann, title="Secret plans")
    say(group, ann, "burn after reading")
    there, nowhere = (browser_of(eve).get(f"/c/{one}") for one in (group.pk, uuid4()))
    assert there.status_code == nowhere.status_code == 404
    assert first_view(there)["notFound"] is True
    assert first_view(there)["conversation"] is first_view(there)["messages"] is None
    assert "Secret plans" not in there.text
    assert "burn" not in there.text


def test_who_has_left_sees_it_as_it_was() -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = make_conversation(ann, ben)
    say(group, ann, "before")
    leave(group, ben)
    say(group, ann, "after")
    view = first_view(browser_of(ben).get(f"/c/{group.pk}"))
    assert view["conversation"]["leftAt"] is not None
    assert "after" not in json.dumps(view["messages"])


def test_what_the_scripts_need_stands_beside_it() -> None:
    ann = make_person("Ann", language="de", theme="dark", notifications="mentions")
    answer = browser_of(ann).get("/")
    view = first_view(answer)
    assert '<html lang="de" dir="ltr" data-theme="dark">' in answer.text
    assert view["language"] == "de"
    assert view["texts"]["Send"] == "Senden"
    assert view["settings"] == {
        "theme": "dark",
        "notifications": "mentions",
        "undoSeconds": 0,
        "sound": True,
        "siteName": "Chat",
    }
    assert view["urls"]["login"] == "/login"
    assert view["limits"]["messageLength"] == 8000
    assert len(view["csrfToken"]) == 64


def test_the_token_of_the_page_lets_its_scripts_write() -> None:
    ann = make_person("Ann")
    group = make_conversation(ann)
    client = Client(enforce_csrf_checks=True)
    client.force_login(ann)
    token = first_view(client.get("/"))["csrfToken"]
    path = f"/v1/conversations/{group.pk}/messages"
    body = {"content": "from the page"}
    kept_out = client.post(path, body, content_type="application/json")
    let_in = client.post(
        path, body, content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert (kept_out.status_code, let_in.status_code) == (403, 200)


def test_nobody_in_particular_is_welcomed_or_led_to_the_log_in() -> None:
    assert "first-view" not in Client().get("/").text
    path = f"/c/{uuid4()}"
    answer = Client().get(path)
    assert (answer.status_code, answer["Location"]) == (302, f"/login?next={path}")


def test_the_page_is_not_kept_by_a_cache() -> None:
    assert "no-store" in browser_of(make_person("Ann")).get("/")["Cache-Control"]
