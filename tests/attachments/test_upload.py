"""Uploading: what is taken, what it is found to be, and what is refused."""

import hashlib
import io
from typing import Any
from uuid import UUID, uuid4

import pillow_heif
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from attachments.actions import upload as action
from attachments.file_names import safe_name
from attachments.models import Attachment
from tests.attachments import samples
from tests.attachments.steps import content, count_kept, get, keys, upload, uploaded
from tests.cast import api, say
from tests.messaging.actions.scene import Scene


def test_a_file_is_taken_as_it_is(scene: Scene) -> None:
    body = b"%PDF-1.7 " + bytes(range(256)) * 3000

    shape = uploaded(scene.owner, body, "Plan.pdf", type="text/html")

    assert shape == {
        "id": shape["id"],
        "name": "Plan.pdf",
        "contentType": "application/pdf",
        "size": len(body),
        "width": None,
        "height": None,
        "duration": None,
        "waveform": None,
        "placeholder": None,
        "state": "ready",
        "url": f"/v1/attachments/{shape['id']}",
        "thumbnails": [],
    }
    row = Attachment.objects.get(pk=shape["id"])
    assert bytes(row.sha256 or b"") == hashlib.sha256(body).digest()
    assert (row.uploader, row.seq, "Plan" in row.storage_key) == (scene.owner, None, False)
    assert row.expires_at is not None
    assert keys() == {"original"}


def test_a_picture_has_its_size_at_once_and_waits_for_its_previews(scene: Scene) -> None:
    shape = uploaded(scene.owner, samples.picture(exif=samples.telling(6)), "a.jpg")

    assert (shape["state"], shape["contentType"]) == ("pending", "image/jpeg")
    assert (shape["width"], shape["height"]) == (400, 640)


@pytest.mark.parametrize(
    ("body", "name", "found"),
    [
        (samples.picture("PNG"), "a.txt", "image/png"),
        (samples.picture("GIF"), "a.exe", "image/gif"),
        (samples.picture("WEBP"), "a", "image/webp"),
        (samples.webm(b"A_OPUS"), "voice.mp4", "audio/webm"),
        (samples.webm(b"V_VP9 A_OPUS"), "a.webm", "video/webm"),
        (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41", "a.mp4", "video/mp4"),
        (b"\0\0\0\x20ftypM4A \0\0\2\0", "a.m4a", "audio/mp4"),
        (b"OggS\0\2" + bytes(22) + b"\x01\x13OpusHead", "a.ogg", "audio/ogg"),
        (b"ID3\3\0\0\0" + bytes(90), "a.mp3", "audio/mpeg"),
        (b"RIFF\x24\x08\0\0WAVEfmt ", "a.wav", "audio/wav"),
        ("Grüße\n".encode() * 20_000, "a.png", "text/plain"),
        (samples.SVG, "a.png", "image/svg+xml"),
        (samples.HTML, "a.jpg", "text/html"),
        (samples.zip_bomb(), "a.png", "application/zip"),
        (bytes(range(256)), "a.html", "application/octet-stream"),
    ],
)
def test_what_it_is_is_told_by_its_content(
    scene: Scene, body: bytes, name: str, found: str
) -> None:
    assert uploaded(scene.owner, body, name, type="image/png")["contentType"] == found


PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\a.txt", "a.txt"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\u2066\u200fb\u2069.txt", "ab.txt"),
        ("a\u0007b.txt", "ab.txt"),
        ("x" * 300 + ".jpeg", "x" * 145 + ".jpeg"),
        ("x" * 300, "x" * 150),
        (" Ferien 🏖️ \u00e4.png ", "Ferien 🏖️ ä.png"),
        ("a<b>:c|d?.txt", "a_b__c_d_.txt"),
        (f"{PERSIAN}.pdf", f"{PERSIAN}.pdf"),
        ("\u0915\u094d\u200d\u0937.pdf", "\u0915\u094d\u200d\u0937.pdf"),
        (f"{FAMILY}.png", f"{FAMILY}.png"),
        (f"{ENGLAND}.png", f"{ENGLAND}.png"),
        ("in\u200dvoice\u200c.pdf", "invoice.pdf"),
        ("\U000e0041x.txt", "x.txt"),
        ("Shot at 5.09.10\u202fPM.png", "Shot at 5.09.10\u202fPM.png"),
        ("bill.pdf \u2003\u3000   .exe", "bill.pdf .exe"),
        ("the %22old%22 one.txt", 'the "old" one.txt'),
        ("100%25.txt", "100%25.txt"),
        ("AT&amp;T.txt", "AT&amp;T.txt"),
        ("a.\u4e2d" + "\u6587" * 140, "a.\u4e2d" + "\u6587" * 140),
    ],
)
def test_a_name_is_made_safe(scene: Scene, name: str, kept: str) -> None:
    answer = api(scene.owner).generic(
        "POST",
        "/v1/attachments",
        samples.form(name),
        content_type="multipart/form-data; boundary=b",
    )

    assert answer.status_code == 201, answer.json()
    assert answer.json()["name"] == kept


