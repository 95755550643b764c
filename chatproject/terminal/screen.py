"""Runs a `Talk` with lines from the keyboard or a pipe, and shows its output."""

import asyncio
import sys
from collections.abc import Callable

from prompt_toolkit import PromptSession
from prompt_toolkit.patch_stdout import patch_stdout

from chatproject.client import ChatClient
from chatproject.terminal.talk import Talk, converse

REDRAW_SECONDS = 0.5  # the toolbar shows who is typing, which expires


async def run(url: str, *, email: str, password: str, show: Callable[[str], None]) -> None:
    """Runs a chat until the person quits; raises ChatError if it cannot connect or is ended."""
    async with ChatClient.connect(url, email=email, password=password) as chat:
        talk = Talk(chat, show)
        await talk.begin()
        if sys.stdin.isatty():
            await _at_keyboard(talk)
        else:
            await converse(talk, _piped_line)


async def _at_keyboard(talk: Talk) -> None:
    session: PromptSession[str] = PromptSession(
        "> ", bottom_toolbar=talk.status, refresh_interval=REDRAW_SECONDS
    )
    typing: set[asyncio.Task[None]] = set()

    def changed(buffer: object) -> None:
        text = session.default_buffer.text
        if text and not text.startswith("/"):
            task = asyncio.get_running_loop().create_task(talk.key())
            typing.add(task)
            task.add_done_callback(typing.discard)

    session.default_buffer.on_text_changed += changed
    with patch_stdout():
        await converse(talk, session.prompt_async)


async def _piped_line() -> str:
    line: str = await asyncio.to_thread(sys.stdin.readline)
    if not line:
        raise EOFError
    return line
