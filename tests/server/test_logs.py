"""What operators read: lines that are found together by their ids, without anybody's words."""

import json
import logging
import smtplib
import sys
import threading
import warnings
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from django.core.exceptions import SuspiciousFileOperation
from opensearchpy import exceptions as opensearch
from opensearchpy.helpers import BulkIndexError
from pytest_django.fixtures import Settings

from chatproject.core import correlation, logs
from chatproject.core.correlation import Ids
from chatproject.core.error_redaction import message_of, traceback_of
from chatproject.core.errors import NotFound
from chatproject.environment import Environment
from tests.servers import ServerProcess

SECRET = "rendezvous at midnight"

# -- ids


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "a b c d e f g", "*/ DROP TABLE x; --"])
def test_an_id_that_is_not_sane_is_replaced(server: ServerProcess, given: str) -> None:
    answer = httpx.get(f"{server.base_url}/healthz", headers={"x-request-id": given})
    made = answer.headers["x-request-id"]
    assert made != given
    assert correlation.given_or_new(made) == made


@pytest.mark.parametrize("path", ["/healthz", "/v1/nothing", "/static/nothing", "/login", "/v1/me"])
def test_every_answer_has_its_id(server: ServerProcess, path: str) -> None:
    ids = {httpx.get(server.base_url + path).headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3


def test_a_task_takes_the_ids_along() -> None:
    with correlation.entered(Ids(request="request-one", person=uuid4())):
        lock, other = correlation.task_lock(), correlation.task_lock()
    assert lock != other
    assert correlation.of_task(7, lock) == Ids(request="request-one", job="7")
    with correlation.entered(Ids(socket="socket-one")):
        assert correlation.of_task(7, correlation.task_lock()) == Ids(socket="socket-one", job="7")
    with correlation.entered(Ids(job="3")):
        assert correlation.task_lock() is None
    for strange in (None, "", "somebody's own lock", "by:person:philippa:0123456789abcdef"):
        assert correlation.of_task(7, strange) == Ids(job="7")


def test_a_comment_names_all() -> None:
    assert correlation.comment() == ""
    with correlation.entered(Ids(request="request-one", job="7", person=uuid4())):
        assert correlation.comment() == "/* request:request-one job:7 */ "


# -- what of an exception is told


def raised(error: Exception) -> Exception:
    with pytest.raises(type(error)) as caught:
        raise error
    return caught.value


def test_messages_that_quote_are_not_told() -> None:
    class Odd(Exception):
        pass

    for kind in (
        ValueError,
        KeyError,
        LookupError,
        RuntimeError,
        AssertionError,
        Odd,
        UnicodeError,
    ):
        told = message_of(raised(kind(SECRET)))
        assert "midnight" not in told
        assert told == kind.__qualname__


def test_messages_of_the_system_are_told() -> None:
    assert message_of(ConnectionRefusedError(111, "Connection refused")) == (
        "ConnectionRefusedError: Connection refused"
    )
    assert message_of(AttributeError("'X' object has no attribute 'y'")).endswith("attribute 'y'")
    assert message_of(FileNotFoundError(2, "No such file", SECRET)) == (
        "FileNotFoundError: No such file"
    )
    assert message_of(NotFound(SECRET)) == "NotFound: not_found"
    assert message_of(OSError("bo@example.org is away")) == "OSError: [address] is away"


def test_in_debug_all_is_told(settings: Settings) -> None:
    settings.DEBUG = True
    assert message_of(ValueError(SECRET)) == f"ValueError: {SECRET}"


@pytest.mark.django_db
def test_of_the_database_the_code_and_the_constraint_are_told(django_user_model: Any) -> None:
    from django.db import IntegrityError, connection, transaction

    person = {"email": f"bo@{uuid4()}.org", "name": "Bo"}
    django_user_model.objects.create_user(**person)
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        django_user_model.objects.create_user(**person)
    told = message_of(caught.value)
    assert "23505" in told
    assert "accounts_user" in told
    assert "bo@" not in traceback_of(caught.value)
    with pytest.raises(psycopg.Error) as bad, connection.cursor() as cursor:
        cursor.cursor.execute("SELECT %s::text::int", [SECRET])
    assert message_of(bad.value).endswith('22P02 invalid input syntax for type integer: "…"')


def test_of_a_mail_server_the_codes_are_told() -> None:
    words = b"4.2.1 the mailbox of <bo@example.org> takes no rendezvous at midnight"
    for error in (
        smtplib.SMTPRecipientsRefused({"bo@example.org": (451, words)}),
        smtplib.SMTPDataError(451, words),
        smtplib.SMTPSenderRefused(451, words, "chat@example.org"),
    ):
        assert message_of(error) == f"{type(error).__name__}: 451 4.2.1"
    assert message_of(smtplib.SMTPDataError(554, b"midnight")) == "SMTPDataError: 554"
    closed = smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
    assert message_of(closed).endswith(": Connection unexpectedly closed")


def test_of_a_search_server_the_kind_is_told() -> None:
    """Its reasons quote the query and the documents."""
    reason = {"error": {"root_cause": [{"reason": f"Preview of field's value: '{SECRET}'"}]}}
    for error, told in (
        (opensearch.RequestError(400, "mapper_parsing_exception", reason), " 400 mapper_parsing_"),
        (opensearch.TransportError(500, SECRET, reason), " 500"),
        (
            opensearch.ConnectionError("N/A", SECRET, OSError(111, "refused")),
            " N/A ConnectionRefusedError",
        ),
        (opensearch.SerializationError({"words": SECRET}, ValueError(SECRET)), ""),
        (BulkIndexError("1 document(s) failed", [{"index": {"data": SECRET}}]), ""),
    ):
        assert "midnight" not in message_of(error)
        assert told in message_of(error)


@pytest.mark.parametrize(
    "primary",
    [
        f'invalid input syntax for type integer: "say "{SECRET}" twice"',
        f"ungültige Eingabesyntax für Typ integer: »{SECRET}«",
        f"syntaxe invalide pour le type integer : « {SECRET} »",
        f"“{SECRET}” is no number",
        f"「{SECRET}」 is no number",
    ],
)
def test_what_postgresql_quotes_is_left_out_in_any_language(primary: str) -> None:
    class Diagnostics:
        message_primary = primary
        constraint_name = table_name = None

    class Refused(psycopg.Error):
        sqlstate = "22P02"
        diag = Diagnostics()  # type: ignore[assignment]

    told = message_of(Refused())
    assert "Refused: 22P02 " in told
    assert "midnight" not in told
    assert "…" in told


def test_a_traceback_has_its_causes_and_no_words() -> None:
    def inner(text: str) -> None:
        try:
            {}[text]
        except KeyError as error:
            raise ValueError(text) from error

    with pytest.raises(ValueError, match="midnight") as caught:
        inner(SECRET)
    told = traceback_of(caught.value)
    assert "midnight" not in told
    assert told.index("KeyError") < told.index("which is the cause of:") < told.index("ValueError")
    group = ExceptionGroup(SECRET, [KeyError(SECRET), TypeError("no")])
    assert traceback_of(group).splitlines() == [
        "ExceptionGroup",
        "  | KeyError",
        "  | TypeError: no",
    ]


# -- what others write


def record(name: str, message: str, *args: Any, **extra: Any) -> str:
    made = logging.getLogger(name).makeRecord(
        name, logging.WARNING, __file__, 1, message, args, None, extra=extra
    )
    assert logs.RedactingFilter().filter(made)
    return made.getMessage()


def test_exceptions_among_the_arguments_are_told_briefly() -> None:
    error = ValueError(SECRET)
    assert record("x", "it failed: %r, %s, %d", error, error, 7) == (
        "it failed: ValueError, ValueError, 7"
    )


def test_arguments_of_tasks_are_left_out() -> None:
    job = {"id": 7, "task_name": "send", "call_string": f"send[7](text='{SECRET}')"}
    text = f"Job {job['call_string']} ended with status: Error, lasted 1.000 s - Result: {SECRET}"
    assert record("procrastinate.worker", text, job=job) == (
        "Job send[7] ended with status: Error, lasted 1.000 s"
    )
    assert record("procrastinate.worker", SECRET, job=job) == "job send[7]"


def test_paths_become_routes() -> None:
    class Match:
        route = "v1/people/<uuid:id>"

    class Request:
        path = f"/v1/{SECRET}"
        resolver_match = Match()

    given = ("%s: %s", "Internal Server Error", Request.path)
    assert record("django.request", *given, request=Request()) == (
        "Internal Server Error: /v1/people/<uuid:id>"
    )
    Request.resolver_match = None  # type: ignore[assignment]
    assert record("django.request", *given, request=Request()).endswith("(no route)")


class Asked:
    path, resolver_match = f"/v1/{SECRET}", None


def test_what_is_suspicious_is_not_quoted() -> None:
    error = raised(SuspiciousFileOperation(f"Detected path traversal attempt in '{SECRET}'"))
    made = logging.getLogger("django.security.SuspiciousFileOperation").makeRecord(
        "django.security.SuspiciousFileOperation",
        *(logging.ERROR, __file__, 1, str(error), ()),
        (type(error), error, error.__traceback__),
        extra={"request": Asked()},
    )
    assert logs.RedactingFilter().filter(made)
    assert made.getMessage() == "SuspiciousFileOperation"


def test_referers_are_not_quoted() -> None:
    reason = f"Referer checking failed - https://chat.example/?q={SECRET} does not match any"
    given = ("Forbidden (%s): %s", reason, Asked.path)
    assert record("django.security.csrf", *given, request=Asked()) == (
        "Forbidden (Referer checking failed): (no route)"
    )


def test_what_python_would_print_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for place, name in ((threading, "excepthook"), (sys, "unraisablehook")):
        monkeypatch.setattr(place, name, getattr(place, name))  # as it was, afterwards

    def fail() -> None:
        raise ValueError(SECRET)

    class Failing:
        def __del__(self) -> None:
            fail()

    try:
        logs.log_what_python_prints()
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
        Failing()
        warnings.warn("it is late", stacklevel=1)
    finally:
        logging.captureWarnings(capture=False)
    events = {it.getMessage().split(":")[0] for it in caplog.records if it.exc_info}
    assert events == {"a thread has failed", "something failed while it was removed"}
    assert any(it.name == "py.warnings" for it in caplog.records)


def test_reprs_of_asyncio_are_left_out() -> None:
    text = f"Task exception was never retrieved\nfuture: <Task exception=ValueError('{SECRET}')>"
    assert record("asyncio", text) == "Task exception was never retrieved"


def formatted(style: str, **fields: Any) -> str:
    made = logging.makeLogRecord({"name": "x", "levelname": "INFO", "levelno": 20, **fields})
    return logs.formatter(style).format(made)


def test_what_looks_like_an_address_or_a_token_is_replaced() -> None:
    token = "eyJhbGciOi.eyJ1c2VyIjo.c2lnbmF0dXJl"
    with correlation.entered(Ids()):
        told = formatted("plain", msg=f"of <bo@example.org> with Bearer abcdef and {token}")
    assert told.endswith("INFO    x: of <[address]> with Bearer [token] and [token]")


def test_both_formats_say_the_same() -> None:
    person = UUID(int=7)
    error = raised(ValueError(SECRET))
    given = {"msg": "it failed", "exc_info": (type(error), error, error.__traceback__)}
    with correlation.entered(Ids(request="request-one", person=person)):
        plain, as_json = formatted("plain", **given), json.loads(formatted("json", **given))
    assert f"x: it failed request_id=request-one user_id={person}\n" in plain
    assert plain.endswith(as_json["exception"])
    assert (as_json["level"], as_json["logger"], as_json["event"]) == ("info", "x", "it failed")
    assert (as_json["request_id"], as_json["user_id"]) == ("request-one", str(person))


# -- the setting


@pytest.mark.parametrize(("value", "found"), [("json", "json"), ("plain", "plain"), ("", "plain")])
def test_the_format_is_a_choice(value: str, found: str) -> None:
    environment = Environment({"LOG_FORMAT": value})
    given = environment.choice("LOG_FORMAT", "plain", logs.FORMATS, check="E053")
    assert (given, environment.problems) == (found, [])


def test_another_format_is_refused() -> None:
    environment = Environment({"LOG_FORMAT": "xml"})
    environment.choice("LOG_FORMAT", "plain", logs.FORMATS, check="E053")
    assert [problem.id for problem in environment.problems] == ["chat.E053"]


def test_production_writes_json_unless_on_a_terminal(data_dir: Path) -> None:
    own = ServerProcess(data_dir, env={"PUBLIC_URL": "https://chat.example.org"})
    ask = "from django.conf import settings; print(settings.LOG_FORMAT)"
    try:
        assert own.manage("shell", "--no-imports", "-c", ask).strip() == "json"
        own.env.pop("PUBLIC_URL")
        assert own.manage("shell", "--no-imports", "-c", ask).strip() == "plain"
    finally:
        own.close()
