"""The domain for which passkeys are made: from the setting, PUBLIC_URL, or the request."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from accounts.second_factor.passkeys import RelyingParty


def relying_party_of(request: HttpRequest) -> RelyingParty:
    """The host of a request counts only where no PUBLIC_URL is set; Django has checked it."""
    origin = settings.PUBLIC_URL
    if not settings.PUBLIC_URL_IS_SET:
        origin = f"{request.scheme}://{request.get_host()}"
    return RelyingParty(settings.PASSKEY_DOMAIN or urlsplit(origin).hostname or "", origin)
