"""The same store in a bucket of an S3-compatible service, for installations with more than one host.

Objects cannot grow, so every piece of an upload is an object of its own, named by its offset; when all are there they are
joined (an image has at most 10 MiB) and kept as one. An object appears whole or not at all, which is what a rename is to a
folder. Files with names lie beside them, a shelf to a prefix, and are fetched to be read.
Address: `s3://bucket/prefix?endpoint=https://…&region=…`; the credentials are boto3's business.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from fieldsvc.blobs.shelf import SHELVES, FolderShelf, Shelf

MISSING = {"404", "NoSuchKey", "NotFound"}


class Bucket:
    """A store in a bucket: `partial/{upload}/{offset}`, `partial/{upload}/length`, `files/{sha256}`."""

    def __init__(self, address: str):
        parts = urlsplit(address)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.bucket, self.prefix = parts.netloc, parts.path.strip("/") + "/" if parts.path.strip("/") else ""
        self.client: Any = boto3.client(
            "s3",
            endpoint_url=asked.get("endpoint"),
            region_name=asked.get("region", "us-east-1"),
            config=Config(retries={"max_attempts": 4, "mode": "standard"}, connect_timeout=5, read_timeout=30),
        )

    def announce(self, upload: str, length: int) -> None:
        self.drop(upload)
        self._put(self._part(upload, "length"), str(length).encode())

    def announced(self, upload: str) -> int | None:
        try:
            return int(self._get(self._part(upload, "length")))
        except FileNotFoundError:
            return None

    def offset(self, upload: str) -> int:
        reached = 0
        for start, size, _ in self._pieces(upload):
            if start > reached:
                break  # a piece in between is missing: go on from here
            reached = max(reached, start + size)
        return reached

    def append(self, upload: str, offset: int, content: bytes) -> int:
        for start, _, key in self._pieces(upload):
            if start >= offset:
                self.client.delete_object(Bucket=self.bucket, Key=key)
        self._put(self._part(upload, f"{offset:012d}"), content)
        return offset + len(content)

    def content(self, upload: str) -> bytes:
        whole = bytearray()
        for start, _, key in self._pieces(upload):
            whole[start:] = self._get(key)
        return bytes(whole)

    def drop(self, upload: str) -> None:
        for _, _, key in self._pieces(upload):
            self.client.delete_object(Bucket=self.bucket, Key=key)
        self.client.delete_object(Bucket=self.bucket, Key=self._part(upload, "length"))

    def keep(self, sha256: str, content: bytes) -> None:
        self._put(self._file(sha256), content)

    def read(self, sha256: str) -> bytes:
        return self._get(self._file(sha256))

    def forget(self, sha256: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=self._file(sha256))

    def old_uploads(self, seconds: float) -> Iterator[str]:
        newest: dict[str, datetime] = {}
        for key, _, changed in self._list(f"{self.prefix}partial/"):
            upload = key.removeprefix(f"{self.prefix}partial/").split("/")[0]
            newest[upload] = max(changed, newest.get(upload, changed))
        limit = datetime.now(UTC) - timedelta(seconds=seconds)
        yield from (upload for upload, changed in newest.items() if changed < limit)

    def shelf(self, folder: Path) -> Shelf:
        return BucketShelf(self, folder)

    def named(self) -> Iterator[str]:
        for name in SHELVES:
            yield from (key.removeprefix(self.prefix) for key, _, _ in self._list(f"{self.prefix}{name}/"))

    def _part(self, upload: str, name: str) -> str:
        return f"{self.prefix}partial/{upload}/{name}"

    def _file(self, sha256: str) -> str:
        return f"{self.prefix}files/{sha256}"

    def _pieces(self, upload: str) -> list[tuple[int, int, str]]:
        """(offset, size, key) of each piece, in order."""
        listed = self._list(self._part(upload, ""))
        named = ((key.rsplit("/", 1)[1], size, key) for key, size, _ in listed)
        return sorted((int(name), size, key) for name, size, key in named if name.isdigit())

    def _list(self, prefix: str) -> Iterator[tuple[str, int, datetime]]:
        for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
            for entry in page.get("Contents", ()):
                yield entry["Key"], entry["Size"], entry["LastModified"]

    def _put(self, key: str, content: bytes) -> None:
        self.client.put_object(Bucket=self.bucket, Key=key, Body=content)

    def _get(self, key: str) -> bytes:
        try:
            found: bytes = self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in MISSING:
                raise FileNotFoundError(key) from error
            raise
        return found


class BucketShelf:
    """A shelf in a bucket: `{shelf}/{name}`. `folder` is this host's own, for what is being made or was fetched."""

    def __init__(self, bucket: Bucket, folder: Path):
        self._in, self._folder = bucket, folder
        self._prefix = f"{bucket.prefix}{folder.name}/"

    def keep(self, name: str, content: bytes) -> None:
        self._in._put(self._prefix + name, content)

    def take(self, name: str, made: Path) -> None:
        self._in.client.upload_file(str(made), self._in.bucket, self._prefix + name)
        made.unlink()

    def rename(self, name: str, new: str) -> None:
        source = {"Bucket": self._in.bucket, "Key": self._prefix + name}
        self._in.client.copy(source, self._in.bucket, self._prefix + new)
        self._in.client.delete_object(**source)

    def read(self, name: str) -> bytes:
        return self._in._get(self._prefix + name)

    @contextmanager
    def at_hand(self, name: str) -> Iterator[Path]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=self._folder) as file:  # it has no name, so nothing is left of it after a kill
            try:
                self._in.client.download_fileobj(self._in.bucket, self._prefix + name, file)
            except ClientError as error:
                if error.response["Error"]["Code"] in MISSING:
                    raise FileNotFoundError(name) from error
                raise
            file.flush()
            yield Path(f"/dev/fd/{file.fileno()}")

    def holds(self, name: str) -> bool:
        try:
            self._in.client.head_object(Bucket=self._in.bucket, Key=self._prefix + name)
        except ClientError as error:
            if error.response["Error"]["Code"] in MISSING:
                return False
            raise
        return True

    def drop_all(self, prefix: str, *, but: str = "") -> None:
        for key, _, _ in list(self._in._list(self._prefix + prefix)):
            if key != self._prefix + but:
                self._in.client.delete_object(Bucket=self._in.bucket, Key=key)
        FolderShelf(self._folder).drop_all(prefix, but=but)  # what an attempt of ours left that was ended in the middle

    def older(self, than: datetime) -> Iterator[str]:
        for key, _, changed in self._in._list(self._prefix):
            if changed < than:
                yield key.removeprefix(self._prefix)
        yield from FolderShelf(self._folder).older(than)
