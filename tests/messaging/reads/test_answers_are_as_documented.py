"""The schema names just the fields that answers have."""

from typing import Any

import pytest
from rest_framework.serializers import Serializer

from messaging.api import shapes
from messaging.api.sync import NewsShape, SyncAnswer
from tests.cast import api, make_direct, say
from tests.messaging.actions.scene import Scene

pytestmark = pytest.mark.usefixtures("both_paths")


@pytest.fixture
def ask(told_ten: Scene) -> Any:
    def ask(path: str) -> dict[str, Any]:
        answer = api(told_ten.member).get(f"/v1/conversations{path.format(told_ten.id)}")
        assert answer.status_code == 200
        body: dict[str, Any] = answer.json()
        return body

    return ask


def names(shape: type[Serializer[Any]]) -> set[str]:
    return set(shape().fields)


@pytest.mark.parametrize(
    ("path", "answer", "entry"),
    [
        ("", shapes.ConversationList, shapes.ConversationAnswer),
        ("/{}/messages", shapes.MessageList, shapes.OwnMessageAnswer),
        ("/{}/changes?since=0", shapes.ChangeList, shapes.OwnMessageAnswer),
        ("/{}/messages/1/revisions", shapes.RevisionList, shapes.RevisionShape),
        ("/{}/messages/1/receipts", shapes.ReceiptList, shapes.ReceiptShape),
    ],
)
def test_lists(
    ask: Any, path: str, answer: type[Serializer[Any]], entry: type[Serializer[Any]]
) -> None:
    body = ask(path)

    assert body.keys() == names(answer)
    assert body["results"][0].keys() == names(entry)


def test_single_things(ask: Any, told_ten: Scene) -> None:
    direct = make_direct(told_ten.member, told_ten.owner)
    say(direct, told_ten.owner)
    conversation = ask(f"/{direct.pk}")
    assert conversation.keys() == names(shapes.ConversationAnswer)
    assert conversation["peer"].keys() == names(shapes.PeerShape)
    assert conversation["lastMessage"].keys() == names(shapes.MessageAnswer)
    message = ask("/{}/messages/1")
    assert message.keys() == names(shapes.OneMessageAnswer)
    assert message["people"][0].keys() == names(shapes.PersonShape)


def test_sync(told_ten: Scene) -> None:
    asked = {"conversations": {str(told_ten.id): 0}}
    body = api(told_ten.member).post("/v1/sync", asked, format="json").json()

    assert body.keys() == names(SyncAnswer)
    (news,) = body["conversations"].values()
    assert news.keys() == names(NewsShape) - {"gone"}
    assert news["results"][0].keys() == names(shapes.OwnMessageAnswer)
