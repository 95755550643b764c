"""The settings of the tests' servers with the app."""

from chatproject.settings import INSTALLED_APPS
from tests.server_settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.messaging.archive.failpoint"]
