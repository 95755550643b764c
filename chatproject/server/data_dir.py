"""The data folder: made when first needed, readable for us alone, used by one server at a time."""

import fcntl
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

from chatproject.core.files import open_lock
from chatproject.environment.secret_keys import kept_secret


def prepare() -> None:
    """Makes DATA_DIR, the folder of files, and in local use the secret key that is kept.

    Every process that may sign something calls it before it works: `manage.py` and the ASGI
    application. Ends the process with a message when the folder cannot be made.
    """
    try:
        settings.DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(settings.DATA_DIR, os.R_OK | os.W_OK | os.X_OK):
            raise PermissionError(f"{settings.DATA_DIR} is not yours")
        _make_file_folder()
        if not settings.SECRET_KEY_IS_SET and not settings.PRODUCTION:
            settings.SECRET_KEY = _keep(settings.SECRET_KEY, settings.SECRET_KEY_FILE)
    except OSError as error:
        sys.exit(f"The data folder cannot be used: {error}. Set DATA_DIR to a folder of your own.")


@contextmanager
def serving(address: str) -> Iterator[None]:
    """Locks the data folder for a server, so that a second one is refused.

    `address` is what the refusal of the second names. Raises CommandError.
    """
    path = settings.DATA_DIR / "server.lock"
    with open_lock(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(
                f"A server runs on {settings.DATA_DIR} already: {file.read().strip()}. Stop it "
                "first, or set DATA_DIR to another folder."
            ) from None
        file.truncate(0)
        file.write(f"{address}, process {os.getpid()}")
        file.flush()
        yield


def _make_file_folder() -> None:
    """Makes the folders of files and of uploads, readable for us alone.

    DATA_DIR may have to let PostgreSQL's account pass.
    """
    location = settings.STORAGES["default"]["OPTIONS"].get("location", "")
    if settings.STORAGES["default"]["BACKEND"].endswith("FolderStorage"):
        Path(location).mkdir(mode=0o700, parents=True, exist_ok=True)
    Path(settings.FILE_UPLOAD_TEMP_DIR).mkdir(mode=0o700, parents=True, exist_ok=True)


def _keep(secret: str, path: Path) -> str:
    """Writes the secret unless there is one; returns the one that is kept."""
    if path.exists():
        return kept_secret(path)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix="secret_key.") as file:
        file.write(secret)
        file.flush()
        try:
            os.link(file.name, path)  # whole at once, and only one of two can
        except FileExistsError:
            return kept_secret(path)
    return secret
