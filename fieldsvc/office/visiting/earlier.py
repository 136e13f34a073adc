"""What earlier visits know of a home: where their phones were, and what they photographed of a hazard that is looked at again.

Asks the record and the ledger; decides only how many it looks at. Invariant: a fixed number of queries, however many visits
there were.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fieldsvc.duty import service as duty
from fieldsvc.hazards import service as ledger
from fieldsvc.office import words
from fieldsvc.office.visiting import place_map, visit_view
from fieldsvc.office.visiting.place_map import Place, Sheet
from fieldsvc.record import service as record

Json = Mapping[str, Any]

SAME_HOME, SAME_BUILDING = 8, 24


def places(document: Json) -> Sheet | None:
    """The drawing of where a visit was, among earlier visits of the home and of its building; None where it told no place."""
    here = place_map.place_of(document)
    if here is None:
        return None
    customer = document["customer"]
    neighbours = duty.customers_at(
        district=customer.get("district") or "", address=customer.get("address") or "",
        building=customer.get("building") or "", limit=SAME_BUILDING,
    )  # fmt: skip
    at_home = record.latest_of({customer["id"]}, limit=SAME_HOME)
    nearby = record.latest_of(set(neighbours) - {customer["id"]}, limit=SAME_BUILDING)
    earlier: list[Place] = []
    for one in (*nearby, *at_home):
        same = one["customer"]["id"] == customer["id"]
        place = place_map.place_of(one, says=_says(one), same_customer=same) if one["id"] != document["id"] else None
        if place:
            earlier.append(place)
    return place_map.draw(here, earlier)


def _says(document: Json) -> str:
    when = document["start"]["at"] if document.get("start") else ""
    return " · ".join(
        part
        for part in (
            visit_view.door(document["customer"]),
            words.moment(when),
            (document["assignee"] or {}).get("name"),
        )
        if part
    )


def pairs(document: Json) -> dict[str, Any]:
    """Of each hazard that this visit looked at again: the photos from when it was found, and those of now.

    By hazard: {title, before, after, visit} with pictures as the page shows them.
    """
    looked_at = document["verifications"]
    if not looked_at:
        return {}
    found_in = {one["id"]: one["visit"] for one in ledger.by_ids(ids=looked_at)}
    found = record.documents(ids=set(found_in.values()))
    return {hazard: _pair(hazard, document, found.get(found_in.get(hazard, ""))) for hazard in sorted(looked_at)}


def _pair(hazard: str, document: Json, found: Json | None) -> dict[str, Any]:
    known = found["hazards"].get(hazard) if found else None
    return {
        "title": words.hazard(known["code"], known["name"]) if known else "",
        "level": known["level"] if known else None,
        "result": document["verifications"][hazard]["result"],
        "note": document["verifications"][hazard].get("note"),
        "before": visit_view.pictures_of(found, hazard) if found else [],
        "after": visit_view.pictures_of(document, hazard),
        "visit": found["id"] if found else None,
    }
