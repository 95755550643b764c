"""The product's settings with the app, as a project of one's own would have them."""

from chatproject.settings import *  # noqa: F403
from chatproject.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.acme"]
ROOT_URLCONF = "tests.acme.urls"
