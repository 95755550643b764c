"""Ways to fail that tell what was given, as an exception's message does, its cause's and locals."""

import logging

from django.db import connection

logger = logging.getLogger(__name__)


def fail(text: str, how: str) -> None:
    remembered = {"text": text}
    if how == "database":
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::text::int", [text])
    if how == "logged":
        try:
            raise LookupError(text)
        except LookupError as error:
            logger.warning("it failed: %r", error)
            logger.exception("it failed")
            return
    try:
        remembered[f"no {text}"]
    except KeyError as error:
        raise ValueError(f"cannot do {text}") from error


def statements() -> list[str]:
    """What PostgreSQL says is being asked, by a plain statement and by a prepared one."""
    from chatproject.core.db.statements import fetch

    own = "SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()"
    with connection.cursor() as cursor:
        cursor.execute(own)
        plain = str(cursor.fetchone()[0])
    return [plain, str(fetch(own, {})[0][0])]
