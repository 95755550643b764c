"""A person's way through the chat, with everything in it that operators must not be told, and with
requests, frames and a task that fail with it."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import websockets

from tests.attachments.samples import picture
from tests.servers import ServerProcess

NAME = "Philippa Quarrel"
EMAIL = "philippa.quarrel@confidential.example"
PASSWORD = "unguessable-marmalade-93"
TEXT = "rendezvous behind the gasworks"
TITLE = "conspirators of Thursday"
FILE_NAME = "blackmail.png"
ABOUT = "collector of teaspoons"
AGENT = "SecretBrowser/9"
SECRETS = [NAME, EMAIL, PASSWORD, TEXT, TITLE, FILE_NAME, ABOUT, AGENT]
SECRETS += ["Philippa", "confidential", "gasworks", "conspirators", "blackmail"]
CHOSEN_ID = "chosen-by-the-proxy.17"


@dataclass
class Journey:
    """What came of it. `secrets` must be nowhere, `ids` are fine."""

    user_id: str = ""
    request_id: str = ""  # of the request that failed
    task_request_id: str = ""  # of the one that queued a task which failed
    socket_id: str = ""
    statements: list[str] = field(default_factory=list)
    socket_statements: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)


async def travel(server: ServerProcess) -> Journey:
    journey = Journey(secrets=[*SECRETS])
    options: Any = {"base_url": server.base_url, "timeout": 60, "headers": {"user-agent": AGENT}}
    async with httpx.AsyncClient(**options) as client:
        chat = await _arrive(client, journey)
        await _talk(client, chat)
        await _fail(client, journey)
        await _by_socket(server, client.headers["authorization"], chat, journey)
        await client.post("/v1/users/logout")
    async with httpx.AsyncClient(**options) as browser:
        await _by_forms(browser)
    return journey


async def _arrive(client: httpx.AsyncClient, journey: Journey) -> str:
    """The person registers, mistypes, logs in and begins a group; its id."""
    person = {"name": NAME, "email": EMAIL, "password": PASSWORD}
    registered = await client.post("/v1/users/register", json=person)
    registered.raise_for_status()
    assert (await client.post("/v1/users/register", json=person)).is_client_error
    wrong = {"email": EMAIL, "password": f"{PASSWORD}x"}
    assert (await client.post("/v1/users/login", json=wrong)).is_client_error
    tokens = (await client.post("/v1/users/login", json=person)).json()
    journey.user_id = tokens["user"]["id"]
    journey.secrets += [tokens["access"], tokens["refresh"], tokens["access"].split(".")[1]]
    renewed = (await client.post("/v1/users/refresh", json={"refresh": tokens["refresh"]})).json()
    journey.secrets += [renewed["access"], renewed["refresh"]]
    client.headers["authorization"] = f"Bearer {renewed['access']}"
    assert (await client.patch("/v1/users/me", json={"about": ABOUT})).status_code == 200
    made = await client.post(
        "/v1/conversations", json={"name": TITLE, "isGroup": True, "memberIds": []}
    )
    return str(made.json()["id"])


async def _talk(client: httpx.AsyncClient, chat: str) -> None:
    messages = f"/v1/conversations/{chat}/messages"
    sent = await client.post(messages, json={"content": TEXT})
    assert sent.status_code in (200, 201)
    await client.patch(f"{messages}/{sent.json()['seq']}", json={"content": f"{TEXT}!"})
    await client.get("/v1/search", params={"q": TEXT})
    await client.get("/v1/users", params={"q": NAME})
    upload = {"file": (FILE_NAME, picture("PNG"), "image/png")}
    file = (await client.post("/v1/attachments", files=upload)).json()
    await client.post(messages, json={"attachmentIds": [file["id"]]})
    broken = {"file": (FILE_NAME, picture("PNG")[:200] + TEXT.encode(), "image/png")}
    await client.post("/v1/attachments", files=broken)
    # What is wrong: a path, a query, a body, a shape, a header, a place.
    await client.get(f"/v1/{TEXT}")
    await client.get(messages, params={"limit": TEXT})
    await client.post(messages, content=f"{{{TEXT}".encode(), headers=JSON)
    await client.post(messages, json={"content": TEXT, "clientId": NAME})
    await client.post(f"/v1/conversations/{uuid4()}/messages", json={"content": TEXT})
    await client.get("/v1/users/me", headers={"authorization": f"Bearer {PASSWORD}"})
    await client.put(messages, json={"content": TEXT})
    await client.post("/v1/users/password-reset", json={"email": EMAIL})


JSON = {"content-type": "application/json"}


async def _fail(client: httpx.AsyncClient, journey: Journey) -> None:
    for how in ("python", "database"):
        body = {"content": f"{TEXT} {EMAIL}", "how": how, "password": PASSWORD}
        answer = await client.post(f"/v1/faulty/{TEXT}", params={"q": TEXT}, json=body)
        assert answer.status_code == 500
        journey.request_id = answer.headers["x-request-id"]
    logged = {"content": f"{TEXT} {NAME}", "how": "logged"}
    assert (await client.post(f"/v1/faulty/{TEXT}", json=logged)).status_code == 204
    queued = {"content": f"{TEXT} {EMAIL}", "how": "task"}
    answer = await client.post(f"/v1/faulty/{TEXT}", json=queued)
    assert answer.status_code == 204
    journey.task_request_id = answer.headers["x-request-id"]
    asked = await client.get(f"/v1/faulty/{TEXT}", headers={"x-request-id": CHOSEN_ID})
    assert asked.headers["x-request-id"] == CHOSEN_ID
    journey.statements = asked.json()["statements"]


async def _by_socket(
    server: ServerProcess, authorization: str, chat: str, journey: Journey
) -> None:
    with_token = f"{server.ws_url}?ticket={PASSWORD}"
    async with websockets.connect(with_token) as refused:
        await refused.recv()
    headers = {"authorization": authorization}
    async with websockets.connect(server.ws_url, additional_headers=headers) as socket:
        assert socket.response is not None
        journey.socket_id = socket.response.headers["x-request-id"]

        async def ask(ref: str, **frame: Any) -> Any:
            await socket.send(json.dumps({**frame, "ref": ref}))
            while True:
                told = json.loads(await asyncio.wait_for(socket.recv(), 60))
                if told.get("ref") == ref:
                    return told

        await ask("send", type="message.send", conversationId=chat, content=TEXT)
        await ask("no", type="message.send", conversationId=str(uuid4()), content=TEXT)
        await ask("odd", type=TEXT, content=NAME)
        for how in ("python", "database"):
            told = await ask(how, type="faulty.thread", content=f"{TEXT} {EMAIL}", how=how)
            assert told["code"] == "internal_error"
        told = await ask("loop", type="faulty.loop", content=f"{TEXT} {EMAIL}")
        assert told["code"] == "internal_error"
        journey.socket_statements = (await ask("sql", type="faulty.statements"))["statements"]
        await socket.send(TEXT)


async def _by_forms(browser: httpx.AsyncClient) -> None:
    """Log-in as a browser does it, wrong and right, and a form that is not ours."""
    await browser.get("/login")
    token = browser.cookies.get("csrftoken", "")
    for password in (f"{PASSWORD}y", PASSWORD):
        form = {"username": EMAIL, "password": password, "csrfmiddlewaretoken": token}
        await browser.post("/login", data=form, headers={"referer": str(browser.base_url)})
    await browser.post("/login", data={"username": EMAIL, "password": PASSWORD})
    elsewhere = {
        "referer": f"https://{TEXT.replace(' ', '-')}.example",
        "origin": f"https://{ABOUT}",
    }
    await browser.post("/login", data={"username": EMAIL}, headers=elsewhere)
    await browser.get("/", params={"next": TEXT})
    await browser.get("/admin/", params={"q": TEXT})
