"""A wrong setting is noted with its check, its name and what to do; a right one is read."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from chatproject.environment import Environment
from chatproject.environment.addresses import local_url
from chatproject.environment.file_storage import storage_origins
from chatproject.environment.secret_keys import kept_secret


def read(reader: str, value: str, *arguments: Any, **options: Any) -> tuple[Any, list[str]]:
    """What a reader makes of NAME=value, and the ids of the problems it notes."""
    environment = Environment({"NAME": value})
    answer = getattr(environment, reader)("NAME", *arguments, **options)
    for problem in environment.problems:
        assert problem.message.startswith("NAME")
        assert problem.hint
    return answer, [problem.id for problem in environment.problems]


@pytest.mark.parametrize("value", ["0", "65536", "80a", "-1", "٨٠", "8" * 5000, "80.0"])
def test_wrong_port(value: str) -> None:
    assert read("port", value, 8000) == (8000, ["chat.E002"])


@pytest.mark.parametrize(("value", "port"), [("", 8000), (" 1 ", 1), ("65535", 65535)])
def test_right_port(value: str, port: int) -> None:
    assert read("port", value, 8000) == (port, [])


@pytest.mark.parametrize("value", ["0", "61", "-1", "1e1", "٣", "5 s", "nan", "1.2.3", "9" * 5000])
def test_wrong_seconds(value: str) -> None:
    assert read("seconds", value, 5.0, least=0.5, most=60.0) == (5.0, ["chat.E022"])


@pytest.mark.parametrize(
    ("value", "seconds"), [("", 5.0), ("0.5", 0.5), ("60", 60.0), (" 7. ", 7.0)]
)
def test_right_seconds(value: str, seconds: float) -> None:
    assert read("seconds", value, 5.0, least=0.5, most=60.0) == (seconds, [])


@pytest.mark.parametrize("value", ["x" * 41, "a\nb", "a\u202eb"])
def test_wrong_name_of_the_site(value: str) -> None:
    assert read("site_name", value, "Chat") == ("Chat", ["chat.E068"])


@pytest.mark.parametrize(("value", "name"), [("", "Chat"), (" Büro der Stadt ", "Büro der Stadt")])
def test_right_name_of_the_site(value: str, name: str) -> None:
    assert read("site_name", value, "Chat") == (name, [])


def test_wrong_pictures(tmp_path: Path) -> None:
    (tmp_path / "large.png").write_bytes(b"x" * (256 * 1024 + 1))
    (tmp_path / "page.html").write_bytes(b"x")
    (tmp_path / "folder.svg").mkdir()
    for name in ("none.svg", "large.png", "page.html", "folder.svg"):
        assert read("picture", name, base=tmp_path) == (None, ["chat.E069"])


def test_right_pictures(tmp_path: Path) -> None:
    (tmp_path / "logo.SVG").write_bytes(b"<svg/>")
    assert read("picture", "logo.SVG", base=tmp_path) == (tmp_path / "logo.SVG", [])
    assert read("picture", "", base=tmp_path) == (None, [])


@pytest.mark.parametrize("value", ["yes please", "2", "ON!"])
def test_wrong_flag(value: str) -> None:
    assert read("flag", value, default=True, check="E004") == (True, ["chat.E004"])


@pytest.mark.parametrize(("value", "flag"), [("on", True), ("OFF", False), ("0", False)])
def test_right_flag(value: str, flag: bool) -> None:
    assert read("flag", value, default=not flag, check="E004") == (flag, [])


@pytest.mark.parametrize(
    ("value", "choice", "problems"),
    [("", "off", []), (" Required ", "required", []), ("maybe", "off", ["chat.E044"])],
)
def test_choice(value: str, choice: str, problems: list[str]) -> None:
    options = ("off", "required")
    assert read("choice", value, "off", options, check="E044") == (choice, problems)


@pytest.mark.parametrize("value", ["http://x", "a b", "1.2.3.4:80", "-"])
def test_wrong_host(value: str) -> None:
    assert read("host", value, "127.0.0.1") == ("127.0.0.1", ["chat.E015"])


@pytest.mark.parametrize("value", ["0.0.0.0", "::", "::1", "localhost", "chat-1.example.org"])
def test_right_host(value: str) -> None:
    assert read("host", value, "127.0.0.1") == (value, [])


@pytest.mark.parametrize(
    "value",
    [
        "chat.example.org",
        "ftp://chat.example.org",
        "https://",
        "https://chat.example.org/chat",
        "https://chat.example.org?a=b",
        "https://me:secret@chat.example.org",
        "https://chat.example.org:x",
        "https://[::1",
        "https://a b",
    ],
)
def test_wrong_public_url(value: str) -> None:
    assert read("public_url", value) == (None, ["chat.E003"])


@pytest.mark.parametrize("value", ["https://chat.example.org/", "http://10.0.0.5:8000"])
def test_right_public_url(value: str) -> None:
    url, problems = read("public_url", value)
    assert (url.geturl(), problems) == (value.rstrip("/"), [])


@pytest.mark.parametrize(
    "value", ["mysql://u@h/d", "host=h dbname=d", "postgresql://h", "postgres://h:x/d", "postgres"]
)
def test_wrong_database(value: str) -> None:
    database, problems = read("database", value)
    assert problems == ["chat.E001"]
    assert database["NAME"] == ""


def test_password_of_wrong_database_is_not_told() -> None:
    environment = Environment({"NAME": "postgresql://chat:geheim@h:x/d"})
    environment.database("NAME")
    assert "geheim" not in repr(environment.problems)


def test_unset_database() -> None:
    assert read("database", "") == (None, [])


def test_several_hosts() -> None:
    """Of a coordinator and its standby, say: libpq tries one after another."""
    value = "postgresql://chat@a:5432,b:6432/chat?target_session_attrs=read-write"
    database, problems = read("database", value)
    assert problems == []
    assert (database["HOST"], database["PORT"]) == ("a,b", "5432,6432")
    assert database["OPTIONS"] == {"target_session_attrs": "read-write"}


def test_right_database() -> None:
    value = "postgresql://u%40x:p%2Fw@db.example.org:5433/chat?sslmode=require"
    assert read("database", value) == (
        {
            "NAME": "chat",
            "USER": "u@x",
            "PASSWORD": "p/w",
            "HOST": "db.example.org",
            "PORT": "5433",
            "OPTIONS": {"sslmode": "require"},
        },
        [],
    )


def test_database_over_a_unix_socket() -> None:
    database, problems = read("database", "postgres:///chat?host=%2Frun%2Fpostgresql")
    assert (database["HOST"], problems) == ("/run/postgresql", [])


@pytest.mark.parametrize(
    "value",
    [
        "localhost:6379",
        "http://localhost",
        "6379",
        "redis://",
        "redis://localhost/one",
        "redis://a:6379/0,http://b",
        "redis://a:6379/0,",
        "redis://localhost:no",
        "unix://",
    ],
)
def test_wrong_redis(value: str) -> None:
    assert read("redis_url", value) == ("", ["chat.E008"])


@pytest.mark.parametrize(
    "value",
    [
        "",
        "redis://localhost:6379/1",
        "rediss://:pw@r.example.org",
        "unix:///run/redis.sock?db=2",
        "redis://a/0, redis://:p%2Cw@b/0,rediss://c",
    ],
)
def test_right_redis(value: str) -> None:
    assert read("redis_url", value) == (value, [])


@pytest.mark.parametrize("value", ["ftp://x/y", "/srv/files", "file://relative", "s3://", "https:"])
def test_wrong_storage(value: str, tmp_path: Path) -> None:
    storage, problems = read("storage", value, tmp_path)
    assert problems == ["chat.E009"]
    assert storage["OPTIONS"]["location"] == str(tmp_path)


@pytest.mark.parametrize(("value", "folder"), [("", "/default"), ("file:///srv/f", "/srv/f")])
def test_right_storage(value: str, folder: str) -> None:
    storage, problems = read("storage", value, Path("/default"))
    assert (storage["OPTIONS"]["location"], problems) == (folder, [])


def test_a_bucket_of_ones_own_service() -> None:
    value = "s3://key%2B:s%2Fecret@files/chat?endpoint=http%3A%2F%2F127.0.0.1%3A9000&region=eu-1"
    storage, problems = read("storage", value, Path("/default"))

    assert problems == []
    assert storage["BACKEND"] == "chatproject.core.storage.bucket.BucketStorage"
    assert storage["OPTIONS"] == {
        "bucket_name": "files",
        "location": "chat",
        "endpoint_url": "http://127.0.0.1:9000",
        "region_name": "eu-1",
        "addressing_style": "path",
        "access_key": "key+",
        "secret_key": "s/ecret",
    }
    assert storage_origins(storage)[0] == "http://127.0.0.1:9000"


def test_a_bucket_whose_key_is_in_the_environment() -> None:
    storage, problems = read("storage", "s3://files?region=eu-1", Path("/default"))

    assert (problems, "access_key" in storage["OPTIONS"]) == ([], False)
    assert "https://files.s3.eu-1.amazonaws.com" in storage_origins(storage)


def test_a_bucket_that_browsers_know_by_another_address() -> None:
    value = "s3://files?endpoint=http://storage:9000&public=https://files.example.org"
    storage, problems = read("storage", value, Path("/default"))

    assert problems == []
    assert storage["OPTIONS"]["public_endpoint_url"] == "https://files.example.org"
    assert storage_origins(storage)[0] == "https://files.example.org"


@pytest.mark.parametrize(
    "query", ["endpont=http://x", "endpoint=127.0.0.1", "public=files.example.org", "acl=public"]
)
def test_a_bucket_with_an_option_that_is_not_known(query: str) -> None:
    assert read("storage", f"s3://files?{query}", Path("/default"))[1] == ["chat.E009"]


def test_a_folder_sends_nobody_elsewhere() -> None:
    storage, _ = read("storage", "file:///srv/f", Path("/default"))
    assert storage_origins(storage) == []


@pytest.mark.parametrize(
    ("value", "size"),
    [("", 7), ("0", 0), ("500", 500), ("2k", 2048), ("100M", 100 * 1024**2), ("3GB", 3 * 1024**3)],
)
def test_right_size(value: str, size: int) -> None:
    assert read("size", value, 7, check="E099") == (size, [])


@pytest.mark.parametrize(("value", "count"), [("", 2), ("1", 1), ("064", 64), ("64", 64)])
def test_right_count(value: str, count: int) -> None:
    assert read("count", value, 2, most=64, check="E099") == (count, [])


@pytest.mark.parametrize("value", ["0", "-1", "65", "1.5", "٣", "two", "000000001999", "9" * 5000])
def test_wrong_count(value: str) -> None:
    assert read("count", value, 2, most=64, check="E099") == (2, ["chat.E099"])


@pytest.mark.parametrize("value", ["-1", "1.5G", "M", "10 M", "1KM", "٣", "9" * 20])
def test_wrong_size(value: str) -> None:
    assert read("size", value, 7, check="E099") == (7, ["chat.E099"])


@pytest.mark.parametrize("value", ["proxy", "10.0.0.1/8", "10.0.0.0/33", "1.2.3"])
def test_wrong_network(value: str) -> None:
    assert read("networks", value) == ([], ["chat.E010"])


def test_right_networks() -> None:
    assert read("networks", "127.0.0.1, 10.0.0.0/8,::1") == (
        ["127.0.0.1/32", "10.0.0.0/8", "::1/128"],
        [],
    )


def test_folder_counts_from_the_base(tmp_path: Path) -> None:
    assert read("folder", "a/../b", ".data", base=tmp_path) == (tmp_path / "b", [])


def test_folder_that_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    assert read("folder", str(file), ".data", base=tmp_path)[1] == ["chat.E013"]


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::1", "http://[::1]:80"),
        ("::", "http://[::1]:80"),
        ("chat.local", "http://chat.local:80"),
    ],
)
def test_local_url(host: str, url: str) -> None:
    assert local_url(host, 80) == url


def test_secret_without_a_file_lasts_for_the_process_only(tmp_path: Path) -> None:
    one, other = kept_secret(tmp_path / "none"), kept_secret(tmp_path / "none")
    assert one != other
    assert len(one) >= 50
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    "value",
    [
        "https://search",
        "opensearch://",
        "opensearch:///chat",
        "opensearch://h/a/b",
        "opensearch://h:x",
    ],
)
def test_wrong_search_server(value: str) -> None:
    assert read("search_url", value) == ("", ["chat.E040"])


@pytest.mark.parametrize("value", ["", "opensearch://h", "opensearchs://me:secret@h:9200/chat"])
def test_right_search_server(value: str) -> None:
    assert read("search_url", value) == (value, [])


@pytest.mark.parametrize(
    "value",
    [
        "redis://host",
        "kafka://",
        "kafka://host:x",
        "kafka://host/a/b",
        "kafka://host?x=1",
        "amqp://a,b/",
        "amqp://host/v?x=1",
        "nats://host:99999",
        "nats://host/with.dots",
        "nats://[::1",
        "host:9092",
    ],
)
def test_an_unknown_message_broker_is_refused(value: str) -> None:
    assert read("events_url", value) == ("", ["chat.E090"])


@pytest.mark.parametrize(
    "value",
    [
        "",
        "kafka://a:9092,b:9092/chat.events",
        "kafkas://user:pass%40word@[::1]:9092",
        "amqp://guest:guest@host/vhost?exchange=x&queue=",
        "amqps://host:5671",
        "nats://a,b:4222/CHAT",
        "natss://user:password@nats.example.org",
    ],
)
def test_a_message_broker(value: str) -> None:
    assert read("events_url", value) == (value, [])


@pytest.mark.parametrize("value", ["example.com", "t.example.org", "ample.org", "org."])
def test_wrong_passkey_domain(value: str) -> None:
    url = urlsplit("https://chat.example.org")
    assert read("passkey_domain", value, url) == ("", ["chat.E061"])


@pytest.mark.parametrize("value", ["", "example.org", "chat.example.org"])
def test_right_passkey_domain(value: str) -> None:
    url = urlsplit("https://chat.example.org")
    assert read("passkey_domain", value.upper(), url) == (value, [])


@pytest.mark.parametrize("value", ["login.example.org", "ftp://x", "http://x", "https://x/?a=b"])
def test_wrong_issuer(value: str) -> None:
    assert read("issuer", value, production=True) == ("", ["chat.E062"])


def test_an_issuer_needs_our_id_there() -> None:
    environment = Environment({"OIDC_ISSUER": "https://x.example"})
    assert environment.issuer("OIDC_ISSUER", production=True) == ""
    assert "OIDC_CLIENT_ID" in environment.problems[0].hint
    environment = Environment({"OIDC_ISSUER": "http://x", "OIDC_CLIENT_ID": "chat"})
    assert environment.issuer("OIDC_ISSUER", production=False) == "http://x"
    assert environment.problems == []


@pytest.mark.parametrize("value", ["mods", "mods=king", "=staff", "mods staff"])
def test_wrong_mapping(value: str) -> None:
    assert read("mapping", value, ("staff",), check="E063") == ({}, ["chat.E063"])


def test_right_mapping() -> None:
    expected = {"cn=mods": "staff", "b": "king"}
    assert read("mapping", " cn=mods=staff, b=king", ("staff", "king"), check="E063") == (
        expected,
        [],
    )


@pytest.mark.parametrize(
    "value", ["", "https://key@sentry.example.org/7", "http://k@[::1]:9000/a/7"]
)
def test_a_sentry_dsn(value: str) -> None:
    environment = Environment({"SENTRY_DSN": value})
    assert environment.sentry_dsn("SENTRY_DSN") == value
    assert environment.problems == []


@pytest.mark.parametrize(
    "value",
    ["on", "https://sentry.example.org/7", "https://key@sentry.example.org/", "ftp://key@host/7"],
)
def test_a_wrong_sentry_dsn_is_refused(value: str) -> None:
    environment = Environment({"SENTRY_DSN": value})
    assert environment.sentry_dsn("SENTRY_DSN") == ""
    assert [problem.id for problem in environment.problems] == ["chat.E054"]


def test_a_choice_is_one_of_the_choices() -> None:
    choices = ("admins", "staff")
    for value in ("", "admins", "Staff"):
        assert read("choice", value, "admins", choices, check="E051") == (
            value.lower() or "admins",
            [],
        )
    assert read("choice", "nobody", "admins", choices, check="E051") == ("admins", ["chat.E051"])
