"""Redacts exceptions for operators: the type, where it was raised, and the message if that
certainly contains no personal data.

Messages contain values: `KeyError` has the key, `ValueError` the text that is no number, and
PostgreSQL quotes what it refuses. So only the kinds below keep theirs, and no frame shows locals.
"""

import re
import smtplib
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any

import psycopg
from django.conf import settings

from chatproject.core.errors import Refusal

# Their messages come from the interpreter, the system or the library: names in the code, addresses
# of servers.
SAFE_TYPES = (ArithmeticError, AttributeError, ImportError, NameError, TimeoutError, TypeError)
SAFE_PACKAGES = ("redis", "psycopg_pool", "botocore", "procrastinate", "ssl")

# PostgreSQL's quotation marks in the languages of `lc_messages`. All from the first to the last
# mark is redacted, since a quoted value may contain marks itself.
_MARKS = "\"'\u00ab\u00bb\u201c\u201d\u201e\u2018\u2019\u201a\u2039\u203a\u300c\u300d"
_QUOTED = re.compile(f"[{_MARKS}].*[{_MARKS}]", re.DOTALL)
# A status code of RFC 3463, at the beginning of a mail server's reply.
_MAIL_STATUS = re.compile(r"\s*(\d\.\d{1,3}\.\d{1,3})\b")
_SEARCH_KIND = re.compile(r"[a-z_]{1,80}")
_EMAIL = re.compile(r"[^\s<>\"'=(),;:]+@[^\s<>\"'(),;:]+")
_TOKEN = re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*|(?<=[Bb]earer )\S+")
_FRAMES = 40  # of a traceback, from where it was raised


def message_of(error: BaseException) -> str:
    """The type and, if it is safe, the message, in one line."""
    name = type(error).__qualname__
    text = " ".join(_message(error).split())[:500]
    return f"{name}: {text}" if text else name


def _message(error: BaseException) -> str:
    if settings.DEBUG:
        return str(error)
    if isinstance(error, Refusal):
        return error.code
    if (database := _database_error(error)) is not None:
        return database
    if isinstance(error, smtplib.SMTPException):
        return _mail_error(error)
    if isinstance(error, OSError):
        return error.strerror or ("" if error.filename else without_secrets(str(error)))
    package = type(error).__module__.partition(".")[0]
    if package == "opensearchpy":
        return _search_error(error)
    if isinstance(error, SAFE_TYPES) or package in SAFE_PACKAGES:
        return without_secrets(str(error))
    return ""


def _database_error(error: BaseException) -> str | None:
    """The redacted message of a psycopg error, or of a Django error that it caused."""
    for found in (error, error.__cause__):
        if isinstance(found, psycopg.Error):
            if found.sqlstate is None:  # an error of the connection, with its address
                return without_secrets(str(found))
            primary = _QUOTED.sub('"…"', found.diag.message_primary or "")
            names = (found.diag.constraint_name, found.diag.table_name)
            where = ", ".join(name for name in names if name)
            return f"{found.sqlstate} {primary}" + (f" ({where})" if where else "")
    return None


def _mail_error(error: smtplib.SMTPException) -> str:
    """The codes of a mail server's replies, whose texts quote the address, and often the mail."""
    replies: list[tuple[Any, Any]]
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        replies = list(error.recipients.values())
    elif isinstance(error, smtplib.SMTPResponseException):
        replies = [(error.smtp_code, error.smtp_error)]
    else:  # smtplib's own words
        return without_secrets(str(error))
    return ", ".join(_codes(*reply) for reply in replies)


def _codes(code: Any, words: Any) -> str:
    text = words.decode("latin-1") if isinstance(words, bytes) else str(words)
    status = _MAIL_STATUS.match(text)
    return f"{code} {status[1]}" if status else str(code)


def _search_error(error: BaseException) -> str:
    """Status and kind of a search server's refusal: its reasons quote queries and documents."""
    if not hasattr(error, "status_code"):
        return ""
    status, *rest = error.args
    told = [str(status)]
    for it in rest:
        if isinstance(it, str) and _SEARCH_KIND.fullmatch(it):
            told.append(it)
        elif isinstance(it, BaseException):
            told.append(message_of(it))
    return " ".join(told)


def without_secrets(text: str) -> str:
    """The text without anything that looks like an email address or a token; a last resort for
    texts that should contain none.
    """
    return _TOKEN.sub("[token]", _EMAIL.sub("[address]", text))


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """The exception, its causes and contexts, and those of a group, without duplicates."""
    waiting, seen = [error], set[int]()
    while waiting:
        found = waiting.pop()
        if found is None or id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        waiting += [found.__cause__, found.__context__]
        waiting += found.exceptions if isinstance(found, BaseExceptionGroup) else ()


def traceback_of(error: BaseException) -> str:
    """The traceback as Python prints it, with its causes, and with redacted messages."""
    return "\n".join(_lines(error, set()))


def _lines(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    cause = error.__cause__
    before = cause or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield from _lines(before, seen)
        yield "which led to:" if cause is None else "which is the cause of:"
    yield from _frames(error.__traceback__)
    yield message_of(error)
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            if id(one) not in seen:
                yield from (f"  | {line}" for line in _lines(one, seen))


def _frames(begin: TracebackType | None) -> Iterator[str]:
    for frame in traceback.extract_tb(begin)[-_FRAMES:]:
        yield f"  {frame.filename}:{frame.lineno} in {frame.name}: {frame.line}"
