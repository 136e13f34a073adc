"""Readings that need eyes: the list, one of them with its photo and history, and the three things to do with it.

Decides nothing: a verdict or another figure is an entry of the visit like any other, and the record says what becomes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from fieldsvc import problems
from fieldsvc.customers import service as customers
from fieldsvc.db import transaction
from fieldsvc.identity import access
from fieldsvc.office.frame import pages, refusal, refuse, show
from fieldsvc.office.lists import Asked, Choice, Column, List, answer
from fieldsvc.office.metering import reading_view, reading_words
from fieldsvc.office.visiting import visit_view
from fieldsvc.office.words import _
from fieldsvc.office.writing import write
from fieldsvc.readings import service as readings
from fieldsvc.record import service as record

STATES = ("open", "accepted", "again", "clear")


def _list() -> List[Any]:
    districts = [(one, one) for one in readings.districts()]
    return List(
        id="readings",
        title=_("Readings"),
        filters=(
            Choice("state", _("State"), [(one, reading_words.state(one)) for one in STATES], usual="open"),
            Choice(
                "mark", _("Why"), [(one, reading_words.mark(one)) for one in readings.MARKS], every=_("All reasons")
            ),
            Choice("district", _("District"), districts, every=_("All districts")),
        ),
        columns=(
            Column("read_at", _("Read on"), lambda row: row[0].read_at, sort="read"),
            Column("customer", _("Customer"), lambda row: _customer(row, "name")),
            Column("account", _("Account number"), lambda row: _customer(row, "account"), file_only=True),
            Column("address", _("Address"), _address),
            Column("meter", _("Meter number"), lambda row: row[3], file_only=True),
            Column("figure", _("Reading"), lambda row: row[1].value or row[1].reason, look="right"),
            Column("used", _("Used"), lambda row: row[1].used, look="right"),
            Column("marks", _("Why"), lambda row: " · ".join(reading_words.mark(one) for one in row[0].marks.split())),
            Column("state", _("State"), lambda row: reading_words.state(row[0].state), file_only=True),
            Column("by", _("Read by"), lambda row: ((row[2] or {}).get("assignee") or {}).get("name"), look="spare"),
        ),
        find=lambda asked: _Rows(readings.find(_queue(asked))),
    )


class _Rows:
    """The readings with the documents of their visits and the numbers of their meters."""

    def __init__(self, found: Any):
        self._found, self.orders, self.usual = found, found.orders, found.usual
        self.count, self.unwritten = found.count, found.unwritten

    def part(self, **asked: Any) -> Any:
        part = self._found.part(**asked)
        return type(part)(_joined(part.rows), part.first, part.last, part.more, part.total)

    def each(self, **asked: Any) -> Any:
        return (_joined(rows) for rows in self._found.each(**asked))


def _joined(rows: list[Any]) -> list[Any]:
    documents = record.documents(ids={review.visit_id for review, _reading in rows})
    serials = {one.id: one.serial for one in customers.of_meters(ids={review.meter_id for review, _reading in rows})}
    return [
        (review, reading, documents.get(review.visit_id), serials.get(review.meter_id, "")) for review, reading in rows
    ]


def _customer(row: Any, name: str) -> str:
    return str(((row[2] or {}).get("customer") or {}).get(name) or "")


def _address(row: Any) -> str:
    if row[2] is None:
        return ""
    customer = row[2]["customer"]
    return " ".join(part for part in (customer["district"], customer["address"], visit_view.door(customer)) if part)


def _queue(asked: Mapping[str, str]) -> readings.Queue:
    return readings.Queue(state=asked["state"], mark=asked["mark"], district=asked["district"])


@pages.get("/readings")
@access.needs("office")
def readings_list() -> ResponseReturnValue:
    return answer(_list(), "readings", view=visit_view, say=reading_words, kept=_kept())


def _kept() -> dict[str, Any]:
    """The filters of the list, as an address or a form keeps them."""
    return {name: request.values.get(name, "") for name in ("state", "mark", "district") if request.values.get(name)}


def _asked() -> Asked:
    given = _list().filters
    return {one.id: one.read(request.values.get(one.id, "")) for one in given}


@pages.get("/readings/<uuid:reading_id>")
@access.needs("office")
def reading(reading_id: Any) -> ResponseReturnValue:
    read, review = _find(str(reading_id))
    document = record.document(visit_id=read.visit_id or "")
    spoken, meter = _meter(document, read.meter_id)
    history = readings.histories(meter_ids=[read.meter_id])[read.meter_id]
    last = reading_view.before(history, read.id)
    shown = document["readings"].get(spoken, {})
    return show(
        "reading",
        read=read,
        review=review,
        visit=document,
        meter=meter,
        note=shown.get("note") or "",
        by=shown.get("by") or {},
        last=last,
        last_photo=_last_photo(last),
        photo=reading_view.photo_of(read.photo, document, _("Photo of the dial")),
        history=list(reversed(history))[:24],
        plot=reading_view.plot(history, read.id),
        place=readings.neighbours(_queue(_asked()), read_at=review.read_at, reading_id=read.id),
        kept=_kept(),
        again=record.documents(ids=[review.again_visit_id]).get(review.again_visit_id)
        if review.again_visit_id
        else None,
        wheels=reading_view.wheels,
        view=visit_view,
        say=reading_words,
    )


def _last_photo(last: readings.Read | None) -> dict[str, Any] | None:
    if last is None or not last.photo or last.visit_id is None:
        return None
    return reading_view.photo_of(last.photo, record.document(visit_id=last.visit_id), _("Photo of the last reading"))


def _find(reading_id: str) -> tuple[readings.Reading, readings.Review]:
    found = readings.review(reading_id=reading_id)
    if found is None:
        raise problems.NotFound("there is no such reading")
    return found


def _meter(document: Mapping[str, Any], meter_id: str) -> tuple[str, dict[str, Any]]:
    """A meter of a visit: the id by which the visit speaks of it, and what is known of it."""
    for one in document["meters"]:
        if one.get("on_file", one["id"]) == meter_id:
            return str(one["id"]), dict(one)
    return meter_id, {"id": meter_id, "serial": "", "kind": "", "digits": 5, "decimals": 3}


@pages.post("/readings/<uuid:reading_id>")
@access.needs("office")
def review_reading(reading_id: Any) -> ResponseReturnValue:
    read, review = _find(str(reading_id))
    verdict, note = request.form.get("verdict", ""), request.form.get("note", "").strip()[:1000]
    on = readings.neighbours(_queue(_asked()), read_at=review.read_at, reading_id=read.id).after
    document = record.document(visit_id=read.visit_id or "")
    data: dict[str, Any] = {"meter": _meter(document, read.meter_id)[0], "verdict": verdict}
    data |= {"figure": request.form.get("figure", "")[:200]} if request.form.get("figure") else {}
    data |= {"note": note} if note else {}
    said = _("Accepted.") if verdict == "accepted" else _("Somebody goes again.")
    if not _write(read, "reading.review", data, said):
        on = read.id
    return _to(on)


@pages.post("/readings/<uuid:reading_id>/figure")
@access.needs("office")
def correct_reading(reading_id: Any) -> ResponseReturnValue:
    read, _review = _find(str(reading_id))
    document = record.document(visit_id=read.visit_id or "")
    spoken, meter = _meter(document, read.meter_id)
    value, why = request.form.get("value", "").strip(), request.form.get("why", "").strip()[:1000]
    if not _fits(value, meter) or not why:
        wrong = "why" if _fits(value, meter) else "value"
        refuse(_("Type the figure as it stands on the dial, and say why it is another one."), at=wrong)
        return _to(read.id)
    shown = document["readings"].get(spoken, {})
    kept = {name: shown[name] for name in ("running", "photo", "exchange") if shown.get(name) is not None}
    _write(
        read, "reading.set", {"meter": spoken, "value": value, **kept, "note": why}, _("Corrected; both figures stay.")
    )
    return _to(read.id)


def _fits(value: str, meter: Mapping[str, Any]) -> bool:
    whole, _point, fraction = value.partition(".")
    return (
        (whole + fraction).isascii()
        and (whole + fraction).isdigit()
        and bool(whole)
        and len(whole) <= meter["digits"]
        and len(fraction) <= meter["decimals"]
    )


def _write(read: readings.Reading, kind: str, data: Mapping[str, Any], done: str) -> bool:
    try:
        with transaction():
            write(read.visit_id or "", kind, data)
    except problems.Invalid as problem:
        flash(refusal(problem), "bad")
        return False
    flash(done, "ok")
    return True


def _to(reading_id: str | None) -> ResponseReturnValue:
    kept = _kept()
    if reading_id is None:
        return redirect(url_for("office.readings_list", **kept), code=303)
    return redirect(url_for("office.reading", reading_id=reading_id, **kept), code=303)
