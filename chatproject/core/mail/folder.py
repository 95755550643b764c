"""Writes mails into a folder, each as an `.eml` file that any mail program opens."""

import os
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone


class EmailBackend(BaseEmailBackend):
    """Keeps mails in EMAIL_FILE_PATH, readable for us alone, named by the time they were sent."""

    def __init__(self, *, file_path: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._folder = Path(file_path or settings.EMAIL_FILE_PATH)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in email_messages:
            self._write(message.message().as_bytes())
        return len(email_messages)

    def _write(self, content: bytes) -> None:
        """The file is whole from the moment it has its name."""
        name = f"{timezone.now():%Y%m%dT%H%M%S.%f}"
        with tempfile.NamedTemporaryFile(dir=self._folder, prefix=".mail-") as file:
            file.write(content)
            file.flush()
            number = 0
            while True:
                ending = f"-{number}" if number else ""
                try:
                    os.link(file.name, self._folder / f"{name}{ending}.eml")
                except FileExistsError:
                    number += 1
                else:
                    return


def remove_old_mails(folder: Path, *, before: datetime) -> int:
    """Removes mails that were written before then; returns how many."""
    old = [file for file in folder.glob("*.eml") if file.stat().st_mtime < before.timestamp()]
    for file in old:
        file.unlink(missing_ok=True)
    return len(old)
