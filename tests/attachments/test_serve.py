"""Handing files out: to whom, with which headers, whole and in parts."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from attachments.content_type import INLINE
from conversations.models import Participant
from messaging.actions.delete import delete_message
from messaging.actions.hides import hide_message
from messaging.errors import AttachmentNotFound
from tests.attachments import samples
from tests.attachments.steps import content, get, prepared, sent, status, uploaded
from tests.cast import api, leave, make_conversation, say
from tests.messaging.actions.scene import Scene

BODY = bytes(range(256)) * 40


# ---- to whom


def test_an_upload_is_its_uploaders_alone(scene: Scene) -> None:
    shape = uploaded(scene.owner, BODY)

    assert content(get(scene.owner, shape["url"])) == BODY
    for other in (scene.admin, scene.member, scene.outsider):
        assert status(other, shape["url"]) == 404
    assert api(None).get(shape["url"]).status_code == 401


def test_its_metadata_is_for_whoever_may_have_it(scene: Scene) -> None:
    shape = uploaded(scene.owner, samples.picture())
    url = f"{shape['url']}/metadata"
    pending = api(scene.owner).get(url)
    assert (pending.status_code, pending.json()) == (200, shape)
    assert shape["state"] == "pending"

    for other in (scene.member, scene.outsider):
        refusal = api(other).get(url)
        assert (refusal.status_code, refusal.json()["code"]) == (404, "attachment_missing")
    assert api(None).get(url).status_code == 401

    sent(scene, scene.owner, shape)
    leave(scene.conversation, scene.leaver)
    for person in (scene.member, scene.leaver):
        assert api(person).get(url).json()["id"] == shape["id"]
    assert api(scene.outsider).get(url).status_code == 404


def test_with_its_message_it_is_for_whoever_sees_that(scene: Scene) -> None:
    shape = uploaded(scene.owner, BODY)
    sent(scene, scene.owner, shape)

    for person in (scene.owner, scene.admin, scene.member, scene.leaver):
        assert content(get(person, shape["url"])) == BODY
    refusal = api(scene.outsider).get(shape["url"])
    assert (refusal.status_code, refusal.json()["code"]) == (404, "attachment_missing")


def test_who_left_keeps_what_they_could_see_and_no_more(scene: Scene) -> None:
    before, after = uploaded(scene.owner, BODY), uploaded(scene.owner, BODY)
    sent(scene, scene.owner, before)
    leave(scene.conversation, scene.leaver)
    sent(scene, scene.owner, after)

    assert status(scene.leaver, before["url"]) in (200, 302)
    assert status(scene.leaver, after["url"]) == 404


def test_an_uploader_who_left_sees_no_more_than_others_who_left(scene: Scene) -> None:
    shape = uploaded(scene.leaver, BODY)
    seq = sent(scene, scene.leaver, shape)
    leave(scene.conversation, scene.leaver)
    assert status(scene.leaver, shape["url"]) in (200, 302)

    periods = Participant.objects.filter(conversation=scene.id, user=scene.leaver)
    periods.update(cleared_seq=seq)

    assert status(scene.leaver, shape["url"]) == 404


def test_a_public_conversation_is_open_to_all(scene: Scene) -> None:
    public = make_conversation(scene.owner, kind="public")
    shape = uploaded(scene.owner, BODY)
    say(public, scene.owner, "", attachment_ids=(UUID(shape["id"]),))

    assert status(scene.outsider, shape["url"]) in (200, 302)


def test_a_claimed_one_cannot_be_sent_again_nor_taken_back(scene: Scene) -> None:
    shape = uploaded(scene.owner, BODY)
    sent(scene, scene.owner, shape)

    with pytest.raises(AttachmentNotFound):
        sent(scene, scene.owner, shape)
    answer = api(scene.owner).delete(shape["url"])
    assert (answer.status_code, answer.json()["code"]) == (409, "attachment_claimed")
    assert status(scene.member, shape["url"]) in (200, 302)


def test_nobody_sends_what_somebody_else_uploaded(scene: Scene) -> None:
    shape = uploaded(scene.owner, BODY)

    with pytest.raises(AttachmentNotFound):
        sent(scene, scene.member, shape)


def test_several_stay_in_the_order_in_which_they_were_sent(scene: Scene) -> None:
    shapes = [uploaded(scene.owner, BODY, f"{n}.txt") for n in range(4)]
    order = [shapes[2], shapes[0], shapes[3], shapes[1]]
    seq = sent(scene, scene.owner, *order, content="four")

    answer = api(scene.member).get(f"/v1/conversations/{scene.id}/messages/{seq}").json()

    assert [each["name"] for each in answer["attachments"]] == ["2.txt", "0.txt", "3.txt", "1.txt"]
    assert (answer["kind"], answer["content"]) == ("file", "four")


def test_one_that_never_was(scene: Scene) -> None:
    assert status(scene.owner, f"/v1/attachments/{uuid4()}") == 404
    assert status(scene.owner, "/v1/attachments/1") == 404


def test_of_what_is_no_picture_there_is_no_thumbnail(scene: Scene) -> None:
    shape = uploaded(scene.owner, BODY)
    assert status(scene.owner, f"{shape['url']}/thumbnail") == 404


@pytest.mark.parametrize("size", ["0", "640", "x", "-1"])
def test_a_thumbnail_has_one_of_two_sizes(scene: Scene, size: str) -> None:
    shape = prepared(scene.owner, samples.picture())
    assert status(scene.owner, f"{shape['url']}/thumbnail?size={size}") == 400


# ---- with which headers


@pytest.mark.parametrize(
    "body", [samples.HTML, samples.SVG, b"%PDF-1.7 x", samples.zip_bomb(), b"<?php x"]
)
def test_what_could_run_is_downloaded_as_mere_bytes(scene: Scene, body: bytes) -> None:
    shape = uploaded(scene.owner, body, "a.html")

    answer = get(scene.owner, shape["url"])

    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="a.html"'
    assert content(answer) == body


def test_pictures_and_recordings_are_shown(scene: Scene) -> None:
    picture = prepared(scene.owner, samples.picture())
    voice = uploaded(scene.owner, samples.webm(b"A_OPUS"), "voice.webm")

    for shape, kind in ((picture, "image/jpeg"), (voice, "audio/webm")):
        headers = get(scene.owner, shape["url"]).headers
        assert headers["Content-Type"] == kind
        assert headers["Content-Disposition"].startswith("inline;")
    assert not {"text/html", "image/svg+xml", "application/pdf"} & INLINE


def test_a_name_of_any_script_comes_through(scene: Scene) -> None:
    shape = uploaded(scene.owner, BODY, 'Ölß "x" 文.txt')

    disposition = get(scene.owner, shape["url"]).headers["Content-Disposition"]

    assert disposition == (
        'attachment; filename="_l_ _x_ _.txt"; '
        "filename*=UTF-8''%C3%96l%C3%9F%20%22x%22%20%E6%96%87.txt"
    )


def test_our_own_answers_never_run_anything(scene: Scene) -> None:
    shape = uploaded(scene.owner, samples.HTML, "a.html")

    answer = api(scene.owner).get(shape["url"])

    if answer.status_code == 302:  # the store's origin is not ours
        assert answer["Location"].startswith("http://127.0.0.1:")
        assert "X-Amz-Expires=300" in answer["Location"]
        return
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize("accept", ["image/webp", "video/*", "text/html", "*/*"])
def test_whatever_kinds_are_asked_for(scene: Scene, accept: str) -> None:
    shape = uploaded(scene.owner, BODY)
    assert content(get(scene.owner, shape["url"], Accept=accept)) == BODY


# ---- in parts


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-9", 0, 10),
        ("bytes=100-", 100, None),
        ("bytes=-5", -5, None),
        ("bytes=0-999999", 0, None),
        ("bytes=10239-10239", 10239, None),
    ],
)
def test_a_range(scene: Scene, asked: str, start: int, stop: int | None) -> None:
    shape = uploaded(scene.owner, BODY)

    answer = get(scene.owner, shape["url"], Range=asked)

    assert answer.status_code == 206
    part = content(answer)
    assert part == BODY[start:stop]
    first = start % len(BODY)
    assert answer.headers["Content-Range"] == f"bytes {first}-{first + len(part) - 1}/{len(BODY)}"
    assert answer.headers["Content-Length"] == str(len(part))


@pytest.mark.parametrize("asked", ["bytes=10240-", "bytes=99999-100000"])
def test_a_range_behind_the_end(scene: Scene, asked: str) -> None:
    shape = uploaded(scene.owner, BODY)

    answer = get(scene.owner, shape["url"], Range=asked)

    assert answer.status_code == 416


@pytest.mark.parametrize("storage_url", ["folder"], indirect=True)
@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=-", "lines=1-2", "bytes=0-1,3-4", "x"])
def test_a_range_that_makes_no_sense_is_ignored(scene: Scene, asked: str) -> None:
    shape = uploaded(scene.owner, BODY)
    answer = get(scene.owner, shape["url"], Range=asked)
    assert (answer.status_code, content(answer)) == (200, BODY)


@pytest.mark.parametrize("storage_url", ["folder"], indirect=True)
def test_nothing_is_sent_again_to_who_has_it(scene: Scene) -> None:
    shape = uploaded(scene.owner, BODY)
    etag = get(scene.owner, shape["url"])["ETag"]

    for known in (etag, f'"x", W/{etag}', "*"):
        answer = get(scene.owner, shape["url"], **{"If-None-Match": known})
        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", etag)
    assert get(scene.owner, shape["url"], **{"If-None-Match": '"x"'}).status_code == 200
    assert status(scene.member, shape["url"]) == 404
    refused = api(scene.member).get(shape["url"], headers={"If-None-Match": etag})
    assert refused.status_code == 404


@pytest.mark.parametrize("storage_url", ["folder"], indirect=True)
def test_a_range_of_another_version_is_the_whole(scene: Scene) -> None:
    shape = uploaded(scene.owner, BODY)
    etag = get(scene.owner, shape["url"])["ETag"]

    def part(version: str) -> int:
        headers = {"Range": "bytes=0-1", "If-Range": version}
        return int(get(scene.owner, shape["url"], **headers).status_code)

    assert (part(etag), part('"x"')) == (206, 200)


@pytest.mark.parametrize("storage_url", ["folder"], indirect=True)
def test_the_head_alone(scene: Scene) -> None:
    shape = uploaded(scene.owner, BODY)

    answer = api(scene.owner).head(shape["url"])

    assert (answer.status_code, answer.content) == (200, b"")
    assert (answer["Content-Length"], answer["Accept-Ranges"]) == (str(len(BODY)), "bytes")
    assert api(scene.member).head(shape["url"]).status_code == 404


@pytest.mark.parametrize("storage_url", ["folder"], indirect=True)
def test_one_whose_file_is_gone(scene: Scene) -> None:
    from attachments.models import Attachment
    from chatproject.core.storage import file_storage

    shape = uploaded(scene.owner, BODY)
    file_storage().remove([Attachment.objects.get().original_key])

    assert status(scene.owner, shape["url"]) == 404


# ---- the gallery


def names(person: Any, scene: Scene, **query: Any) -> list[str]:
    answer = api(person).get(f"/v1/conversations/{scene.id}/attachments", query)
    assert answer.status_code == 200, answer.json()
    return [each["attachment"]["name"] for each in answer.json()["results"]]


@pytest.mark.parametrize("storage_url", ["folder"], indirect=True)
class TestGallery:
    def test_by_kind_and_the_newest_first(self, scene: Scene) -> None:
        picture = prepared(scene.owner, samples.picture(), "a.jpg")
        voice = uploaded(scene.owner, samples.webm(b"A_OPUS"), "b.webm")
        one, two = (uploaded(scene.member, BODY, f"{n}.bin") for n in "cd")
        sent(scene, scene.owner, picture, voice)
        sent(scene, scene.member, one, two)

        assert names(scene.member, scene) == ["d.bin", "c.bin", "b.webm", "a.jpg"]
        assert names(scene.member, scene, kind="pictures") == ["a.jpg"]
        assert names(scene.member, scene, kind="media") == ["b.webm", "a.jpg"]
        assert names(scene.member, scene, kind="files") == ["d.bin", "c.bin"]
        entry = api(scene.member).get(f"/v1/conversations/{scene.id}/attachments").json()["results"]
        assert (entry[0]["seq"], entry[0]["position"]) == (2, 1)
        assert entry[0]["senderId"] == str(scene.member.pk)

    def test_page_by_page(self, scene: Scene) -> None:
        for n in range(5):
            sent(scene, scene.owner, uploaded(scene.owner, BODY, f"{n}"))
        path, cursor, seen = f"/v1/conversations/{scene.id}/attachments", None, []
        while True:
            query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
            page = api(scene.member).get(path, query).json()
            seen += [each["attachment"]["name"] for each in page["results"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert seen == ["4", "3", "2", "1", "0"]

    def test_by_the_rule_of_who_sees_what(self, scene: Scene) -> None:
        for n in range(3):
            sent(scene, scene.owner, uploaded(scene.owner, BODY, f"{n}"))
        leave(scene.conversation, scene.leaver)  # seq 4
        sent(scene, scene.owner, uploaded(scene.owner, BODY, "4"))
        hide_message(conversation_id=scene.id, user_id=scene.member.pk, seq=2)
        delete_message(conversation_id=scene.id, user_id=scene.owner.pk, seq=3)

        assert names(scene.owner, scene) == ["4", "1", "0"]
        assert names(scene.member, scene) == ["4", "0"]
        assert names(scene.leaver, scene) == ["1", "0"]
        answer = api(scene.outsider).get(f"/v1/conversations/{scene.id}/attachments")
        assert answer.status_code == 404

    @pytest.mark.parametrize("query", [{"kind": "x"}, {"cursor": "x"}, {"limit": 0}])
    def test_what_it_cannot_read_is_refused(self, scene: Scene, query: dict[str, Any]) -> None:
        answer = api(scene.owner).get(f"/v1/conversations/{scene.id}/attachments", query)
        assert answer.status_code == 400
