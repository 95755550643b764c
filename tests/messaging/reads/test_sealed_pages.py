"""A page comes out of its bytes as it went in, or not at all."""

import json
import re
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.reads.cache import sealed_pages
from messaging.reads.cache.latest_page_cache import SIZE, CachedMessage, CachedPage
from messaging.reads.cache.sealed_pages import HEADER, SHAPE, rev_digits, seal, unseal
from tests.asyncapi import PROSE, document

CONVERSATION = UUID("0197aaaa-0000-7000-8000-000000000001")
DATABASE = "1700000000000000 5 16400 16400"

texts = st.text(max_size=40).map(lambda text: json.dumps(text).encode())
messages = st.builds(
    CachedMessage,
    seq=st.integers(1, 2**62),
    shared=texts,
    sender=st.none() | st.uuids().map(str),
    named=st.lists(st.uuids().map(str), max_size=3).map(tuple),
    kind=st.sampled_from(("text", "system")),
    is_personal=st.booleans(),
)
pages = st.builds(
    CachedPage,
    rev=st.integers(1, 2**62),
    messages=st.lists(messages, min_size=1, max_size=SIZE),
    last_seq=st.integers(1, 2**62),
    database=st.just(DATABASE),
)


@given(page=pages)
def test_it_comes_out_as_it_went_in(page: CachedPage) -> None:
    sealed = seal(CONVERSATION, page)
    assert unseal(CONVERSATION, sealed, DATABASE) == page
    assert sealed[HEADER - 19 : HEADER] == rev_digits(page.rev)


def a_page() -> CachedPage:
    return CachedPage(7, [CachedMessage(3, b'"words"', str(uuid4()))], 3, DATABASE)


@given(at=st.integers(0, 200), change=st.integers(1, 255))
def test_a_changed_byte_makes_it_none(at: int, change: int) -> None:
    sealed = bytearray(seal(CONVERSATION, a_page()))
    sealed[at % len(sealed)] ^= change
    assert unseal(CONVERSATION, bytes(sealed), DATABASE) is None


@given(noise=st.binary(max_size=200) | st.none() | st.integers())
def test_noise_is_none(noise: Any) -> None:
    assert unseal(CONVERSATION, noise, DATABASE) is None
    if isinstance(noise, bytes):
        begun = seal(CONVERSATION, a_page())[:HEADER] + noise
        assert unseal(CONVERSATION, begun, DATABASE) is None


def test_it_is_of_one_conversation_and_one_database() -> None:
    sealed = seal(CONVERSATION, a_page())
    assert unseal(uuid4(), sealed, DATABASE) is None
    assert unseal(CONVERSATION, sealed, DATABASE + "1") is None


def test_it_is_of_one_version_and_key(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Its header tells, so that what another version left is replaced."""
    sealed = seal(CONVERSATION, a_page())

    def is_read() -> bool:
        return unseal(CONVERSATION, sealed, DATABASE) is not None

    assert is_read()
    with monkeypatch.context() as patch:
        patch.setattr(sealed_pages, "SHAPE", SHAPE + 1)
        sealed_pages._origin_of.cache_clear()
        assert not is_read()
    sealed_pages._origin_of.cache_clear()
    assert is_read()
    for name in ("VERSION", "SECRET_KEY"):
        before = getattr(settings, name)
        setattr(settings, name, "another one, of a length that is enough for a key")
        assert not is_read()
        setattr(settings, name, before)


def test_no_text_can_be_read_in_it() -> None:
    page = a_page()
    sealed = seal(CONVERSATION, page)
    assert b"words" not in sealed
    assert str(page.messages[0].sender).encode() not in sealed
    assert seal(CONVERSATION, page)[HEADER:] != sealed[HEADER:]


def test_the_shape_has_the_number_it_was_given() -> None:
    """Whoever changes what a message is raises SHAPE, and puts the new digest here."""
    schemas = document()["components"]["schemas"]
    found: dict[str, Any] = {}
    left = ["Message"]
    while left:
        name = left.pop()
        if name not in found:
            found[name] = _without_prose(schemas[name])
            left += re.findall(r"#/components/schemas/(\w+)", json.dumps(found[name]))
    told = json.dumps(found, sort_keys=True).encode()
    assert (SHAPE, sha256(told).hexdigest()[:16]) == (2, "d45f63427745d038")


def _without_prose(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_prose(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    is_prose = {key: key in PROSE and isinstance(it, str) for key, it in schema.items()}
    return {key: _without_prose(it) for key, it in schema.items() if not is_prose[key]}
