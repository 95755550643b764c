"""The settings of the tests' servers with the app, as a project of one's own would have them."""

from chatproject.settings import INSTALLED_APPS
from tests.server_settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.acme"]
ROOT_URLCONF = "tests.acme.urls"