@pytest.mark.parametrize("name", ["...", "\u202e", "", "a/", "\0", ". .", "\ud800"])
def test_a_name_of_nothing_is_a_file(name: str) -> None:
    assert safe_name(name) == "file"


def test_a_nul_in_a_name_is_no_part_of_it(scene: Scene) -> None:
    answer = api(scene.owner).generic(
        "POST",
        "/v1/attachments",
        samples.form("a\0.png"),
        content_type="multipart/form-data; boundary=b",
    )

    assert (answer.status_code, answer.json()["name"]) == (201, "a.png")


def refused(answer: Any) -> tuple[int, str]:
    assert count_kept() == 0
    assert not Attachment.objects.exists()
    return answer.status_code, answer.json()["code"]


def test_nothing_is_no_file(scene: Scene) -> None:
    assert refused(upload(scene.owner, b"")) == (400, "file_empty")


def test_more_than_the_limit_is_refused(scene: Scene, settings: Any) -> None:
    settings.ATTACHMENT_MAX_BYTES = 1000

    assert refused(upload(scene.owner, bytes(1001))) == (413, "file_too_large")
    assert upload(scene.owner, bytes(1000)).status_code == 201


def test_all_of_a_person_is_bounded(scene: Scene, settings: Any) -> None:
    settings.ATTACHMENT_QUOTA_BYTES = 1000
    uploaded(scene.owner, bytes(600))

    answer = upload(scene.owner, bytes(401))

    assert (answer.status_code, answer.json()["code"]) == (413, "quota_exceeded")
    assert count_kept() == 1
    assert upload(scene.owner, bytes(400)).status_code == 201
    assert upload(scene.member, bytes(401)).status_code == 201


