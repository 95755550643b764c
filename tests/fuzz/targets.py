"""The parsers of foreign bytes, each as a function that fails only where the parser does.

A target takes any bytes. What the parser refuses by the errors that it promises is fine; anything
else that is raised is a finding, as is a property that does not hold.
"""

import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.core.handlers.wsgi import WSGIRequest
from rest_framework.exceptions import ParseError

from attachments import heif_metadata, image_metadata, image_processing, mp4_metadata
from attachments.api.multipart import UploadParser
from attachments.content_type import HEIF_PICTURES, PICTURES, content_type_of
from attachments.link_previews.page import read_page
from chatproject.core.api.json import parse_object, salvage
from chatproject.core.errors import Refusal
from chatproject.core.outbound.fetching import Document
from messaging.imports.discord import translate_discord
from messaging.imports.mattermost import translate_mattermost
from messaging.imports.rocketchat import MESSAGES, ROOMS, USERS, translate_rocketchat
from messaging.imports.slack.archive import Archive, ExportRefused, Unreadable
from messaging.imports.slack.blocks import read_blocks
from messaging.imports.slack.markup import Directory, convert
from messaging.imports.slack.report import Report
from messaging.imports.source import Source
from messaging.imports.telegram import translate_telegram
from messaging.imports.translation import Translation
from messaging.imports.whatsapp import translate_whatsapp
from messaging.markup.blocks import parse
from messaging.markup.plain import plain_text
from messaging.search.query import parse_query
from messaging.ws.frames import FRAMES, Runs, type_of
from tests.attachments import samples

SOMEBODY = UUID("018f0000-0000-7000-8000-000000000001")
DIRECTORY = Directory(lambda _: SOMEBODY, lambda _: "Ann", lambda _: "general")


@dataclass(frozen=True)
class Target:
    name: str
    run: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]


TARGETS: dict[str, Target] = {}


def target(seeds: Callable[[], list[bytes]]) -> Callable[..., Callable[[bytes], None]]:
    """Registers a function under its name; `seeds` are what a mutation begins with."""

    def register(run: Callable[[bytes], None]) -> Callable[[bytes], None]:
        TARGETS[run.__name__] = Target(run.__name__, run, seeds)
        return run

    return register


def text_of(data: bytes) -> str:
    return data.decode("utf-8", "replace")


# -- frames and JSON


def _frames() -> list[bytes]:
    fields = {"ref": "1", "conversationId": str(SOMEBODY), "content": "hi", "seq": 1}
    return [json.dumps({"type": name, **fields}).encode() for name in FRAMES]


@target(_frames)
def frame(data: bytes) -> None:
    """A frame of the socket, up to what its action is called with."""
    text = text_of(data)
    with suppress(Refusal):
        given = parse_object(text)
        kind = type_of(given)
        body = kind.shape.read(given)
        if kind.runs is Runs.WRITER:
            kind.action(SOMEBODY, body)
    salvage(text, "ref")


@target(
    lambda: [b'{"a":[1,2,{"b":null}],"c":"\\ud83d\\ude00"}', b'{"a":1e400}', b'{"a":"\\u0000"}']
)
def json_object(data: bytes) -> None:
    """What is taken can be written again, and is the same."""
    with suppress(Refusal):
        given = parse_object(data)
        assert parse_object(json.dumps(given)) == given


# -- files


def _pictures() -> list[bytes]:
    kinds = [samples.picture(kind) for kind in ("JPEG", "PNG", "GIF", "WEBP")]
    moving = [samples.animation(kind) for kind in ("GIF", "PNG", "WEBP")]
    return [*kinds, *moving, samples.picture("JPEG", exif=samples.telling(6))]


@target(_pictures)
def picture(data: bytes) -> None:
    """What is not decoded: the type, the size, the frames, and what removes metadata."""
    kind = content_type_of(data)
    if kind not in PICTURES:
        return
    with suppress(ValueError, IndexError):
        image_processing.measure(io.BytesIO(data), kind)
    with suppress(ValueError, IndexError):
        image_metadata.frames_in(data, kind)
    with suppress(ValueError, IndexError):
        assert len(image_metadata.without_metadata(data, kind)) <= len(data) + 16


