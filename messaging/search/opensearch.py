"""The index in an OpenSearch or Elasticsearch cluster, by OpenSearch's own client.

It gives candidates alone: what is sent there is words, folded text and numbers, and whatever comes
back is put to the database. The words are those of the index in PostgreSQL, as keywords, so that
both find the same. A document is one version of a message, at home where its conversation is.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from django.conf import settings
from opensearchpy import OpenSearch, exceptions, helpers

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.readings import read
from chatproject.core.db.statements import bigs, fetch, statement
from conversations.visibility import sql
from messaging.reads.shards import by_places, of_one_shard
from messaging.search.contract import (
    Candidate,
    Key,
    Question,
    Scope,
    SearchAway,
    SearchTooSlow,
)
from messaging.search.entries import Entry
from messaging.search.live_filters import LIVE
from messaging.search.opensearch_documents import (
    document_id,
    document_of,
    entry_of,
    moment_of,
    sort_key,
)
from messaging.search.opensearch_query import conditions_of

log = logging.getLogger(__name__)

TERMS_AT_ONCE = 60_000  # of the 65,536 that a query may hold
PAGE = 1_000

KEYWORD, NUMBER = {"type": "keyword"}, {"type": "long"}
# Parts of words are found by runs of three characters; what is shorter is no part.
SETTINGS = {
    "analysis": {
        "tokenizer": {"grams": {"type": "ngram", "min_gram": 3, "max_gram": 3}},
        "analyzer": {"parts": {"type": "custom", "tokenizer": "grams"}},
    }
}
MAPPINGS = {
    "dynamic": "strict",
    "_source": {"enabled": True},
    "properties": {
        **dict.fromkeys(("seq", "rev", "until", "at"), NUMBER),
        **dict.fromkeys(("conversation", "language", "words"), KEYWORD),
        "text": {"type": "text", "analyzer": "parts"},
    },
}
IN_SCOPE = statement(
    """
    SELECT DISTINCT s.conversation_id::text FROM {spans} s
    WHERE s.from_seq <= s.to_seq AND s.conversation_id <> ALL(%(not_in)s::uuid[])
    """,
    spans="{spans}",
)
# Which of the candidates the person sees in this very version, and what only the log knows of them.
SEEN = statement(
    """
    WITH scope AS MATERIALIZED (SELECT * FROM {spans} s)
    SELECT DISTINCT w.place
    FROM unnest(%(ids)s::uuid[], %(seqs)s::bigint[], %(revs)s::bigint[], %(untils)s::bigint[],
                %(places)s::bigint[]) AS w(conversation_id, seq, rev, until_rev, place)
    JOIN scope s ON s.conversation_id = w.conversation_id AND {in_span}
    LEFT JOIN messaging_message m ON m.conversation_id = w.conversation_id AND m.seq = w.seq
        AND m.deleted_at IS NULL
    CROSS JOIN LATERAL (SELECT w.conversation_id, w.seq) e
    WHERE w.rev <= s.to_rev AND w.until_rev > s.to_rev {{live}} ORDER BY w.place
    """,
    spans=sql.spans_of(sql.VIEWER, "%(ids)s::uuid[]"),
    in_span=sql.in_span("w.seq"),
)


class OpenSearchIndex:
    """See SearchIndex."""

    def __init__(self, url: str, client: OpenSearch | None = None) -> None:
        parts = urlsplit(url)
        self._name = f"{parts.path.strip('/') or 'chat'}-messages"
        self._client = client or _client(url)
        self._is_made = False

    def write(self, entries: Sequence[Entry], touched: Sequence[tuple[UUID, int]]) -> None:
        """Versions come and stay, until all of a message's are gone."""
        self._make()
        alive = {(entry.conversation_id, entry.seq) for entry in entries}
        gone = self._ids([place for place in touched if place not in alive])
        puts = (
            {**self._action(it), "_op_type": "index", "_source": document_of(it)} for it in entries
        )
        drops = (
            {"_op_type": "delete", "_index": self._name, "_id": key, "routing": route}
            for key, route in gone
        )
        with _translated():
            _, errors = helpers.bulk(self._client, [*puts, *drops], raise_on_error=False)
        wrong = [each for each in errors if "not_found" not in str(each)]
        if wrong:
            raise SearchAway(f"{len(wrong)} documents were refused, such as {wrong[0]}")

    def forget(self, conversation_id: UUID) -> None:
        self._make()
        query = {"query": {"term": {"conversation": str(conversation_id)}}}
        with _translated():
            self._client.delete_by_query(
                index=self._name,
                body=query,
                params={"refresh": "true"},
                routing=str(conversation_id),
            )

    def find(self, question: Question, *, before: Key | None, limit: int) -> list[Candidate]:
        """Asks on until enough of what comes back is for the person."""
        scope = question.scope
        conversations = _conversations(scope)
        found: list[Candidate] = []
        after = before and sort_key(before)
        while len(found) < limit:
            size = max(limit, 50)
            hits = self._search(question, conversations, after, size)
            found += self._seen(scope, hits)
            if len(hits) < size:
                break
            after = hits[-1]["sort"]
        return found[:limit]

    def prepare(self) -> None:
        """The cluster knows by itself."""

    def stored(self, conversation_id: UUID, after: int, up_to: int) -> list[Entry]:
        self._make()
        self._refresh()
        place = [
            {"term": {"conversation": str(conversation_id)}},
            {"range": {"seq": {"gt": after, "lte": up_to}}},
        ]
        found, behind = [], None
        while True:
            body: dict[str, Any] = {
                "query": {"bool": {"filter": place}},
                "sort": [{"seq": "asc"}, {"rev": "asc"}],
                "size": PAGE,
            }
            if behind:
                body["search_after"] = behind
            hits = self._ask(body)
            found += [entry_of(hit["_source"]) for hit in hits]
            if len(hits) < PAGE:
                return found
            behind = hits[-1]["sort"]

    # -- asking

    def _search(
        self, question: Question, conversations: Sequence[str], after: Any, size: int
    ) -> list[dict[str, Any]]:
        body: dict[str, Any] = {
            "query": {"bool": {"filter": conditions_of(question, conversations)}},
            "sort": [{"at": "desc"}, {"conversation": "desc"}, {"seq": "desc"}, {"rev": "desc"}],
            "size": size,
            "track_total_hits": False,
            "timeout": f"{int(settings.SEARCH_SECONDS * 1000)}ms",
        }
        if after:
            body["search_after"] = after
        return self._ask(body)

    def _ask(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        self._make()
        with _translated():
            answer = self._client.search(index=self._name, body=body)
        if answer.get("timed_out"):
            raise SearchTooSlow
        hits: list[dict[str, Any]] = answer["hits"]["hits"]
        return hits

    def _seen(self, scope: Scope, hits: Sequence[dict[str, Any]]) -> Iterator[Candidate]:
        sources = [hit["_source"] for hit in hits]
        live = " ".join(
            f"AND {'' if is_wanted else 'NOT '}{LIVE[name]}" for name, is_wanted in scope.live
        )
        ids = [UUID(it["conversation"]) for it in sources]
        params: dict[str, Any] = {
            "viewer": scope.viewer_id,
            "ids": ids,
            "seqs": [it["seq"] for it in sources],
            "revs": [it["rev"] for it in sources],
            "untils": [it["until"] for it in sources],
            "places": bigs(range(len(sources))),
        }
        text = statement(SEEN, live=live)
        if is_distributed():
            rows = sorted(read(by_places(of_one_shard(text), ids, params)))
        else:
            rows = fetch(text, params)
        for (place,) in rows:
            it = sources[place]
            key = Key(moment_of(it["at"]), UUID(it["conversation"]), it["seq"])
            yield Candidate(key, it["language"], it["text"])

    def _ids(self, touched: Sequence[tuple[UUID, int]]) -> list[tuple[str, str]]:
        """The ids and routes of all that is there of the messages."""
        if not touched:
            return []
        self._refresh()
        places = {(str(conversation_id), seq) for conversation_id, seq in touched}
        found = []
        for conversation_id in {place[0] for place in places}:
            seqs = sorted(seq for place, seq in places if place == conversation_id)
            there = self.stored(UUID(conversation_id), seqs[0] - 1, seqs[-1])
            found += [
                (document_id(it), conversation_id)
                for it in there
                if (conversation_id, it.seq) in places
            ]
        return found

    def _action(self, entry: Entry) -> dict[str, Any]:
        return {
            "_index": self._name,
            "_id": document_id(entry),
            "routing": str(entry.conversation_id),
        }

    def _refresh(self) -> None:
        """What was written a moment ago is found from now on."""
        with _translated():
            self._client.indices.refresh(index=self._name)

    def _make(self) -> None:
        if self._is_made:
            return
        with _translated():
            try:
                self._client.indices.create(
                    index=self._name, body={"settings": SETTINGS, "mappings": MAPPINGS}
                )
            except exceptions.RequestError as error:
                if error.error != "resource_already_exists_exception":
                    raise
        self._is_made = True


def _client(url: str) -> OpenSearch:
    parts = urlsplit(url)
    auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return OpenSearch(
        hosts=[{"host": parts.hostname, "port": parts.port or 9200}],
        http_auth=auth,
        use_ssl=parts.scheme == "opensearchs",
        verify_certs=True,
        timeout=settings.SEARCH_SECONDS + 1,
    )


@contextmanager
def _translated() -> Iterator[None]:
    """Their errors as ours: SearchTooSlow, SearchAway."""
    try:
        yield
    except exceptions.ConnectionTimeout as error:
        raise SearchTooSlow from error
    except exceptions.OpenSearchException as error:
        log.warning("the search server: %s", error)
        raise SearchAway from error


def _conversations(scope: Scope) -> list[str]:
    """Of more than a query may hold, any: docs/search.md names the bound."""
    only = None if scope.conversations is None else "%(only)s::uuid[]"
    params: dict[str, Any] = {"viewer": scope.viewer_id, "not_in": list(scope.not_in)}
    if scope.conversations is not None:
        params["only"] = list(scope.conversations)
    rows = fetch(IN_SCOPE.replace("{spans}", sql.spans_of(sql.VIEWER, only)), params)
    return [row[0] for row in rows][:TERMS_AT_ONCE]
