"""Splits texts and queries into the words that the index holds.

Words are runs of letters and digits. Scripts that put no blanks between words (Chinese, Japanese,
Thai …) and Korean, which glues its particles on, are cut into single characters and pairs. Symbols
and emoji are words of their own. Everything here is about folded text.
"""

import re
from functools import lru_cache

import Stemmer

# Languages whose words are known by their stems, by the code of a person's setting.
STEMMED = {
    "en": "english",
    "de": "german",
    "fr": "french",
    "es": "spanish",
    "it": "italian",
    "pt": "portuguese",
    "nl": "dutch",
    "sv": "swedish",
    "da": "danish",
    "no": "norwegian",
    "fi": "finnish",
    "hu": "hungarian",
    "ro": "romanian",
    "ru": "russian",
    "tr": "turkish",
}
LONGEST = 64  # characters of a word that count; what is longer is no word

UNSPACED = (
    "\u0e00-\u0e7f\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
WORD = rf"[^\W_{UNSPACED}]+"
_unspaced = re.compile(f"[{UNSPACED}]+")
_PIECE = re.compile(rf"(?P<unspaced>[{UNSPACED}]+)|(?P<word>{WORD})|(?P<symbol>\S)")
# Punctuation that stands in nearly every text tells nothing, and so is no word.
_MUTE = re.compile(
    r"""[\s\w.,;:!?'"()\[\]{}/\\@#%&*_\-\u00a1-\u00bf\u2010-\u206f\u3000-\u3004\u3008-\u301f]"""
)


def pieces(text: str) -> list[str]:
    """The words of a folded text in order, unspaced runs whole, symbols one by one."""
    found = []
    for match in _PIECE.finditer(text):
        if match.lastgroup == "symbol" and _MUTE.match(match[0]):
            continue
        found.append(match[0])
    return found


def lexemes(text: str, language: str) -> set[str]:
    """All that a folded text is found by; `language` is a code, empty where it is not known."""
    found: set[str] = set()
    for piece in pieces(text):
        if is_unspaced(piece):
            found.update(piece)
            found.update(grams(piece))
        else:
            found.add(piece[:LONGEST])
            if language in STEMMED:
                found.add(stem(piece, language)[:LONGEST])
    return found


def asked_lexemes(text: str) -> set[str]:
    """What every text that holds the folded `text` is found by."""
    found: set[str] = set()
    for piece in pieces(text):
        found.update(grams(piece) or [piece]) if is_unspaced(piece) else found.add(piece[:LONGEST])
    return found


def grams(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)]


def is_unspaced(piece: str) -> bool:
    return _unspaced.match(piece) is not None


@lru_cache(maxsize=100_000)
def stem(word: str, language: str) -> str:
    """Of a folded word. Words with digits have none, nor has what is too long."""
    if not 3 <= len(word) <= LONGEST or not word.isalpha():
        return word
    found: str = _stemmer(language).stemWord(word)
    return found or word


@lru_cache(maxsize=len(STEMMED))
def _stemmer(language: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(STEMMED[language])
