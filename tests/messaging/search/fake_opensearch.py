"""A search server that keeps documents in memory and answers what `OpenSearchIndex` asks of one.

It follows the documentation of OpenSearch for just these calls. It is no OpenSearch: how fast a
real one is, or what else it may answer, it cannot tell.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

Document = dict[str, Any]


class FakeOpenSearch(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.indexes: dict[str, dict[str, Document]] = {}
        self.unrefreshed: dict[str, dict[str, Document | None]] = {}
        self.failing = 0  # the status of every answer, when there is one

    @property
    def url(self) -> str:
        return f"opensearch://127.0.0.1:{self.server_port}/test"

    def refresh(self, name: str) -> None:
        """Only now what was written is found."""
        for key, document in self.unrefreshed.pop(name, {}).items():
            if document is None:
                self.indexes[name].pop(key, None)
            else:
                self.indexes[name][key] = document


@contextmanager
def fake_opensearch() -> Iterator[FakeOpenSearch]:
    with FakeOpenSearch() as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: FakeOpenSearch
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body at once: else each answer waits for the client's delayed ACK

    def do_PUT(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, *_: Any) -> None:
        pass

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, answer = self.server.failing, {"error": {"type": "failing"}}
        if not status:
            status, answer = self._answer(unquote(urlsplit(self.path).path).strip("/"), body)
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _answer(self, path: str, body: bytes) -> tuple[int, Document]:
        name, _, call = path.partition("/")
        if path == "_bulk":
            return 200, self._bulk(body)
        if self.command == "PUT" and not call:
            if name in self.server.indexes:
                return 400, {"error": {"type": "resource_already_exists_exception"}, "status": 400}
            self.server.indexes[name] = {}
            return 200, {"acknowledged": True}
        if call == "_refresh":
            self.server.refresh(name)
            return 200, {}
        asked = json.loads(body)
        documents = self.server.indexes[name]
        fitting = {key: it for key, it in documents.items() if fits(asked["query"], it)}
        if call == "_delete_by_query":
            for key in fitting:
                del documents[key]
            return 200, {"deleted": len(fitting)}
        assert call == "_search", path
        return 200, {"timed_out": False, "hits": {"hits": _page(asked, fitting)}}

    def _bulk(self, body: bytes) -> Document:
        lines = iter(json.loads(line) for line in body.splitlines() if line)
        items = []
        for line in lines:
            ((kind, about),) = line.items()
            assert about["routing"] == about["_id"].split(":")[0]
            waiting = self.server.unrefreshed.setdefault(about["_index"], {})
            waiting[about["_id"]] = next(lines) if kind == "index" else None
            items.append({kind: {"_id": about["_id"], "status": 200}})
        return {"errors": False, "items": items}


def _page(asked: Document, fitting: dict[str, Document]) -> list[Document]:
    fields = [next(iter(each.items())) for each in asked["sort"]]
    rows = [([it[field] for field, _ in fields], it) for it in fitting.values()]
    for place, (_, order) in reversed(list(enumerate(fields))):
        rows.sort(key=lambda row, at=place: row[0][at], reverse=order == "desc")  # type: ignore[misc]
    if "search_after" in asked:
        orders = [order for _, order in fields]
        rows = [row for row in rows if _is_behind(row[0], asked["search_after"], orders)]
    return [{"_source": it, "sort": key} for key, it in rows[: asked["size"]]]


def _is_behind(key: list[Any], after: list[Any], orders: list[str]) -> bool:
    for value, bound, order in zip(key, after, orders, strict=True):
        if value != bound:
            return (value < bound) == (order == "desc")
    return False


def fits(query: Document, it: Document) -> bool:
    ((kind, about),) = query.items()
    match kind:
        case "match_all":
            return True
        case "bool":
            should = about.get("should", [])
            return (
                all(fits(each, it) for each in about.get("filter", []))
                and not any(fits(each, it) for each in about.get("must_not", []))
                and (not should or any(fits(each, it) for each in should))
            )
    ((field, asked),) = about.items()
    values = it[field] if isinstance(it[field], list) else [it[field]]
    match kind:
        case "term":
            return asked in values
        case "terms":
            return not set(asked).isdisjoint(values)
        case "range":
            bounds = {"gt": int.__gt__, "gte": int.__ge__, "lt": int.__lt__, "lte": int.__le__}
            return all(bounds[name](it[field], bound) for name, bound in asked.items())
        case "match_phrase":
            return asked in it[field]  # what runs of three characters in their order come to
    raise AssertionError(f"nothing here knows {kind}")
