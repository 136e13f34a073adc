"""The figures that stand in the store, counted when somebody asks: the same from every process and every host.

Decides names and labels; labels come from lists of our own. Invariant: counting changes nothing, and one figure that cannot be
had leaves the others standing.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from fieldsvc import clock
from fieldsvc.backup import service as backups
from fieldsvc.found import number
from fieldsvc.health import service
from fieldsvc.identity import service as identity
from fieldsvc.jobs import service as jobs
from fieldsvc.notices import service as notices
from fieldsvc.printing import service as printing
from fieldsvc.record import service as record
from fieldsvc.reports import service as reports

log = logging.getLogger(__name__)


class Stored(Collector):
    """Counts what the store holds."""

    def __init__(self, data: Path):
        self._data = data

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Give every figure; one that cannot be had is left out, and the log says so."""
        for count in (_papers, _queues, _record, _phones, _certificate, _backup, self._disk):
            try:
                yield from count()
            except Exception:
                log.exception("a figure cannot be had")

    def _disk(self) -> Iterator[GaugeMetricFamily]:
        used = shutil.disk_usage(self._data)
        yield _one("fieldsvc_disk_free_bytes", "Room left where the data folder lies", used.free)
        yield _one("fieldsvc_disk_total_bytes", "All room where the data folder lies", used.total)


def _one(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=value)


def _many(name: str, words: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _age(since: datetime | None) -> float:
    return 0 if since is None else max(0.0, (clock.now() - since).total_seconds())


def _papers() -> Iterator[GaugeMetricFamily]:
    yield _many("fieldsvc_notices", "Papers by status", "status", notices.counts())
    yield _many("fieldsvc_signatures", "Issued papers by how far their signature goes", "level", notices.levels())


def _queues() -> Iterator[GaugeMetricFamily]:
    waiting = notices.queue()
    lengths: dict[str, float] = {f"paper.{kind}": count for kind, (count, _) in waiting.items()}
    lengths |= {"print_runs": printing.waiting(), "tallies": reports.lag().behind}
    if (woken := jobs.length()) is not None:
        lengths["wakes"] = woken
    yield _many("fieldsvc_queue_length", "What waits to be done, by kind", "queue", lengths)
    ages = {f"paper.{kind}": _age(oldest) for kind, (_, oldest) in waiting.items()}
    yield _many("fieldsvc_queue_oldest_seconds", "How long the oldest of them has waited", "queue", ages)


def _record() -> Iterator[GaugeMetricFamily]:
    yield _many("fieldsvc_visits", "Visits by state", "state", record.counts())
    yield _one("fieldsvc_quarantined_ops", "Entries that wait for a person", record.count_held())


def _phones() -> Iterator[GaugeMetricFamily]:
    silent = number(identity.number_silent(since=service.silent_since()))
    yield _one(
        "fieldsvc_phones_silent", "Phones in use that were not heard from for as long as the company sets", silent
    )


def _certificate() -> Iterator[GaugeMetricFamily]:
    held = notices.signer_standing()
    words = "When the signing certificate ends, since 1970; 0: no key"
    yield _one("fieldsvc_signer_expires_seconds", words, held.expires.timestamp() if held else 0)
    yield _one("fieldsvc_signer_days_left", "Days until the signing certificate ends", held.days if held else 0)


def _backup() -> Iterator[GaugeMetricFamily]:
    at = backups.last()
    yield _one(
        "fieldsvc_last_backup_seconds",
        "When the last backup was made, since 1970; 0: never",
        at.timestamp() if at else 0,
    )
    if at is not None:
        yield _one("fieldsvc_last_backup_age_seconds", "How long ago the last backup was made", _age(at))
