"""What a text may be found by, in 256 bits: which of a conversation's messages are worth a look.

An index by time that holds them tells of most messages that they are no hits, without reading them;
newest first, so that it ends with a page. Half of the bits are of words, two for each, and half of
runs of three characters, one for each. Of an ordinary message a third of them are set. Where a bit
is missing the word is; where all are there, the word may still not be.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

COLUMNS = ("words_low", "words_high", "parts_low", "parts_high")
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
    bits = 0
    for word in words:
        bits |= _word_bits(word)
    return bits


def of_parts(text: str) -> int:
    bits = 0
    for part in {text[i : i + 3] for i in range(len(text) - 2)}:
        bits |= _part_bit(part)
    return bits


@lru_cache(maxsize=100_000)
def _word_bits(word: str) -> int:
    number = crc32(word.encode())
    return 1 << number % _HALF | 1 << (number >> 16) % _HALF


@lru_cache(maxsize=100_000)
def _part_bit(part: str) -> int:
    return 1 << crc32(part.encode()) % _HALF


def _columns(bits: int) -> tuple[int, int]:
    return _signed(bits % (1 << _WORD)), _signed(bits >> _WORD)


def _signed(number: int) -> int:
    return number - (1 << _WORD) if number & _SIGN else number
