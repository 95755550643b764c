"""Ending the worker of background tasks, whatever it makes of being told to."""

import asyncio

import pytest

from chatproject.server import task_worker
from chatproject.server.task_worker import Background


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_worker, "GRACEFUL_SECONDS", -0.9)
    monkeypatch.setattr(task_worker, "RETRY_AFTER", 0)


async def until_started(begun: asyncio.Event) -> Background:
    worker = Background()
    worker.start()
    await begun.wait()
    return worker


async def test_a_worker_that_ends_when_told_is_not_started_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, starts = asyncio.Event(), 0

    async def work(*, handle_signals: bool) -> None:
        nonlocal starts
        starts += 1
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return

    monkeypatch.setattr(task_worker, "work", work)
    worker = await until_started(begun)
    await asyncio.wait_for(worker.stop(), 30)
    assert starts == 1


async def test_a_worker_that_goes_on_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, told = asyncio.Event(), 0

    async def work(*, handle_signals: bool) -> None:
        nonlocal told
        begun.set()
        while told < 2:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                told += 1

    monkeypatch.setattr(task_worker, "work", work)
    worker = await until_started(begun)
    await asyncio.wait_for(worker.stop(), 30)
    assert told == 2


async def test_one_that_never_listens_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, end = asyncio.Event(), asyncio.Event()

    async def work(*, handle_signals: bool) -> None:
        begun.set()
        while not end.is_set():
            try:
                await end.wait()
            except asyncio.CancelledError:
                continue

    monkeypatch.setattr(task_worker, "work", work)
    worker = await until_started(begun)
    await asyncio.wait_for(worker.stop(), 30)
    assert not end.is_set()
    end.set()
