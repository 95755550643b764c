"""nginx and Caddy with the configurations of deploy/, on ports and with certificates of the tests.

Only what an operator is told to change is changed: names, addresses, certificates, paths.
"""

import os
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.deploy.tools import DEPLOY, tool
from tests.servers import ServerProcess, free_port
from tests.waiting import eventually

FAILS = " max_fails=1 fail_timeout=2s"
NGINX = """\
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/chat.conf;
}}
"""


class Proxy:
    """A running proxy before `127.0.0.1:upstream`, with a certificate for `localhost`.

    nginx may have `more` servers behind it.
    """

    server: ServerProcess  # behind it, where a test has put one there

    def __init__(self, kind: str, folder: Path, port: int, upstream: int, *more: int) -> None:
        self.folder = folder
        self.port = port
        self.upstream = upstream
        self.url = f"https://localhost:{self.port}"
        make_certificate(folder)
        self.trust = ssl.create_default_context(cafile=folder / "certificate.pem")
        self.more = more
        self.command, self.env = {"nginx": self._nginx, "caddy": self._caddy}[kind](upstream)

    def _nginx(self, upstream: int) -> tuple[list[str], dict[str, str]]:
        text = (DEPLOY / "nginx/chat.conf").read_text()
        certificate = "/etc/letsencrypt/live/chat.example.org"
        for old, new in {
            "listen 80;": f"listen 127.0.0.1:{free_port()};",
            "    listen [::]:80;\n": "",
            "listen 443 ssl": f"listen 127.0.0.1:{self.port} ssl",
            "    listen [::]:443 ssl http2;\n": "",
            f"{certificate}/fullchain.pem": f"{self.folder}/certificate.pem",
            f"{certificate}/privkey.pem": f"{self.folder}/key.pem",
            "server_name chat.example.org": "server_name localhost",
            f"server 127.0.0.1:8000{FAILS};": "\n".join(
                f"server 127.0.0.1:{port}{FAILS};" for port in (upstream, *self.more)
            ),
            "/var/log/nginx/": f"{self.folder}/",
        }.items():
            assert old in text, old
            text = text.replace(old, new)
        (self.folder / "chat.conf").write_text(text)
        user = "user root;" if os.geteuid() == 0 else ""
        (self.folder / "nginx.conf").write_text(NGINX.format(folder=self.folder, user=user))
        error_log = str(self.folder / "error.log")
        return [tool("nginx"), "-c", str(self.folder / "nginx.conf"), "-e", error_log], {}

    def _caddy(self, upstream: int) -> tuple[list[str], dict[str, str]]:
        ports = f"admin off\n\thttp_port {free_port()}\n\thttps_port {self.port}\n\tgrace_period"
        text = (DEPLOY / "caddy/Caddyfile").read_text()
        assert "grace_period" in text
        (self.folder / "Caddyfile").write_text(text.replace("grace_period", ports))
        command = [tool("caddy"), "run", "--adapter", "caddyfile", "--config"]
        return [*command, str(self.folder / "Caddyfile")], {
            "CHAT_HOST": "localhost",
            "CHAT_TLS": f"{self.folder}/certificate.pem {self.folder}/key.pem",
            "CHAT_UPSTREAM": f"127.0.0.1:{upstream}",
            "HOME": str(self.folder),
        }

    @contextmanager
    def running(self) -> Iterator["Proxy"]:
        with (self.folder / "output").open("wb") as output:
            process = subprocess.Popen(
                self.command,
                env=os.environ | self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            eventually(lambda: self._answers(process), but=OSError)
            yield self
        finally:
            process.terminate()
            process.wait(30)

    def _answers(self, process: "subprocess.Popen[bytes]") -> bool:
        assert process.poll() is None, (self.folder / "output").read_text()
        with socket.create_connection(("127.0.0.1", self.port)) as probe:
            return probe.fileno() >= 0


def make_certificate(folder: Path, *, lasting: timedelta = timedelta(days=1)) -> None:
    """`certificate.pem` and `key.pem` for localhost, which only our own clients trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now + lasting)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