def _recordings() -> list[bytes]:
    def box(name: bytes, content: bytes) -> bytes:
        return (len(content) + 8).to_bytes(4, "big") + name + content

    kind = box(b"ftyp", b"isom\0\0\2\0isom")
    moov = box(b"moov", box(b"udta", b"where") + box(b"trak", box(b"meta", b"x" * 20)))
    return [kind + moov + box(b"mdat", b"\0" * 40), kind + box(b"free", b"") * 5]


@target(_recordings)
def recording(data: bytes) -> None:
    """Blanking metadata changes no length."""
    file = io.BytesIO(data)
    with suppress(mp4_metadata.TooManyBoxes):
        mp4_metadata.blank_metadata(file, len(data))
    assert len(file.getvalue()) == len(data)


def _heif() -> list[bytes]:
    def box(name: bytes, content: bytes) -> bytes:
        return (len(content) + 8).to_bytes(4, "big") + name + content

    infe = box(b"infe", b"\2\0\0\0" + b"\0\1\0\0Exif\0")
    iinf = box(b"iinf", b"\0\0\0\0" + b"\0\1" + infe)
    iloc = box(b"iloc", b"\0\0\0\0\x44\0\0\1\0\1\0\0\0\1\0\0\0\x20\0\0\0\x10")
    meta = box(b"meta", b"\0\0\0\0" + iinf + iloc)
    return [box(b"ftyp", b"heic\0\0\0\0heicmif1") + meta + box(b"mdat", b"x" * 100)]


@target(_heif)
def heif_picture(data: bytes) -> None:
    if content_type_of(data) in HEIF_PICTURES:
        with suppress(ValueError):
            image_processing.measure(io.BytesIO(data), "image/heic")
    file = io.BytesIO(data)
    with suppress(ValueError):
        heif_metadata.blank_metadata(file, len(data))
    assert len(file.getvalue()) == len(data)


@target(lambda: [samples.form("a.txt"), samples.form("..%2f\u202etxt.exe")])
def form(data: bytes) -> None:
    environ = {
        "REQUEST_METHOD": "POST",
        "wsgi.input": io.BytesIO(data),
        "CONTENT_LENGTH": len(data),
    }
    request = WSGIRequest(environ)
    request.upload_handlers = [MemoryFileUploadHandler(request)]
    request.META["CONTENT_LENGTH"] = str(len(data))
    with suppress(ParseError):
        UploadParser().parse(
            io.BytesIO(data), "multipart/form-data; boundary=b", {"request": request}
        )


PAGE = b'<meta charset="utf-8"><title>A &amp; B</title><meta property="og:image" content="/a.png">'


@target(
    lambda: [
        PAGE,
        b"<title>\xff\xfe</title>",
        b"<![CDATA[<!--><meta property=og:title content='x'>",
    ]
)
def page(data: bytes) -> None:
    """A page whose preview is wanted."""
    charset = "utf-8" if len(data) % 2 else ""
    info = read_page(Document("https://example.org/a/", "text/html", charset, data, True))
    assert "\n" not in info.title
    assert "\0" not in info.title + info.description + info.picture_url


# -- exports of other systems


def zipped(**files: object) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_json", ".json"), json.dumps(content))
    return file.getvalue()


@target(
    lambda: [zipped(users_json=[], channels_json=[{"name": "general"}], general__2020_json=[{}])]
)
def export_zip(data: bytes) -> None:
    """The zip of an export: its members, and each as a list."""
    with tempfile.NamedTemporaryFile(suffix=".zip") as file:
        file.write(data)
        file.flush()
        with suppress(ExportRefused):
            archive = Archive(Path(file.name))
            for name in archive.names:
                with suppress(Unreadable):
                    archive.read_list(name)


