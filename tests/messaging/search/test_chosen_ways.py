"""Which way leads to the hits soonest: by the index, or from the newest message on."""

import re
from uuid import UUID

from messaging.search.conditions import Conditions
from messaging.search.contract import Question, Reach, Scope
from messaging.search.frequencies import Frequencies
from messaging.search.query import parse_query

VIEWER = UUID(int=1)
SENDER = "@" + VIEWER.hex
# Of 2,000 texts each hundredth has both words.
TEXTS = ["common often" if number % 100 == 0 else "common" for number in range(2_000)]
KNOWN = Frequencies(
    words={"common": 1.0, "often": 0.01, "other": 0.02, "everywhere": 0.6},
    texts=TEXTS,
    messages=3_000_000.0,
    conversations=5_000.0,
)
IN_ALL = KNOWN.enough_to_scan(5_000, 20)


def conditions(text: str, *, scan_from: float, signs: list[str] | None = None) -> Conditions:
    scope = Scope(VIEWER, any_of=[signs] if signs else [])
    question = Question(parse_query(text), scope, ["en"], Reach.WORDS)
    return Conditions(question, KNOWN, scan_from)


def is_read(text: str, *, scan_from: float = IN_ALL, signs: list[str] | None = None) -> bool:
    made = conditions(text, scan_from=scan_from, signs=signs)
    made.sql()
    return made.is_scan


def test_common_words_are_read_from_the_newest_message_on() -> None:
    assert is_read("common")
    assert is_read("common often")
    assert not is_read("rare")
    assert not is_read("common rare")


def test_a_common_word_of_who_hardly_wrote_is_asked_of_the_index() -> None:
    assert not is_read("common", signs=[SENDER])


def test_in_a_few_conversations_the_rarest_term_decides() -> None:
    assert is_read("common often", scan_from=0.0)
    assert not is_read("common rare", scan_from=0.0)
    assert not is_read("common", scan_from=0.0, signs=[SENDER])


def test_the_whole_index_is_asked_for_terms_together_unless_one_is_everywhere() -> None:
    made = conditions("other often everywhere", scan_from=1.0)

    used = [str(made.params[name]) for name in re.findall(r"%\((\w+)\)s", made.sql())]

    *in_front, whole = used
    assert in_front == ["'often'", "'other'"]
    assert "everywher" in whole
