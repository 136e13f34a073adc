"""One person's data as a ZIP file: what is on file, every visit with its history, pictures and papers, and who looked.

Decides which files it has; what stands in them is as the record holds it. Reads, changes nothing. Invariant: everything in it
belongs to visits of this one customer; what was erased is not in it and is said to be gone.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Mapping
from datetime import date, datetime
from typing import IO, Any

from fieldsvc import clock, installation, problems
from fieldsvc.audit import service as audit
from fieldsvc.blobs import service as blobs
from fieldsvc.calls import service as calls
from fieldsvc.customers import service as customers
from fieldsvc.hazards import service as hazards
from fieldsvc.notices import service as papers
from fieldsvc.readings import service as readings
from fieldsvc.record import service as record

IN_MEMORY = 8 * 1024 * 1024
READY = "ready"
_ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/heic": "heic"}


def of_customer(*, customer_id: str) -> IO[bytes]:
    """The file, read from its beginning. Raises NotFound."""
    customer = customers.get(customer_id=customer_id)
    if customer is None:
        raise problems.NotFound("there is no such customer")
    ids = record.ids_of_customer(customer_id=customer_id)
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 the caller closes it
    with zipfile.ZipFile(file, "w", compression=zipfile.ZIP_DEFLATED) as into:
        meters = customers.meters_on_file(customer.meters)
        _write(into, "customer.json", {**customers.on_file(customer), "meters": meters})
        _write(into, "readings.json", _readings([meter["id"] for meter in meters]))
        _write(into, "hazards.json", hazards.of_customer(customer_id=customer_id, only_open=False))
        _write(into, "calls.json", calls.erasing.of_visits(visit_ids=ids))
        _write(into, "looked_at.json", _looked_at({customer_id, *ids}))
        for visit_id in ids:
            _visit(into, visit_id)
    file.seek(0)
    return file


def _write(into: zipfile.ZipFile, name: str, what: Any) -> None:
    into.writestr(name, json.dumps(what, ensure_ascii=False, indent=1, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return clock.rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    return vars(value) if hasattr(value, "__dict__") else value._asdict() if hasattr(value, "_asdict") else str(value)


def _readings(meter_ids: list[str]) -> Mapping[str, Any]:
    return {meter: [_plain(one) for one in reads] for meter, reads in readings.histories(meter_ids=meter_ids).items()}


def _looked_at(ids: set[str]) -> list[dict[str, Any]]:
    names = ("number", "at", "kind", "what", "object_id", "by_name")
    found = audit.find(about=ids, zone=installation.zone())
    return [{name: getattr(row, name) for name in names} for part in found.each() for row in part]


def _visit(into: zipfile.ZipFile, visit_id: str) -> None:
    document = record.document(visit_id=visit_id)
    folder = f"visits/{document['number']}"
    _write(into, f"{folder}/visit.json", document)
    _write(into, f"{folder}/history.json", record.history(visit_id=visit_id))
    for sha256 in sorted(blobs.held(digests=record.erasing.spoken(visit_id=visit_id))):
        kind = blobs.describe(sha256=sha256)
        into.writestr(
            f"{folder}/pictures/{sha256}.{_ENDINGS.get(kind.type if kind else '', 'bin')}", blobs.read(sha256=sha256)
        )
    for paper in papers.of_visit(visit_id=visit_id):
        if paper.status == READY:
            into.writestr(f"{folder}/papers/{paper.number}-{paper.revision}.pdf", papers.pdf(paper))
