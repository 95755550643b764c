"""The product's settings, and an app with migrations as a coming release may have them."""

from chatproject.settings import *  # noqa: F403
from chatproject.settings import INSTALLED_APPS

INSTALLED_APPS += ["tests.deploy.planted"]
