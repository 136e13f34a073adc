"""Which of an installation's connections somebody on the network could read or pass for the other end of.

Decides by the addresses in the settings alone: a line to this very host is nobody else's; any other is closed where its address
asks for TLS and for a certificate that is checked. Asks nothing over the network. What each needs: docs/operations.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from fieldsvc.settings import Settings

_HERE = ("", "localhost", "::1")
_CHECKED = ("verify-ca", "verify-full")


def open_lines(settings: Settings) -> Iterator[str]:
    """Name each line that is open, with what closes it."""
    database, queue, bucket = map(urlsplit, (settings.database_url, settings.jobs_url, settings.blob_url))
    asked = parse_qs(database.query)
    is_far = not all(map(_is_here, _hosts(database.netloc, asked.get("host", []))))
    if database.scheme.startswith("postgresql") and is_far and asked.get("sslmode", [""])[-1] not in _CHECKED:
        yield "database: add sslmode=verify-full to its address"
    if queue.scheme == "redis" and not _is_here(queue.hostname):
        yield "queue: its address should begin with rediss://"
    endpoint = urlsplit(parse_qs(bucket.query).get("endpoint", [""])[-1])
    if endpoint.scheme == "http" and not _is_here(endpoint.hostname):
        yield "bucket: its endpoint should begin with https://"
    if not settings.https and not _is_here(urlsplit(settings.public_url).hostname):
        yield "browsers and phones: FIELDSVC_PUBLIC_URL should begin with https:// (`fieldsvc run --tls`, or a proxy)"


def _hosts(netloc: str, asked: list[str]) -> list[str]:
    named = netloc.rpartition("@")[2].split(",") if netloc else []
    without_port = [
        one.partition("]")[0].lstrip("[") if one.startswith("[") else one.partition(":")[0] for one in named
    ]
    return [*without_port, *(host for one in asked for host in one.split(","))]


def _is_here(host: str | None) -> bool:
    return host is None or host in _HERE or host.startswith(("127.", "/"))