def translation(name: str, data: bytes, translate: Callable[..., None], **options: object) -> None:
    """A file of another system's export, translated and read again."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "export"
        place.mkdir()
        (place / name).write_bytes(data)
        scratch = Path(folder) / "scratch"
        scratch.mkdir()
        with suppress(ExportRefused, Unreadable):
            source = Source(place)
            into = Translation(scratch, Report(io.StringIO()), source)
            translate(source, into, **options)
            for each in into.names:
                into.read_list(each)


@target(lambda: [b"[31.12.20, 23:59:59] Ann: hello\n[01.01.21, 00:00:00] Bob: hi\nmore\n"])
def whatsapp(data: bytes) -> None:
    translation("_chat.txt", data, translate_whatsapp, zone=ZoneInfo("Europe/Berlin"))


TELEGRAM = {
    "chats": {
        "list": [
            {
                "id": 1,
                "type": "private_group",
                "name": "G",
                "messages": [
                    {
                        "id": 1,
                        "type": "message",
                        "date_unixtime": "1577836800",
                        "from": "Ann",
                        "from_id": "user1",
                        "text": ["a", {"type": "bold", "text": "b"}],
                    }
                ],
            }
        ]
    }
}


@target(lambda: [json.dumps(TELEGRAM).encode()])
def telegram(data: bytes) -> None:
    translation("result.json", data, translate_telegram)


DISCORD = {
    "guild": {"id": "1", "name": "G"},
    "channel": {"id": "2", "type": "GuildTextChat", "name": "general"},
    "messages": [
        {
            "id": "3",
            "type": "Default",
            "timestamp": "2020-01-01T00:00:00+00:00",
            "content": "hi **you** <@4>",
            "author": {"id": "4", "name": "ann"},
            "reactions": [{"emoji": {"name": "x"}, "users": [{"id": "4"}]}],
        }
    ],
}


@target(lambda: [json.dumps(DISCORD).encode()])
def discord(data: bytes) -> None:
    translation("general.json", data, translate_discord)


MATTERMOST = (
    {"type": "version", "version": 1},
    {"type": "user", "user": {"username": "ann", "email": "a@example.org"}},
    {"type": "channel", "channel": {"team": "t", "name": "c", "display_name": "C", "type": "O"}},
    {
        "type": "post",
        "post": {"team": "t", "channel": "c", "user": "ann", "message": "*hi*", "create_at": 1},
    },
)


@target(lambda: ["\n".join(map(json.dumps, MATTERMOST)).encode()])
def mattermost(data: bytes) -> None:
    translation("export.jsonl", data, translate_mattermost)


@target(
    lambda: [b'{"_id":"1","t":"c","name":"general","u":{"_id":"2"},"ts":{"$date":1577836800000}}']
)
def rocketchat(data: bytes) -> None:
    """The same bytes as each of the collections."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "export"
        place.mkdir()
        for name in (USERS, ROOMS, MESSAGES):
            (place / name).write_bytes(data)
        scratch = Path(folder) / "scratch"
        scratch.mkdir()
        with suppress(ExportRefused, Unreadable):
            source = Source(place)
            into = Translation(scratch, Report(io.StringIO()), source)
            translate_rocketchat(source, into)
            for each in into.names:
                into.read_list(each)


# -- markup


@target(
    lambda: [
        b"# a\n\n* b **c** _d_ `e`\n> f\n\n```\ng\n```\n| a | b |\n| - | - |\n[x](https://e.org)"
    ]
)
def markdown(data: bytes) -> None:
    """Any text has a tree and a plain form."""
    text = text_of(data)
    parse(text)
    plain_text(text, lambda _: "Ann")


@target(
    lambda: [b"*a* _b_ ~c~ `d` <@U1|ann> <#C1|x> <!channel> <https://e.org|e> &amp;lt; :smile:"]
)
def slack_markup(data: bytes) -> None:
    text = text_of(data).replace("\0", "")
    convert(text, DIRECTORY)
    convert(text, DIRECTORY, is_markdown=True)


RICH = {
    "type": "rich_text",
    "elements": [
        {
            "type": "rich_text_section",
            "elements": [{"type": "text", "text": "a", "style": {"bold": True}}],
        }
    ],
}


@target(
    lambda: [json.dumps([RICH]).encode(), b'[{"type":"section","text":{"text":"a"},"fields":[1]}]']
)
def slack_blocks(data: bytes) -> None:
    with suppress(ValueError, RecursionError):
        read_blocks(json.loads(data))


@target(lambda: [b'from:ann in:"general" has:file before:2020-01-01 -is:thread "a b" OR c'])
def search(data: bytes) -> None:
    with suppress(Refusal):
        parse_query(text_of(data))
