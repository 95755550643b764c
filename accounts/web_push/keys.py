"""The server's own key for Web Push (VAPID, RFC 8292): made once, kept encrypted."""

import base64

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

from accounts.models import PushSubscription, WebPushKey
from accounts.second_factor import encryption

_ROW = 1


def server_key() -> Vapid02:
    """The key; makes it when there is none. One of two that are made at once is kept.

    A key that SECRET_KEY no longer opens is replaced. The subscriptions go with it: push services
    take no other key for them.
    """
    row, _ = WebPushKey.objects.get_or_create(pk=_ROW, defaults={"private_key": _new_key()})
    try:
        text = encryption.decrypt(row.private_key)
    except encryption.Undecipherable:
        PushSubscription.objects.all().delete()
        row.private_key = _new_key()
        row.save(update_fields=["private_key"])
        text = encryption.decrypt(row.private_key)
    return Vapid02.from_pem(text.encode())


def public_key() -> str:
    """What a browser is given as `applicationServerKey`: the point, in base64url."""
    point = server_key().public_key.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def _new_key() -> str:
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return encryption.encrypt(pem.decode())
