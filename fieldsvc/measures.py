"""What processes count about themselves: requests, entries, papers, jobs. Everything else is counted from the store when asked.

With `begin`, all processes of one host write into one folder, and whichever is asked tells the sum. Labels come from short
lists of our own, never from what somebody sent. Invariant: the library is not loaded before `begin`, which decides how it counts.
"""

from __future__ import annotations

import os
import re
import socket
import sys
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
DOCUMENT_SECONDS = (0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200, 86400)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def begin(data: Path) -> None:
    """Count together with the other processes of this host. Called before anything else is loaded."""
    if "prometheus_client" in sys.modules:
        raise RuntimeError("figures must be begun before they are loaded")
    folder = data / "metrics" / re.sub(r"[^\w.-]", "_", socket.gethostname())
    folder.mkdir(parents=True, exist_ok=True)
    _forget_the_dead(folder)
    os.environ[FOLDER] = str(folder)


def _forget_the_dead(folder: Path) -> None:
    """Begin anew when none of those that wrote here lives: sums must not fall while somebody still counts."""
    files = list(folder.glob("*.db"))
    ids = {file.stem.rsplit("_", 1)[-1] for file in files}
    if not any(Path("/proc", number).exists() for number in ids - {str(os.getpid())}):
        for file in files:
            file.unlink(missing_ok=True)


class _Figures:
    """The counters of this process."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram

        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "fieldsvc_request_seconds",
            "How long requests took, by the part of the program that answered",
            ["part", "method", "status"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.entries = Counter(
            "fieldsvc_sync_entries",
            "Entries that phones sent, by what became of them",
            ["status"],
            registry=self.registry,
        )
        self.log_ins = Counter(
            "fieldsvc_login_failures", "Log-ins that were refused, by why", ["reason"], registry=self.registry
        )
        self.documents = Histogram(
            "fieldsvc_document_seconds",
            "From the promise of a paper to the signed file, by kind",
            ["kind"],
            buckets=DOCUMENT_SECONDS,
            registry=self.registry,
        )
        self.jobs = Histogram(
            "fieldsvc_job_seconds", "How long jobs took", ["job"], buckets=DOCUMENT_SECONDS, registry=self.registry
        )


@cache
def figures() -> _Figures:
    """The counters, made when first needed."""
    return _Figures()


def request(*, part: str | None, method: str, status: int, seconds: float) -> None:
    """Count one answer."""
    method = method if method in METHODS else "other"
    figures().requests.labels(part or "none", method, f"{status // 100}xx").observe(seconds)


def entries(*, statuses: Any) -> None:
    """Count what became of the entries of a push."""
    for status in statuses:
        figures().entries.labels(status).inc()


def log_in_refused(*, reason: str) -> None:
    """Count a log-in that was refused."""
    figures().log_ins.labels(reason).inc()


def document(*, kind: str, seconds: float) -> None:
    """Count a paper that was made."""
    figures().documents.labels(kind).observe(max(0.0, seconds))


def job(*, name: str, seconds: float) -> None:
    """Count one run of a job."""
    figures().jobs.labels(name).observe(seconds)


def counted() -> Any:
    """The registry to be told: of all processes of this host, or of this one."""
    own = figures().registry
    folder = os.environ.get(FOLDER)
    if not folder:
        return own
    from prometheus_client import CollectorRegistry
    from prometheus_client.multiprocess import MultiProcessCollector

    together = CollectorRegistry()
    MultiProcessCollector(together, path=folder)  # type: ignore[no-untyped-call]
    return together
