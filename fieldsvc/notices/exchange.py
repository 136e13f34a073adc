"""The meter-exchange sheet: another meter hangs there than the one on file, with what is known of both.

The record tells of an exchange with a reading (`exchange {serial?, final?, initial?}`), so that is what the sheet prints: the old
meter's number, its last reading and where it stopped, the new one's number, where it began, what it shows now, and the customer's
signature. Type, size, seals and tests are not recorded and not printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from fieldsvc.notices import essence, payment, snapshot
from fieldsvc.notices.source import Source
from fieldsvc.notices.wording import moment

Json = dict[str, Any]


def _exchanged(document: Mapping[str, Any]) -> Json:
    return {
        key: one
        for key, one in document["readings"].items()
        if one.get("value") and any((one.get("exchange") or {}).values())
    }


def owed(document: Mapping[str, Any]) -> bool:
    """A visit that found another meter, and says something of it, owes a sheet."""
    told = any("exchange" in one for one in document["readings"].values())
    return told and document["outcome"]["outcome"] in ("completed", "stopped") and bool(_exchanged(document))


def spoken(document: Mapping[str, Any]) -> str:
    """What was read and signed."""
    if not owed(document):
        return essence.of_cancelled(document)
    return essence.of_parts(document, payment.read(document), essence.signed(document))


def pictures(document: Mapping[str, Any]) -> set[str]:
    """The dials of the new meters, and the signatures."""
    dials = {one["photo"] for one in _exchanged(document).values() if one.get("photo")}
    return dials | {one["image"] for one in document["signatures"].values() if one.get("image")}


def facts(source: Source) -> Json:
    """The old and the new meter, and who saw it."""
    document, found = source.document, _exchanged(source.document)
    if not owed(document):
        return snapshot.cancelled(source)
    lines = []
    for spoken_of in document["meters"]:
        reading = found.get(spoken_of["id"])
        if reading is None:
            continue
        meter = source.archive.as_read(spoken_of, reading)
        last, used = meter.get("last"), source.archive.used(meter, reading)
        lines.append(
            {
                "old": {"serial": meter["serial"], "final": reading["exchange"].get("final") or ""},
                "last": {"value": last["value"], "on": snapshot.day_of(last["at"], source.zone)} if last else None,
                "new": {part: reading["exchange"].get(part) or "" for part in ("serial", "initial")},
                "value": reading["value"],
                "at": reading["at"],
                "used": None if used is None else str(used),
                "note": reading.get("note") or "",
                "dial": reading.get("photo"),
            }
        )
    return {
        **snapshot.bare(source),
        "photos": {line["dial"]: {"taken_at": line["at"], "purpose": "meter"} for line in lines if line["dial"]},
        "signatures": snapshot.signatures(source, *document["signatures"]),
        "exchange": {"by": source.came(), "lines": lines},
    }


def view(frozen: Mapping[str, Any], zone: ZoneInfo) -> Json:
    """The sheet in words."""
    sheet = frozen["facts"]["exchange"]
    return {"exchange": {**sheet, "lines": [{**one, "read_at": moment(one["at"], zone)} for one in sheet["lines"]]}}
