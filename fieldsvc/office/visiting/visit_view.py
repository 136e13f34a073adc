"""A visit document → what the visit page shows of it, with the catalogue's words beside the facts.

Decides order, grouping and what is marked. Knows no HTTP; asks nothing of the database. Invariant: whatever a document holds,
a word or a check point that this catalogue does not know included, the page shows it as it was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from fieldsvc.catalog.service import Catalogue, Point
from fieldsvc.office import words
from fieldsvc.office.words import _

Json = dict[str, Any]
WORST_FIRST = ("fail", "not_accessible", "pass_note", "pass", "na")


@dataclass(frozen=True)
class Judged:
    """One check point as it was judged."""

    id: str
    name: str
    result: str
    result_name: str
    value: str
    limit: str
    check: Json
    photos: list[str]


@dataclass(frozen=True)
class Item:
    """One of the seven items: its judged points, the names of the others, and its worst result."""

    id: str
    name: str
    points: list[Judged]
    open_points: list[str]

    @property
    def worst(self) -> str:
        """The worst result among its points; empty where none was judged."""
        results = {point.result for point in self.points}
        return next((result for result in WORST_FIRST if result in results), "")


@dataclass(frozen=True)
class Reading:
    """One meter, its last figure and what was read now; `used` in whole cubic metres, None where it cannot be told."""

    meter: Json
    now: Json | None
    used: int | None
    warning: str
    unit: str = "m³"


def worst_level(document: Mapping[str, Any]) -> int | None:
    """The most dangerous level among a visit's live hazards."""
    levels = [one["level"] for one in document["hazards"].values() if one["level"] and not one["withdrawn"]]
    return min(levels, default=None)


def door(customer: Mapping[str, Any]) -> str:
    """Building, unit and room as people say them: 3-2-1204."""
    return "-".join(str(customer[part]) for part in ("building", "unit", "room") if customer.get(part))


def inspects(document: Mapping[str, Any]) -> bool:
    """Say whether a visit is an inspection, as far as this catalogue knows, and not a job."""
    lists = {one.id: one for one in words.catalogue().entries.checklists}
    known = lists.get(document["checklist"])
    return known is None or known.inspects


def items_title(document: Mapping[str, Any]) -> str:
    """What stands over the items: the seven of an inspection, or the parts of a job."""
    return _("Seven items") if inspects(document) else _("Work")


def signer(role: str, document: Mapping[str, Any] | None) -> str:
    """Who signed, in the words of the visit."""
    return words.signer(role, inspects=document is None or inspects(document))


def items(document: Mapping[str, Any]) -> list[Item]:
    """The items of the visit's checklist in their order, and behind them what this catalogue does not know."""
    checks: Mapping[str, Mapping[str, Json]] = document["checks"]
    photos = document["photos"]
    shown = []
    try:
        known = words.catalogue().checklist(document["checklist"]).items
    except KeyError:
        known = ()
    for item in known:
        given = checks.get(item.id, {})
        points = [_judged(item.id, p.id, given[p.id], p, photos) for p in item.points if p.id in given]
        names = {point.id for point in item.points}
        points += [_judged(item.id, one, given[one], None, photos) for one in given if one not in names]
        open_points = [words.told(point.name) for point in item.points if point.id not in given and not point.off]
        shown.append(Item(item.id, words.told(item.name), points, open_points))
    strange = [item_id for item_id in checks if item_id not in {item.id for item in known}]
    for item_id in strange:
        rest = [_judged(item_id, one, check, None, photos) for one, check in checks[item_id].items()]
        shown.append(Item(item_id, words.item(item_id), rest, []))
    return shown


