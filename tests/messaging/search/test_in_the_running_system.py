"""Search on the real server: what is sent and edited is found, and what a crash left behind."""

import time
from collections.abc import Callable
from typing import Any

import httpx

from tests.journeys.stage import PASSWORD, PATIENCE
from tests.messaging.search.test_search_api import HOSTILE
from tests.servers import ServerProcess


def sign_up(server: ServerProcess, name: str) -> httpx.Client:
    person = {"name": name, "email": f"{name.lower()}@example.org", "password": PASSWORD}
    answer = httpx.post(f"{server.base_url}/v1/users/register", json=person)
    assert answer.status_code == 201, answer.text
    answer = httpx.post(f"{server.base_url}/v1/users/login", json=person)
    headers = {"Authorization": f"Bearer {answer.json()['access']}"}
    return httpx.Client(base_url=server.base_url, headers=headers, timeout=30)


def found(client: httpx.Client, q: str) -> list[str]:
    answer = client.get("/v1/search", params={"q": q})
    assert answer.status_code == 200, answer.text
    return [hit["message"]["content"] for hit in answer.json()["results"]]


def until(holds: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.1)


def test_a_message_is_found_by_its_present_text_and_after_a_crash(server: ServerProcess) -> None:
    with sign_up(server, "Ann") as ann, sign_up(server, "Eve") as eve:
        group = {"name": "Trip", "isGroup": True, "memberIds": []}
        chat = ann.post("/v1/conversations", json=group).json()["id"]
        messages = f"/v1/conversations/{chat}/messages"
        seq = ann.post(messages, json={"content": "bring the tent"}).json()["seq"]

        until(lambda: found(ann, "tent") == ["bring the tent"])
        assert found(eve, "tent") == []

        ann.patch(f"{messages}/{seq}", json={"content": "bring the boat"})
        assert found(ann, "tent") == []  # at once, whatever the index still holds
        until(lambda: found(ann, "boat") == ["bring the boat"])

        ann.post(messages, json={"content": "and the paddles"})
        server.kill()
        server.start()
        until(lambda: found(ann, "paddles") == ["and the paddles"])

        ann.delete(f"{messages}/{seq}")
        assert found(ann, "boat") == []


def test_names_are_found_in_spite_of_errors(server: ServerProcess) -> None:
    """Outside of the transaction that other tests run in."""
    with sign_up(server, "Bert") as bert, sign_up(server, "Wilhelmina"):
        params = {"q": "Wilhlemnia", "kind": "people"}
        answer = bert.get("/v1/search", params=params)
        names = [hit["person"]["name"] for hit in answer.json()["results"]]
        assert names == ["Wilhelmina"]


def test_hostile_text_is_plainly_answered_outside_of_a_transaction(server: ServerProcess) -> None:
    with sign_up(server, "Mallory") as mallory:
        for kind in ("messages", "conversations", "people", "files"):
            for q in HOSTILE:
                answer = mallory.get("/v1/search", params={"q": q, "kind": kind})
                assert answer.status_code in (200, 400), (kind, q, answer.text)
        for path in ("?q=%00", "?q=" + "x" * 10_000, "?q=x&cursor=x", "?q=%ff&in=%ff"):
            assert mallory.get(f"/v1/search{path}").status_code in (200, 400), path
