"""How far the reading of a period has come, what is missing, closing it for billing, its files, and the payment slips.

Decides nothing: billing's service does. A file is taken by a form, because the book says who took it.
"""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from fieldsvc import clock, installation, problems
from fieldsvc.billing import service as billing
from fieldsvc.db import transaction
from fieldsvc.identity import access
from fieldsvc.identity import service as identity
from fieldsvc.notices import service as papers
from fieldsvc.office import service, telephone, words
from fieldsvc.office.frame import pages, refusal, show
from fieldsvc.office.lists import Choice, Column, List, answer
from fieldsvc.office.metering import reading_words
from fieldsvc.office.visiting import visit_view
from fieldsvc.office.words import _
from fieldsvc.readings import service as readings

PERIODS = 12


def _period() -> billing.Period:
    """The period that the address names; the present one where it names none."""
    name = request.values.get("period", "")
    return billing.periods.named(name) or billing.periods.of(installation.today())


def _near(period: billing.Period) -> dict[str, billing.Period | None]:
    now = billing.periods.of(installation.today())
    return {"before": period.before, "after": period.after if period.first_on < now.first_on else None}


@pages.get("/readings/progress")
@access.needs("office")
def reading_progress() -> ResponseReturnValue:
    period, people = _period(), identity.people()
    return show(
        "reading_progress",
        period=period,
        **_near(period),
        progress=billing.progress.of(period, now=clock.now()),
        technicians=[(people.get(rate.name, ""), rate) for rate in billing.completion.by_technician(period)],
    )


def _missing() -> List[Any]:
    districts, period = [(one, one) for one in readings.districts()], _period()
    some = [(one.id, one.id) for one in billing.periods.latest_of(installation.today(), count=PERIODS + 1)]
    return List(
        id=f"missing-{period.id}",
        title=_("Not read"),
        filters=(
            Choice("period", _("Period"), some, usual=some[0][0]),
            Choice("district", _("District"), districts, every=_("All districts")),
        ),
        columns=(
            Column("walk", _("Address"), lambda row: _place(row.customer), sort="walk"),
            Column("customer", _("Customer"), lambda row: row.customer.name),
            Column("account", _("Account number"), lambda row: row.customer.account, file_only=True),
            Column("phone", _("Telephone"), lambda row: telephone.in_file(row.customer.phone), file_only=True),
            Column("meter", _("Meter number"), lambda row: row.meter.serial),
            Column("last", _("Last read"), lambda row: row.last_at),
            Column("why", _("Why"), lambda row: reading_words.missing(row.reason, row.told)),
            Column(
                "by", _("Technician"), lambda row: ((row.visit or {}).get("assignee") or {}).get("name"), look="spare"
            ),
        ),
        find=lambda asked: billing.completion.missing(
            billing.periods.named(asked["period"]) or period, district=asked["district"]
        ),
    )


def _place(customer: Any) -> str:
    door = "-".join(part for part in (customer.building, customer.unit, customer.room) if part)
    return " ".join(part for part in (customer.district, customer.address, door) if part)


@pages.get("/readings/missing")
@access.needs("office")
def missing_readings() -> ResponseReturnValue:
    return answer(_missing(), "reading_missing", period=_period(), say=reading_words)


@pages.get("/readings/billing")
@access.needs("office")
def billing_periods() -> ResponseReturnValue:
    today = installation.today()
    last = billing.periods.latest()
    now = billing.periods.of(today)
    following = billing.periods.of(last.until) if last is not None else now.before
    asked = billing.periods.named(request.args.get("period", ""))
    standing = billing.stand(period=asked if last is None and asked else following, today=today)
    closed = billing.closed_periods()
    return show(
        "billing",
        standing=standing,
        first=last is None,
        now=now,
        closed=[(row, billing.book(period_id=row.id)) for row in closed],
        working=any(row.state != billing.CLOSED for row in closed),
        wrong=readings.tariffs.in_force().all_wrong,
        priced=readings.tariffs.in_force().priced,
        why_not=reading_words.why_not,
        forms=list(billing.files.FORMS),
    )


