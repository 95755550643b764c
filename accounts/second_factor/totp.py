"""Time-based one-time passwords of an authenticator app (RFC 6238): six digits every 30 s."""

import hmac
import time

import pyotp
from django.db import transaction

from accounts.models import Totp, User
from accounts.second_factor import encryption

SECONDS = 30
DIGITS = 6
# A clock may be half a minute off: the code before and the one after are accepted too.
WINDOW = (-1, 0, 1)


@transaction.atomic
def check_totp(user: User, code: str) -> bool:
    """Whether the code is right now; it is wrong from then on, and so are older ones."""
    totp = Totp.objects.select_for_update(no_key=True).filter(user=user).first()
    if totp is None:
        return False
    try:
        generator = pyotp.TOTP(encryption.decrypt(totp.secret))
    except encryption.Undecipherable:
        return False
    now = int(time.time()) // SECONDS
    for step in (now + offset for offset in WINDOW):
        is_right = hmac.compare_digest(generator.generate_otp(step).encode(), code.encode())
        if is_right and step > totp.last_step:
            totp.last_step = step
            totp.secret = encryption.with_newest_key(totp.secret)
            totp.save(update_fields=["last_step", "secret"])
            return True
    return False
