"""WhatsApp's export of a chat: `_chat.txt` or "WhatsApp Chat with ….txt", alone or in its zip.

A line begins with its local time, in the form of the telephone's language: `[31.12.20, 23:59:59]
Ann: text` from iOS, `12/31/20, 11:59 PM - Ann: text` from Android. Lines without a time continue
a message. Whether the day or the month comes first is found by the whole file.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import PurePosixPath
from urllib.parse import quote
from zoneinfo import ZoneInfo

from messaging.imports.slack.archive import ExportRefused, Unreadable
from messaging.imports.slack.blocks import escape
from messaging.imports.slack.export import Kind, text_of
from messaging.imports.source import Source
from messaging.imports.translation import TranslatedConversation, Translation, microseconds

ORDERS = ("dmy", "mdy", "ymd")
_MARKS = "\u200e\u200f\u202a-\u202e\u2066-\u2069"
_LINE = re.compile(
    rf"[{_MARKS}]*\[?(?P<date>\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{1,4}})\.?,?\s+"
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2}))?"
    r"(?:\s?(?P<half>[ap])\.?\s?m\.?)?(?:\]|\s-)\s(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_SAID = re.compile(rf"[{_MARKS}]*(?:~\s?)?(?P<who>[^:\n]{{1,100}}):\s(?P<text>.*)", re.DOTALL)
_MARK = re.compile(f"[{_MARKS}]")
_ATTACHED = re.compile(
    r"<[^<>:\n]{1,30}:\s?(?P<ios>[^<>\n]+\.\w{2,5})>|^(?P<android>[^\n]+\.\w{2,5}) \([^()\n]+\)$",
    re.MULTILINE,
)
_LEFT_OUT = re.compile(r"<[^<>\n]{3,40}>")
_MENTION = re.compile(r"@\u2068(?P<name>[^\u2068\u2069\n]{1,100})\u2069")
_TITLE = re.compile(
    r"^WhatsApp[ -]?(?:Chat|[^-]*)(?: -| with| mit| con| avec| de| met)\s+(?P<title>.+)$"
)


@dataclass(slots=True)
class _Line:
    where: str
    date: tuple[int, int, int]
    clock: tuple[int, int, int]
    rest: str
    is_dotted: bool = False  # nobody writes the month first with full stops


def translate_whatsapp(
    source: Source, into: Translation, *, zone: ZoneInfo, order: str = "", title: str = ""
) -> None:
    """`order` is one of ORDERS, if it is not to be found; `title` that of the chat.

    Raises ExportRefused when there is no chat, or its dates have no one order.
    """
    found = source.named(".txt")
    chats = [name for name in found if name.rpartition("/")[2] == "_chat.txt"] or found
    if len(chats) != 1:
        raise ExportRefused("One chat in a .txt file is needed: this is no export of WhatsApp.")
    try:
        lines = list(_lines(source, chats[0]))
    except Unreadable as error:
        raise ExportRefused(f"{chats[0]} cannot be used: {error}.") from error
    if not lines:
        raise ExportRefused(f"No line of {chats[0]} begins with a time: no export of WhatsApp.")
    order = order or _order_of(lines)
    title = title or _title(source, chats[0])
    _Chat(into, lines, order, zone).translate(title, set(source.names))
    into.report_unused(chats[0])


def _lines(source: Source, name: str) -> Iterator[_Line]:
    last: _Line | None = None
    more: list[str] = []
    for where, line in source.read_text(name):
        match = _LINE.match(text_of(line).replace("\u202f", " ").replace("\u00a0", " "))
        found = match and _line(where, match)
        if found is None:
            if last is not None:
                more.append(text_of(line))
            continue
        if last is not None:
            yield _with(last, more)
        last, more = found, []
    if last is not None:
        yield _with(last, more)


def _line(where: str, match: re.Match[str]) -> _Line | None:
    """None for what looks like a time and is none in any order: it belongs to a message."""
    first, second, third = (int(part) for part in re.split(r"[./-]", match["date"]))
    hour = int(match["hour"])
    if match["half"]:
        hour = hour % 12 + (12 if match["half"].lower() == "p" else 0)
    clock = (hour, int(match["minute"]), int(match["second"] or 0))
    line = _Line(where, (first, second, third), clock, match["rest"], "." in match["date"])
    return line if any(_date(line, order) for order in ORDERS) else None


def _with(line: _Line, more: list[str]) -> _Line:
    line.rest = "\n".join([line.rest, *more])
    return line


def _order_of(lines: list[_Line]) -> str:
    """That in which every date is one, and none is before the one above it."""
    possible = [order for order in ORDERS if all(_date(it, order) for it in lines)]
    ascending = [
        order
        for order in possible
        if all(_at(one, order) <= _at(two, order) for one, two in pairwise(lines))
    ]
    found = ascending or possible
    if lines[0].is_dotted and "dmy" in found:
        return "dmy"
    if found and all(_date(it, each) == _date(it, found[0]) for it in lines for each in found):
        return found[0]
    raise ExportRefused(
        "It cannot be told whether the day or the month comes first in its dates. "
        "Say so by --date-order dmy or --date-order mdy."
    )


def _date(line: _Line, order: str) -> tuple[int, int, int] | None:
    """Year, month, day; None for what is no date in this order."""
    if (order == "ymd") != (line.date[0] >= 1000):
        return None
    parts = dict(zip(order, line.date, strict=True))
    year = parts["y"] + (2000 if parts["y"] < 100 else 0)
    try:
        datetime(year, parts["m"], parts["d"], *line.clock)  # noqa: DTZ001 (checked alone)
    except ValueError:
        return None
    return (year, parts["m"], parts["d"]) if year >= 2009 else None


def _at(line: _Line, order: str) -> tuple[int, ...]:
    # By the day: clocks are set back once a year.
    return _date(line, order) or ()


def _title(source: Source, name: str) -> str:
    stem = PurePosixPath(name).stem
    stem = source.path.stem if stem == "_chat" else stem
    match = _TITLE.match(stem)
    return match["title"].strip() if match else stem


class _Chat:
    def __init__(self, into: Translation, lines: list[_Line], order: str, zone: ZoneInfo) -> None:
        self._into = into
        self._lines = lines
        self._order = order
        self._zone = zone
        self._said = [_SAID.match(line.rest) for line in lines]

    def translate(self, title: str, files: set[str]) -> None:
        names = Counter(it["who"].strip() for it in self._said if it)
        # What WhatsApp itself says at the beginning stands under the name of the chat.
        has_events = any(it is None for it in self._said[1:])
        is_direct = len(names) == 2 and title in names and not has_events
        people = [name for name in names if is_direct or name != title]
        kind = Kind.DIRECT if is_direct else Kind.GROUP
        conversation = self._into.conversation(title, kind, title="" if is_direct else title)
        for name in people:
            conversation.members[self._into.person(_id(name), name)] = None
        paths = {PurePosixPath(name).name: name for name in files}
        for line, said in zip(self._lines, self._said, strict=True):
            if said is None or said["who"].strip() not in people:
                self._into.report.skip("no_counterpart", line.where, _MARK.sub("", line.rest)[:200])
            else:
                self._say(conversation, line, said, paths)

    def _say(
        self,
        conversation: TranslatedConversation,
        line: _Line,
        said: re.Match[str],
        paths: dict[str, str],
    ) -> None:
        text, names = _without_files(said["text"], paths)
        stripped = _MARK.sub("", text).strip() if names else text
        if not names and _LEFT_OUT.fullmatch(_MARK.sub("", text).strip()):
            self._into.report.change("file_not_fetched", line.where, text[:60])
        message = {
            "user": _id(said["who"].strip()),
            "text": self._marked(stripped),
            "files": [self._into.file(name, paths.get(name, "")) for name in names],
        }
        at = datetime(*self._day(line), *line.clock, tzinfo=self._zone)
        self._into.say(
            conversation, microseconds(at.isoformat()), line.where, message, is_in_order=True
        )

    def _day(self, line: _Line) -> tuple[int, int, int]:
        day = _date(line, self._order)
        if day is None:
            raise ExportRefused(f"{line.where}: no date in the order {self._order}.")
        return day

    def _marked(self, text: str) -> str:
        """Its emphasis is Slack's; a mention is of who has this name."""
        parts, start = [], 0
        for match in _MENTION.finditer(text):
            person = _id(match["name"].removeprefix("~").strip())
            parts.append(escape(text[start : match.start()]))
            parts.append(
                f"<@{person}>" if self._into.knows(person) else f"@{escape(match['name'])}"
            )
            start = match.end()
        return _MARK.sub("", "".join([*parts, escape(text[start:])]))


def _without_files(text: str, paths: dict[str, str]) -> tuple[str, list[str]]:
    """The text without the files that it tells of, and their names. What Android writes could be a
    text, unless the file is there or named as WhatsApp names them."""
    names: list[str] = []

    def cut(match: re.Match[str]) -> str:
        name = _MARK.sub("", match["ios"] or match["android"]).strip()
        if not (match["ios"] or name in paths or "-WA" in name):
            return match[0]
        names.append(name)
        return ""

    return _ATTACHED.sub(cut, text), names


def _id(name: str) -> str:
    """WhatsApp exports no ids: a person is a name, or a number."""
    return quote(_MARK.sub("", name), safe=" +")
