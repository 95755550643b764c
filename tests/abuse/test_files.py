"""Files made to cost more than they weigh: each is refused, or costs no more than is said here."""

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from attachments import heif_metadata, image_processing, mp4_metadata
from attachments.models import Attachment
from tests.attachments import samples
from tests.attachments.conftest import kept, new_bucket, s3_endpoint
from tests.attachments.steps import prepared, upload
from tests.cast import api
from tests.messaging.actions.scene import Scene, make_scene

__all__ = ["kept", "new_bucket", "s3_endpoint"]

FTYP = samples.box(b"ftyp", b"isom\0\0\2\0isom")


@pytest.fixture
def storage_url(tmp_path: Path) -> str:
    return f"file://{tmp_path / 'files'}"


@pytest.fixture
def scene(kept: str, db: None) -> Scene:
    return make_scene()


class CountingFile(io.BytesIO):
    """Counts how often it is read."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        return super().read(size)


def nested(depth: int) -> bytes:
    body = b""
    for _ in range(depth):
        body = samples.box(b"moov", body)
    return FTYP + body


@pytest.mark.parametrize(
    "body",
    [FTYP + samples.box(b"free") * 100_000, nested(5000), nested(mp4_metadata.MAX_DEPTH + 1)],
)
def test_more_or_deeper_boxes_than_a_recording_has_are_refused(scene: Scene, body: bytes) -> None:
    answer = upload(scene.owner, body, "a.mp4")

    assert (answer.status_code, answer.json()["code"]) == (400, "recording_broken")
    assert not Attachment.objects.exists()


def test_boxes_are_read_up_to_the_bound_alone() -> None:
    file = CountingFile(FTYP + samples.box(b"free") * 1_000_000)

    with pytest.raises(mp4_metadata.TooManyBoxes):
        mp4_metadata.blank_metadata(file, len(file.getvalue()))

    assert file.reads <= mp4_metadata.MAX_BOXES + 1


def test_a_recording_of_hours_in_fragments_is_taken(scene: Scene) -> None:
    fragments = (samples.box(b"moof", bytes(8)) + samples.box(b"mdat", b"x")) * 9_000
    assert upload(scene.owner, samples.mp4() + fragments, "a.mp4").status_code == 201


def heic(iinf: bytes, iloc: bytes) -> io.BytesIO:
    meta = samples.box(b"meta", bytes(4), samples.box(b"iinf", iinf), samples.box(b"iloc", iloc))
    return io.BytesIO(samples.box(b"ftyp", b"heic\0\0\0\0") + meta)


def test_a_heic_whose_items_overlap_is_not_written_over_and_over() -> None:
    entry = samples.box(b"infe", b"\2\0\0\0" + b"\0\1" + b"\0\0" + b"Exif")
    extents = (b"\0\0\0\0" + b"\0\0\0\x20") * 10_000
    iloc = b"\0\0\0\0" + b"\x44\0" + b"\0\1" + b"\0\1\0\0" + (10_000).to_bytes(2, "big") + extents
    file = heic(b"\0\0\0\0\0\1" + entry, iloc)
    before = file.getvalue()

    with pytest.raises(ValueError, match="outside"):
        heif_metadata.blank_metadata(file, len(before))

    assert file.getvalue() == before


@pytest.mark.parametrize(
    ("iinf", "iloc"),
    [
        (b"\1\0\0\0\xff\xff\xff\xff", b"\0\0\0\0\0\0\0\0"),
        (b"\0\0\0\0\0\0", b"\2\0\0\0\0\0\xff\xff\xff\xff"),
        # entries of no bytes, each with 65,535 parts of no bytes
        (b"\0\0\0\0\0\0", b"\0\0\0\0\0\0\x10\0" + (b"\0\1\0\0\xff\xff") * 0x1000),
    ],
)
def test_lists_of_a_heic_that_claim_too_much_are_refused(iinf: bytes, iloc: bytes) -> None:
    file = heic(iinf, iloc)
    with pytest.raises(mp4_metadata.TooManyBoxes):
        heif_metadata.blank_metadata(file, len(file.getvalue()))


def webp(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(file, "WEBP")
    return file.getvalue()


def test_a_webp_whose_decoding_would_take_a_gigabyte_is_refused(scene: Scene) -> None:
    body = webp(8000, 4000)
    assert len(body) < 200_000

    answer = upload(scene.owner, body, "a.webp")

    assert (answer.status_code, answer.json()["code"]) == (400, "picture_too_large")


@pytest.mark.parametrize(
    ("kind", "content_type", "size"),
    [
        ("WEBP", "image/webp", (6000, 4000)),
        ("PNG", "image/png", (8000, 8000)),
        ("JPEG", "image/jpeg", (8000, 8000)),
        ("GIF", "image/gif", (8000, 8000)),
    ],
)
def test_the_largest_picture_of_each_kind_takes_half_a_gigabyte_at_most(
    tmp_path: Path, kind: str, content_type: str, size: tuple[int, int]
) -> None:
    (tmp_path / "original").write_bytes(samples.picture(kind, size))
    program = (
        "import sys; from attachments import image_processing; image_processing.main();"
        "status = open('/proc/self/status').read(); sys.stderr.write(status.split('VmHWM:')[1])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "original"), content_type, str(tmp_path)],
        capture_output=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert int(done.stderr.split()[0]) < 512 * 1024, "KiB"


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_frames_are_counted_before_one_is_decoded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    (tmp_path / "original").write_bytes(samples.animation(kind, frames=5))
    monkeypatch.setattr(image_processing, "MAX_PIXELS_OF_ALL_FRAMES", 5 * 60 * 40 - 1)
    monkeypatch.setattr(Image.Image, "load", pytest.fail)

    with pytest.raises(image_processing.TooManyPixels):
        image_processing.prepare(tmp_path / "original", f"image/{kind.lower()}", tmp_path)


def test_an_animation_of_too_many_frames_is_refused_for_good(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = image_processing.MAX_FRAMES + 1
    still = samples.animation("GIF", frames=2)
    begins = still.index(b"\x21\xf9", still.index(b","))
    second = still[begins:-1]

    shape = prepared(scene.owner, still[:-1] + second * frames + b"\x3b", "a.gif")

    state: Any = api(scene.owner).get(shape["url"])
    assert state.status_code == 404
    assert Attachment.objects.get().state == Attachment.State.REFUSED
