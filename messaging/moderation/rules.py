"""The rules of posting for what does not go the hot path: edits."""

from uuid import UUID

from messaging.errors import WordRefused
from messaging.moderation import words
from messaging.moderation.models import Rulebook
from messaging.moderation.newcomers import has_link, spend_link


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


def _filters() -> words.WordList:
    revision = Rulebook.objects.values_list("revision", flat=True).first()
    return words.held() if words.held().revision == revision else words.read_anew()
