"""The gas-on certificate: from when a home has gas, after which tests, shown to whom, with which papers handed over.

Decides when it is owed: a job whose list has an item `gas_on` (fieldsvc/catalog/data/jobs) turned the gas on, everything in that
item passed, and no hazard is open, neither of this visit nor of an earlier one that it did not find put right. Prints what was
judged, item by item, and adds no figure. Invariant: a visit that is corrected so that this no longer holds withdraws it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from fieldsvc.notices.contents import essence, sheet, snapshot
from fieldsvc.notices.contents.source import Source
from fieldsvc.notices.contents.wording import fill, moment, wording

Json = dict[str, Any]
ITEM = "gas_on"
_SPOKEN = ("result", "value", "note", "instrument", "at")


def owed(document: Mapping[str, Any]) -> bool:
    """Gas was turned on, and nothing speaks against it."""
    return sheet.has_passed(document, item=ITEM) and not _open_hazards(document)


def _open_hazards(document: Mapping[str, Any]) -> list[str]:
    found = [one["id"] for one in snapshot.live_hazards(document) if (one["verified"] or {}).get("result") != "fixed"]
    before = (document["previous"] or {}).get("open_hazards", ())
    looked = document["verifications"]
    return found + [one["id"] for one in before if looked.get(one["id"], {}).get("result") != "fixed"]


def spoken(document: Mapping[str, Any]) -> str:
    """What was judged, read and signed."""
    if not owed(document):
        return essence.of_cancelled(document)
    judged = {
        item: {point: [one.get(part) for part in _SPOKEN] for point, one in points.items()}
        for item, points in document["checks"].items()
    }
    readings = {key: [one.get("value"), one.get("unreadable")] for key, one in document["readings"].items()}
    return essence.of_parts(document, judged, readings, essence.signed(document))


def pictures(document: Mapping[str, Any]) -> set[str]:
    """The signatures."""
    return {one["image"] for one in document["signatures"].values() if one.get("image")}


def withheld(source: Source) -> str:
    """What else keeps the gas off in this home, by the ledger of today; a withdrawal does not wait."""
    if not owed(source.document):
        return ""
    still = [str(one["code"] or one["name"] or one["id"]) for one in source.archive.keeping_gas_off()]
    return f"the gas is kept off by {', '.join(still)}" if still else ""


def facts(source: Source) -> Json:
    """Since when there is gas, and everything that was judged before, at and after it."""
    if not owed(source.document):
        return snapshot.cancelled(source)
    document, whole = source.document, sheet.facts(source)
    points = [point for item in whole["items"] if item["id"] == ITEM for point in item["points"]]
    stamped = [one["stamped_at"] for one in points if "stamped_at" in one]
    return {
        **snapshot.bare(source),
        **{part: whole[part] for part in ("meters", "signatures", "signs", "talk", "general_basis")},
        "gas_on": {
            "by": source.came(),
            "at": min(stamped, default=min(one["at"] for one in document["checks"][ITEM].values())),
            "sheet": source.archive.number_of("sheet", document["id"]),
            "items": [one for one in whole["items"] if one["points"] and one["id"] != "gas_on_decision"],
        },
    }


def view(frozen: Mapping[str, Any], zone: ZoneInfo) -> Json:
    """The certificate in words; a moment that was stamped stands where a measured figure would."""
    words, told = wording()["gas_on"], frozen["facts"]["gas_on"]
    since = moment(told["at"], zone)
    items = [
        {
            **item,
            "points": [
                {
                    **point,
                    "mark": snapshot.RESULT_MARKS[point["result"]],
                    "when": moment(point["stamped_at"], zone) if "stamped_at" in point else "",
                }
                for point in item["points"]
            ],
        }
        for item in told["items"]
    ]
    rules = [fill(rule, hotline=frozen["company"]["hotline"]) for rule in words["rules"]]
    return {"gas_on": {**told, "at": since, "items": items, "rules": rules, "since": fill(words["since"], time=since)}}
