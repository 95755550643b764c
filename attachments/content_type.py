"""Detects the content type of a file by its bytes. Its name and the sender's claim are ignored.

Our own few, strict rules detect the types that a browser may show inline. puremagic names all
others, for people to read; those are only ever downloaded.
"""

import puremagic

HEAD = 64 * 1024  # bytes that are inspected
UNKNOWN = "application/octet-stream"

PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
PLAYED = frozenset(
    {
        *("audio/mpeg", "audio/mp4", "audio/ogg", "audio/webm", "audio/wav", "audio/flac"),
        *("video/mp4", "video/ogg", "video/webm"),
    }
)
INLINE = PICTURES | PLAYED
# Kept for download alone, but cleared of metadata like those that are shown.
RECORDINGS = frozenset({"audio/mp4", "video/mp4", "video/quicktime", "video/3gpp"})
HEIF_PICTURES = frozenset({"image/heic", "image/avif"})

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
)
_MP3_FRAMES = (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")
_OFFICE = {
    b"word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    b"xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    b"ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_MP4_BRANDS = {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"dash"}
_MP4_BRANDS |= {b"M4V ", b"MSNV"}
_MP4_SOUND = {b"M4A ", b"M4B "}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_AVIF_BRANDS = {b"avif", b"avis"}
# The first box of a QuickTime film from before there was `ftyp`.
_QUICKTIME_BOXES = {b"moov", b"mdat", b"wide", b"pnot"}


def content_type_of(head: bytes) -> str:
    """The type of a file that begins with `head`, which has HEAD bytes or is the whole file."""
    return _by_signature(head) or _by_text(head) or _by_puremagic(head)


def _by_signature(head: bytes) -> str | None:
    for signature, content_type in _SIGNATURES:
        if head.startswith(signature):
            return _archive(head) if content_type == "application/zip" else content_type
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _iso_media(head)
    if head[4:8] in _QUICKTIME_BOXES:
        return "video/quicktime"
    if head[:4] == b"\x1aE\xdf\xa3" and b"webm" in head[:64]:
        # A track names its codec; those of video start with V_.
        return "video/webm" if b"V_" in head else "audio/webm"
    if head[:4] == b"OggS":
        return "video/ogg" if b"theora" in head[:4096] else "audio/ogg"
    return "audio/mpeg" if head[:2] in _MP3_FRAMES else None


def _iso_media(head: bytes) -> str | None:
    brand = head[8:12]
    if brand == b"qt  ":
        return "video/quicktime"
    if brand[:2] == b"3g":
        return "video/3gpp"
    if brand in _HEIC_BRANDS:
        return "image/heic"
    if brand in _AVIF_BRANDS:
        return "image/avif"
    if brand in _MP4_SOUND:
        return "audio/mp4"
    if brand not in _MP4_BRANDS:
        return None
    # A sound recording has its list of tracks at the front, without a video track.
    is_sound = b"moov" in head and b"soun" in head and b"vide" not in head
    return "audio/mp4" if is_sound else "video/mp4"


def _archive(head: bytes) -> str:
    inside = (kind for folder, kind in _OFFICE.items() if folder in head)
    return next(inside, "application/zip") if b"[Content_Types].xml" in head else "application/zip"


def _by_text(head: bytes) -> str | None:
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        # The head may end in the middle of a character.
        if error.start < len(head) - 3 or len(head) < HEAD:
            return None
        text = head[: error.start].decode()
    if any(sign < " " and sign not in "\t\n\r\f\x1b" for sign in text):
        return None
    lowered = text.lower()
    if "<svg" in lowered:
        return "image/svg+xml"
    if any(mark in lowered for mark in ("<html", "<!doctype html", "<script", "<body")):
        return "text/html"
    return "text/plain"


def _by_puremagic(head: bytes) -> str:
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return UNKNOWN
    names = (match.mime_type for match in found if match.mime_type)
    name = next(names, UNKNOWN)
    # Only our own rules may name a type that is shown inline.
    return name if name not in INLINE and len(name) <= 100 else UNKNOWN
