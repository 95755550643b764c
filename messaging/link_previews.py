"""Previews of links: which links of a text have one, their rows beside a message, and their shape.

A page is fetched once for all messages, by `attachments.link_previews`. That a message shows it is
a row of `MessageLinkPreview`, which stands for the revs [rev, removed_rev) as reactions do. A
message that ever had one says so in its `meta`, so that reading the others costs nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import connection

from attachments.link_previews.keeping import discard_previews, hash_of, locked_previews
from chatproject.core.outbound import AddressRefused
from chatproject.core.outbound.fetching import ascii_url
from messaging.markup.blocks import parse
from messaging.markup.tree import walk
from messaging.models import MessageLinkPreview
from messaging.moderation.new_account_limits import has_link

MAX_PREVIEWS = 3  # of a message
FLAG = "linkPreviews"  # in `meta`

# Of a preview `p`, in the order that `link_previews_json` expects.
AS_JSON = (
    "json_build_array(p.id, p.url, p.title, p.description, p.site_name, "
    "p.storage_key <> '', p.width, p.height, p.placeholder)"
)


def links_in(text: str) -> dict[bytes, str]:
    """The first links that may have a preview, as they are asked for, by their hashes.

    What stands in code is no link. Our own pages show nothing to who is not signed in.
    """
    found: dict[bytes, str] = {}
    if not has_link(text):
        return found
    for node in walk(parse(text)):
        if node["type"] != "link" or len(found) == MAX_PREVIEWS:
            continue
        try:
            url = ascii_url(node["href"])
        except AddressRefused:
            continue
        if urlsplit(url).netloc != urlsplit(settings.PUBLIC_URL).netloc:
            found.setdefault(hash_of(url), url)
    return found


def with_flag(meta: Mapping[str, Any] | None) -> dict[str, Any]:
    """The `meta` of a message that has previews."""
    return {**(meta or {}), FLAG: True}


def link_previews_json(
    conversation_id: object, seq: int, previews: Iterable[Sequence[Any]]
) -> list[dict[str, Any]]:
    """The shapes from the values of AS_JSON. The URL of a picture answers only those who may see
    the message."""
    path = f"/v1/conversations/{conversation_id}/messages/{seq}/previews"
    return [_shape(path, *values) for values in previews]


def _shape(path: str, key: str, url: str, *texts_and_picture: Any) -> dict[str, Any]:
    title, description, site_name, has_picture, width, height, placeholder = texts_and_picture
    picture = {
        "url": f"{path}/{key}/picture",
        "width": width,
        "height": height,
        "placeholder": placeholder or None,
    }
    return {
        "id": key,
        "url": url,
        "title": title,
        "description": description,
        "siteName": site_name,
        "picture": picture if has_picture else None,
    }


def forget_link_previews(conversation_id: UUID, seqs: Collection[int]) -> None:
    """Deletes what the messages had, and the previews that no other message has. In a
    transaction."""
    rows = MessageLinkPreview.objects.filter(conversation=conversation_id, seq__in=list(seqs))
    ids = set(rows.exclude(preview_id=None).values_list("preview_id", flat=True))
    rows.delete()
    discard_unused(ids)


def discard_unused(ids: Collection[UUID | None]) -> int:
    """Deletes those of the previews that no message has; how many. In a transaction."""
    if not any(ids):
        return 0
    assert connection.in_atomic_block, "the rows are locked meanwhile"
    locked = [row.pk for row in locked_previews([each for each in ids if each])]
    used = MessageLinkPreview.objects.filter(preview_id__in=locked)
    unused = set(locked) - set(used.values_list("preview_id", flat=True))
    return discard_previews(locked_previews(unused))
