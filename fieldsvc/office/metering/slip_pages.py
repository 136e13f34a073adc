"""Payment slips by hand: choose readings by days, district and what was said of them, order their slips, print them in one run.

Decides nothing: which readings may have a slip is `notices.slips`', the order is an entry of the visit like any other edit.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from fieldsvc import clock, problems
from fieldsvc.db import transaction
from fieldsvc.identity import access
from fieldsvc.notices import service as papers
from fieldsvc.office import words
from fieldsvc.office.frame import pages, show
from fieldsvc.office.visiting import visit_view
from fieldsvc.office.words import ngettext
from fieldsvc.office.writing import write
from fieldsvc.readings import service as readings
from fieldsvc.record import service as record

SHOWN = 30
AT_ONCE = 20
"""Slips ordered in one transaction; phones that send meanwhile wait for so long."""
USUAL_DAYS = 30


def _wish(given: Mapping[str, str]) -> papers.slips.Wish:
    """What the address or the form asks for; the last thirty days where it says nothing."""
    today = words.today()
    last = clock.day_of(given.get("to", "")) or today
    first = clock.day_of(given.get("from", "")) or last - timedelta(days=USUAL_DAYS)
    said = given.get("said", "")
    return papers.slips.Wish(
        first=min(first, last),
        last=last,
        district=given.get("district", "").strip()[:100],
        said=said if said in papers.slips.SAID else "",
    )


@pages.get("/readings/slips/new")
@access.needs("office")
def slips_by_hand() -> ResponseReturnValue:
    wish = _wish(request.args)
    ids, more = papers.slips.without(wish)
    shown = record.documents(ids=ids[:SHOWN])
    return show(
        "slips_by_hand",
        wish=wish,
        number=len(ids),
        more=more,
        most=papers.slips.MOST,
        visits=[shown[one] for one in ids[:SHOWN] if one in shown],
        districts=readings.districts(),
        view=visit_view,
    )


@pages.post("/readings/slips/new")
@access.needs("office")
def make_slips() -> ResponseReturnValue:
    wish, made, left = _wish(request.form), 0, 0
    ids, _more = papers.slips.without(wish)
    for start in range(0, len(ids), AT_ONCE):
        done, refused = _order(ids[start : start + AT_ONCE])
        made, left = made + done, left + refused
    flash(ngettext("%(num)s payment slip is being made.", "%(num)s payment slips are being made.", made), "ok")
    if left:
        flash(ngettext("%(num)s could not be ordered.", "%(num)s could not be ordered.", left), "bad")
    if not made:
        return redirect(url_for("office.slips_by_hand", **_kept(wish)), code=303)
    place = wish.district
    return redirect(url_for("office.print_desk", asked=1, kind="payment", day="", fresh=1, district=place), code=303)


def _kept(wish: papers.slips.Wish) -> dict[str, Any]:
    asked = {"from": wish.first.isoformat(), "to": wish.last.isoformat(), "district": wish.district, "said": wish.said}
    return {name: value for name, value in asked.items() if value}


def _order(ids: list[str]) -> tuple[int, int]:
    """Order some slips together; gives how many there will be, and how many were refused."""
    made = 0
    with transaction():
        for visit_id, visit in record.documents(ids=ids).items():
            if not papers.slips.may_be_ordered(visit):
                continue
            try:
                write(visit_id, "slip.order", {}, base=visit["version"])
                made += 1
            except problems.Invalid:
                continue
    return made, len(ids) - made