def test_only_so_many_wait_to_be_sent(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(action, "MAX_WAITING", 1)
    uploaded(scene.owner, b"x")

    answer = upload(scene.owner, b"y")

    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_waiting")


def test_a_picture_of_too_many_pixels_is_refused(scene: Scene) -> None:
    bomb = samples.png_of_size(50_000, 50_000)
    assert len(bomb) < 100_000

    assert refused(upload(scene.owner, bomb, "a.png")) == (400, "picture_too_large")


@pytest.mark.parametrize("body", [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\nxxxx", b"GIF89a"])
def test_a_head_that_is_no_picture_is_refused(scene: Scene, body: bytes) -> None:
    assert refused(upload(scene.owner, body, "a.png")) == (400, "picture_broken")


def test_two_files_or_none_are_refused(scene: Scene) -> None:
    client = api(scene.owner)

    assert client.post("/v1/attachments", {"file": "text"}, format="multipart").status_code == 400
    answer = client.post("/v1/attachments", {"a": open(__file__, "rb")}, format="multipart")  # noqa: PTH123, SIM115
    assert refused(answer) == (400, "invalid_input")


def test_another_kind_of_body_is_refused(scene: Scene) -> None:
    answer = api(scene.owner).post("/v1/attachments", {"file": "x"}, format="json")
    assert answer.status_code == 415

    cut = api(scene.owner).generic(
        "POST", "/v1/attachments", b"--b\r\n", content_type="multipart/form-data; boundary=b"
    )
    assert cut.status_code == 400


def test_who_is_not_signed_in_uploads_nothing(scene: Scene) -> None:
    assert api(None).post("/v1/attachments", {}, format="multipart").status_code == 401


@pytest.mark.parametrize(
    ("sent", "kept"), [("2.5", 2.5), ("0", 0.0), ("nan", None), ("-1", None), ("1e9", None)]
)
def test_the_length_of_a_recording(scene: Scene, sent: str, kept: float | None) -> None:
    answer = upload(scene.owner, samples.webm(b"A_OPUS"), "voice.webm", duration=sent)

    assert answer.status_code == (400 if kept is None else 201)
    assert answer.json().get("duration") == kept


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("0,50,100", [0, 50, 100]),
        (",".join(["7"] * 64), [7] * 64),
        (",".join(["7"] * 65), None),
        ("101", None),
        ("-1", None),
        ("1.5", None),
        ("1,,2", None),
        ("loud", None),
    ],
)
def test_the_waveform_of_a_recording(scene: Scene, sent: str, kept: list[int] | None) -> None:
    answer = upload(scene.owner, samples.webm(b"A_OPUS"), "voice.webm", waveform=sent)

    assert answer.status_code == (400 if kept is None else 201)
    assert answer.json().get("waveform") == kept
    if kept is None:
        assert answer.json()["errors"][0]["field"] == "waveform"
        assert not Attachment.objects.exists()


def test_the_waveform_of_a_wav_is_measured(scene: Scene) -> None:
    body = samples.wav([0] * 3200 + [8000] * 3200)
    shape = uploaded(scene.owner, body, "steps.wav")

    assert shape["waveform"] == [0] * 32 + [100] * 32
    assert content(get(scene.owner, shape["url"])) == body


@pytest.mark.parametrize("cut", [20, 44, 60, 500])
def test_a_broken_wav_is_a_file_without_a_waveform(scene: Scene, cut: int) -> None:
    shape = uploaded(scene.owner, samples.wav([8000] * 6400)[:cut], "cut.wav")
    assert shape["waveform"] in (None, [100] * 64) or len(shape["waveform"]) == 64


def test_only_a_recording_has_a_waveform(scene: Scene) -> None:
    shape = uploaded(scene.owner, b"%PDF-1.7 text", "a.pdf", waveform="1,2")
    assert shape["waveform"] is None


def test_where_a_video_was_made_is_not_told(scene: Scene) -> None:
    body = samples.mp4(b"+52.5200+013.4050/")
    shape = uploaded(scene.owner, body, "a.mp4")

    after = content(get(scene.owner, shape["url"]))

    assert (shape["contentType"], len(after)) == ("video/mp4", len(body))
    assert b"+52.52" not in after
    assert after.count(b"free") == 3
    assert after.endswith(b"mdat" + b"frames" * 9)


def from_a_camera(kind: str) -> bytes:
    """A red picture that tells the camera twice: in its Exif and in its XMP."""
    picture = Image.new("RGB", (64, 48), "red")
    told = {"exif": samples.telling().tobytes(), "xmp": b"<x:xmpmeta>Telltale</x:xmpmeta>"}
    file = io.BytesIO()
    if kind == "AVIF":
        picture.save(file, kind, **told)
    else:
        pillow_heif.from_pillow(picture).save(file, **told)
    return file.getvalue()


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  " + samples.mp4(b"+52.52")[32:], "video/quicktime"),
        (samples.mp4(b"+52.52")[32:], "video/quicktime"),
        (b"\0\0\0\x10ftyp3gp5\0\0\0\0" + samples.mp4(b"+52.52")[32:], "video/3gpp"),
    ],
)
def test_no_phone_s_recording_tells_the_place(scene: Scene, body: bytes, found: str) -> None:
    shape = uploaded(scene.owner, body, "a.mov")

    after = content(get(scene.owner, shape["url"]))

    assert (shape["contentType"], len(after)) == (found, len(body))
    assert b"+52.52" in body
    assert b"+52.52" not in after


@pytest.mark.parametrize(("kind", "found"), [("HEIC", "image/heic"), ("AVIF", "image/avif")])
def test_a_heic_or_avif_picture_tells_neither_place_nor_camera(
    scene: Scene, kind: str, found: str
) -> None:
    body = from_a_camera(kind)
    shape = uploaded(scene.owner, body, "a.heic")

    after = content(get(scene.owner, shape["url"]))

    assert body.count(b"Telltale") == 2
    assert b"Telltale" not in after
    assert (shape["contentType"], len(after)) == (found, len(body))
    if kind == "AVIF":
        seen = Image.open(io.BytesIO(after)).convert("RGB")
    else:
        seen = pillow_heif.open_heif(io.BytesIO(after)).to_pillow()
    assert seen.size == (64, 48)
    assert seen.getpixel((9, 9))[0] > 200


