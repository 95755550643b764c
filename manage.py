#!/usr/bin/env python3
"""Runs the management commands; `manage.py help` lists them."""

import os
import sys

from django.core.management import execute_from_command_line

# What only tells something also works where nothing is right.
TELLING = {"check", "help", "--help", "-h", "version", "--version"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
    from chatproject.server import checks, data_dir  # noqa: PLC0415
    from chatproject.server.embedded_postgres.errors import PostgresFailed  # noqa: PLC0415

    if not TELLING & set(sys.argv[1:]):
        checks.refuse_wrong_environment()
        data_dir.prepare()
    try:
        execute_from_command_line(sys.argv)
    except PostgresFailed as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
