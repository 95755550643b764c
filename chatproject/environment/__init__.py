"""Typed readers of the environment that fail loudly: a module for each kind of setting.

A wrong value is noted as a `Problem` (reader.py). `chatproject.server.checks` turns the problems
into system check errors, with which every start is refused.
"""

from chatproject.environment.branding import BrandingReaders
from chatproject.environment.file_storage import FileStorageReaders
from chatproject.environment.mail import MailReaders
from chatproject.environment.network import NetworkReaders
from chatproject.environment.paths import PathReaders
from chatproject.environment.registration import RegistrationReaders
from chatproject.environment.secret_keys import SecretReaders
from chatproject.environment.services import ServiceReaders
from chatproject.environment.sign_in import SignInReaders
from chatproject.environment.values import ValueReaders


class Environment(
    BrandingReaders,
    FileStorageReaders,
    MailReaders,
    NetworkReaders,
    PathReaders,
    RegistrationReaders,
    SecretReaders,
    ServiceReaders,
    SignInReaders,
    ValueReaders,
):
    """Reads variables by all readers; what is wrong with them is in `problems` afterwards."""
