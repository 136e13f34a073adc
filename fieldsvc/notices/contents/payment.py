"""The payment slip of a meter reading: both readings, the use, and what it costs where prices are set.

Decides which visits owe one (a reading round whose meter could be read, and any visit for which the office orders one) and
what is left out: without an earlier reading there is no use, without a tariff of the meter's trade no price, and of what the
company has not told us (arrears, prepayment, ways to pay) nothing is printed. A prepaid meter gets its figures without an amount.
The slip is no demand: it is friendly and final only for the reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from fieldsvc.notices.contents import essence, snapshot
from fieldsvc.notices.contents.capitals import capitals
from fieldsvc.notices.contents.source import Source
from fieldsvc.notices.contents.wording import day, fill, label, moment, same, wording
from fieldsvc.readings import service as readings

Json = dict[str, Any]
READING_ROUND = ".reading"
"""How the kinds of visit end whose purpose is a reading, of whichever trade."""


def owed(document: Mapping[str, Any]) -> bool:
    """A reading round at which a meter was read owes a slip; another visit at which one was read, once the office orders it."""
    return (
        (document["type"].endswith(READING_ROUND) or bool(document.get("slip")))
        and document["outcome"]["outcome"] in ("completed", "stopped")
        and any(one.get("value") for one in document["readings"].values())
    )


def spoken(document: Mapping[str, Any]) -> str:
    """What was read, and of which meters."""
    if not owed(document):
        return essence.of_cancelled(document)
    return essence.of_parts(document, read(document), [meter.get("last") for meter in document["meters"]])


def read(document: Mapping[str, Any]) -> Json:
    """The readings as a paper speaks of them."""
    parts = ("value", "unreadable", "photo", "exchange")
    return {key: [one.get(part) for part in parts] for key, one in document["readings"].items()}


def pictures(document: Mapping[str, Any]) -> set[str]:
    """The photos of the dials."""
    return {one["photo"] for one in document["readings"].values() if one.get("photo") and one.get("value")}


def facts(source: Source) -> Json:
    """Every meter that was read, with its bill where there can be one."""
    document = source.document
    if not owed(document):
        return snapshot.cancelled(source)
    shared = snapshot.bare(source)
    terms, kind = source.archive.terms(), source.archive.kind()
    lines = [
        _line(source, meter, document["readings"][meter["id"]], kind)
        for meter in document["meters"]
        if document["readings"].get(meter["id"], {}).get("value")
    ]
    bills = [line["bill"] for line in lines]
    sums = [Decimal(bill["amount"]) for bill in bills if bill]
    return {
        **shared,
        "customer": {**shared["customer"], "user_type": kind},
        "photos": {line["dial"]: {"taken_at": line["at"], "purpose": "meter"} for line in lines if line["dial"]},
        "payment": {
            "by": source.came(),
            "lines": lines,
            "amount": f"{sum(sums):.2f}" if sums and len(sums) == len(bills) else None,
            "pay_days": terms["pay_days"],
            "ways": terms["ways"],
        },
    }


def _line(source: Source, meter: Mapping[str, Any], reading: Mapping[str, Any], kind: str) -> Json:
    meter = source.archive.as_read(meter, reading)
    used = source.archive.used(meter, reading)
    last = meter.get("last")
    return {
        "serial": meter["serial"],
        "unit": source.catalogue.meter_unit(meter.get("kind")),
        "trade": readings.tariffs.trade_of(meter.get("kind")),
        "at": reading["at"],
        "value": reading["value"],
        "last": {"value": last["value"], "on": snapshot.day_of(last["at"], source.zone)} if last else None,
        "exchange": dict(reading["exchange"]) if reading.get("exchange") else None,
        "used": None if used is None else str(used),
        "bill": None if used is None else source.archive.bill(meter, reading, used, kind),
        "dial": reading.get("photo"),
    }


def view(frozen: Mapping[str, Any], zone: ZoneInfo) -> Json:
    """The slip in words."""
    words, slip = wording()["payment"], frozen["facts"]["payment"]
    until = date.fromisoformat(frozen["issued_on"]) + timedelta(days=slip["pay_days"]) if slip["pay_days"] else None
    said = {
        **slip,
        "lines": [_line_words(line, zone) for line in slip["lines"]],
        "capitals": capitals(slip["amount"]) if slip["amount"] else "",
        "until": fill(wording()["labels"]["due_before"], date=day(until)) if until and slip["amount"] else None,
        "doubt": fill(words["doubt"], hotline=frozen["company"]["hotline"]),
    }
    of_gas = all(line.get("unit", "m³") == "m³" and _is_of_gas(line) for line in slip["lines"])
    return {"payment": said} | ({} if of_gas else {"words": {**wording()["labels"], **wording()["sheet"]["labels"]}})


def _is_of_gas(line: Mapping[str, Any]) -> bool:
    """Say whether a line is of a gas meter, as those were that say nothing of their trade."""
    return bool(line.get("trade", readings.tariffs.GAS) == readings.tariffs.GAS)


def _line_words(line: Mapping[str, Any], zone: ZoneInfo) -> Json:
    words, bill, unit = wording()["payment"], line["bill"], line.get("unit", "m³")
    year = words["year" if _is_of_gas(line) else "year_of_others"]
    remark = None
    if line["used"] is None:
        remark = words["no_last" if line["last"] is None else "to_be_checked"]
    return {
        **line,
        "read_at": moment(line["at"], zone),
        "whole": line["value"].split(".")[0],
        "exchange": line["exchange"]
        and fill(words["exchanged"], **{part: line["exchange"].get(part) or "—" for part in ("final", "initial")}),
        "remark": remark,
        "price_head": fill(words["price_of"], unit=unit),
        "bill": bill and {**bill, "year": fill(year, volume=bill["year"], unit=unit, date=same(bill["cycle_from"]))},
        "tiers": [{**one, "name": label("tier", n=one["tier"])} for one in (bill or {}).get("tiers", ())],
    }
