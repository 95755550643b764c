"""Programs that know Slack and Mattermost, unchanged, against the running server."""

import asyncio
from urllib.parse import urlsplit

import apprise
import httpx
from slack_sdk.webhook import WebhookClient

from tests.journeys.stage import Person, Stage, history


async def address(stage: Stage, owner: Person, group: str) -> str:
    """That of a new webhook; its host is the server's own."""
    made = await owner.rest.post("conversations", group, "hooks", body={"name": "CI"})
    return stage.server.base_url + urlsplit(made["url"]).path


async def test_slacks_own_webhook_client(stage: Stage) -> None:
    olga, mia = await stage.people("Olga", "Mia")
    group = await stage.group(olga, mia)
    client = WebhookClient(await address(stage, olga, group))
    listener = await stage.connect(mia)
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "*green* &amp; fast"}}]
    answer = await asyncio.to_thread(client.send, text="green & fast", blocks=blocks)
    assert (answer.status_code, answer.body) == (200, "ok")
    await listener.reads("**green** & fast")
    refused = await asyncio.to_thread(client.send, text=" ")
    assert (refused.status_code, refused.body) == (400, "no_text")
    gone = WebhookClient(f"{stage.server.base_url}/hooks/nothing")
    assert (await asyncio.to_thread(gone.send, text="x")).body == "no_service"


async def test_apprise_as_mattermost(stage: Stage) -> None:
    olga = await stage.person("Olga")
    group = await stage.group(olga)
    url = urlsplit(await address(stage, olga, group))
    token = url.path.rpartition("/")[2]
    sender = apprise.Apprise()
    assert sender.add(f"mmost://Backup@{url.netloc}/{token}")
    assert await asyncio.to_thread(sender.notify, title="Nightly", body="all is well")
    log = [each for each in await history(olga, group) if each["kind"] == "text"]
    assert "all is well" in log[0]["content"]
    assert log[0]["meta"]["author"]["name"] == "Backup"


async def test_curl_as_the_manuals_show_it(stage: Stage) -> None:
    olga = await stage.person("Olga")
    group = await stage.group(olga)
    url = await address(stage, olga, group)
    async with httpx.AsyncClient() as client:
        form = await client.post(url, data={"payload": '{"text": "form"}'})
        plain = await client.post(url, content='{"text": "plain"}')
    assert (form.text, plain.text) == ("ok", "ok")
