"""Folders: sections of one's own inbox, in one's own order, told to nobody else."""

from typing import Any

import pytest

from accounts.models import User
from chatproject.realtime.bus import user_topic
from conversations import folders
from conversations.errors import ConversationNotFound, FolderNotFound, NotAParticipant
from conversations.folders import (
    change_folder,
    create_folder,
    delete_folder,
    list_folders,
    place_conversation,
)
from conversations.models import Folder, FolderEntry
from messaging.membership.account_closing import on_account_closing
from tests.cast import api, leave, make_conversation
from tests.messaging.actions.scene import PublishedEvents, Scene, make_scene, recorded_events


def make(user: User, *names: str) -> list[str]:
    return [create_folder(user_id=user.pk, name=name)["id"] for name in names]


def names(user: User) -> list[str]:
    return [each["name"] for each in list_folders(user.pk)]


def contents(user: User) -> dict[str, list[str]]:
    return {each["name"]: each["conversationIds"] for each in list_folders(user.pk)}


@pytest.fixture
def scene(db: None) -> Scene:
    return make_scene()


def test_they_stand_in_the_order_that_one_gives_them(scene: Scene) -> None:
    work, _, club = make(scene.member, "Work", "Home", "Club")

    change_folder(user_id=scene.member.pk, folder_id=Folder.objects.get(pk=club).pk, position=0)
    assert names(scene.member) == ["Club", "Work", "Home"]
    change_folder(user_id=scene.member.pk, folder_id=Folder.objects.get(pk=club).pk, position=99)
    assert names(scene.member) == ["Work", "Home", "Club"]
    delete_folder(user_id=scene.member.pk, folder_id=Folder.objects.get(pk=work).pk)
    assert names(scene.member) == ["Home", "Club"]
    assert names(scene.owner) == []


def test_a_conversation_is_in_one_of_them(scene: Scene) -> None:
    other = make_conversation(scene.member)
    work, home = (Folder.objects.get(pk=it).pk for it in make(scene.member, "Work", "Home"))
    own: dict[str, Any] = {"user_id": scene.member.pk}

    place_conversation(**own, conversation_id=scene.id, folder_id=work)
    place_conversation(**own, conversation_id=other.pk, folder_id=work, position=0)
    assert contents(scene.member)["Work"] == [str(other.pk), str(scene.id)]
    place_conversation(**own, conversation_id=other.pk, folder_id=home)
    assert contents(scene.member) == {"Work": [str(scene.id)], "Home": [str(other.pk)]}
    place_conversation(**own, conversation_id=other.pk, folder_id=None)
    assert contents(scene.member) == {"Work": [str(scene.id)], "Home": []}


def test_outsiders_and_passing_readers_place_nothing(db: None) -> None:
    scene, public = make_scene(), make_scene("public")
    (folder,) = make(scene.outsider, "Work")
    (foreign,) = make(public.outsider, "Work")
    key = Folder.objects.get(pk=folder).pk

    with pytest.raises(ConversationNotFound):
        place_conversation(user_id=scene.outsider.pk, conversation_id=scene.id, folder_id=key)
    with pytest.raises(NotAParticipant):
        place_conversation(user_id=scene.outsider.pk, conversation_id=public.id, folder_id=key)
    with pytest.raises(FolderNotFound):
        place_conversation(user_id=scene.member.pk, conversation_id=scene.id, folder_id=key)
    with pytest.raises(FolderNotFound):
        delete_folder(user_id=scene.member.pk, folder_id=key)
    with pytest.raises(FolderNotFound):
        change_folder(user_id=scene.member.pk, folder_id=key, name="Mine")
    assert Folder.objects.filter(pk__in=[folder, foreign], name="Work").count() == 2
    assert not FolderEntry.objects.exists()


def test_who_left_keeps_it_where_it_is(scene: Scene) -> None:
    leave(scene.conversation, scene.leaver)
    (folder,) = make(scene.leaver, "Former")
    key = Folder.objects.get(pk=folder).pk

    place_conversation(user_id=scene.leaver.pk, conversation_id=scene.id, folder_id=key)

    assert contents(scene.leaver) == {"Former": [str(scene.id)]}


def test_only_ones_own_devices_are_told(
    scene: Scene, django_capture_on_commit_callbacks: Any
) -> None:
    told: PublishedEvents
    with recorded_events() as told, django_capture_on_commit_callbacks(execute=True):
        make(scene.member, "Work")

    assert told.topics == [user_topic(scene.member.pk)]
    assert told.events == [{"type": "state.changed", "part": "folders"}]


def test_there_is_a_limit(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "MAX_FOLDERS", 1)
    make(scene.member, "Work")

    answer = api(scene.member).post("/v1/folders", {"name": "More"}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_folders")


def test_a_closed_account_keeps_none(scene: Scene) -> None:
    make(scene.member, "Work")
    make(scene.owner, "Work")

    on_account_closing(sender=User, user=scene.member)

    assert [each.user_id for each in Folder.objects.all()] == [scene.owner.pk]


def test_over_rest(scene: Scene) -> None:
    client = api(scene.member)
    made = client.post("/v1/folders", {"name": " Work "}, format="json")
    assert (made.status_code, made.json()["name"]) == (201, "Work")
    folder = made.json()["id"]
    place = f"/v1/conversations/{scene.id}/folder"
    assert client.post(place, {"folderId": folder}, format="json").status_code == 204
    one = f"/v1/folders/{folder}"
    renamed = client.patch(one, {"name": "Office"}, format="json").json()
    assert renamed == {"id": folder, "name": "Office", "conversationIds": [str(scene.id)]}
    assert client.get("/v1/folders").json() == {"results": [renamed]}
    assert client.post(place, {"folderId": None}, format="json").status_code == 204
    assert client.delete(one).status_code == 204
    assert client.delete(one).json()["code"] == "folder_not_found"


@pytest.mark.parametrize("body", [{}, {"name": " "}, {"name": "x" * 61}, {"name": "a\nb"}])
def test_a_wrong_name_is_refused(scene: Scene, body: dict[str, Any]) -> None:
    answer = api(scene.member).post("/v1/folders", body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert not Folder.objects.exists()
