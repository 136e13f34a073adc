"""The doubts that take two visits: the same photo, the same strokes, the same figure, a place far from where others stood.

Keeps of every visit what others are compared with, and finds its like through indexes. Of two visits that are alike the later
one carries the doubt: the one that began later, and of two at the same instant the one with the greater id. Invariant: what a
visit carries depends only on what is stored, so whoever changes what is stored asks for its neighbours to be looked at again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select

from fieldsvc import numbers
from fieldsvc.db import db
from fieldsvc.doubts import prints
from fieldsvc.doubts.likes import PRINTS, Alike, Near, Outdated, Pictures, Sought
from fieldsvc.doubts.marks import Marks
from fieldsvc.doubts.models import Figure, Place, Print
from fieldsvc.doubts.rules import Finding, Pieces, is_telling

Json = Mapping[str, Any]

BEFORE, KNOWN = 15, 2
"""A place is known from at most so many earlier visits, and from no fewer than these."""

MOST_LOOKED_AT = 5000
EVER = 1000
BANDS = (Print.band0, Print.band1, Print.band2, Print.band3)
_NEAR = (Print.visit_id, Print.ref, Print.customer_id, Print.at, Print.fine)


def search(marks: Marks, photos: Pictures) -> Alike:
    """The like of a visit's prints, as they are kept and as they will be. For before the transaction: it may take long."""
    held = [_sought(row) for row in kept_prints(marks.visit_id).values()]
    wanted = [
        Sought(marks.visit_id, *key, _bands(found), found.fine if found else "")
        for key, found in _wanted(marks, photos).items()
    ]
    return {one: _alike(one) for one in dict.fromkeys([*held, *wanted])}


def keep(marks: Marks, photos: Pictures, alike: Alike) -> set[str]:
    """Keep what of a visit others are compared with; give the visits that have to be looked at again for it."""
    neighbours: set[str] = set()
    neighbours |= _keep_prints(marks, photos, alike)
    neighbours |= _keep_place(marks)
    neighbours |= _keep_figures(marks)
    return neighbours - {marks.visit_id}


def together(marks: Marks, limits: Json, alike: Alike) -> list[Finding]:
    """The doubts of a visit that come of others; those without evidence left out. Call `keep` before."""
    found = []
    rules = (
        ("photo", partial(_photo, alike)),
        ("strokes", partial(_strokes, alike)),
        ("far", _far),
        ("readings", _readings),
    )
    for kind, rule in rules:
        pieces = rule(marks, limits) if limits[kind] else []
        if pieces:
            found.append(Finding(kind, pieces))
    return found


def _order(at: datetime, visit_id: str) -> tuple[datetime, str]:
    return at, visit_id


# ── prints ────────────────────────────────────────────────────────────────


def kept_prints(visit_id: str) -> dict[tuple[str, str], Print]:
    """What is kept of a visit's photos and signatures, by (kind, ref)."""
    rows = db.session.scalars(select(Print).where(Print.visit_id == visit_id))
    return {(row.kind, row.ref): row for row in rows}


def _wanted(marks: Marks, photos: Pictures) -> dict[tuple[str, str], prints.Print | None]:
    wanted: dict[tuple[str, str], prints.Print | None] = {("photo", sha): photos.get(sha) for sha in marks.photos}
    return wanted | {("strokes", role): found for role, found in marks.strokes.items()}


def _bands(found: prints.Print | None) -> tuple[int | None, ...]:
    return found.bands if found else (None,) * len(BANDS)


def _sought(row: Print) -> Sought:
    return Sought(row.visit_id, row.kind, row.ref, (row.band0, row.band1, row.band2, row.band3), row.fine)


def _like(row: Print, alike: Alike) -> Sequence[tuple[int, Near]]:
    try:
        return alike[_sought(row)]
    except KeyError:
        raise Outdated from None


def _keep_prints(marks: Marks, photos: Pictures, alike: Alike) -> set[str]:
    wanted = _wanted(marks, photos)
    held, neighbours, changed = kept_prints(marks.visit_id), set(), False
    for key, row in held.items():
        if key not in wanted:
            neighbours |= {other.visit_id for _, other in _like(row, alike)}
            db.session.delete(row)
            changed = True
    for (kind, ref), found in wanted.items():
        former = held.get((kind, ref))
        if former is not None and _same(former, found, marks):
            continue
        if former is not None:
            neighbours |= {other.visit_id for _, other in _like(former, alike)}
        row = Print(
            visit_id=marks.visit_id,
            kind=kind,
            ref=ref,
            customer_id=marks.customer_id,
            at=marks.began,
            fine=found.fine if found else "",
            **{f"band{n}": band for n, band in enumerate(_bands(found))},
        )
        row = db.session.merge(row)
        db.session.flush()
        neighbours |= {other.visit_id for _, other in _like(row, alike)}
        changed = True
    if changed:
        numbers.take(PRINTS)
    return neighbours


