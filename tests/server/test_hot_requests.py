"""What a request on the hot path asks, read as Django reads it."""

from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.http import QueryDict
from hypothesis import example, given
from hypothesis import strategies as st

from chatproject.server.hot_requests import HotRequest, NotPlain


def request(query: bytes) -> HotRequest:
    return HotRequest({"query_string": query}, {}, b"")


@given(
    st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=5).map(urlencode)
    | st.text("ab=&%+;2f", max_size=20)
)
@example("limit=50&before=7&")
@example("limit=5&limit=6&flag&empty=")
@example("q=%FF%C3%A4+b")
def test_parameters_are_djangos(query: str) -> None:
    told = query.encode()
    assert request(told).query_params == QueryDict(told).dict()


@pytest.mark.parametrize(
    "query", [b"q=\xff", b"&".join([b"a=1"] * (settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1))]
)
def test_what_django_reads_in_another_way_is_left_to_it(query: bytes) -> None:
    with pytest.raises(NotPlain):
        _ = request(query).query_params
