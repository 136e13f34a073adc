"""Stopping and restoring gas: the two papers that need a signature in ink.

The law on electronic signatures leaves out papers on stopping the supply of gas, so these are printed, handed over or posted,
signed by hand, and come back as a scan (`serving`). The file itself is sealed like every other so that a print can be checked,
but no electronic signature of a customer is on it and none is asked for. Decides when they are owed: the stop, when a hazard
was left with the gas or an appliance shut off at once; the restoration, when a re-inspection found every such hazard put right.
Invariant: no restoration is issued, however well it is owed by its visit, while the ledger holds a hazard that keeps the gas off.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from fieldsvc.notices.contents import essence, snapshot
from fieldsvc.notices.contents.reinspection import named
from fieldsvc.notices.contents.snapshot import GAS_STOPPED
from fieldsvc.notices.contents.source import Source
from fieldsvc.notices.contents.wording import fill, moment, wording

Json = dict[str, Any]


def _stopped(document: Mapping[str, Any]) -> list[Json]:
    """Hazards of this visit for which gas or an appliance was shut off and stayed so."""
    return [
        one
        for one in snapshot.live_hazards(document)
        if one["stop_gas"] in GAS_STOPPED and (one["verified"] or {}).get("result") != "fixed"
    ]


def _stopped_before(document: Mapping[str, Any]) -> list[Json]:
    """Hazards that kept the gas off when this visit was planned; one found put right by then does not any more."""
    left = document["previous"].get("open_hazards", ())
    return [one for one in left if one["stop_gas"] in GAS_STOPPED and not one.get("fixed")]


def owes_stop_notice(document: Mapping[str, Any]) -> bool:
    """Gas that was shut off at once is told in writing, on paper."""
    shut = any(one["stop_gas"] in GAS_STOPPED for one in document["hazards"].values())
    return shut and bool(_stopped(document))


def owes_restoration(document: Mapping[str, Any]) -> bool:
    """Gas may flow again when all that stopped it was found put right, and nothing new stops it."""
    if not document["verifications"] or document["outcome"]["outcome"] != "completed":
        return False
    before, verified = _stopped_before(document), document["verifications"]
    fixed = all(verified.get(one["id"], {}).get("result") == "fixed" for one in before)
    return bool(before) and fixed and not _stopped(document)


def restoration_withheld(source: Source) -> str:
    """What still keeps the gas off, found after this visit was planned perhaps; empty where the gas may flow.

    A record that only cancels a former one does not wait.
    """
    if not owes_restoration(source.document):
        return ""
    still = [str(one["code"] or one["name"] or one["id"]) for one in source.archive.keeping_gas_off()]
    return f"the gas is still kept off by {', '.join(still)}" if still else ""


def stop_spoken(document: Mapping[str, Any]) -> str:
    """The hazards that stopped the gas, and how far it is stopped."""
    parts = ("id", "code", "name", "level", "stop_gas", "due", "note", "position")
    return essence.of_parts(document, [[one[part] for part in parts] for one in _stopped(document)])


def restoration_spoken(document: Mapping[str, Any]) -> str:
    """The hazards that were put right."""
    if not owes_restoration(document):
        return essence.of_cancelled(document)
    ids = [one["id"] for one in _stopped_before(document)]
    return essence.of_parts(document, ids, [document["verifications"].get(one, {}).get("result") for one in ids])


def stop_facts(source: Source) -> Json:
    """Why, how far and since when the gas is stopped."""
    document, stopped = source.document, _stopped(source.document)
    everywhere = any(one["stop_gas"] == "now_all" for one in stopped)
    return {
        **snapshot.bare(source),
        "hazards": [
            snapshot.hazard(line, one, {}, source.catalogue, str(source.company["boundary"]))
            for line, one in enumerate(stopped, start=1)
        ],
        "general_basis": source.catalogue.printable_basis(None),
        "stop_gas": {
            "by": source.came(),
            "at": min((one["at"] for one in stopped), default=document["outcome"]["at"]),
            "scope": "now_all" if everywhere else "now_appliance",
            "notice": source.archive.number_of("hazard", document["id"]),
        },
    }


def stop_view(frozen: Mapping[str, Any], zone: ZoneInfo) -> Json:
    """The notice in words."""
    words, stop = wording()["stop_gas"], frozen["facts"]["stop_gas"]
    company = frozen["company"]
    return {
        "stop": {
            **stop,
            "at": moment(stop["at"], zone),
            "scope": words["scopes"][stop["scope"]],
            "heard": fill(
                words["heard"], hotline=company["hotline"], complaint=company["complaint_phone"] or company["hotline"]
            ),
            "return": fill(words["return"], hotline=company["hotline"]),
        }
    }


def restoration_facts(source: Source) -> Json:
    """What had stopped the gas, under which numbers, and that it was put right."""
    if not owes_restoration(source.document):
        return snapshot.cancelled(source)
    before = _stopped_before(source.document)
    found = source.archive.found_before([one["id"] for one in before])
    lines = [
        {
            "id": key,
            "line": number,
            **named(source, known["entry"]),
            "notice": known["notice"],
            "stop_notice": source.archive.number_of("stop_gas", known["entry"]["visit"]),
            "found_on": snapshot.day_of(known["visit"]["outcome"]["at"], source.zone),
            "verified_at": source.document["verifications"][key]["at"],
        }
        for number, (key, known) in enumerate(found.items(), start=1)
        if key in source.document["verifications"] and known["visit"]["outcome"]
    ]
    return {
        **snapshot.bare(source),
        "general_basis": source.catalogue.printable_basis(None),
        "restoration": {
            "by": source.came(),
            "lines": lines,
            "reinspection": source.archive.number_of("reinspection", source.document["id"]),
        },
    }


def restoration_view(frozen: Mapping[str, Any], zone: ZoneInfo) -> Json:
    """The record in words."""
    levels, record = wording()["levels"], frozen["facts"]["restoration"]
    return {
        "restoration": {
            **record,
            "lines": [
                {
                    **one,
                    "level_word": levels[str(one["level"])],
                    "verified_at": moment(one["verified_at"], zone),
                }
                for one in record["lines"]
            ],
        }
    }
