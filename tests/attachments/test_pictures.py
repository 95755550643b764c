"""Preparing a picture: what others get of it, and what of it they never get."""

import io
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from PIL import Image

from attachments.actions.process_picture import process_picture
from attachments.models import Attachment
from messaging.reads.messages import whole_messages
from tests.attachments import samples
from tests.attachments.steps import content, get, keys, prepared, sent, status, upload, uploaded
from tests.cast import api
from tests.messaging.actions.scene import Scene


def opened(answer: Any) -> Image.Image:
    image = Image.open(io.BytesIO(content(answer)))
    image.load()
    return image


def shape_of(scene: Scene, seq: int) -> dict[str, Any]:
    (message,) = whole_messages(scene.conversation.pk, [seq])
    (shape,) = message["attachments"]
    return shape  # type: ignore[no-any-return]


def test_previews_of_both_sizes_and_a_placeholder(scene: Scene) -> None:
    shape = prepared(scene.owner, samples.picture(size=(3000, 1500)))
    after = shape_of(scene, sent(scene, scene.owner, shape))

    assert (after["state"], after["width"], after["height"]) == ("ready", 3000, 1500)
    assert len(after["placeholder"]) == 28
    assert [(t["size"], t["width"], t["height"]) for t in after["thumbnails"]] == [
        (320, 320, 160),
        (1280, 1280, 640),
    ]
    for thumbnail in after["thumbnails"]:
        image = opened(get(scene.member, thumbnail["url"]))
        assert (image.format, image.size) == ("WEBP", (thumbnail["width"], thumbnail["height"]))
    assert keys() == {"clean", "320.webp", "1280.webp"}


def test_of_a_small_picture_there_is_one_preview_in_its_own_size(scene: Scene) -> None:
    shape = prepared(scene.owner, samples.picture(size=(100, 50)))
    after = shape_of(scene, sent(scene, scene.owner, shape))

    assert [(t["size"], t["width"], t["height"]) for t in after["thumbnails"]] == [(320, 100, 50)]
    assert opened(get(scene.member, f"{shape['url']}/thumbnail?size=1280")).size == (100, 50)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_nothing_that_the_camera_wrote_is_handed_on(
    scene: Scene, kind: str, orientation: int
) -> None:
    body = samples.picture(kind, exif=samples.telling(orientation))
    assert b"Telltale" in body
    shape = prepared(scene.owner, body)
    sent(scene, scene.owner, shape)

    for url in (shape["url"], f"{shape['url']}/thumbnail"):
        answer = content(get(scene.member, url))
        assert b"Telltale" not in answer
        assert not Image.open(io.BytesIO(answer)).getexif()
    assert "original" not in keys()


@pytest.mark.parametrize(
    ("orientation", "size", "red_at"),
    [(1, (640, 400), (9, 9)), (3, (640, 400), (630, 9)), (6, (400, 640), (9, 9))],
)
def test_it_is_turned_as_the_camera_was_held(
    scene: Scene, orientation: int, size: tuple[int, int], red_at: tuple[int, int]
) -> None:
    shape = prepared(scene.owner, samples.picture(exif=samples.telling(orientation)))

    image = opened(get(scene.owner, shape["url"])).convert("RGB")

    assert image.size == size == (shape["width"], shape["height"])
    red, _, blue = image.getpixel(red_at)  # type: ignore[misc]
    assert red > 200
    assert blue < 50