def _judged(item_id: str, point_id: str, check: Json, point: Point | None, photos: Mapping[str, Json]) -> Judged:
    value, limit = str(check.get("value") or ""), ""
    if point is not None and value:
        value = next((words.told(choice.name) for choice in point.choices if choice.value == value), value)
        if point.measure is not None:
            unit = words.term("units", point.measure.unit)
            value = f"{value} {unit}"
            bound = point.measure.limit
            figures = [f"{figure:f}" for figure in (bound.value, bound.low, bound.high) if figure is not None]
            sign = {"<=": "≤ ", ">=": "≥ ", "<": "< ", ">": "> "}.get(bound.op, "")
            limit = f"{sign}{'–'.join(figures)} {unit}"
    return Judged(
        id=point_id,
        name=words.told(point.name) if point else point_id,
        result=check["result"],
        result_name=words.term("results", check["result"]),
        value=value,
        limit=limit,
        check=check,
        photos=_photos_of(photos, point_id, f"{item_id}/{point_id}"),
    )


def _photos_of(photos: Mapping[str, Json], *refs: str) -> list[str]:
    found = [sha for sha, photo in photos.items() if photo.get("ref") in refs and not photo.get("removed")]
    return sorted(found, key=lambda sha: str(photos[sha]["taken_at"]))


def hazards(document: Mapping[str, Any], ledger: Mapping[str, Json], boundary: str) -> list[Json]:
    """A visit's hazards, live ones first, then most dangerous first, each with remedies, who acts and how it stands."""
    shown = [_hazard(one, ledger.get(one["id"]), boundary, document["photos"]) for one in document["hazards"].values()]
    return sorted(shown, key=lambda one: (bool(one["withdrawn"]), one["level"] or 9, one["due"] or "", one["id"]))


def _hazard(one: Json, entry: Json | None, boundary: str, photos: Mapping[str, Json]) -> Json:
    try:
        known = words.catalogue().hazard(one["code"] or "")
    except KeyError:
        known = None
    told = known.solutions if known else ()
    remedies = [
        words.told(told[chosen]) if isinstance(chosen, int) and chosen < len(told) else str(chosen)
        for chosen in one["solutions"] or []
    ]
    duty = None
    if one["position"]:
        duty = words.catalogue().responsible(known.code if known else None, one["position"], boundary)
    return {
        **one,
        "title": words.hazard(one["code"], one["name"]),
        "harm": words.told(known.harm) if known else "",
        "remedies": remedies,
        "who": words.term("responsibles", duty["who"]) if duty else "",
        "place": words.term("positions", one["position"]),
        "gas": words.term("stop_gas", one["stop_gas"]) if one["stop_gas"] not in (None, "none") else "",
        "waits": entry is not None and entry["waits_for_notice"],
        "state": entry["state"] if entry else ("withdrawn" if one["withdrawn"] else "open"),
        "pictures": _photos_of(photos, one["id"]),
    }


def readings(document: Mapping[str, Any]) -> list[Reading]:
    """Every meter of the visit with its last reading, the present one and the difference in whole cubic metres."""
    shown = []
    for meter in document["meters"]:
        now = document["readings"].get(meter["id"])
        last, value = (meter.get("last") or {}).get("value"), (now or {}).get("value")
        used = _used(last, value, (now or {}).get("exchange"))
        shown.append(Reading(meter, now, used, _warning(meter, now, used), Catalogue.meter_unit(meter.get("kind"))))
    return shown


def _used(last: str | None, value: str | None, exchange: Mapping[str, str] | None) -> int | None:
    """Whole cubic metres since the last reading: over an exchange the old meter's part and the new one's."""
    if not value or not last:
        return None
    if exchange is None:
        return _whole(value) - _whole(last)
    if not exchange.get("final") or not exchange.get("initial"):
        return None
    return _whole(exchange["final"]) - _whole(last) + _whole(value) - _whole(exchange["initial"])


