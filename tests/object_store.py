"""A real S3 API over HTTP: moto's, in this process, or SeaweedFS, where SEAWEEDFS names its program
(`make objects`). Both take the key `key` with the secret `secret`."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import boto3
import httpx
from moto.server import ThreadedMotoServer

from tests.servers import free_port
from tests.waiting import eventually

KEYS = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
IDENTITIES = {
    "identities": [
        {
            "name": "chat",
            "credentials": [{"accessKey": "key", "secretKey": "secret"}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
    ]
}
# The parts of SeaweedFS that listen; gRPC needs its own port for each.
LISTENING = ("master", "volume", "filer", "s3")


@contextmanager
def object_store() -> Iterator[str]:
    """Yields the endpoint of a store that is empty."""
    program = os.environ.get("SEAWEEDFS")
    with seaweedfs(program) if program else moto() as endpoint:
        yield endpoint


@contextmanager
def moto() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@contextmanager
def seaweedfs(program: str) -> Iterator[str]:
    ports = {
        name: free_port() for part in LISTENING for name in (f"{part}.port", f"{part}.port.grpc")
    }
    with TemporaryDirectory(prefix="chat-seaweedfs-") as folder:
        identities = Path(folder) / "identities.json"
        identities.write_text(json.dumps(IDENTITIES))
        process = subprocess.Popen(
            [
                *(program, "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"),
                *("-filer", "-s3", f"-s3.config={identities}"),
                *("-s3.port.iceberg=0", "-s3.port.lance=0"),
                *("-master.telemetry=false", "-master.volumeSizeLimitMB=64"),
                "-volume.max=100000",  # each bucket takes some, and each test a bucket
                *(f"-{name}={port}" for name, port in ports.items()),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        endpoint = f"http://127.0.0.1:{ports['s3.port']}"
        try:
            eventually(lambda: takes_buckets(endpoint), but=Exception)
            yield endpoint
        finally:
            process.kill()  # nothing of it is kept, and to end takes it half a minute
            process.wait(30)


def takes_buckets(endpoint: str) -> bool:
    """Whether it stores an object; SeaweedFS does so some seconds after it listens."""
    httpx.get(endpoint)
    client = s3_client(endpoint)
    with suppress(client.exceptions.BucketAlreadyOwnedByYou):
        client.create_bucket(Bucket="first")
    client.put_object(Bucket="first", Key="first", Body=b"first")
    return True


def s3_client(endpoint: str) -> Any:
    return boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", **KEYS)


def new_bucket_url(endpoint: str, bucket: str) -> str:
    """Makes the bucket; returns its STORAGE_URL."""
    s3_client(endpoint).create_bucket(Bucket=bucket)
    return f"s3://key:secret@{bucket}/chat?endpoint={quote(endpoint, safe='')}&region=us-east-1"
