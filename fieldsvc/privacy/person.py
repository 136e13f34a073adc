"""One person's data: all of it as a file, and erasing what may go (Personal Information Protection Law, articles 45 and 47).

Decides what stays when somebody asks for erasure, and why: what an open hazard's record is made of, visits younger than the
limitation of claims, papers that were issued, readings that were billed. Whoever asks is not who carries it out: a second
administrator does. Invariant: a preview and an erasure choose the same, and every visit that loses something has its entry in the
audit book.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select

from fieldsvc import clock, problems
from fieldsvc.audit import service as audit
from fieldsvc.calls import service as calls
from fieldsvc.customers import service as customers
from fieldsvc.db import db
from fieldsvc.hazards import service as hazards
from fieldsvc.policy import service as policy
from fieldsvc.privacy import retention
from fieldsvc.privacy.models import DONE, REFUSED, WAITS, Erasure
from fieldsvc.record import service as record

LONGEST_REASON = 1000
NOT_OVER, HAZARD, UNSETTLED, YOUNG = "not_over", "hazard", "unsettled", "young"
"""Why a visit stays, whole or in part."""


@dataclass
class Plan:
    """What becomes of a customer's visits: which lose everything of the person, which only places and photos, which nothing.

    `stays`: visit id → why. `file`: whether the customer file is emptied; `file_stays` says why not.
    """

    whole: list[str] = field(default_factory=list)
    partly: list[str] = field(default_factory=list)
    stays: dict[str, str] = field(default_factory=dict)
    file: bool = False
    file_stays: str = ""


def plan(*, customer_id: str, moved_out: bool, today: date) -> Plan:
    """What an erasure would do today."""
    made = Plan()
    documents = record.documents(ids=record.ids_of_customer(customer_id=customer_id))
    since = retention.instant(retention.months_before(today, 12 * policy.value("retention", "hazards_years")))
    ledger = hazards.kept_visits(visit_ids=documents, closed_since=since)
    unsettled = record.erasing.unsettled(visit_ids=documents)
    young = retention.months_before(today, 12 * policy.value("retention", "claims_years")).isoformat()
    for visit_id, document in documents.items():
        if document["state"] not in record.erasing.OVER:
            made.stays[visit_id] = NOT_OVER
        elif visit_id in ledger:
            made.stays[visit_id] = HAZARD
        elif visit_id in unsettled:
            made.stays[visit_id] = UNSETTLED
        elif (document["planned"] or {}).get("date", "") >= young:
            made.partly.append(visit_id)
            made.stays[visit_id] = YOUNG
        else:
            made.whole.append(visit_id)
    open_ones = [one for one in made.stays.values() if one in (NOT_OVER, UNSETTLED)]
    if not moved_out:
        made.file_stays = "customer"
    elif open_ones or hazards.of_customer(customer_id=customer_id):
        made.file_stays = NOT_OVER if open_ones else HAZARD
    made.file = not made.file_stays
    return made


def ask(*, customer_id: str, moved_out: bool, reason: str, by_id: str, by_name: str, now: datetime) -> Erasure:
    """Ask for an erasure. Raises NotFound, Invalid without a reason, Conflict while another one waits."""
    if customers.get(customer_id=customer_id) is None:
        raise problems.NotFound("there is no such customer")
    if not reason.strip() or "\0" in reason:
        raise problems.Invalid("say why", errors={"reason": ["empty"]})
    if waiting(customer_id=customer_id) is not None:
        raise problems.Conflict("an erasure waits already", code="erasure_waits")
    row = Erasure(
        id=clock.new_id(), customer_id=customer_id, moved_out=moved_out, reason=reason.strip()[:LONGEST_REASON],
        asked_at=now, asked_by=by_id, asked_by_name=by_name, state=WAITS,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


def waiting(*, customer_id: str) -> Erasure | None:
    """The erasure of a customer's data that waits for a second person."""
    return db.session.scalar(select(Erasure).where(Erasure.customer_id == customer_id, Erasure.state == WAITS))


def all_waiting() -> list[Erasure]:
    """Every erasure that waits, the oldest first."""
    return list(db.session.scalars(select(Erasure).where(Erasure.state == WAITS).order_by(Erasure.asked_at).limit(100)))


def of_customer(*, customer_id: str) -> list[Erasure]:
    """What was asked for, the latest first."""
    query = select(Erasure).where(Erasure.customer_id == customer_id).order_by(Erasure.asked_at.desc())
    return list(db.session.scalars(query.limit(20)))


def settle(*, erasure_id: str, agree: bool, by_id: str, by_name: str, today: date, now: datetime) -> Erasure:
    """Carry out an erasure, or refuse it. Raises NotFound, Conflict for who asked for it or when it is settled already."""
    row = db.session.scalar(select(Erasure).where(Erasure.id == erasure_id).with_for_update())
    if row is None:
        raise problems.NotFound("there is no such erasure")
    if row.state != WAITS:
        raise problems.Conflict("this was settled already", code="settled_already")
    if agree and row.asked_by == by_id:
        raise problems.Conflict("somebody else must agree", code="second_person")
    row.state, row.settled_at, row.settled_by, row.settled_by_name = DONE if agree else REFUSED, now, by_id, by_name
    db.session.flush()
    if agree:
        _carry_out(row, today, now)
    return row


def _carry_out(row: Erasure, today: date, now: datetime) -> None:
    made, by = (
        plan(customer_id=row.customer_id, moved_out=row.moved_out, today=today),
        (row.settled_by, row.settled_by_name),
    )
    for visit_id in (*made.partly, *made.whole):
        kinds = [retention.PLACES, retention.PHOTOS, *([retention.PERSONS] if visit_id in made.whole else [])]
        for kind in kinds:
            retention.erase_visit(visit_id=visit_id, kind=kind, why="person", by=by, leave=kind == kinds[-1], now=now)
    said = calls.erasing.erase_of_visits(visit_ids=made.whole)
    if made.file:
        customers.forget(customer_id=row.customer_id, now=now)
        record.erasing.forget_texts(customer_id=row.customer_id)
    audit.looked_up(
        kind="erased", what="customer", object_id=row.customer_id, customer_id=row.customer_id, by_id=by[0], by_name=by[1],
        detail={"why": "person", "asked_by": row.asked_by_name, "visits": len(made.whole), "partly": len(made.partly),
                "stays": len(made.stays), "calls": said, "file": made.file}, now=now,
    )  # fmt: skip
