"""Fingerprints: 256 bits of a text's search terms, which exclude most messages without reading
them.

An index by time that holds them tells of most messages that they are no hits, without reading them;
newest first, so that it ends with a page. Half of the bits are of words, two for each, and half of
runs of three characters, one for each. Of an ordinary message a third of them are set. Where a bit
is missing the word is; where all are there, the word may still not be.
"""

from collections.abc import Callable, Iterable
from functools import reduce
from operator import or_
from typing import NamedTuple
from zlib import crc32

COLUMNS = ("words_low", "words_high", "parts_low", "parts_high")
_AT_MOST = 100_000  # words or parts whose bits are kept
_HALF = 128
_WORD = 64
_SIGN = 1 << 63


class Fingerprint(NamedTuple):
    words: int
    parts: int

    def columns(self) -> tuple[int, int, int, int]:
        """As COLUMNS store them: signed 64-bit integers."""
        return (*_columns(self.words), *_columns(self.parts))


def fingerprint(words: Iterable[str], text: str) -> Fingerprint:
    """Of lexemes and a folded text."""
    return Fingerprint(of_words(words), of_parts(text))


def of_words(words: Iterable[str]) -> int:
    return reduce(or_, map(_OF_WORDS.__getitem__, words), 0)


def of_parts(text: str) -> int:
    parts = [text[i : i + 3] for i in range(len(text) - 2)]
    return reduce(or_, map(_OF_PARTS.__getitem__, parts), 0)


class _Kept(dict[str, int]):
    """Bits that are asked for again and again: a message has dozens."""

    def __init__(self, bits_of: Callable[[int], int]) -> None:
        super().__init__()
        self._bits_of = bits_of

    def __missing__(self, text: str) -> int:
        if len(self) >= _AT_MOST:
            self.clear()
        bits = self[text] = self._bits_of(crc32(text.encode()))
        return bits


_OF_WORDS = _Kept(lambda number: 1 << number % _HALF | 1 << (number >> 16) % _HALF)
_OF_PARTS = _Kept(lambda number: 1 << number % _HALF)


def _columns(bits: int) -> tuple[int, int]:
    return _signed(bits % (1 << _WORD)), _signed(bits >> _WORD)


def _signed(number: int) -> int:
    return number - (1 << _WORD) if number & _SIGN else number
