"""Migrates as Django does by itself."""

import django
from django.core.management import call_command
from django.core.management.commands.migrate import Command

django.setup()
call_command(Command(), verbosity=0)
