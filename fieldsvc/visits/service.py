"""Planning: from an order to a visit with everything the technician needs at the door.

Decides the facts of a visit at the moment it is opened: number, QR token, customer and meters as on file, what happened last
time, hazards still open. Everything after that is written by ops. Invariant: planning is all or none.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from fieldsvc import clock, installation, numbers, problems
from fieldsvc.calls import service as calls
from fieldsvc.catalog.service import catalogue
from fieldsvc.customers import service as customers
from fieldsvc.duty import service as duty
from fieldsvc.hazards import service as hazards
from fieldsvc.identity import service as identity
from fieldsvc.promises import service as promises
from fieldsvc.readings import service as readings
from fieldsvc.record import service as record
from fieldsvc.visits import by_number

Json = dict[str, Any]

USUAL_CHECKLIST = "gas.residential"
MOST_PHOTOS = 2
"""So many photos of a hazard go along to whoever looks at it again."""


def plan(*, visits: Sequence[Mapping[str, Any]], now: datetime) -> list[Json]:
    """Plan visits and give their documents. Raises Invalid naming the first visit that cannot be planned; then none is."""
    facts = []
    for index, wanted in enumerate(visits):
        try:
            facts.append(_planned_facts(wanted, now))
        except problems.Invalid as problem:
            raise problems.Invalid(
                f"visit {index}: {problem.detail}", errors={"visits": {str(index): problem.more.get("errors")}}
            ) from problem
    documents = record.open_planned(facts=facts, now=now)
    promises.keep(facts=facts, now=now)
    duty.note_opened(documents)
    return documents


def _planned_facts(wanted: Mapping[str, Any], now: datetime) -> Json:
    assignee = None
    if wanted.get("assignee"):
        assignee = identity.find_technician(wanted["assignee"])
        if assignee is None:
            raise problems.Invalid("there is no such technician", errors={"assignee": ["unknown"]})
    customer = customers.save(given=wanted["customer"], now=now)
    for given in wanted.get("meters", ()):
        meter = customers.save_meter(customer=customer, given=given)
        if given.get("last"):
            readings.note(meter_id=meter.id, value=given["last"]["value"], read_at=_instant(given["last"]["at"]))
    return _facts(
        visit_id=clock.new_id(),
        lookup=secrets.token_urlsafe(16),
        visit_type=wanted["type"],
        customer=customer,
        planned=wanted["planned"],
        assignee=assignee,
        now=now,
    )


def _instant(text: str) -> datetime:
    if len(text) == 10:
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), tzinfo=installation.zone())
    return datetime.fromisoformat(text)


def _facts(
    *,
    visit_id: str,
    lookup: str,
    visit_type: str,
    customer: Any,
    planned: Mapping[str, Any],
    assignee: Any,
    now: datetime,
) -> Json:
    meters = customers.meters_on_file(customer.meters)
    history = readings.last_and_usual(meter_ids=[meter["id"] for meter in meters])
    return {
        "id": visit_id,
        "number": _number(now),
        "type": visit_type,
        "checklist": _checklist(visit_type),
        "planned": dict(planned),
        "assignee": dict(assignee) if assignee else None,
        "lookup": lookup,
        "customer": customers.on_file(customer),
        "meters": [{**meter, **history.get(meter["id"], {})} for meter in meters],
        "previous": {
            **(record.previous_of(customer_id=customer.id) or {"visited_on": None, "outcome": None}),
            "open_hazards": _left_open(customer.id),
        },
        "notices": [],
        "promised": promises.made(
            visit_type=visit_type, tags=customer.tags or (), now=now, customer_id=customer.id, called=calls.called
        ),
    }


def _left_open(customer_id: str) -> list[Json]:
    """What is still open in a home, each with the photos of it: whoever comes takes his own from the same place."""
    found = hazards.of_customer(customer_id=customer_id)
    visits = record.documents(ids={one["visit"] for one in found}) if found else {}
    return [{**one, "photos": _photos_of(one["id"], visits.get(one["visit"], {}))} for one in found]


def _photos_of(hazard_id: str, document: Mapping[str, Any]) -> list[str]:
    taken = [
        (one["taken_at"], sha)
        for sha, one in document.get("photos", {}).items()
        if one["purpose"] == "hazard" and one.get("ref") == hazard_id and not one.get("removed")
    ]
    return [sha for _at, sha in sorted(taken)][:MOST_PHOTOS]


def _checklist(visit_type: str) -> str:
    """The list by which a visit of a kind is gone through; a kind that this catalogue does not know is an inspection."""
    known = {one.id: one.checklist for one in catalogue().entries.visit_types}
    return known.get(visit_type) or USUAL_CHECKLIST


def _number(now: datetime) -> str:
    day = now.astimezone(installation.zone()).strftime("%Y%m%d")
    return f"AJ-{day}-{numbers.take(f'visit {day}'):04d}"


def facts_of_unplanned(op: Mapping[str, Any], user_id: str) -> Json | None:
    """The facts of a visit that a phone opened by itself; None when the customer or the author is unknown.

    With `account`, be it empty, a customer that is not on file is taken up.
    """
    data, now = op["data"], clock.now()
    author = identity.person(user_id=user_id)
    if author is None:
        return None
    found, account = data.get("meters") or [], data.get("account")
    customer = known = customers.known(customer_id=data["customer"], account=account or "")
    if known is None and account is not None:
        customer = customers.take_up(customer_id=data["customer"], account=account.strip(), meters=found, now=now)
    if customer is None:
        return None
    asked = {"customer_id": customer.id, "visit_id": op["visit"], "account": (account or "").strip()}
    shown = by_number.may_see(author=author, **asked, on_file=known is not None, now=now)
    at = datetime.fromisoformat(data.get("planned_at") or op["at"])
    facts = _facts(
        visit_id=op["visit"],
        lookup=op["data"].get("lookup") or secrets.token_urlsafe(16),
        visit_type=op["data"]["type"],
        customer=customer,
        planned={"date": at.astimezone(installation.zone()).date().isoformat(), "from": None, "to": None},
        assignee=author,
        now=now,
    )
    facts = {**facts, "meters": _as_found(facts["meters"], found)}
    promises.keep(facts=[facts], now=now)
    if shown:
        return facts
    return by_number.withheld(facts, account=asked["account"], serials=[one["serial"] for one in found])


def _as_found(on_file: Sequence[Json], found: Sequence[Mapping[str, str]]) -> list[Json]:
    """The meters of a visit under the ids by which its phone speaks of them; `on_file` is then the file's id."""
    known = {meter["serial"]: meter for meter in on_file}
    seen = [
        {**known.get(one["serial"], customers.USUAL), "id": one["id"], "serial": one["serial"]}
        | ({"on_file": known[one["serial"]]["id"]} if one["serial"] in known else {})
        for one in found
    ]
    serials = {meter["serial"] for meter in seen}
    return seen + [meter for meter in on_file if meter["serial"] not in serials]
