#!/usr/bin/env python3
"""Runs the management commands; `manage.py help` lists them."""

import sys

from chatproject.command_line import manage

if __name__ == "__main__":
    manage(sys.argv[0], sys.argv[1:])
