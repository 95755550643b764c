"""Which index is in use."""

from functools import lru_cache

from django.conf import settings

from messaging.search.contract import SearchIndex
from messaging.search.postgres import PostgresIndex


def search_index() -> SearchIndex:
    return _index(settings.SEARCH_URL)


@lru_cache(maxsize=4)
def _index(url: str) -> SearchIndex:
    if not url:
        return PostgresIndex()
    from messaging.search.opensearch import OpenSearchIndex  # noqa: PLC0415 (an optional extra)

    return OpenSearchIndex(url)
