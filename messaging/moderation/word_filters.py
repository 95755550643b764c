"""Word filters: applied in the process, from a list whose revision is in the database."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction

from chatproject.core.plain_text import normalize
from chatproject.realtime import control
from messaging.errors import WordRefused
from messaging.moderation.models import Rulebook, WordFilter
from messaging.moderation.new_account_limits import has_link, spend_link

_WORD = re.compile(r"\w+")
_REFUSE = WordFilter.Act.REFUSE


def normal(text: str) -> str:
    """The words of a text alone, in one form: `Sp\u00adam, SPAM!` gives `spam spam`.

    Compatibility forms and letter case are folded, and characters that show nothing are dropped.
    """
    folded = normalize("NFKC", text).casefold()
    shown = "".join(c for c in folded if unicodedata.category(c) != "Cf")
    return " ".join(_WORD.findall(shown))


@dataclass(frozen=True, slots=True)
class WordList:
    """All filters at one revision; None stands for the time before there was any."""

    revision: UUID | None = None
    refused: frozenset[str] = frozenset()
    flagged: frozenset[str] = frozenset()
    _phrases: tuple[str, ...] = field(default=())

    def judge(self, text: str) -> tuple[bool, str]:
        """Whether the text is refused, and a word in it that a moderator should see, or ""."""
        if not (self.refused or self.flagged):
            return False, ""
        plain = normal(text)
        said = {*plain.split(), *(each for each in self._phrases if f" {each} " in f" {plain} ")}
        return not self.refused.isdisjoint(said), min(self.flagged & said, default="")


_held = WordList()


def held() -> WordList:
    """The list that this process has, which may have been changed since."""
    return _held


def hold(revision: UUID | None, filters: Iterable[tuple[str, str]]) -> WordList:
    """The list for all later messages of this process, see `word_list`.

    The revision must have been read before the filters: a list that is newer than its revision is
    only found stale once more.
    """
    global _held  # noqa: PLW0603 (one list a process, swapped whole)
    _held = word_list(revision, filters)
    return _held


def word_list(revision: UUID | None, filters: Iterable[tuple[str, str]]) -> WordList:
    """`filters` are pairs of a word in its normal form and what is done about it."""
    pairs = list(filters)
    return WordList(
        revision,
        frozenset(word for word, act in pairs if act == _REFUSE),
        frozenset(word for word, act in pairs if act != _REFUSE),
        tuple(word for word, _ in pairs if " " in word),
    )


def judge_text(user_id: UUID, text: str, *, before: str) -> str:
    """A word in it that a moderator should see and that was not there before, or "".

    Within the transaction that writes the text. Raises WordRefused, and TooManyLinks for a new
    account that puts a link where there was none.
    """
    filters = _filters()
    is_refused, flag = filters.judge(text)
    if is_refused:
        raise WordRefused
    if not has_link(before):
        spend_link(user_id, text)
    return "" if flag == filters.judge(before)[1] else flag


WORD_FILTERS_CHANGED = "word_filters.changed"


def announce_word_filters() -> None:
    """Has every process read the list after the commit, so that no send has to."""
    transaction.on_commit(lambda: control.send(WORD_FILTERS_CHANGED), robust=True)


def refresh() -> None:
    """Reads the list anew if it has changed."""
    _filters()


def _filters() -> WordList:
    revision = Rulebook.objects.values_list("revision", flat=True).first()
    if held().revision == revision:
        return held()
    return hold(revision, WordFilter.objects.values_list("word", "act"))
