"""The product's settings, on the tests' own database server and data folder."""

import os

from tests import database
from tests.citus import cluster

os.environ.setdefault("TEST_SESSION", str(os.getpid()))  # inherited by pytest-xdist's workers
# Where CITUS_URL names a cluster, all tests run on it, over connections to all of its nodes.
os.environ.setdefault(
    "DATABASE_URL", cluster.all_hosts() if cluster.is_there() else database.CLUSTER.url()
)
os.environ.setdefault("DATA_DIR", str(database.FOLDER))
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "k7Qx" * 10)
# Links in the tests' messages are asked for by nobody; tests of previews have servers of their own.
os.environ.setdefault("LINK_PREVIEWS", "off")

from chatproject.settings import *  # noqa: F403
from chatproject.settings import DATABASES, STORAGES

DATABASES["default"]["TEST"] = {
    "NAME": f"test_{os.environ['TEST_SESSION']}",
    "TEMPLATE": database.template_name(),
}
PASSWORD_HASHERS = ["tests.passwords.CheapHasher"]
# Tests that commit have all tables emptied after them, the audit log among them.
DATABASES["default"]["OPTIONS"]["options"] = "-c chat.may_empty_audit_log=on"
# Pages are rendered from the sources, without collecting static files first.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
