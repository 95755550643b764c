"""A message that somebody wants to send: its shape, checked once for REST and sockets alike."""

import hmac
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.conf import settings

from chatproject.core.errors import FieldError, InvalidInput
from chatproject.core.ids import client_id_from_key
from messaging.text import MAX_LENGTH, has_visible_character

MAX_ATTACHMENTS = 10
MAX_SEQ = 2**62


class Draft(NamedTuple):
    """`client_id` makes a retry safe: the same one with the same content has no second effect."""

    conversation_id: UUID
    sender_id: UUID
    client_id: UUID
    content: str
    reply_to_seq: int | None = None
    attachment_ids: tuple[UUID, ...] = ()

    @property
    def key(self) -> tuple[UUID, UUID, UUID]:
        return self.conversation_id, self.sender_id, self.client_id

    def fingerprint(self, secret: str | None = None) -> bytes:
        """16 bytes, keyed, so that an erased text cannot be guessed from what stays."""
        parts = [self.content, str(self.reply_to_seq or 0), *map(str, self.attachment_ids)]
        digest = _begun_digest(secret or settings.SECRET_KEY).copy()
        digest.update("\0".join(parts).encode())
        return digest.digest()

    def has_fingerprint(self, stored: "bytes | memoryview[int] | None") -> bool:
        """Whether the stored one was made from this content, under the present key or a former."""
        secrets = [settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS)]
        return stored is not None and any(
            hmac.compare_digest(self.fingerprint(secret), stored) for secret in secrets
        )


@lru_cache(maxsize=8)
def _begun_digest(secret: str) -> blake2b:
    """With the key in it, which is half of the work."""
    key = blake2b(secret.encode(), digest_size=32, person=b"fingerprint").digest()
    return blake2b(digest_size=16, key=key)


def draft_from_json(
    data: Mapping[str, Any],
    *,
    conversation_id: UUID,
    sender_id: UUID,
    idempotency_key: str | None = None,
) -> Draft:
    """The draft in a request's body or a frame; raises InvalidInput that names every wrong field.

    Without a `clientId` (or its alias, the `Idempotency-Key` header) a fresh one is chosen, so that
    the server's own replay after a lost connection is safe too.
    """
    wrong: list[FieldError] = []
    attachment_ids = _read(wrong, "attachmentIds", _uuids, data.get("attachmentIds")) or ()
    content = data.get("content", "" if attachment_ids else None)
    wrong += content_errors(content, may_be_empty=bool(attachment_ids))
    client_id = _read(wrong, "clientId", _uuid, data.get("clientId"))
    reply_to_seq = _read(wrong, "replyToSeq", _seq, data.get("replyToSeq"))
    if wrong:
        raise InvalidInput(errors=wrong)
    if client_id is None:
        client_id = client_id_from_key(idempotency_key) if idempotency_key else uuid4()
    return Draft(conversation_id, sender_id, client_id, content, reply_to_seq, attachment_ids)


def content_errors(content: object, *, may_be_empty: bool = False) -> list[FieldError]:
    """What is wrong with a message's text; empty when nothing is."""

    def error(code: str, detail: str) -> list[FieldError]:
        return [FieldError(field="content", code=code, detail=detail)]

    if content is None:
        return error("required", "A text is needed.")
    if not isinstance(content, str):
        return error("not_a_text", "It must be a text.")
    if len(content) > MAX_LENGTH:
        return error("too_long", f"At most {MAX_LENGTH} characters.")
    if "\0" in content:
        return error("nul", "A text cannot hold the NUL character.")
    if may_be_empty and not content:
        return []
    if not has_visible_character(content):
        return error("blank", "At least one visible character is needed.")
    return []


def check_content(content: object, *, may_be_empty: bool = False) -> str:
    """The text of an edit; raises InvalidInput."""
    if errors := content_errors(content, may_be_empty=may_be_empty):
        raise InvalidInput(errors=errors)
    assert isinstance(content, str)
    return content


def _read(wrong: list[FieldError], field: str, reader: Any, value: object) -> Any:
    """What `reader` makes of the value; None when it is absent, or wrong, which is noted."""
    if value is None:
        return None
    try:
        return reader(value)
    except ValueError as error:
        wrong.append(FieldError(field=field, code="invalid", detail=str(error)))
        return None


def _uuid(value: object) -> UUID:
    if isinstance(value, str) and len(value) == 36:
        try:
            return UUID(value)
        except ValueError:
            pass
    raise ValueError("It must be a UUID.")


def _uuids(value: object) -> tuple[UUID, ...]:
    if not isinstance(value, list) or len(value) > MAX_ATTACHMENTS:
        raise ValueError(f"It must be a list of at most {MAX_ATTACHMENTS} ids.")
    ids = tuple(map(_uuid, value))
    if len(set(ids)) != len(ids):
        raise ValueError("An id stands in it twice.")
    return ids


def _seq(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_SEQ:
        return value
    raise ValueError("It must be the seq of a message.")
