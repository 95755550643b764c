"""A whole journey, with failures in it, as the log, Sentry and the traces tell it: enough to find
what went wrong, and nobody's words."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.collectors import Collector, GossipingMailServer
from tests.journeys.indiscreet import CHOSEN_ID, NAME, TEXT, Journey, travel
from tests.servers import ServerProcess
from tests.waiting import eventually

# What `serve` itself says on standard output, beside the log: how to set up, where it serves.
SAID = ("Operator  ", "Serving http", "Stopped.")
FAILURES = 6  # two requests, three frames, a task; and one line that was logged as an error


@dataclass
class Told:
    form: str
    journey: Journey
    log: str
    collector: Collector

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]


@pytest.fixture(scope="module", params=["json", "plain"])
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Told:
    with Collector() as collector, GossipingMailServer(f"{NAME} says {TEXT}") as mail_server:
        env = {
            "LOG_FORMAT": request.param,
            "DJANGO_SETTINGS_MODULE": "tests.faulty.settings",
            "RATE_LIMITS": "off",
            "SENTRY_DSN": collector.dsn,
            "EMAIL_URL": mail_server.url,
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        }
        own = ServerProcess(tmp_path_factory.mktemp("server"), env=env)
        own.arguments = ("--access-log",)
        with own:
            journey = asyncio.run(travel(own))
            eventually(lambda: "faulty.fail" in own.tail(500))
            eventually(lambda: "send_password_reset" in own.tail(500))
            eventually(lambda: len(collector.events()) >= FAILURES + 1)
        lines = [it for it in own.log.read_text().splitlines() if it and not it.startswith(SAID)]
        return Told(request.param, journey, "\n".join(lines), collector)


def test_nothing_of_a_person_is_logged(told: Told) -> None:
    assert [secret for secret in told.journey.secrets if secret in told.log] == []
    assert "127.0.0.1" not in told.log


def test_nothing_of_a_person_is_reported_or_traced(told: Told) -> None:
    sent = b"".join(it.headers.encode() + it.body for it in told.collector.posted)
    assert [it for it in told.journey.secrets if it.encode() in sent] == []
    paths = {it.path for it in told.collector.posted}
    assert paths == {"/api/7/envelope/", "/v1/traces"}


def test_what_went_wrong_is_logged(told: Told) -> None:
    """Else the tests above would be easily passed."""
    for words in ("ValueError", "KeyError", "LookupError", "22P02", "in fail: raise ValueError"):
        assert words in told.log
    assert "SMTPRecipientsRefused: 451 4.2.1" in told.log
    assert "Forbidden (Origin checking failed): /login" in told.log
    assert "a frame could not be carried out" in told.log
    assert told.journey.user_id in told.log
    assert "v1/faulty/<str:text>" in told.log


def test_lines_are_found_by_request_socket_and_task(told: Told) -> None:
    journey = told.journey
    if told.form != "json":
        assert f"request_id={journey.request_id}" in told.log
        return
    failed = [it for it in told.lines if it.get("request_id") == journey.request_id]
    assert {it["logger"] for it in failed} == {"django.request", "chatproject.requests"}
    assert all(it["user_id"] == journey.user_id for it in failed)
    by_socket = [it for it in told.lines if it.get("socket_id") == journey.socket_id]
    assert len([it for it in by_socket if "exception" in it]) == 3
    assert all(it["user_id"] == journey.user_id for it in by_socket)
    of_task = [it for it in told.lines if it.get("request_id") == journey.task_request_id]
    assert {it["logger"] for it in of_task} >= {"procrastinate.worker", "chatproject.requests"}
    assert len({it["job_id"] for it in of_task if "job_id" in it}) == 1


def test_every_line_is_json(told: Told) -> None:
    if told.form == "json":
        assert len(told.lines) == len(told.log.splitlines()) > 0
        assert all({"timestamp", "level", "logger", "event"} <= it.keys() for it in told.lines)


def test_errors_of_requests_frames_and_tasks_are_reported(told: Told) -> None:
    journey = told.journey
    events = [it for it in told.collector.events() if "exception" in it]
    last = {it["exception"]["values"][-1]["type"] for it in events}
    assert last == {"ValueError", "DataError", "LookupError"}
    by = [it["tags"] for it in events]
    assert len([it for it in by if it.get("socket_id") == journey.socket_id]) == 3
    assert len([it for it in by if it.get("request_id") == journey.request_id]) == 1
    assert [it for it in by if "job_id" in it and it["request_id"] == journey.task_request_id]
    assert {it["user"]["id"] for it in events if it["user"]} == {journey.user_id}


def test_a_report_says_where_it_failed(told: Told) -> None:
    (event,) = [
        it
        for it in told.collector.events()
        if it["tags"].get("request_id") == (told.journey.request_id)
    ]
    values = event["exception"]["values"]
    assert [it for it in values if it["value"].startswith("22P02 invalid input syntax")]
    frame = values[-1]["stacktrace"]["frames"][-1]
    assert "vars" not in frame
    assert frame["lineno"] > 0
    functions = {it["function"] for value in values for it in value["stacktrace"]["frames"]}
    assert "fail" in functions
    assert {"request", "breadcrumbs", "extra", "contexts", "server_name"}.isdisjoint(event)


def test_requests_are_traced_by_route(told: Told) -> None:
    spans = list(told.collector.spans())
    routes = {it.attributes.get("http.route") for it in spans}
    assert {"v1/users/login", "v1/faulty/<str:text>"} <= routes
    assert journey_ids(told) <= {it.attributes.get("chat.request_id") for it in spans}


def journey_ids(told: Told) -> set[str]:
    return {told.journey.request_id, told.journey.task_request_id, CHOSEN_ID}


def test_statements_name_their_request(told: Told) -> None:
    plain, prepared = told.journey.statements
    assert plain.startswith(f"/* request:{CHOSEN_ID} */ SELECT")
    assert prepared.startswith("SELECT")  # each would be another statement to PostgreSQL
    plain, prepared = told.journey.socket_statements
    assert plain.startswith(f"/* socket:{told.journey.socket_id} */ SELECT")
    assert prepared.startswith("SELECT")
