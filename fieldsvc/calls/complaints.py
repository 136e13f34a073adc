"""Complaints: received at once, one owner who is never the one complained about, closed in working days, with a reply.

Decides when a complaint is due and what closing needs: what was found, and the reply to the person who complained.
Invariant: every step is an entry that is never changed; how a complaint stands is what its newest entries say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import ScalarSelect, and_, case, func, not_, or_, select, true

from fieldsvc import clock, installation, numbers, problems
from fieldsvc.calls.models import ANSWERED, CLOSED, OPEN, Complaint, ComplaintEntry
from fieldsvc.calls.sample import week_of
from fieldsvc.db import db
from fieldsvc.found import Found, number, number_of
from fieldsvc.policy import service as policy
from fieldsvc.policy import workdays

WAYS = ("phone", "hall", "letter", "online", "call")
KINDS = {
    "complaint": "complaint_working_days",
    "opinion": "opinion_working_days",
    "power": "power_complaint_working_days",
    "report": "power_report_working_days",
}
"""What somebody may complain with, each with the promise that says how soon it is closed (domain.md 1.8, 4)."""
MOST_RINGS = 99
EVENTS = ("received", "given", "found", "answered", "closed", "reopened")
ORDERS = {
    "due": (Complaint.due_on,),
    "number": (Complaint.number,),
    "name": (Complaint.name,),
    "received": (Complaint.received_at,),
}


@cache
def topics() -> dict[str, Mapping[str, str]]:
    """What a complaint may be about, by id, each with its name in every language, in the order in which they are offered."""
    read = yaml.safe_load((Path(__file__).parent / "topics.yaml").read_text(encoding="utf-8"))
    return {one["id"]: one["name"] for one in read["topics"]}


def receive(*, given: Mapping[str, Any], owner_id: str, by_id: str, by_name: str, now: datetime) -> Complaint:
    """Take a complaint in. Raises Invalid with `errors` by field."""
    errors = {name: "needed" for name in ("name", "about") if not given[name].strip()}
    errors |= {"way": "unknown"} if given["way"] not in WAYS else {}
    errors |= {"kind": "unknown"} if given.get("kind", "complaint") not in KINDS else {}
    errors |= {"topic": "unknown"} if given.get("topic") and given["topic"] not in topics() else {}
    rings = given.get("rings")
    errors |= {"rings": "unknown"} if rings is not None and not 1 <= rings <= MOST_RINGS else {}
    errors |= {"owner": "owner"} if not owner_id or owner_id == given.get("against_id") else {}
    if errors:
        raise problems.Invalid(errors=errors)
    today = now.astimezone(installation.zone()).date()
    within = policy.value("promises", KINDS[given.get("kind", "complaint")])
    head = f"TS-{installation.company().get('org', 'GY01')}-{today:%Y%m%d}"
    row = Complaint(
        id=clock.new_id(), number=f"{head}-{numbers.take(head, 1):04d}", received_at=now, week=week_of(today),
        way=given["way"], kind=given.get("kind", "complaint"), topic=given.get("topic") or "",
        rings=rings if given["way"] == "phone" else None,
        name=given["name"].strip(), phone=given["phone"].strip(), address=given["address"].strip(),
        about=given["about"].strip(), visit_id=given.get("visit_id") or None, against_id=given.get("against_id") or None,
        owner_id=owner_id, due_on=workdays.add_working_days(today, within), state=OPEN,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    _note(row, "received", row.about, owner_id=owner_id, by_id=by_id, by_name=by_name, now=now)
    return row


def get(*, complaint_id: str) -> Complaint:
    """A complaint. Raises NotFound."""
    row = db.session.get(Complaint, complaint_id)
    if row is None:
        raise problems.NotFound()
    return row


def entries(*, complaint_id: str) -> Sequence[ComplaintEntry]:
    """What happened to a complaint, oldest first."""
    asked = select(ComplaintEntry).where(ComplaintEntry.complaint_id == complaint_id)
    return db.session.scalars(asked.order_by(ComplaintEntry.number)).all()


def add(
    *, complaint_id: str, event: str, words: str, seen: int, by_id: str, by_name: str, now: datetime, owner_id: str = ""
) -> Complaint:
    """Write what happened next. Raises NotFound, Conflict where somebody else came first, and Invalid."""
    row = get(complaint_id=complaint_id)
    known = [one.event for one in entries(complaint_id=complaint_id)]
    if len(known) != seen:
        raise problems.Conflict("somebody else wrote on this complaint meanwhile", code="changed_meanwhile")
    if not words.strip() and event != "given":
        raise problems.Invalid("say it in words", code="words_needed")
    _allow(row, event, known, by_id=by_id, owner_id=owner_id)
    if event == "given":
        row.owner_id = owner_id
    elif event == "closed":
        row.state, row.closed_on = CLOSED, now.astimezone(installation.zone()).date()
    elif event == "reopened":
        row.state, row.closed_on = OPEN, None
    elif event == "answered":
        row.state = ANSWERED
    given_to = owner_id if event == "given" else None
    _note(row, event, words.strip(), owner_id=given_to, by_id=by_id, by_name=by_name, now=now)
    return row


def _allow(row: Complaint, event: str, known: Sequence[str], *, by_id: str, owner_id: str) -> None:
    since = known[len(known) - known[::-1].index("reopened") :] if "reopened" in known else known
    if event not in EVENTS[1:] or (row.state == CLOSED) != (event == "reopened"):
        raise problems.Invalid("this cannot follow", code="cannot_follow")
    if event == "given" and (not owner_id or owner_id == row.against_id):
        raise problems.Invalid("never the person complained about", code="owner")
    if event in ("found", "answered", "closed") and by_id == row.against_id:
        raise problems.Invalid("never by the person complained about", code="own_case")
    if event == "closed" and not {"found", "answered"} <= set(since):
        raise problems.Invalid("what was found and the reply come first", code="reply_first")


def _note(
    row: Complaint, event: str, words: str, *, owner_id: str | None, by_id: str, by_name: str, now: datetime
) -> None:
    last = db.session.scalar(select(func.max(ComplaintEntry.number)).where(ComplaintEntry.complaint_id == row.id)) or 0
    db.session.add(
        ComplaintEntry(
            complaint_id=row.id, number=last + 1, at=now, by_id=by_id, by_name=by_name[:200], event=event, words=words,
            owner_id=owner_id,
        )
    )  # fmt: skip
    db.session.flush()


def kept(*, first: date, last: date, today: date, rings: int) -> dict[str, tuple[int, int, int]]:
    """How often it was kept, was not, and may still be: of each `complaint` and `opinion` that was due in some days, to close it
    in time; of the telephone calls of these days whose rings were counted (`hotline`), to answer within so many."""
    closed, opinion = Complaint.state == CLOSED, Complaint.kind == "opinion"
    in_time = and_(closed, Complaint.closed_on <= Complaint.due_on)
    still = and_(not_(closed), Complaint.due_on >= today)
    zone = installation.zone()
    begin = datetime.combine(first, time(), tzinfo=zone)
    end = datetime.combine(last + timedelta(days=1), time(), tzinfo=zone)
    told_by_kind = select(
        *(
            _number(f"{name}_{what}", asked, holds)
            for name, asked in (("complaint", not_(opinion)), ("opinion", opinion))
            for what, holds in (("all", true()), ("kept", in_time), ("still", still))
        )
    )
    due = told_by_kind.where(Complaint.due_on.between(first, last)).subquery()
    rung = (
        select(_number("hotline_all", true()), _number("hotline_kept", Complaint.rings <= rings))
        .where(Complaint.rings.is_not(None), Complaint.received_at >= begin, Complaint.received_at < end)
        .subquery()
    )
    row = db.session.execute(select(due, rung).select_from(due.join(rung, true()))).one()._mapping
    told = {}
    for name in ("complaint", "opinion", "hotline"):
        held, waiting = int(row[f"{name}_kept"]), int(row.get(f"{name}_still", 0))
        told[name] = (held, int(row[f"{name}_all"]) - held - waiting, waiting)
    return told


def _number(name: str, *conditions: Any) -> Any:
    """How many rows fulfil all conditions."""
    return func.coalesce(func.sum(case((and_(*conditions), 1), else_=0)), 0).label(name)


def find(
    *,
    words: str = "",
    state: str = "",
    kind: str = "",
    topic: str = "",
    way: str = "",
    due_from: date | None = None,
    due_to: date | None = None,
    overdue_on: date | None = None,
) -> Found[Complaint]:
    """Complaints with these words in number, name, address or text; `state` may also be `unsettled`: all that are not closed."""
    where = (
        [Complaint.state.in_((OPEN, ANSWERED))] if state == "unsettled" else [Complaint.state == state] if state else []
    )
    where += [Complaint.kind == kind] if kind else []
    where += [Complaint.topic == topic] if topic else []
    where += [Complaint.way == way] if way else []
    where += [Complaint.due_on >= due_from] if due_from else []
    where += [Complaint.due_on <= due_to] if due_to else []
    searched = (Complaint.number, Complaint.name, Complaint.address, Complaint.about)
    where += [or_(*(one.icontains(word, autoescape=True) for one in searched)) for word in words.split()]
    where += [Complaint.state.in_((OPEN, ANSWERED)), Complaint.due_on < overdue_on] if overdue_on else []
    return Found(key=Complaint.id, orders=ORDERS, usual="due", where=where, read=_by_ids)


def _by_ids(ids: Sequence[str]) -> dict[str, Complaint]:
    return {row.id: row for row in db.session.scalars(select(Complaint).where(Complaint.id.in_(ids)))}


def number_late(*, today: date) -> ScalarSelect[int]:
    """How many complaints are past their day, as a part of a statement."""
    return number_of(select(Complaint.id).where(Complaint.state.in_((OPEN, ANSWERED)), Complaint.due_on < today))


def count_late(*, today: date) -> int:
    """How many complaints are past their day."""
    return number(number_late(today=today))
