"""A check is a function that yields findings; one that raises has found a failure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from chatproject.core.error_redaction import message_of
from chatproject.core.progress import Progress


class State(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


class Finding(NamedTuple):
    """`remedy` says what to do, and is empty where all is well."""

    name: str
    state: State
    text: str
    remedy: str = ""

    def as_json(self) -> dict[str, str]:
        return {
            "check": self.name,
            "state": self.state.value,
            "text": self.text,
            "remedy": self.remedy,
        }


class Check(NamedTuple):
    """`remedy` is for when `look` raises. `needs` names the check without which there is nothing to
    look at."""

    name: str
    look: Callable[[], Iterable[Finding]]
    remedy: str
    needs: str = ""


def ok(name: str, text: str) -> Finding:
    return Finding(name, State.OK, text)


def warning(name: str, text: str, remedy: str) -> Finding:
    return Finding(name, State.WARNING, text, remedy)


def failed(name: str, text: str, remedy: str) -> Finding:
    return Finding(name, State.FAILED, text, remedy)


def graded(name: str, value: float, *, warn: float, fail: float, text: str, remedy: str) -> Finding:
    """By a value that should be small."""
    if value >= fail:
        return failed(name, text, remedy)
    return warning(name, text, remedy) if value >= warn else ok(name, text)


def examine(checks: Sequence[Check], progress: Progress) -> Iterator[Finding]:
    """Each check in turn. One that needs another, which could not be looked at, is told as such:
    its own remedy would lead astray."""
    progress.begin("Checks", len(checks))
    away: dict[str, str] = {}  # the remedies of those that could not be looked at
    for check in checks:
        if check.needs in away:
            yield failed(check.name, f"It needs the {check.needs}.", away[check.needs])
        else:
            try:
                yield from check.look()
            except Exception as error:  # noqa: BLE001 (whatever it is, the others are looked at too)
                yield failed(check.name, message_of(error), check.remedy)
                away[check.name] = check.remedy
        progress.advance(1)


def report_of(findings: Sequence[Finding]) -> dict[str, Any]:
    counts = {state.value: 0 for state in State}
    for finding in findings:
        counts[finding.state.value] += 1
    return {**counts, "checks": [finding.as_json() for finding in findings]}


def text_of(findings: Sequence[Finding]) -> str:
    width = max((len(it.name) for it in findings), default=0)
    lines = []
    for it in findings:
        lines.append(f"{it.state.value:8}{it.name:{width}}  {it.text}")
        if it.remedy:
            lines.append(f"{'':8}{'':{width}}  → {it.remedy}")
    return "\n".join(lines)