def exchange_facts(exchange: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is known of the meter that hangs there in place of the one on file: (name, value)."""
    names = {
        "serial": _("Number of the meter on the wall"),
        "final": _("Old meter stopped at"),
        "initial": _("New meter began at"),
    }
    told = [(name, str(exchange.get(part, ""))) for part, name in names.items()]
    if exchange.get("seals"):
        told.append((_("Seals"), str(exchange["seals"])))
    if "direction" in exchange:
        told.append((_("Runs"), _("the right way") if exchange["direction"] else _("not the right way")))
    return told


def _whole(value: str) -> int:
    try:
        return int(Decimal(value))
    except InvalidOperation:
        return 0


def _warning(meter: Mapping[str, Any], now: Mapping[str, Any] | None, used: int | None) -> str:
    """What somebody should look at in a reading; empty where it is as usual."""
    if now is None:
        return ""
    if now.get("running") is False:
        return _("The meter does not run.")
    if now.get("exchange") is not None:
        return _("Another meter than on file hangs there: correct the file before this reading is billed.")
    if used is None:
        return ""
    usual = meter.get("usual")
    if used < 0:
        return _("Below the last reading: the meter may have rolled over, run backwards or been misread.")
    if usual and used > 2 * _whole(usual["high"]) and used > 0:
        return _("More than twice the usual.")
    return _("No gas used since the last reading.") if used == 0 and usual and _whole(usual["low"]) > 0 else ""


def earlier(document: Mapping[str, Any]) -> list[Json]:
    """Hazards that earlier visits left open, with what this visit says of them."""
    return [
        {**one, "title": words.hazard(one["code"], one["name"]), "verified": document["verifications"].get(one["id"])}
        for one in document["previous"].get("open_hazards", ())
    ]


def steps(document: Mapping[str, Any], vocabulary: str) -> list[tuple[str, Json | None]]:
    """The doorstep script (`script`) or the safety talk (`talk`): each step's words and, when it was done, by whom and when.

    Those that the kind of visit goes through at a visit of its trade, and whatever was ticked beyond them.
    """
    entries, ticked = words.catalogue().entries, document["steps"]
    kind = next((one for one in entries.visit_types if one.id == document["type"]), None)
    asks = kind is None or {"script": "door", "talk": "talk"}[vocabulary] in kind.steps
    trade = str(document["type"]).partition(".")[0]
    shown = [
        step
        for step in entries.terms[vocabulary]
        if step.id in ticked or (asks and (not step.trades or trade in step.trades))
    ]
    return [(words.told(step.name), ticked.get(step.id)) for step in shown]


def pictures(document: Mapping[str, Any]) -> list[Json]:
    """All photos, oldest first, with what each shows in words."""
    titles = {one["id"]: words.hazard(one["code"], one["name"]) for one in document["hazards"].values()}
    points = {
        f"{item}/{point}": words.point(item, point) for item, given in document["checks"].items() for point in given
    }
    points |= {name.split("/", 1)[1]: said for name, said in points.items()}
    meters = {meter["id"]: meter["serial"] for meter in document["meters"]}
    exchanges = {id_: one["exchange"] for id_, one in document["readings"].items() if one.get("exchange")}
    meters |= {f"{id_}/new": str(one.get("serial") or "") for id_, one in exchanges.items()}
    shown = [
        {
            **photo,
            "sha256": sha,
            "caption": " · ".join(
                part
                for part in (
                    words.purpose(photo["purpose"]),
                    (titles | points | meters).get(photo.get("ref") or "", ""),
                )
                if part
            ),
        }
        for sha, photo in document["photos"].items()
    ]
    dials = {one["photo"]: one for one in document["readings"].values() if one.get("photo")}
    for sha, reading in dials.items():
        if sha not in document["photos"]:
            arrived = sha not in document["missing_blobs"]
            caption = words.purpose("meter")
            shown.append(
                {"sha256": sha, "caption": caption, "taken_at": reading["at"], "arrived": arrived, "by": reading["by"]}
            )
    return sorted(shown, key=lambda one: datetime.fromisoformat(one["taken_at"]))


def pictures_of(document: Mapping[str, Any], hazard: str) -> list[Json]:
    """The photos of one hazard, oldest first."""
    return [one for one in pictures(document) if one.get("ref") == hazard and not one.get("removed")]


def signatures(document: Mapping[str, Any]) -> Iterable[tuple[str, Json]]:
    """Signatures in the order in which they are given: agreement, customer, technician, witness."""
    given = document["signatures"]
    return [(role, given[role]) for role in ("agreement", "customer", "technician", "witness") if role in given]
