"""A message that somebody wants to send, and what its text may be; its shape is `MessageBody`."""

import hmac
import json
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings

from chatproject.core.errors import FieldError, InvalidInput
from messaging.text import MAX_LENGTH, has_visible_character

MAX_ATTACHMENTS = 10
MAX_SEQ = 2**62


class Draft(NamedTuple):
    """`client_id` makes a retry safe: sending it again with the same content has no second effect.

    `meta` is what a program adds (`messaging/integrations/`). `is_of_webhook` says that the sender
    is a webhook's account, which posts as an admin would, without being in the conversation.
    """

    conversation_id: UUID
    sender_id: UUID
    client_id: UUID
    body: str
    reply_to_seq: int | None = None
    attachment_ids: tuple[UUID, ...] = ()
    meta: Mapping[str, Any] | None = None
    is_of_webhook: bool = False
    thread_seq: int | None = None
    also_to_conversation: bool = False
    forwarded_from: tuple[UUID, int] | None = None  # conversation and seq of the origin

    @property
    def key(self) -> tuple[UUID, UUID, UUID]:
        return self.conversation_id, self.sender_id, self.client_id

    def fingerprint(self, secret: str | None = None) -> bytes:
        """A keyed hash of 16 bytes, from which nobody without the key can guess an erased text."""
        parts = [self.body, str(self.reply_to_seq or 0), *map(str, self.attachment_ids)]
        if self.meta is not None:
            parts.append(json.dumps(self.meta, sort_keys=True))
        if self.thread_seq is not None:
            parts.append(f"thread {self.thread_seq} {self.also_to_conversation}")
        if self.forwarded_from is not None:
            parts += ["forwarded", *map(str, self.forwarded_from)]
        digest = _begun_digest(secret or settings.SECRET_KEY).copy()
        digest.update("\0".join(parts).encode())
        return digest.digest()

    def has_fingerprint(self, stored: "bytes | memoryview[int] | None") -> bool:
        """Whether `stored` is this content's fingerprint, under the present or a former key."""
        secrets = [settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS)]
        return stored is not None and any(
            hmac.compare_digest(self.fingerprint(secret), stored) for secret in secrets
        )


@lru_cache(maxsize=8)
def _begun_digest(secret: str) -> blake2b:
    """A digest that has the key already, which is half of the work."""
    key = blake2b(secret.encode(), digest_size=32, person=b"fingerprint").digest()
    return blake2b(digest_size=16, key=key)


def body_errors(body: object, *, may_be_empty: bool = False) -> list[FieldError]:
    """What is wrong with a message's text; empty when nothing is."""

    def error(code: str, detail: str) -> list[FieldError]:
        return [FieldError(field="content", code=code, detail=detail)]

    if body is None:
        return error("required", "A text is needed.")
    if not isinstance(body, str):
        return error("not_a_text", "It must be a text.")
    if len(body) > MAX_LENGTH:
        return error("too_long", f"At most {MAX_LENGTH} characters.")
    if "\0" in body:
        return error("nul", "A text cannot hold the NUL character.")
    if may_be_empty and not body:
        return []
    if not has_visible_character(body):
        return error("blank", "At least one visible character is needed.")
    return []


def check_body(body: object, *, may_be_empty: bool = False) -> str:
    """The text of an edit; raises InvalidInput."""
    if errors := body_errors(body, may_be_empty=may_be_empty):
        raise InvalidInput(errors=errors)
    assert isinstance(body, str)
    return body