@pages.post("/readings/billing")
@access.needs("office")
def close_period() -> ResponseReturnValue:
    period = billing.periods.named(request.form.get("period", ""))
    if period is None:
        raise problems.NotFound("there is no such period")
    try:
        with transaction():
            row, ours = billing.close(period=period, by=access.me(), today=installation.today(), now=clock.now())
            told = (row.id, row.by_name)
    except problems.Conflict as problem:
        flash(reading_words.why_not(problem.code) or refusal(problem), "bad")
        return redirect(url_for("office.billing_periods"), code=303)
    if ours:
        flash(_("Period %(period)s is being closed.", period=told[0]), "ok")
    else:
        flash(
            _(
                "Period %(period)s was closed by %(name)s already; there is one export of it.",
                period=told[0],
                name=told[1],
            ),
            "ok",
        )
    return redirect(url_for("office.billing_periods"), code=303)


@pages.post("/readings/billing/<period_id>/file")
@access.needs("office")
def take_billing_file(period_id: str) -> ResponseReturnValue:
    form = request.form.get("form", "")
    try:
        path = billing.file_of(period_id=period_id, form=form)
    except problems.Conflict as problem:
        flash(refusal(problem) or _("This period is still being closed."), "bad")
        return redirect(url_for("office.billing_periods"), code=303)
    with transaction():
        again = billing.take(period_id=period_id, form=form, by=access.me(), now=clock.now()).again
    name = f"billing-{period_id}{'-again' if again else ''}.{form}"
    response: Response = send_file(
        path, mimetype=billing.files.FORMS[form], as_attachment=True, download_name=name, etag=False
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


@pages.get("/readings/slips")
@access.needs("office")
def payment_slips() -> ResponseReturnValue:
    return answer(_slips(), "reading_slips", view=visit_view)


def _slips() -> List[Any]:
    statuses = [(one, words.notice_status(one)) for one in ("ready", "pending", "failed")]
    return List(
        id="slips",
        title=_("Payment slips"),
        filters=(Choice("status", _("State"), statuses, every=_("All states")),),
        columns=(
            Column("number", _("Number"), lambda row: row[0].number),
            Column("customer", _("Customer"), lambda row: row[1]["customer"]["name"] if row[1] else ""),
            Column(
                "account",
                _("Account number"),
                lambda row: row[1]["customer"]["account"] if row[1] else "",
                file_only=True,
            ),
            Column("address", _("Address"), lambda row: visit_view.door(row[1]["customer"]) if row[1] else ""),
            Column("used", _("Used"), lambda row: _used(row[0]), look="right"),
            Column("amount", _("Amount"), lambda row: _amount(row[0]), look="right"),
            Column("issued", _("Issued"), lambda row: row[0].ready_at or row[0].promised_at),
            Column("printed", _("Printed"), lambda row: row[0].printed_at, look="spare"),
            Column("state", _("State"), lambda row: words.notice_status(row[0].status)),
        ),
        find=lambda asked: _Slips(papers.find(kind="payment", status=asked["status"])),
    )


class _Slips:
    """Payment slips with the documents of their visits."""

    def __init__(self, found: Any):
        self._found, self.orders, self.usual = found, found.orders, found.usual
        self.count, self.unwritten = found.count, found.unwritten

    def part(self, **asked: Any) -> Any:
        part = self._found.part(**asked)
        return type(part)(service.with_visits(part.rows, key="visit_id"), part.first, part.last, part.more, part.total)

    def each(self, **asked: Any) -> Any:
        return (service.with_visits(rows, key="visit_id") for rows in self._found.each(**asked))


def _payment(paper: Any) -> dict[str, Any]:
    return dict(papers.snapshot(paper)["facts"].get("payment") or {}) if paper.snapshot else {}


def _used(paper: Any) -> str:
    return " + ".join(line["used"] or "?" for line in _payment(paper).get("lines", ()))


def _amount(paper: Any) -> str:
    return _payment(paper).get("amount") or ""