def test_a_picture_that_is_not_turned_loses_nothing(scene: Scene) -> None:
    body = samples.picture("JPEG", exif=samples.telling(1), quality=60, comment=b"Telltale")
    shape = prepared(scene.owner, body)

    after = content(get(scene.owner, shape["url"]))

    assert b"Telltale" not in after
    assert Image.open(io.BytesIO(after)).tobytes() == Image.open(io.BytesIO(body)).tobytes()


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_an_animation_still_moves(scene: Scene, kind: str) -> None:
    body = samples.animation(kind)
    shape = prepared(scene.owner, body)

    image = opened(get(scene.owner, shape["url"]))

    assert getattr(image, "n_frames", 1) == 3
    assert opened(get(scene.owner, f"{shape['url']}/thumbnail")).size == (60, 40)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_what_hides_behind_a_picture_is_cut_off(scene: Scene, kind: str) -> None:
    body = samples.picture(kind) + samples.zip_bomb() + samples.HTML
    shape = prepared(scene.owner, body)

    after = content(get(scene.owner, shape["url"]))

    assert b"<script" not in after
    assert b"PK\3\4" not in after
    assert Image.open(io.BytesIO(after)).size == (640, 400)


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "P", "1", "I;16", "CMYK"])
def test_every_mode_of_colours_has_a_preview(scene: Scene, mode: str) -> None:
    image = Image.new("RGB", (400, 300), "teal").convert("L" if mode == "I;16" else mode)
    file = io.BytesIO()
    (image.convert(mode) if mode == "I;16" else image).save(
        file, "JPEG" if mode == "CMYK" else "PNG"
    )
    shape = prepared(scene.owner, file.getvalue())

    assert opened(get(scene.owner, f"{shape['url']}/thumbnail")).size == (320, 240)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_that_is_cut_off_is_refused(scene: Scene, kind: str) -> None:
    noise = Image.effect_noise((600, 600), 90)
    file = io.BytesIO()
    noise.save(file, kind)
    body = file.getvalue()
    answer = upload(scene.owner, body[: len(body) // 2], "a.png")
    if answer.status_code == 400:  # its head said so already
        assert answer.json()["code"] == "picture_broken"
        return
    shape = answer.json()
    seq = sent(scene, scene.owner, shape)

    process_picture(attachment_id=UUID(shape["id"]))

    assert shape_of(scene, seq)["state"] == "refused"
    assert status(scene.owner, shape["url"]) == status(scene.member, shape["url"]) == 404
    assert keys() == set()


@pytest.mark.parametrize("storage_url", ["folder"], indirect=True)
class TestBounds:
    def test_a_large_picture_within_them_is_prepared(self, scene: Scene) -> None:
        shape = prepared(scene.owner, samples.png_of_size(60_000, 900))

        row = Attachment.objects.get()
        assert (row.state, row.previews[0]) == ("ready", [320, 320, 5])
        assert (shape["width"], shape["height"]) == (60_000, 900)

    @pytest.mark.parametrize(
        ("bound", "value", "holds"),
        [
            ("MEMORY", 120 * 1024**2, True),
            ("LARGEST_OUTPUT", 1000, True),
            ("MEMORY", 1024**3, False),
        ],
    )
    def test_a_process_that_wants_more_than_it_may_have_ends(
        self, scene: Scene, tmp_path: Path, bound: str, value: int, holds: bool
    ) -> None:
        source = tmp_path / "a.png"
        source.write_bytes(samples.picture("PNG", (5_000, 5_000)))
        program = f"from attachments import image_processing as p; p.{bound} = {value}; p.main()"
        command = [sys.executable, "-c", program, str(source), "image/png", str(tmp_path)]

        done = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, check=False)

        assert (done.returncode != 0) == holds


def test_it_may_be_done_again(scene: Scene) -> None:
    shape = prepared(scene.owner, samples.picture())
    before = Attachment.objects.values().get()

    process_picture(attachment_id=UUID(shape["id"]))

    assert Attachment.objects.values().get() == before
    assert status(scene.owner, shape["url"]) in (200, 302)


def test_one_whose_file_is_gone_is_refused(scene: Scene) -> None:
    from chatproject.core.storage import file_storage

    shape = uploaded(scene.owner, samples.picture())
    file_storage().remove([Attachment.objects.get().original_key])

    process_picture(attachment_id=UUID(shape["id"]))

    assert Attachment.objects.get().state == "refused"


def test_what_is_pending_waits(scene: Scene) -> None:
    shape = uploaded(scene.owner, samples.picture())

    answer = api(scene.owner).get(shape["url"])

    assert (answer.status_code, answer.json()["code"]) == (409, "attachment_pending")
    assert answer["Retry-After"] == "1"


def test_a_pending_picture_may_be_sent_and_is_told_of_when_it_is_ready(
    scene: Scene, listening: Any
) -> None:
    shape = uploaded(scene.owner, samples.picture())
    with listening() as told:
        seq = sent(scene, scene.owner, shape, content="look")
        process_picture(attachment_id=UUID(shape["id"]))

    created, updated = told.events
    assert (created["type"], updated["type"]) == ("message.created", "message.updated")
    assert created["message"]["attachments"] == [shape]
    assert created["message"]["kind"] == "image"
    (after,) = updated["message"]["attachments"]
    assert (after["state"], len(after["thumbnails"])) == ("ready", 2)
    assert updated["rev"] == created["rev"] + 1
    changes = api(scene.member).get(
        f"/v1/conversations/{scene.id}/changes", {"since": created["rev"]}
    )
    assert [each["attachments"] for each in changes.json()["results"]] == [[after]]
    assert updated["message"]["editedAt"] is None
    assert updated["message"]["seq"] == seq


def test_of_a_deleted_message_nothing_is_told(scene: Scene, listening: Any) -> None:
    from messaging.actions.attachments import tell_of_attachment

    with listening() as told:
        tell_of_attachment(conversation_id=scene.id, seq=1)
        tell_of_attachment(conversation_id=UUID(int=1), seq=1)

    assert told.events == []
