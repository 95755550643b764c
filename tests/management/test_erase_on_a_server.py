"""Erasing somebody while the server runs: the files and the log lose them, too."""

from pathlib import Path
from uuid import uuid4

import httpx
import psycopg

from tests.accounts.scene import PASSWORD
from tests.servers import ServerProcess
from tests.waiting import eventually

WORDS = "zebrafinch"


class Person:
    """Somebody with an account on the server."""

    def __init__(self, server: ServerProcess, name: str) -> None:
        self.email = f"{name}-{uuid4().hex[:8]}@example.org"
        account = {"name": name, "email": self.email, "password": PASSWORD}
        self.http = httpx.Client(base_url=f"{server.base_url}/v1", timeout=30)
        self.id = self._post("/users/register", account)["id"]
        self.http.headers["Authorization"] = f"Bearer {self.log_in().json()['access']}"

    def log_in(self) -> httpx.Response:
        body = {"email": self.email, "password": PASSWORD}
        return self.http.post("/users/login", json=body)

    def _post(self, path: str, body: object) -> dict[str, str]:
        answer: dict[str, str] = self.http.post(path, json=body).raise_for_status().json()
        return answer

    def meet(self, other: "Person") -> str:
        return self._post("/conversations", {"kind": "direct", "memberIds": [other.id]})["id"]

    def send_file(self, conversation_id: str) -> None:
        part = {"file": (f"{WORDS}.txt", f"all about the {WORDS}".encode())}
        uploaded = self.http.post("/attachments", files=part).raise_for_status().json()
        body = {"content": f"a {WORDS}", "attachmentIds": [uploaded["id"]]}
        self._post(f"/conversations/{conversation_id}/messages", body)


def holds_words(folder: Path) -> list[Path]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path for path in files if WORDS.encode() in path.read_bytes()]


def test_tables_files_and_log_hold_nothing(server: ServerProcess) -> None:
    ann, ben = Person(server, "ann"), Person(server, f"ben-{WORDS}")
    direct = ben.meet(ann)
    ben.send_file(direct)
    assert holds_words(server.data_dir / "files")

    server.manage("erase_user", ben.id, "--yes")

    eventually(lambda: not holds_words(server.data_dir / "files"))
    assert WORDS not in server.log.read_text()
    assert ben.http.get("/users/me").status_code == 401
    assert ben.log_in().status_code == 401
    (message,) = ann.http.get(f"/conversations/{direct}/messages").json()["results"]
    assert (message["seq"], message["content"], message["attachments"]) == (1, "", [])
    with psycopg.connect(server.database_url) as raw:
        tables = raw.execute(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        for (table,) in tables:
            query = f"SELECT count(*) FROM {table} t WHERE t::text ILIKE '%{WORDS}%'"
            assert raw.execute(query).fetchone() == (0,), table
