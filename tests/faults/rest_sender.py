"""One person who sends by REST at a steady pace and never twice, and what they were answered."""

import asyncio
import time
from collections import Counter
from statistics import quantiles
from typing import Self
from uuid import uuid4

import httpx

from tests.journeys.stage import Person, Stage, history, texts


class RestSender:
    """`answers` counts (status, code of the refusal); `broken` the requests without an answer."""

    def __init__(self, stage: Stage, *, pause: float = 0.05) -> None:
        self._stage, self._pause = stage, pause
        self.answers: Counter[tuple[int, str]] = Counter()
        self.broken = 0
        self.seconds: list[float] = []
        self.accepted: list[str] = []

    async def __aenter__(self) -> Self:
        self.person: Person = await self._stage.person("Rita")
        self.group = await self._stage.group(self.person)
        await self.person.token()
        self._http = httpx.AsyncClient(base_url=self._stage.server.base_url, timeout=60)
        self._sending = asyncio.create_task(self._send())
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._sending.cancel()
        await asyncio.gather(self._sending, return_exceptions=True)
        await self._http.aclose()

    async def _send(self) -> None:
        path = f"/v1/conversations/{self.group}/messages"
        headers = {"Authorization": f"Bearer {await self.person.token()}"}
        while True:
            text = str(uuid4())
            begun = time.monotonic()
            try:
                answer = await self._http.post(path, json={"content": text}, headers=headers)
            except httpx.TransportError:
                self.broken += 1
            else:
                self.seconds.append(time.monotonic() - begun)
                is_ok = answer.status_code < 300
                self.answers[answer.status_code, "" if is_ok else answer.json()["code"]] += 1
                if is_ok:
                    self.accepted.append(text)
            await asyncio.sleep(self._pause)

    async def missing(self) -> set[str]:
        """What was answered with 2xx and is not stored."""
        return set(self.accepted) - set(texts(await history(self.person, self.group)))

    def p99(self) -> float:
        """Seconds."""
        return quantiles(self.seconds, n=100)[98]

    def __str__(self) -> str:
        told = [f"{n} x {status} {code}".strip() for (status, code), n in self.answers.items()]
        return f"by REST {', '.join(told)}" + f", {self.broken} without an answer" * bool(
            self.broken
        )
