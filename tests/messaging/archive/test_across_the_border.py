"""Exports, Slack's API, searches with filters, receipts and jumps to a date give the same when the
older part of a log is in files."""

import json
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client

from accounts.auth.api_tokens import create_api_token
from accounts.auth.scopes import Scope
from accounts.models import User
from messaging.exports.conversation import write_conversation
from messaging.exports.person import write_person
from messaging.exports.slack.shapes import ts_of
from messaging.exports.zip_archive import Archive
from messaging.models import Message
from tests.cast import api
from tests.management.running import run
from tests.messaging.actions.scene import Scene
from tests.messaging.archive.steps import archive_all, index_all, rows_of
from tests.messaging.archive.test_same_answers import OLD, people, seqs

__all__ = ["people", "seqs"]

People = dict[str, User]
VARYING = ("exportedAt", "generated_at", "exported_at")


@pytest.fixture
def cast(people: People, seqs: list[int]) -> People:
    """Of the log that `seqs` has filled: owner, member, who left, who was there for a part, who
    came late, outsider."""
    index_all()
    return people


def same_across(scene: Scene, answers: Any) -> Any:
    """What `answers` gives, which has to be the same when the older part is in files alone."""
    before = answers()
    assert archive_all() > OLD // 2
    assert 2 not in rows_of(scene.id)
    after = answers()
    assert after.keys() == before.keys()
    wrong = {key for key in before if before[key] != after[key]}
    assert not wrong, [(before[key], after[key]) for key in sorted(wrong, key=str)[:2]]
    return before


def entries(data: bytes) -> dict[str, Any]:
    """Every file of a zip, JSON without the time of the export."""
    with ZipFile(BytesIO(data)) as file:
        found = {name: file.read(name) for name in file.namelist()}
    return {
        name: plain(json.loads(it)) if name.endswith(".json") else it for name, it in found.items()
    }


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: plain(it) for key, it in value.items() if key not in VARYING}
    return [plain(it) for it in value] if isinstance(value, list) else value


def zipped(write: Any) -> dict[str, Any]:
    buffer = BytesIO()
    with TemporaryDirectory() as scratch, ZipFile(buffer, "w") as file:
        write(Archive(file, Path(scratch)))
    return entries(buffer.getvalue())


def test_exports_of_a_conversation(scene: Scene, cast: People) -> None:
    def answers() -> dict[str, Any]:
        return {
            name: zipped(
                lambda archive, person=person: write_conversation(
                    archive, conversation_id=scene.id, viewer=person
                )
            )
            for name, person in cast.items()
            if name != "outsider"
        }

    found = same_across(scene, answers)
    seen = {name: len(it["conversation.json"]["messages"]) for name, it in found.items()}
    assert seen["owner"] > seen["leaver"] > 0
    assert seen["owner"] > seen["late"] > 0


def test_exports_of_people(scene: Scene, cast: People) -> None:
    def answers() -> dict[str, Any]:
        return {
            name: zipped(lambda archive, person=person: write_person(archive, person=person))
            for name, person in cast.items()
        }

    found = same_across(scene, answers)
    assert not any("conversation" in name for name in found["outsider"])


def test_an_export_for_slack(scene: Scene, cast: People, tmp_path: Path) -> None:
    def answers() -> dict[str, Any]:
        path = tmp_path / "slack.zip"
        path.unlink(missing_ok=True)
        code, _ = run("export_slack", str(scene.id), "--output", str(path))
        assert code == 0
        return entries(path.read_bytes())

    found = same_across(scene, answers)
    said = [
        it for name, days in found.items() if "/" in name and isinstance(days, list) for it in days
    ]
    assert len([it for it in said if it["type"] == "message"]) > OLD


class Slack:
    """Slack's API, in the name of one person."""

    def __init__(self, person: User) -> None:
        self._token = create_api_token(
            user=person, made_by=person, name="t", scopes=list(Scope)
        ).text

    def __call__(self, method: str, **arguments: Any) -> Any:
        client = Client(headers={"Authorization": f"Bearer {self._token}"})
        answer = client.post(f"/api/{method}", arguments, content_type="application/json")
        assert answer.status_code == 200, answer.content
        return answer.json()

    def pages(self, **arguments: Any) -> list[Any]:
        found, cursor = [], ""
        while True:
            answer = self("conversations.history", cursor=cursor, **arguments)
            found.append(answer)
            cursor = answer.get("response_metadata", {}).get("next_cursor", "")
            if not cursor:
                return found


def test_slacks_history_and_replies(scene: Scene, cast: People, seqs: list[int]) -> None:
    times = {
        seq: ts_of(Message.objects.get(conversation=scene.id, seq=seq).created_at)
        for seq in (*seqs, 43)
    }
    slacks = {name: Slack(person) for name, person in cast.items()}
    channel = {"channel": str(scene.id)}

    def answers() -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for name, slack in slacks.items():
            found[name, "all"] = slack.pages(**channel, limit=90)
            for seq, ts in times.items():
                place = {**channel, "limit": 20}
                found[name, "latest", seq] = slack("conversations.history", **place, latest=ts)
                one = {"latest": ts, "oldest": ts, "inclusive": True}
                found[name, "one", seq] = slack("conversations.history", **place, **one)
                found[name, "replies", seq] = slack("conversations.replies", **channel, ts=ts)
                asked = {**channel, "timestamp": ts}
                found[name, "reactions", seq] = slack("reactions.get", **asked)
            found[name, "pins"] = slack("pins.list", **channel)
            found[name, "search"] = slack("search.messages", query="message")
        return found

    found = same_across(scene, answers)
    assert found["outsider", "all"][0]["error"] == "channel_not_found"
    assert sum(len(page["messages"]) for page in found["owner", "all"]) > OLD
    assert found["member", "one", 3]["messages"][0]["text"]
    assert not found["late", "one", 3].get("messages")
    assert len(found["owner", "replies", 42]["messages"]) == 6


def test_searches_receipts_and_dates(scene: Scene, cast: People, seqs: list[int]) -> None:
    day = Message.objects.get(conversation=scene.id, seq=1).created_at
    asked = (
        "message",
        "message+4",
        '"message+12"',
        f"message+from:%40{scene.member.name}",
        f"message+after:{day:%Y-%m-%d}",
        f"message+before:{day:%Y-%m-%d}",
        "has:link",
        "is:reply",
        "is:mine+message",
        "edit*",
        "message+-4",
    )
    base = f"/v1/conversations/{scene.id}/messages"
    moment = day.isoformat().replace("+00:00", "Z")
    paths = [
        *(f"/v1/search?q={words}&limit=60&neighbours=3" for words in asked),
        *(f"/v1/search?q={words}&sort=oldest&limit=7" for words in asked),
        f"/v1/search?q=message&conversationId={scene.id}&limit=20",
        *(f"{base}/{seq}/receipts" for seq in seqs),
        f"{base}?around={moment}&limit=20",
        f"{base}?after={moment}&limit=20",
    ]

    def answers() -> dict[Any, Any]:
        return {
            (name, path): (answer.status_code, answer.content)
            for name, person in cast.items()
            for path in paths
            for answer in [api(person).get(path)]
        }

    found = same_across(scene, answers)
    first = json.loads(found["owner", paths[0]][1])["results"]
    assert first
    assert all(it["highlights"] for it in first)
    assert json.loads(found["outsider", paths[0]][1])["results"] == []
    assert sum(status == 200 for status, _ in found.values()) > 100
