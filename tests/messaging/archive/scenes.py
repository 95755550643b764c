"""A log whose older part is in files."""

from uuid import uuid4

from messaging.sending.drafts import Draft
from messaging.sending.send import send_messages
from tests.cast import api
from tests.messaging.actions.scene import Scene
from tests.messaging.archive.steps import archive_all, publish_all

NUMBER = 150
OLD = 20  # the seq of a message by the member that leaves


def fill(scene: Scene) -> None:
    """The owner and the member write in turns, and have read all of it."""
    drafts = [
        Draft(scene.id, (scene.owner, scene.member)[n % 2].pk, uuid4(), f"message {n + 1}")
        for n in range(NUMBER)
    ]
    send_messages(drafts)
    for person in (scene.owner, scene.member):
        path = f"/v1/conversations/{scene.id}/read"
        assert api(person).post(path, {"seq": NUMBER}, format="json").status_code == 200


def archived(scene: Scene) -> Scene:
    fill(scene)
    assert archive_all() >= 40
    return scene


def published(scene: Scene) -> Scene:
    """In files, and rows still."""
    fill(scene)
    assert publish_all() >= 40
    return scene


def history(scene: Scene) -> list[bytes]:
    """What the owner is answered, page by page."""
    pages, before = [], ""
    while True:
        path = f"/v1/conversations/{scene.id}/messages?limit=40{before}"
        answer = api(scene.owner).get(path)
        assert answer.status_code == 200, answer.content
        pages.append(answer.content)
        previous = answer.json()["previous"]
        if previous is None:
            return pages
        before = f"&before={previous}"
