"""Files in a bucket of an S3 service, by django-storages."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any

from boto3.exceptions import RetriesExceededError, S3UploadFailedError
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NotConnected
from django.core.files.base import File
from django.core.files.uploadedfile import TemporaryUploadedFile
from storages.backends.s3 import S3Storage

from chatproject.core.storage import StorageAway, StoredObject

PART = 8 * 1024 * 1024
NO_ANSWER = (HTTPClientError, NotConnected, RetriesExceededError)
MOST_KEYS = 1000  # that one request may remove
# Two threads send the parts of a file. Parts of an open file are held in memory, ten by default;
# parts of a file with a path are not.
TRANSFER = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART, max_concurrency=2)
TRANSFER.max_in_memory_upload_chunks = 2


class BucketStorage(S3Storage):  # type: ignore[misc]
    """See `FileStorage`."""

    def __init__(
        self, *, addressing_style: str, public_endpoint_url: str | None = None, **options: Any
    ) -> None:
        """`public_endpoint_url`: what browsers reach the service by, else its `endpoint_url`."""
        self._public_endpoint_url = public_endpoint_url
        config = Config(
            s3={"addressing_style": addressing_style},
            signature_version="s3v4",
            connect_timeout=3,
            read_timeout=20,
            retries={"max_attempts": 3, "mode": "standard"},
        )
        super().__init__(
            **options, client_config=config, transfer_config=TRANSFER, max_memory_size=PART
        )

    def put(self, key: str, file: "File[Any]") -> None:
        with _told_if_away():
            if isinstance(file, TemporaryUploadedFile):
                path = file.temporary_file_path()
                self.bucket.upload_file(path, self._key(key), Config=TRANSFER)
            else:
                file.seek(0)
                self.bucket.upload_fileobj(_Reader(file), self._key(key), Config=TRANSFER)

    def open_here(self, key: str) -> IO[bytes] | None:
        return None

    def fetch(self, key: str, target: Path) -> None:
        with _told_if_away(), _told_if_missing(key):
            self.bucket.download_file(self._key(key), str(target), Config=TRANSFER)

    def read_range(self, key: str, start: int, size: int) -> bytes:
        with _told_if_away(), _told_if_missing(key):
            found = self._client.get_object(
                Bucket=self.bucket_name,
                Key=self._key(key),
                Range=f"bytes={start}-{start + size - 1}",
            )
            data: bytes = found["Body"].read()
            return data

    def address(self, key: str, *, headers: dict[str, str], seconds: int) -> str | None:
        parameters = {
            "ResponseContentType": headers["Content-Type"],
            "ResponseContentDisposition": headers["Content-Disposition"],
        }
        parameters |= {"Bucket": self.bucket_name, "Key": self._key(key)}
        url: str = self._signer.generate_presigned_url(
            "get_object", Params=parameters, ExpiresIn=seconds
        )
        return url

    @cached_property
    def _client(self) -> Any:
        """A client for the store itself, shared by threads."""
        return self._create_session().client(
            "s3",
            region_name=self.region_name,
            endpoint_url=self.endpoint_url,
            config=self.client_config,
        )

    @cached_property
    def _signer(self) -> Any:
        """A client that signs addresses, which hold the host they are signed for; it asks nobody.

        Clients of botocore, unlike resources, may be shared by threads.
        """
        return self._create_session().client(
            "s3",
            region_name=self.region_name,
            endpoint_url=self._public_endpoint_url or self.endpoint_url,
            config=self.client_config,
        )

    def remove(self, keys: Collection[str]) -> None:
        every = [{"Key": self._key(key)} for key in keys]
        for start in range(0, len(every), MOST_KEYS):
            batch = {"Objects": every[start : start + MOST_KEYS], "Quiet": True}
            with _told_if_away():
                errors = self.bucket.delete_objects(Delete=batch).get("Errors")
            if errors:
                raise OSError(f"{len(errors)} objects could not be removed: {errors[0]}")

    def objects(self) -> Iterator[StoredObject]:
        prefix = f"{self.location}/" if self.location else ""
        with _told_if_away():
            for found in self.bucket.objects.filter(Prefix=prefix):
                yield StoredObject(found.key.removeprefix(prefix), found.last_modified)

    def ping(self) -> None:
        with _told_if_away():
            self.connection.meta.client.head_bucket(Bucket=self.bucket_name)

    def _key(self, key: str) -> str:
        normalized: str = self._normalize_name(key)
        return normalized


@contextmanager
def _told_if_missing(key: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in ("404", "NoSuchKey"):
            raise FileNotFoundError(key) from error
        raise


@contextmanager
def _told_if_away() -> Iterator[None]:
    try:
        yield
    except (*NO_ANSWER, ClientError, S3UploadFailedError) as error:
        if _is_away(error):
            raise StorageAway(str(error)) from error
        raise


def _is_away(error: BaseException | None) -> bool:
    """Whether nobody answers, or the answer is that the service cannot (5xx)."""
    if isinstance(error, S3UploadFailedError):
        return _is_away(error.__context__)
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return int(status) >= HTTPStatus.INTERNAL_SERVER_ERROR
    return isinstance(error, NO_ANSWER)


class _Reader:
    """Wraps a file, so that boto3 does not close it."""

    def __init__(self, file: "File[Any]") -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._file.read(size)
        return data
