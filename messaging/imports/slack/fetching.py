"""Fetches the files of a Slack export by their links, with a token of the workspace."""

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO

import httpx
from django.conf import settings

from messaging.imports.slack.archive import Archive, Unreadable

# Nobody else is given the token.
FILES = "https://files.slack.com/"
SECONDS = 60.0


class FetchingArchive(Archive):
    """An export whose messages name files by links, which a token with `files:read` opens."""

    token = ""

    def has_file(self, path: str) -> bool:
        return super().has_file(path) or bool(self.token and path.startswith(FILES))

    @contextmanager
    def open_file(self, path: str) -> Iterator[IO[bytes]]:
        if not path.startswith(FILES):
            with super().open_file(path) as file:
                yield file
            return
        with TemporaryFile() as copy:
            try:
                self._fetch(path, copy)
            except httpx.HTTPError as error:
                raise Unreadable(f"not fetched ({error.__class__.__name__})") from error
            copy.seek(0)
            yield copy

    def _fetch(self, url: str, copy: IO[bytes]) -> None:
        """No redirect is followed: without a valid token Slack leads to its log-in page."""
        headers = {"Authorization": f"Bearer {self.token}"}
        with httpx.stream("GET", url, headers=headers, timeout=SECONDS) as answer:
            if answer.status_code != httpx.codes.OK:
                raise Unreadable(f"not fetched ({answer.status_code})")
            for chunk in answer.iter_bytes():
                copy.write(chunk)
                if copy.tell() > settings.ATTACHMENT_MAX_BYTES:
                    raise Unreadable("not fetched (too large)")
