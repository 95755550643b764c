r"""Classes of characters, as js/core/markdown-characters.js has them.

They are spelled out where Python's `\s` and JavaScript's differ. Letters and digits are those of
Unicode (`\w` without the underscore).
"""

import re
from unicodedata import category

SPACE = r"\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"

# What turns the direction of text: embeddings, overrides and isolates.
DIRECTION = r"\u202a-\u202e\u2066-\u2069"

# Invisible marks of direction and width; joiners are absent, since words of Persian need them.
_MARKS = r"\u061c\u200b\u200e\u200f\ufeff" + DIRECTION

# Controls, white space, marks, angle brackets, the backtick and the backslash: no destination of
# a link contains them.
DESTINATION_END = rf"\x00-\x20\x7f-\x9f{SPACE}{_MARKS}<>`\\"

# A bare address ends before these, too: quotes and brackets beyond ASCII (Unicode Pi, Pf, Ps, Pe)
# and the punctuation of Chinese and Japanese.
_QUOTES = (
    r"\u00ab\u00bb\u0f3a-\u0f3d\u169b\u169c\u2018-\u201f\u2039\u203a\u2045\u2046\u207d\u207e"
    r"\u208d\u208e\u2308-\u230b\u2329\u232a\u2768-\u2775\u27c5\u27c6\u27e6-\u27ef\u2983-\u2998"
    r"\u29d8-\u29db\u29fc\u29fd\u2e02-\u2e05\u2e09\u2e0a\u2e0c\u2e0d\u2e1c\u2e1d\u2e20-\u2e29"
    r"\u2e42\u2e55-\u2e5c\ufd3e\ufd3f\ufe17\ufe18\ufe35-\ufe44\ufe47\ufe48\ufe59-\ufe5e"
)
_CJK = r"\u3001-\u3003\u3008-\u3020\u3030\u303d\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
ADDRESS_END = rf'{DESTINATION_END}"{_QUOTES}{_CJK}'

# Punctuation of the sentence that an address stands in, when it ends the address.
TRAILING = frozenset(".,;:!?'*_~\u2025\u2026\u060c\u061b\u061f\u06d4\u0964\u0965\u055d\u0589")

# Scripts that put no spaces between words, and Hangul, whose particles follow a name without one.
SPACELESS = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3007\u3040-\u30ff\u31f0-\u31ff"
    r"\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)

_space = re.compile(f"[{SPACE}]")
_spaceless = re.compile(f"[{SPACELESS}]")
_directions = re.compile(f"[{DIRECTION}]")


def is_space(character: str) -> bool:
    """Whether it is white space; the edge of a line (the empty string) counts as such."""
    return not character or _space.match(character) is not None


def is_punctuation(character: str) -> bool:
    return bool(character) and category(character)[0] in "PS"


def is_spaceless(character: str) -> bool:
    return bool(character) and _spaceless.match(character) is not None


def is_word(character: str) -> bool:
    """Whether it is a letter, a digit or the underscore, of a script that separates words."""
    return (
        bool(character)
        and (character.isalnum() or character == "_")
        and not is_spaceless(character)
    )


def is_blank(line: str) -> bool:
    return all(map(is_space, line))


def without_directions(text: str) -> str:
    return _directions.sub("", text)
