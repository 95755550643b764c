"""Folding: maps names that people take for the same to one text, and positions back to the
original.

Lower case, no accents (é, ø and ß are found by e, o and ss, and the other way round), compatibility
forms as their plain ones, white space as one blank, nothing of what is not seen. Marks that are
letters of their own script (Thai, Hindi, Japanese voicing) stay.

`fold_name` in SQL (accounts/migrations/0009_folded_names.py) and js/core/folding.js fold alike, and
tests/vectors/folding.json holds all three to it.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# What NFKD leaves alone and people type without.
_PLAIN = str.maketrans(
    {
        **dict(zip("\u00f8\u0111\u00f0\u0142\u0127\u0131\u0167", "oddlhit", strict=True)),
        "\u00df": "ss",
        "\u00e6": "ae",
        "\u0153": "oe",
        "\u00fe": "th",
        "\u03c2": "\u03c3",  # the sigma at the end of a word
        **dict.fromkeys("\u2019\u2018\u201b\u02bc\u02bb\u02b9\u2032\u055a", "'"),
        **dict.fromkeys("\u201c\u201d\u201e", '"'),
        **dict.fromkeys("\u2013\u2014\u2010\u2011\u2012\u2015\u2212", "-"),
    }
)
# What stands in a text for somebody who is called.
_MENTION = re.compile(r"<@[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}>")
_SPACES = re.compile(r"\s+")
_ACCENT = re.compile("[\u0300-\u036f]")
# A character with what follows and belongs to it: combining marks, vowels and finals of Hangul.
_CLUSTER = re.compile("(?s:.)[\u0300-\u036f\u0483-\u0489\u1160-\u11ff\u3099\u309a]*")
_ZWJ = "\u200d"  # joins emoji
_KEPT_MARKS = {_ZWJ}


@dataclass(frozen=True, slots=True)
class FoldedText:
    """`text`, and for each of its characters where in the original it comes from: `starts[i]` is
    the code point it begins at, `ends[i]` the one behind it. None where both are the same."""

    text: str
    starts: list[int] | None = None
    ends: list[int] | None = None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The range of code points in the original that a range of the folded text comes from."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def fold(text: str) -> str:
    return folded(text).text


def folded(text: str) -> FoldedText:
    """Ids of mentioned people are taken for a blank: they are shown as names."""
    if "<@" in text:
        text = _MENTION.sub(lambda match: " " * len(match[0]), text)
    if text.isascii() and text.isprintable() and "  " not in text:
        return FoldedText(text.lower())
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _CLUSTER.finditer(text):
        plain = _fold_cluster(match[0])
        if plain == " " and parts and parts[-1] == " ":
            continue
        parts.append(plain)
        starts += [match.start()] * len(plain)
        ends += [match.end()] * len(plain)
    return FoldedText("".join(parts), starts, ends)


@lru_cache(maxsize=20_000)
def _fold_cluster(cluster: str) -> str:
    if len(cluster) == 1 and not cluster.isprintable() and cluster not in _KEPT_MARKS:
        return " " if cluster.isspace() or unicodedata.category(cluster) == "Cc" else ""
    if cluster.isspace():
        return " "
    if "\ufe00" <= cluster <= "\ufe0f":  # variation selectors
        return ""
    plain = unicodedata.normalize("NFKD", cluster.replace("\u00b4", "'"))
    lower = _ACCENT.sub("", plain).lower().translate(_PLAIN)
    return unicodedata.normalize("NFKC", _SPACES.sub(" ", lower))
