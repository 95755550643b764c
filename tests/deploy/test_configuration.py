"""The files of deploy/, the Dockerfile and compose.yaml, by the tools that read them for real."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from chatproject.server.serve import EXIT_SECONDS
from tests.database import ROOT
from tests.deploy.tools import DEPLOY, python_tool, run, tool
from tests.object_store import object_store

SECRETS = {
    "CHAT_HOST": "chat.example.org",
    "SECRET_KEY": "0" * 64,
    "POSTGRES_PASSWORD": "1" * 64,
    "STORAGE_SECRET": "2" * 64,
}
# What `systemd-analyze security` calls OK at worst; 10 is a service without any confinement.
MOST_EXPOSED = 2.0


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    done = run(
        *(python_tool("docker-compose"), "--file", ROOT / "compose.yaml"),
        *("config", "--format", "json"),
        PATH=os.environ["PATH"],
        **SECRETS,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def manifests() -> dict[str, dict[str, Any]]:
    """What `kubectl apply -k` would send, by kind."""
    done = run(tool("kubectl"), "kustomize", DEPLOY / "kubernetes")
    assert done.returncode == 0, done.stderr
    return {it["kind"]: it for it in yaml.safe_load_all(done.stdout)}


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split()[0], line.partition(" ")[2]) for line in lines]


def test_dockerfile_is_good() -> None:
    done = run(python_tool("hadolint"), "--failure-threshold=info", ROOT / "Dockerfile")
    assert done.returncode == 0, done.stdout + done.stderr


def test_image_is_of_the_wheel_alone_and_runs_as_nobody_special() -> None:
    stages = [n for n, (name, _) in enumerate(instructions()) if name == "FROM"]
    last = instructions()[stages[-1] :]
    assert len(stages) == 2
    assert [value for name, value in last if name == "COPY"] == ["--from=build /opt/chat /opt/chat"]
    assert ("USER", "10001:10001") in last
    assert any(name == "HEALTHCHECK" for name, _ in last)
    assert ("ENTRYPOINT", '["chat"]') in last
    assert ("STOPSIGNAL", "SIGTERM") in last


def test_image_is_built_from_what_the_wheel_needs() -> None:
    copied = {
        source
        for name, value in instructions()
        if name == "COPY" and not value.startswith("--from")
        for source in value.split()[:-1]
    }
    assert all((ROOT / source).exists() for source in copied)
    wheel = {"accounts", "attachments", "chatproject", "conversations", "messaging", "templates"}
    assert copied == wheel | {"pyproject.toml", "requirements.txt", "README.md", "LICENSE"}


def test_health_check_asks_the_probe() -> None:
    (check,) = [value for name, value in instructions() if name == "HEALTHCHECK"]
    command = json.loads(check[check.index("[") :])
    assert command[0] == "python"
    compile(command[2], "HEALTHCHECK", "exec")
    assert "/healthz" in command[2]


def test_compose_has_all_that_the_chat_needs(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert services.keys() == {
        *("chat", "migrate", "bucket", "postgres", "redis", "storage", "proxy")
    }
    published = {name for name, service in services.items() if service.get("ports")}
    assert published == {"proxy"}
    assert (
        services["chat"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    )


def test_compose_confines_the_chat(compose: dict[str, Any]) -> None:
    for name in ("chat", "migrate", "bucket"):
        service = compose["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert {it["target"] for it in service["volumes"]} == {"/data"}


def test_compose_gives_settings_that_the_chat_accepts(compose: dict[str, Any]) -> None:
    settings = compose["services"]["chat"]["environment"]
    program = (
        "from chatproject.environment.file_storage import storage_origins\n"
        "from chatproject import settings as it\n"
        "assert not it.ENVIRONMENT.problems, it.ENVIRONMENT.problems\n"
        "assert it.PRODUCTION and it.FILE_ORIGINS[0] == 'https://files.chat.example.org'\n"
        "options = it.STORAGES['default']['OPTIONS']\n"
        "assert options['endpoint_url'] == 'http://storage:8333', options\n"
    )
    done = run(python_tool("python"), "-c", program, PYTHONPATH=str(ROOT), **settings)
    assert done.returncode == 0, done.stderr
    proxy = compose["services"]["proxy"]["networks"]["inside"]["ipv4_address"]
    assert settings["TRUSTED_PROXIES"] == proxy


def test_compose_hands_on_every_setting_of_its_env_file(tmp_path: Path) -> None:
    more = {"EMAIL_URL": "smtp://mail.example.org:587?tls=1", "METRICS_TOKEN": "3" * 64}
    lines = [f"{name}={value}" for name, value in (SECRETS | more).items()]
    (tmp_path / ".env").write_text("\n".join([*lines, "PUBLIC_URL=https://elsewhere.example"]))
    (tmp_path / "compose.yaml").write_text((ROOT / "compose.yaml").read_text())
    done = run(
        *(python_tool("docker-compose"), "--project-directory", tmp_path),
        *("--file", tmp_path / "compose.yaml", "config", "--format", "json"),
        PATH=os.environ["PATH"],
    )
    assert done.returncode == 0, done.stderr
    services = json.loads(done.stdout)["services"]
    for name in ("chat", "migrate"):
        given = services[name]["environment"]
        assert given.items() >= more.items()
        assert given["PUBLIC_URL"] == "https://chat.example.org"
    assert services["bucket"]["environment"].keys() == {
        *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    }


def test_compose_refuses_to_start_without_secrets() -> None:
    for missing in SECRETS:
        given = {name: value for name, value in SECRETS.items() if name != missing}
        done = run(
            *(python_tool("docker-compose"), "--file", ROOT / "compose.yaml"),
            *("--env-file", "/dev/null", "config", "--quiet"),
            PATH=os.environ["PATH"],
            **given,
        )
        assert done.returncode != 0
        assert missing in done.stderr


def test_compose_makes_the_bucket_once(compose: dict[str, Any]) -> None:
    """The same program against an S3 API: where there is no bucket, and where there is one."""
    with object_store() as address:
        (program,) = compose["services"]["bucket"]["command"]
        program = program.replace("http://storage:8333", address)
        keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
        for _ in range(2):
            done = run(python_tool("python"), "-c", program, **keys)
            assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["Caddyfile", "compose.Caddyfile"])
def test_caddy_accepts_its_file(name: str, tmp_path: Path) -> None:
    done = run(
        *(tool("caddy"), "validate", "--adapter", "caddyfile", "--config"),
        *(DEPLOY / "caddy" / name,),
        HOME=str(tmp_path),
        PATH=os.environ["PATH"],
    )
    assert done.returncode == 0, done.stderr
    assert '"level":"warn"' not in done.stderr


@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
    """The units, with a program that is on this machine in the place of /opt/chat/bin/chat."""
    made = []
    for name in ("chat.service", "chat.socket"):
        text = (DEPLOY / "systemd" / name).read_text()
        made.append(tmp_path / name)
        made[-1].write_text(text.replace("/opt/chat/bin/chat", "/bin/true"))
    return made


def test_systemd_accepts_its_units(units: list[Path]) -> None:
    done = run(tool("systemd-analyze"), "verify", "--man=no", *units)
    assert (done.returncode, done.stderr) == (0, "")


def test_unit_is_confined(units: list[Path]) -> None:
    done = run(tool("systemd-analyze"), "security", "--offline=true", units[0])
    level = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert level, done.stdout + done.stderr
    assert float(level[1]) <= MOST_EXPOSED


def test_manifests_are_what_kubernetes_knows(
    manifests: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    assert manifests.keys() == {
        *("ConfigMap", "Deployment", "Ingress", "PodDisruptionBudget", "Service")
    }
    path = tmp_path / "all.yaml"
    path.write_text(yaml.safe_dump_all(manifests.values()))
    done = run(python_tool("kubernetes-validate"), "--strict", "-k", "1.33", path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("passed") + done.stderr.count("passed") == len(manifests)


def test_pods_are_replaced_without_a_gap(manifests: dict[str, dict[str, Any]]) -> None:
    deployment = manifests["Deployment"]["spec"]
    assert deployment["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    pod = deployment["template"]["spec"]
    (chat,) = pod["containers"]
    assert chat["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert chat["livenessProbe"]["httpGet"]["path"] == "/healthz"
    pause = int(chat["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod["terminationGracePeriodSeconds"] > pause + EXIT_SECONDS
    assert [it["args"] for it in pod["initContainers"]] == [["migrate"]]


def test_pods_are_confined(manifests: dict[str, dict[str, Any]]) -> None:
    pod = manifests["Deployment"]["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    for container in (*pod["initContainers"], *pod["containers"]):
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"] is True
        assert context["allowPrivilegeEscalation"] is False
        assert {it["mountPath"] for it in container["volumeMounts"]} == {"/data", "/tmp"}


# What the variables of compose.env are for besides settings: names and secrets of other services.
COMPOSE_OWN = {"CHAT_HOST", "CHAT_TLS", "CHAT_WORKERS", "POSTGRES_PASSWORD", "STORAGE_SECRET"}


def test_settings_of_the_examples_are_known(
    compose: dict[str, Any], manifests: dict[str, dict[str, Any]]
) -> None:
    known = (ROOT / "chatproject/settings.py").read_text()
    named = set(manifests["ConfigMap"]["data"]) | set(compose["services"]["chat"]["environment"])
    for name in ("systemd/chat.env", "compose.env"):
        found = re.findall(r"^#?([A-Z_]+)=", (DEPLOY / name).read_text(), re.MULTILINE)
        named |= set(found) - COMPOSE_OWN
    kustomization = (DEPLOY / "kubernetes/kustomization.yaml").read_text()
    named |= set(re.findall(r"--from-literal=([A-Z_]+)", kustomization))
    assert len(named) > 10
    assert {name for name in named if f'"{name}"' not in known} == set()


def test_secrets_stay_out_of_the_image_and_the_repository(tmp_path: Path) -> None:
    """The image's context is what it is made of, and git overlooks what an installation has."""
    rules = (ROOT / ".dockerignore").read_text()
    assert next(it for it in rules.splitlines() if it and it[0] != "#") == "*"
    again = set(re.findall(r"^!(\S+)$", rules, re.MULTILINE))
    sources = [value.split()[:-1] for name, value in instructions() if name == "COPY"]
    assert again == {it for source in sources for it in source if not it.startswith(("/", "--"))}
    run("git", "init", "--quiet", tmp_path, PATH=os.environ["PATH"])
    (tmp_path / ".gitignore").write_text((ROOT / ".gitignore").read_text())
    secret = [".env", ".data/secret_key", ".venv/x"]
    done = run("git", "-C", tmp_path, "check-ignore", *secret, PATH=os.environ["PATH"])
    assert done.stdout.split() == secret


def test_upload_limits_of_the_proxies_leave_room_for_the_largest_file() -> None:
    files = ["nginx/chat.conf", "caddy/Caddyfile", "kubernetes/ingress.yaml"]
    pattern = r"(?:client_max_body_size|max_size|proxy-body-size:) (\d+)"
    for name in files:
        (size,) = re.findall(pattern, (DEPLOY / name).read_text())
        assert int(size) * 1024**2 > 100 * 1024**2
