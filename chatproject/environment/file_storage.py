"""Reads STORAGE_URL: into which folder or bucket files are written."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from chatproject.environment.addresses import has_scheme, split_url
from chatproject.environment.reader import Reader


class FileStorageReaders(Reader):
    """Of a store of files."""

    def storage(self, name: str, default: Path) -> dict[str, Any]:
        """The `default` entry of Django's STORAGES: a folder, or a bucket of an S3 service."""
        value = self.text(name)
        url = split_url(value)
        if value and url is not None and url.scheme == "s3" and url.netloc:
            return self._s3(name, url)
        if value and url is not None and url.scheme == "file" and url.path.startswith("/"):
            default = Path(url.path)
        elif value:
            self.note(
                "E009",
                f"{name} names no store that is known here.",
                f"Set {name} to file:///A/FOLDER or s3://BUCKET/PREFIX?endpoint=https://…, or "
                "unset it to keep files in DATA_DIR.",
            )
        return {
            "BACKEND": "chatproject.core.storage.folder.FolderStorage",
            "OPTIONS": {"location": str(default), "base_url": None},
        }

    def _s3(self, name: str, url: SplitResult) -> dict[str, Any]:
        """`s3://KEY:SECRET@BUCKET/PREFIX?endpoint=…&public=…&region=…&addressing=…`.

        All but BUCKET may be left out. `public` is the service's address in people's browsers,
        where that is another one than ours.

        Without a key in it the usual AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY count. A service
        of one's own is addressed by path, since its name seldom has a subdomain for each bucket.
        """
        query = dict(parse_qsl(url.query))
        unknown = query.keys() - {"endpoint", "public", "region", "addressing"}
        endpoint, public = query.get("endpoint"), query.get("public")
        if unknown or not all(has_scheme(it, "http", "https") for it in (endpoint, public) if it):
            self.note(
                "E009",
                f"{name} has {', '.join(sorted(unknown)) or 'an endpoint'} that is not known here.",
                f"Set {name} to s3://BUCKET/PREFIX?endpoint=https://…&region=…",
            )
        options: dict[str, Any] = {
            "bucket_name": url.netloc.rpartition("@")[2],
            "location": url.path.strip("/"),
            "endpoint_url": endpoint,
            "region_name": query.get("region"),
            "addressing_style": query.get("addressing", "path" if endpoint else "auto"),
        }
        if public:
            options["public_endpoint_url"] = public
        if url.username:
            options["access_key"] = unquote(url.username)
            options["secret_key"] = unquote(url.password or "")
        return {"BACKEND": "chatproject.core.storage.bucket.BucketStorage", "OPTIONS": options}


def storage_origins(storage: Mapping[str, Any]) -> list[str]:
    """Where a browser is sent to for files, for the Content-Security-Policy; none for a folder."""
    options = storage["OPTIONS"]
    if "bucket_name" not in options:
        return []
    given = options.get("public_endpoint_url") or options["endpoint_url"]
    url = urlsplit(given or "https://s3.amazonaws.com")
    bucket, region = options["bucket_name"], options["region_name"]
    hosts = [url.netloc, f"{bucket}.{url.netloc}"]
    if region and not given:
        hosts += [f"s3.{region}.amazonaws.com", f"{bucket}.s3.{region}.amazonaws.com"]
    return [f"{url.scheme}://{host}" for host in hosts]