def _same(row: Print, found: prints.Print | None, marks: Marks) -> bool:
    return (row.fine, row.at, row.customer_id) == (found.fine if found else "", marks.began, marks.customer_id)


def _alike(sought: Sought) -> list[tuple[int, Near]]:
    """The prints of other visits that are like this one by any threshold a company may set, with their distance."""
    near: list[ColumnElement[bool]] = []
    if sought.kind == "photo":
        near.append(Print.ref == sought.ref)
    if sought.fine:
        near += [
            band.in_(prints.near_bands(value))
            for band, value in zip(BANDS, sought.bands, strict=True)
            if value is not None
        ]
    if not near:
        return []
    # Each arm on its own, so that each walks its own index whatever the planner thinks of OR.
    found: set[Near] = set()
    for arm in near:
        query = select(*_NEAR).where(Print.kind == sought.kind, arm, Print.visit_id != sought.visit_id)
        query = query.order_by(Print.at, Print.visit_id, Print.ref).limit(MOST_LOOKED_AT)
        found.update(Near(*row) for row in db.session.execute(query))
    measured = [(_distance(sought, other), other) for other in found]
    return sorted(
        (pair for pair in measured if pair[0] <= _WIDEST[sought.kind]),
        key=lambda pair: (pair[0], pair[1].at, pair[1].visit_id, pair[1].ref),
    )


_WIDEST = {"photo": 64, "strokes": 80}
"""The greatest thresholds that policy section `doubts` allows."""


def _distance(one: Sought, other: Near) -> int:
    if one.kind == "photo" and one.ref == other.ref:
        return 0
    if not one.fine or not other.fine:
        return EVER
    measure = prints.photo_distance if one.kind == "photo" else prints.strokes_distance
    return measure(one.fine, other.fine)


def _earlier(marks: Marks, kind: str, most: int, alike: Alike) -> list[tuple[int, Print, Near]]:
    """(distance, own print, other's print) for every like print of an earlier visit, nearest first.

    At one and the same home two photos may well be alike: there only the very same file, or the very same strokes, count.
    """
    found = []
    for (row_kind, _), row in sorted(kept_prints(marks.visit_id).items()):
        if row_kind != kind:
            continue
        for distance, other in _like(row, alike):
            elsewhere = other.customer_id != marks.customer_id
            copied = row.ref == other.ref if kind == "photo" else distance == 0
            before = _order(other.at, other.visit_id) < _order(marks.began, marks.visit_id)
            if before and (copied or (elsewhere and distance <= most)):
                found.append((distance, row, other))
    return sorted(found, key=lambda one: (one[0], one[2].at, one[2].visit_id, one[1].ref, one[2].ref))


def _photo(alike: Alike, marks: Marks, limits: Json) -> Pieces:
    return [
        (
            f"{own.ref}:{other.visit_id}:{other.ref}",
            {"photo": own.ref, "other": other.ref, "visit": other.visit_id, "distance": distance},
        )
        for distance, own, other in _earlier(marks, "photo", limits["photo_bits"], alike)
    ]


def _strokes(alike: Alike, marks: Marks, limits: Json) -> Pieces:
    return [
        (
            f"{own.ref}:{other.visit_id}:{other.ref}",
            {"role": own.ref, "other_role": other.ref, "visit": other.visit_id, "distance": distance},
        )
        for distance, own, other in _earlier(marks, "strokes", limits["strokes_apart"], alike)
    ]


# ── places ────────────────────────────────────────────────────────────────


def _keep_place(marks: Marks) -> set[str]:
    former = db.session.get(Place, marks.visit_id)
    spot = marks.spot
    if spot is None:
        if former is None:
            return set()
        neighbours = _after(former.place, former.at, former.visit_id)
        db.session.delete(former)
        return neighbours
    now = (marks.place, marks.began, spot.lat, spot.lon)
    if former is not None and (former.place, former.at, former.lat, former.lon) == now:
        return set()
    neighbours = _after(former.place, former.at, former.visit_id) if former is not None else set()
    db.session.merge(Place(visit_id=marks.visit_id, place=marks.place, at=marks.began, lat=spot.lat, lon=spot.lon))
    db.session.flush()
    return neighbours | _after(marks.place, marks.began, marks.visit_id)


