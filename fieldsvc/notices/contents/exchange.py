"""The meter-exchange sheet: another meter hangs there than the one on file, with what is known of both.

The record tells of an exchange with a reading (`exchange {serial?, final?, initial?}`), so that is what the sheet prints: the old
meter's number, its last reading and where it stopped, the new one's number, where it began, what it shows now, and the customer's
signature. A job whose own sheet prints it (`lines`) owes no such paper besides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from fieldsvc.notices.contents import essence, payment, snapshot
from fieldsvc.notices.contents.source import Source
from fieldsvc.notices.contents.wording import day, fill, moment, wording

Json = dict[str, Any]


def _exchanged(document: Mapping[str, Any]) -> Json:
    return {
        key: one
        for key, one in document["readings"].items()
        if one.get("value") and any((one.get("exchange") or {}).values())
    }


def owed(document: Mapping[str, Any]) -> bool:
    """A visit that found another meter, and says something of it, owes a sheet; a job's own sheet says it there."""
    if document["checklist"] == document["type"]:
        return False
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
    document = source.document
    if not owed(document):
        return snapshot.cancelled(source)
    found = lines(source, kept=False)
    return {
        **snapshot.bare(source),
        "photos": {line["dial"]: {"taken_at": line["at"], "purpose": "meter"} for line in found if line["dial"]},
        "signatures": snapshot.signatures(source, *document["signatures"]),
        "exchange": {"by": source.came(), "lines": found},
    }


def lines(source: Source, *, kept: bool) -> list[Json]:
    """Every meter that was exchanged, the old one beside the new one. `kept`: we took the old one away."""
    document, found = source.document, _exchanged(source.document)
    told = []
    for spoken_of in document["meters"]:
        reading = found.get(spoken_of["id"])
        if reading is None:
            continue
        meter = source.archive.as_read(spoken_of, reading)
        last, used = meter.get("last"), source.archive.used(meter, reading)
        told.append(
            {
                "unit": source.catalogue.meter_unit(spoken_of.get("kind")),
                "old": {"serial": meter["serial"], "final": reading["exchange"].get("final") or ""},
                "last": {"value": last["value"], "on": snapshot.day_of(last["at"], source.zone)} if last else None,
                "new": {part: reading["exchange"].get(part) or "" for part in ("serial", "initial", "seals")},
                "direction": reading["exchange"].get("direction"),
                "kept_until": source.archive.kept_until(reading["at"]) if kept else None,
                "value": reading["value"],
                "at": reading["at"],
                "used": None if used is None else str(used),
                "note": reading.get("note") or "",
                "dial": reading.get("photo"),
            }
        )
    return told


def view(frozen: Mapping[str, Any], zone: ZoneInfo) -> Json:
    """The sheet in words."""
    sheet = frozen["facts"]["exchange"]
    return {"exchange": {**sheet, "lines": told(sheet["lines"], zone)}}


def told(lines: Sequence[Mapping[str, Any]], zone: ZoneInfo) -> list[Json]:
    """The meters in words."""
    return [
        {
            **one,
            "read_at": moment(one["at"], zone),
            "kept_until": one.get("kept_until") and fill(wording()["exchange"]["kept"], date=day(one["kept_until"])),
        }
        for one in lines
    ]
