"""The office's pages of who is due, place by place down to each customer, and of what planned itself. They decide nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from fieldsvc.db import transaction
from fieldsvc.duty import service as duty
from fieldsvc.found import Found
from fieldsvc.identity import access
from fieldsvc.office import telephone
from fieldsvc.office.frame import PER_PAGE, Pager, page_number, show
from fieldsvc.office.lists import Asked, Choice, Column, List, answer
from fieldsvc.planning import listing, telling, work
from fieldsvc.planning.capacity import Backlog
from fieldsvc.planning.frame import day_of, pages
from fieldsvc.planning.telling import _, ngettext
from fieldsvc.policy import service as policy

Json = dict[str, Any]


def asked_until() -> date:
    """Until when somebody asks what is due: the day of the address, else as far ahead as the company looks."""
    return day_of(request.args.get("until", "")) or telling.today() + timedelta(
        days=policy.value("planning", "due_ahead_days")
    )


def asked_kind() -> str:
    """Homes or businesses, or both where the address says neither."""
    kind = request.args.get("kind", "")
    return kind if kind in (duty.HOME, duty.BUSINESS) else ""


def _within() -> duty.Place | None:
    district, address = request.args.get("district"), request.args.get("address")
    return None if district is None else duty.Place(district[:100], address[:300] if address is not None else None)


@pages.get("/due")
@access.needs("office")
def due() -> ResponseReturnValue:
    asked, within = duty.Filter(until=asked_until(), kind=asked_kind()), _within()
    number = page_number()
    areas = duty.areas(asked=asked, within=within, limit=PER_PAGE, offset=(number - 1) * PER_PAGE)
    if number == 1 and len(areas) < PER_PAGE:  # all of them are on the page
        pager, whole = Pager(1, len(areas), len(areas)), duty.together(areas)
    else:
        pager = Pager(number, duty.count_areas(asked=asked, within=within), len(areas))
        whole = duty.totals(asked=replace(asked, places=(within,)) if within else asked)
    what = {"areas": areas, "pager": pager, "whole": whole, "within": within, "asked": asked}
    return show("plan_due", **what, months=duty.months(), telling=telling, at="due")


def _customers() -> List[Json]:
    until, within = asked_until(), _within()
    places = (within,) if within else ()
    if within and request.args.get("building") is not None:
        places = (duty.Place(within.district, within.address or "", request.args["building"][:40]),)
    asked = duty.Filter(until=until, places=places, kind=asked_kind())
    return List(
        id="due",
        title=_("Due customers"),
        filters=(),
        columns=(
            Column("customer", _("Customer"), lambda row: row["name"]),
            Column("account", _("Account number"), lambda row: row["account"], file_only=True),
            Column("phone", _("Telephone"), lambda row: telephone.in_file(row["phone"]), file_only=True),
            Column("address", _("Address"), lambda row: telling.place(row["district"], row["address"]), sort="walk"),
            Column("door", _("Door"), telling.door, file_only=True),
            Column("kind", _("Kind"), lambda row: telling.kind(row["kind"])),
            Column("last", _("Last inspected"), lambda row: row["last_on"]),
            Column("due", _("Inspection due"), lambda row: row["due_on"]),
            Column("planned", _("Planned"), lambda row: row["open_on"]),
        ),
        find=lambda _asked: listing.due(asked),
    )


@pages.get("/due/customers")
@access.needs("office")
def due_customers() -> ResponseReturnValue:
    return answer(_customers(), "plan_due_customers", within=_within(), telling=telling, at="due")


STANDINGS = ("ahead", "given_up", "kept", "dismissed", "withdrawn")


def _find_follow_ups(asked: Asked) -> Found[Json]:
    return listing.follow_ups(state=asked["state"], kind=asked["kind"])


def _follow_ups() -> List[Json]:
    kinds = [(one, telling.follow_up_kind(one)) for one in ("reinspection", "repeat")]
    return List(
        id="planned-itself",
        title=_("Planned itself"),
        filters=(
            Choice("state", _("State"), [(one, telling.follow_up_state(one)) for one in STANDINGS], usual="ahead"),
            Choice("kind", _("Kind"), kinds, every=_("All kinds")),
        ),
        columns=(
            Column("day", _("Day"), lambda row: row["planned_for"], sort="day"),
            Column("kind", _("Kind"), lambda row: telling.follow_up_kind(row["kind"])),
            Column("customer", _("Customer"), lambda row: row["name"]),
            Column("account", _("Account number"), lambda row: row["account"], file_only=True),
            Column("address", _("Address"), lambda row: telling.place(row["district"], row["address"])),
            Column("why", _("Why"), lambda row: "; ".join(telling.why(row["why"]))),
            Column("technician", _("Technician"), lambda row: row["technician"]),
            Column("state", _("State"), lambda row: telling.follow_up_state(row["state"])),
        ),
        find=_find_follow_ups,
    )


@pages.get("/itself")
@access.needs("office")
def itself() -> ResponseReturnValue:
    rules = policy.section("planning")
    waiting = Backlog(telling.today())
    more = {"rules": rules, "failed": listing.failed(), "waiting": waiting, "telling": telling}
    return answer(_follow_ups(), "plan_itself", **more, at="itself")


@pages.post("/itself/release")
@access.needs("office")
def release() -> ResponseReturnValue:
    """The office has seen how what an older release left would be spread, and lets it be planned."""
    with transaction():
        count = work.release()
    flash(ngettext("%(num)s home is being planned.", "%(num)s homes are being planned.", count), "ok")
    return redirect(url_for("planning.itself"), code=303)