@pytest.mark.parametrize("tail", [b"", b"\0\0\0\x09meta\0", samples.box(b"meta", bytes(40))])
def test_a_heic_picture_without_a_sound_list_of_items_is_refused(scene: Scene, tail: bytes) -> None:
    body = samples.box(b"ftyp", b"heic\0\0\0\0mif1heic") + tail
    answer = upload(scene.owner, body, "a.heic")
    assert (answer.status_code, answer.json()["code"]) == (400, "picture_broken")
    assert not Attachment.objects.exists()


@pytest.mark.parametrize("tail", [b"\0\0\0\1moov\0", b"\xff\xff\xff\xffmoov", bytes(8), b"\0\0"])
def test_a_video_that_makes_no_sense_is_left_as_it_is(scene: Scene, tail: bytes) -> None:
    body = samples.box(b"ftyp", b"isom\0\0\2\0isom") + tail
    shape = uploaded(scene.owner, body, "a.mp4")
    assert content(get(scene.owner, shape["url"])) == body


def test_an_upload_is_taken_back(scene: Scene) -> None:
    shape = uploaded(scene.owner, b"x")

    assert api(scene.member).delete(shape["url"]).status_code == 404
    assert api(scene.owner).delete(shape["url"]).status_code == 204
    assert not Attachment.objects.exists()
    assert api(scene.owner).delete(shape["url"]).status_code == 404
    assert api(scene.owner).delete(f"/v1/attachments/{uuid4()}").status_code == 404


def poster_of(body: bytes, name: str = "poster.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, body, content_type="image/jpeg")


def test_a_video_has_the_poster_that_came_with_it(scene: Scene) -> None:
    frame = samples.picture(size=(640, 400), exif=samples.telling())
    body = samples.webm(b"V_VP9")
    shape = uploaded(scene.owner, body, "a.webm", poster=poster_of(frame))

    assert (shape["state"], shape["contentType"]) == ("ready", "video/webm")
    assert (shape["width"], shape["height"]) == (640, 400)
    assert shape["placeholder"]
    assert [each["size"] for each in shape["thumbnails"]] == [320, 1280]
    assert keys() == {"original", "320.webp", "1280.webp"}
    for each in shape["thumbnails"]:
        shown = content(get(scene.owner, each["url"]))
        assert Image.open(io.BytesIO(shown)).size == (each["width"], each["height"])
        assert b"Telltale" not in shown
    assert content(get(scene.owner, shape["url"])) == body


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"no picture", "not_a_picture"),
        (samples.picture()[:90], "picture_broken"),
        (samples.png_of_size(60_000, 60_000), "picture_too_large"),
        (bytes(1024**2 + 1), "file_too_large"),
    ],
)
def test_a_poster_that_cannot_be_shown_is_refused(scene: Scene, body: bytes, code: str) -> None:
    answer = upload(scene.owner, samples.mp4(), "a.mp4", poster=poster_of(body))

    assert answer.status_code == 400
    assert [(it["field"], it["code"]) for it in answer.json()["errors"]] == [("poster", code)]
    assert not Attachment.objects.exists()
    assert keys() == set()


def test_only_a_video_has_a_poster(scene: Scene) -> None:
    shape = uploaded(scene.owner, b"%PDF-1.7 text", "a.pdf", poster=poster_of(samples.picture()))
    assert shape["thumbnails"] == []
    assert keys() == {"original"}


def test_a_poster_alone_is_no_upload(scene: Scene) -> None:
    answer = api(scene.owner).post(
        "/v1/attachments", {"poster": poster_of(samples.picture())}, format="multipart"
    )
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "file")
    assert not Attachment.objects.exists()


def test_a_poster_is_seen_by_those_who_see_the_message(scene: Scene) -> None:
    shape = uploaded(scene.owner, samples.mp4(), "a.mp4", poster=poster_of(samples.picture()))
    thumbnail = shape["thumbnails"][0]["url"]
    assert get(scene.member, thumbnail).status_code == 404
    say(scene.conversation, scene.owner, "look", attachment_ids=[UUID(shape["id"])])
    assert get(scene.member, thumbnail).status_code == 200
    assert get(scene.outsider, thumbnail).status_code == 404