def _after(place: str, at: datetime, visit_id: str) -> set[str]:
    """The visits that know this place from the one named: the next ones there."""
    later = or_(Place.at > at, and_(Place.at == at, Place.visit_id > visit_id))
    query = select(Place.visit_id).where(Place.place == place, later).order_by(Place.at, Place.visit_id).limit(BEFORE)
    return set(db.session.scalars(query))


def _far(marks: Marks, limits: Json) -> Pieces:
    if marks.spot is None:
        return []
    earlier = or_(Place.at < marks.began, and_(Place.at == marks.began, Place.visit_id < marks.visit_id))
    query = select(Place.lat, Place.lon).where(Place.place == marks.place, earlier)
    known = db.session.execute(query.order_by(Place.at.desc(), Place.visit_id.desc()).limit(BEFORE)).all()
    if len(known) < KNOWN:
        return []
    metres = metres_between(
        (marks.spot.lat, marks.spot.lon),
        (round(median(lat for lat, _ in known)), round(median(lon for _, lon in known))),
    )
    if metres - marks.spot.accuracy <= limits["far_metres"]:
        return []
    return [
        (
            "far",
            {
                "metres": metres,
                "accuracy": marks.spot.accuracy,
                "known": len(known),
                "most": limits["far_metres"],
            },
        )
    ]


def metres_between(one: tuple[int, int], other: tuple[int, int]) -> int:
    """How far apart two places are that lie in one town; places in microdegrees."""
    high = math.radians((one[0] + other[0]) / 2e6)
    north, east = (one[0] - other[0]) / 1e6, (one[1] - other[1]) / 1e6 * math.cos(high)
    return round(math.hypot(north, east) * 111_195)


# ── figures ───────────────────────────────────────────────────────────────


def _keep_figures(marks: Marks) -> set[str]:
    wanted = {
        meter_id: (str(one["by"]), str(one["value"]), one["at"])
        for meter_id, one in marks.figures.items()
        if is_telling(str(one["value"])) and len(str(one["value"])) <= 20
    }
    rows = db.session.scalars(select(Figure).where(Figure.visit_id == marks.visit_id))
    held = {row.meter_id: (row.user_id, row.value, row.at) for row in rows}
    changed = [meter for meter in {*held, *wanted} if held.get(meter) != wanted.get(meter)]
    if not changed:
        return set()
    touched = {one for meter in changed for one in (held.get(meter), wanted.get(meter)) if one}
    db.session.execute(delete(Figure).where(Figure.visit_id == marks.visit_id, Figure.meter_id.in_(changed)))
    for meter_id in changed:
        if meter_id in wanted:
            user_id, value, at = wanted[meter_id]
            db.session.add(
                Figure(
                    visit_id=marks.visit_id,
                    meter_id=meter_id,
                    customer_id=marks.customer_id,
                    user_id=user_id,
                    value=value,
                    at=at,
                )
            )
    db.session.flush()
    return {other.visit_id for user_id, value, at in touched for other in _typed(user_id, value, at, EVER)}


def _typed(user_id: str, value: str, at: datetime, days: int) -> Sequence[Figure]:
    """Where else somebody typed a figure, up to so many days before and after."""
    near = Figure.at.between(at - timedelta(days=days), at + timedelta(days=days))
    query = select(Figure).where(Figure.user_id == user_id, Figure.value == value, near)
    return db.session.scalars(query.order_by(Figure.at, Figure.visit_id).limit(MOST_LOOKED_AT)).all()


def _readings(marks: Marks, limits: Json) -> Pieces:
    found: Pieces = []
    for meter_id, figure in sorted(marks.figures.items()):
        if not is_telling(figure["value"]):
            continue
        for other in _typed(figure["by"], figure["value"], figure["at"], limits["readings_days"]):
            elsewhere = other.customer_id != marks.customer_id
            if elsewhere and _order(other.at, other.visit_id) < _order(figure["at"], marks.visit_id):
                facts = {"how": "same", "value": figure["value"], "serial": figure["serial"], "visit": other.visit_id}
                found.append((f"same:{meter_id}:{other.visit_id}", facts))
    return found


def merged(findings: Iterable[Finding]) -> dict[str, Finding]:
    """Findings by kind, those of one kind put together."""
    found: dict[str, Finding] = {}
    for one in findings:
        found[one.kind] = Finding(one.kind, [*found[one.kind].pieces, *one.pieces]) if one.kind in found else one
    return found
