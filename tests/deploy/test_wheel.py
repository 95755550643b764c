"""The wheel that `make dist` builds: what is in it, and that it is the whole product."""

import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from importlib.metadata import distribution
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest
from packaging.requirements import Requirement

from chatproject import __version__
from tests.attachments.samples import picture
from tests.database import ROOT
from tests.redis_server import RedisServer
from tests.servers import PRODUCT, ServerProcess
from tests.waiting import eventually

PACKAGES = ("accounts", "attachments", "chatproject", "conversations", "messaging")
PASSWORD = "take-a-seat-7"  # of the demo's people


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(["make", "dist", f"DIST={folder}"], cwd=ROOT, check=True, capture_output=True)
    (made,) = folder.glob("chat-*.whl")  # beside that of the client library
    return made


@pytest.fixture(scope="module")
def environment(wheel: Path) -> Iterator[Path]:
    """A virtual environment with the wheel and what it requires, and nothing else; its `bin`.

    The requirements are links to what is installed here, so that it takes seconds; `pip check` says
    whether they are all that the wheel asks for. Not in pytest's own folder, which PostgreSQL's
    account may not enter.
    """
    with TemporaryDirectory(prefix="chat-test-") as folder:
        Path(folder).chmod(0o755)
        subprocess.run(
            [sys.executable, "-m", "venv", "--without-pip", f"{folder}/venv"], check=True
        )
        (packages,) = Path(folder).glob("venv/lib/python*/site-packages")
        for requirement in pinned_requirements():
            link_distribution(requirement.name, packages)
        pip = [sys.executable, "-m", "pip", "--python", f"{folder}/venv/bin/python"]
        pip.append("--disable-pip-version-check")
        subprocess.run([*pip, "install", "-qq", "--no-deps", "--no-index", wheel], check=True)
        subprocess.run([*pip, "check"], check=True)
        yield Path(folder, "venv", "bin")


def pinned_requirements() -> list[Requirement]:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def link_distribution(name: str, packages: Path) -> None:
    """Makes an installed distribution visible to another environment too."""
    found = distribution(name)
    for top in {file.parts[0] for file in found.files or () if file.parts[0] != ".."}:
        if top not in ("__pycache__", "bin") and not (packages / top).exists():
            (packages / top).symlink_to(Path(str(found.locate_file(top))))


@pytest.fixture
def installed(environment: Path, data_dir: Path, tmp_path: Path) -> Iterator[ServerProcess]:
    """`chat` of the environment, started in a folder whose modules would do harm."""
    (tmp_path / "accounts").mkdir()
    (tmp_path / "accounts/__init__.py").write_text("raise SystemExit('imported from the folder')")
    process = ServerProcess(data_dir, own_postgres=True, env=PRODUCT | {"PATH": "/usr/bin:/bin"})
    process.env.pop("PYTHONPATH", None)
    process.program, process.folder = (str(environment / "chat"),), tmp_path
    # As the image sets it, whose root may be read-only.
    process.env |= {"PYTHONDONTWRITEBYTECODE": "1", "HOME": str(tmp_path)}
    yield process
    process.close()


def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_bytes(archive.read(name))


CLIENTS_OWN = {"chatproject/client/pyproject.toml", "chatproject/client/README.md"}


def sources() -> Iterator[str]:
    """Each file of the product, by its name in the wheel."""
    for package in (*PACKAGES, "templates"):
        for path in (ROOT / package).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc":
                name = path.relative_to(ROOT).as_posix()
                yield f"chatproject/{name}" if package == "templates" else name


def test_holds_every_file_of_the_product_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == set(sources()) - CLIENTS_OWN


def test_names_version_licence_and_the_pinned_requirements(wheel: Path) -> None:
    found = metadata(wheel)
    pinned = set(pinned_requirements())
    assert (found["Name"], found["Version"], found["License-Expression"]) == (
        "chat",
        __version__,
        "MIT",
    )
    assert set(map(Requirement, found.get_all("Requires-Dist", []))) == pinned
    assert not {it.name for it in pinned} & {"pytest", "pytest-django", "hypothesis", "moto"}


def files_of(*folders: Path) -> set[Path]:
    return {path for folder in folders for path in folder.rglob("*")}


def test_is_the_whole_product_in_an_empty_environment(
    installed: ServerProcess, environment: Path
) -> None:
    before = files_of(environment.parent, installed.folder)
    (installed.data_dir / "static").rename(installed.data_dir / "not-lent")  # it collects its own
    installed.spawn("up")
    installed.wait_until_ready()
    eventually(lambda: "log in as alice@example.org" in installed.tail())
    with httpx.Client(base_url=installed.base_url, timeout=30) as client:
        page = client.get("/", headers={"accept-language": "de"}).text
        assert 'lang="de"' in page
        assert "Anmelden" in page
        style = re.search(r'href="(/static/chat/css/base\.[0-9a-f]{12}\.css)"', page)
        assert style
        assert client.get(style[1]).status_code == 200
        assert client.get("/admin/login/").status_code in (200, 302)
        asked = {"email": "alice@example.org", "password": PASSWORD}
        token = client.post("/v1/users/login", json=asked).json()["access"]
        client.headers["Authorization"] = f"Bearer {token}"
        first = client.get("/v1/conversations").json()["results"][0]
        chat = f"/v1/conversations/{first['id']}/messages"
        sent = client.post("/v1/attachments", files={"file": ("a.jpg", picture())}).json()
        client.post(chat, json={"attachmentIds": [sent["id"]]}).raise_for_status()
        # The preview is made by a program of its own, which has to be found too.
        eventually(lambda: '"ready"' in client.get(f"{chat}?limit=1").text)
    assert installed.stop() == 0
    with RedisServer() as redis:  # each worker is a program of its own as well
        installed.env["REDIS_URL"] = redis.url
        installed.arguments = ("--workers", "2")
        installed.start()
        assert installed.stop() == 0
    assert files_of(environment.parent, installed.folder) == before  # it writes to DATA_DIR alone
    assert "Traceback" not in installed.tail()


def test_runs_the_other_commands(installed: ServerProcess) -> None:
    assert "create_moderator" in installed.manage("manage", "help")
    assert __version__ in installed.manage("--version")


def test_refuses_a_command_that_is_not_there(installed: ServerProcess) -> None:
    with pytest.raises(RuntimeError, match=r"there is no 'nope'.*chat manage nope"):
        installed.manage("nope")
    assert not (installed.data_dir / "secret_key").exists()
