"""Visits that plan themselves: a re-inspection of what was found or could not be seen, a repeat after nobody opened.

Decides what a home needs from what is known of it now, never from the order in which it became known: a home whose visits
ended or changed is looked at as a whole, and what is planned is brought in step. So each follow-up is made once, moves when its
hazard's day does, and is withdrawn when its reason disappears; a visit that somebody has begun is left to them, and the office's
own day and its cancelling stand. In the caller's transaction. Invariant: looking at a home a second time changes nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from fieldsvc import clock, installation
from fieldsvc.db import db
from fieldsvc.identity import service as identity
from fieldsvc.planning import capacity, needs
from fieldsvc.planning.models import AHEAD, DISMISSED, GIVEN_UP, KEPT, REINSPECTION, REPEAT, WITHDRAWN, FollowUp
from fieldsvc.policy import service as policy
from fieldsvc.policy import workdays
from fieldsvc.record import service as record
from fieldsvc.record.service import Author
from fieldsvc.visits import service as visits

Json = dict[str, Any]

_SELF = str(uuid.uuid5(uuid.NAMESPACE_URL, "fieldsvc:planning"))
ITSELF = Author(device=_SELF, id=_SELF, name="fieldsvc", office=True)
"""Who writes what plans itself."""

REASON_GONE = "reason_gone"
"""Why we cancel; the office says it in words (office.words.cancel_reason)."""


@dataclass
class Home:
    """All that is known of a home: its visits' documents, latest first, and what planned itself there."""

    customer_id: str
    visits: list[Json]
    rows: list[FollowUp]
    now: datetime

    def __post_init__(self) -> None:
        self.by_id = {visit["id"]: visit for visit in self.visits}
        self.today = self.now.astimezone(installation.zone()).date()
        self.rules = policy.section("planning")

    def open_of(self, visit_type: str) -> bool:
        """Say whether a visit that does for this type is planned or under way."""
        does = needs.family(visit_type)
        return any(one["type"] in does and one["state"] in ("planned", "started") for one in self.visits)


def look_at(*, customer_id: str, now: datetime) -> None:
    """Bring what plans itself at a home in step with what is known of it."""
    documents = record.latest_of_customer(customer_id=customer_id)
    if not documents:
        return
    query = select(FollowUp).where(FollowUp.customer_id == customer_id).order_by(FollowUp.made_at, FollowUp.id)
    home = Home(customer_id, documents, list(db.session.scalars(query)), now)
    for row in sorted(home.rows, key=lambda one: one.state != AHEAD):  # who is ahead first: it may be no longer
        _standing(home, row)
        db.session.flush()
    _repeats(home)
    _reinspection(home)
    db.session.flush()


def _standing(home: Home, row: FollowUp) -> None:
    """Read from its visit what became of a follow-up; a second re-inspection that somebody brought back is left to them."""
    visit = home.by_id.get(row.visit_id or "")
    if visit is None:
        return
    before = row.state
    if visit["state"] == "closed":
        row.state = KEPT
    elif visit["state"] == "cancelled":
        ours = (visit["cancelled"] or {}).get("by", {}).get("id") == ITSELF.id
        row.state = WITHDRAWN if ours else DISMISSED
    elif row.kind == REINSPECTION and any(
        one.kind == REINSPECTION and one.state == AHEAD and one is not row for one in home.rows
    ):
        row.state = DISMISSED
    else:
        row.state = AHEAD
        row.planned_for = date.fromisoformat(visit["planned"]["date"])
    if row.state != before:
        row.changed_at = home.now


# A repeat after no access


def _repeats(home: Home) -> None:
    wanted = {need.cause: need for need in needs.repeats(home.visits, home.rules)}
    rows = {row.cause: row for row in home.rows if row.kind == REPEAT}
    for cause, row in rows.items():
        if cause not in wanted:
            _withdraw(home, row)
    for cause, need in wanted.items():
        made = rows.get(cause)
        if made is not None:
            if made.state == WITHDRAWN:
                _revive(home, made, need)
            continue
        if home.open_of(need.visit_type):
            continue
        given_up = need.calls > home.rules["repeat_most"]
        _make(home, REPEAT, need, given_up=given_up)


# A re-inspection of hazards and of what could not be seen


def _reinspection(home: Home) -> None:
    need = needs.reinspection(home.visits, home.customer_id, home.rules)
    rows = [row for row in home.rows if row.kind == REINSPECTION]
    row = next((one for one in rows if one.state == AHEAD), None)
    if need is None:
        for one in sorted(rows, key=lambda one: one is not row):
            _standing(home, one)  # a second one is ahead once the first is withdrawn
            _withdraw(home, one)
        return
    if row is not None:
        _keep_in_step(home, row, need)
        return
    last = rows[-1] if rows else None
    if home.open_of(needs.REINSPECTION_TYPE) or _is_left_to_a_person(home, last, need):
        return
    if last is not None and last.state == WITHDRAWN:
        _revive(home, last, need)
    else:
        _make(home, REINSPECTION, need)


def _is_left_to_a_person(home: Home, last: FollowUp | None, need: needs.Need) -> bool:
    """The office cancelled a re-inspection for the same reasons, or too many calls for these were in vain."""
    if last is not None and _holds(last.why, need.why):
        if last.state == DISMISSED:
            return True
    elif last is not None:
        return False
    closed = [one for one in home.visits if one["type"] == needs.REINSPECTION_TYPE and one["state"] == "closed"]
    latest = max(closed, key=lambda one: datetime.fromisoformat(one["outcome"]["at"]), default=None)
    return latest is not None and any(
        row.cause == latest["id"] and row.state in (GIVEN_UP, DISMISSED) for row in home.rows
    )


def _holds(known: Sequence[Mapping[str, Any]], why: Sequence[Mapping[str, Any]]) -> bool:
    """Say whether every one of these reasons was known, as grave and by the same day; fewer of them are nothing new."""
    before, after = ({(part["of"], part.get("level"), part.get("due")) for part in parts} for parts in (known, why))
    return after <= before


def _presses(need: needs.Need, known: Sequence[Mapping[str, Any]], day: str) -> bool:
    """Say whether a hazard that was not known, or not as so grave or urgent, is due before a day."""
    before = {part["of"]: part for part in known if part["kind"] == "hazard"}
    return any(
        part["due"] < day
        and (
            part["of"] not in before
            or part["level"] < before[part["of"]]["level"]
            or part["due"] < before[part["of"]]["due"]
        )
        for part in need.why
        if part["kind"] == "hazard"
    )


def _keep_in_step(home: Home, row: FollowUp, need: needs.Need) -> None:
    """Move the visit with its day; one that the office moved only comes forward, for what the office did not know then."""
    visit, known = home.by_id[row.visit_id or ""], row.why
    if row.why != need.why:
        row.why, row.changed_at = need.why, home.now
    if visit["state"] != "planned":
        return
    held, day = visit["planned"]["date"], _day_for(need, home, row)
    if held == row.put_on.isoformat():
        moves = row.basis != need.basis and day.isoformat() != held
    else:
        moves = _presses(need, known, held) and day.isoformat() < held
    if row.basis != need.basis:
        row.basis, row.changed_at = need.basis, home.now
    if moves:
        row.planned_for = row.put_on = day
        _plan(home, visit, day, need)


def _day_for(need: needs.Need, home: Home, moved: FollowUp | None = None) -> date:
    """The day for it: what was agreed as agreed, and otherwise a working day with room, not before the next one."""
    if need.how == needs.EXACT and need.basis >= home.today:
        return need.basis
    first, day = workdays.add_working_days(home.today, 1), need.basis
    while need.how == needs.BY and day > first and not workdays.is_working_day(day):
        day -= timedelta(days=1)
    if not workdays.is_working_day(day):
        day = workdays.add_working_days(day, 1)
    return capacity.day_with_room(need, max(day, first), first=first, moved=moved)


# Making, moving, withdrawing


def _make(home: Home, kind: str, need: needs.Need, *, given_up: bool = False) -> None:
    day = _day_for(need, home)
    visit_id = None
    if not given_up:
        (document,) = visits.plan(visits=[_order(home, need, day)], now=home.now)
        visit_id = document["id"]
        home.visits.insert(0, document)
        home.by_id[visit_id] = document
    row = FollowUp(
        id=clock.new_id(),
        kind=kind,
        customer_id=home.customer_id,
        cause=need.cause or None,
        visit_id=visit_id,
        state=GIVEN_UP if given_up else AHEAD,
        why=need.why,
        basis=need.basis,
        planned_for=day,
        put_on=day,
        made_at=home.now,
        changed_at=home.now,
    )
    db.session.add(row)
    home.rows.append(row)


def _order(home: Home, need: needs.Need, day: date) -> Json:
    planned = {"date": day.isoformat(), "from": need.begins, "to": None}
    customer = home.visits[0]["customer"]
    account = customer["account"] or customer["id"]
    return {"type": need.visit_type, "customer": {"account": account}, "planned": planned, "assignee": _who(home, need)}


def _who(home: Home, need: needs.Need) -> str | None:
    if not home.rules["same_technician"] or need.other_person or not need.technician:
        return None
    person = identity.person(user_id=need.technician)
    found = identity.find_technician(person["username"]) if person else None
    return found["username"] if found else None


def _plan(home: Home, visit: Mapping[str, Any], day: date, need: needs.Need) -> None:
    data = {"date": day.isoformat()} | ({"from": need.begins} if need.begins else {})
    _write(home, visit, "visit.plan", data)


def _revive(home: Home, row: FollowUp, need: needs.Need) -> None:
    """The reason is back: the visit that we cancelled is planned again."""
    visit, day = home.by_id.get(row.visit_id or ""), _day_for(need, home)
    if home.open_of(need.visit_type):
        return
    if row.visit_id is None:  # it was given up: it is a person's again
        row.state, row.why, row.basis, row.changed_at = GIVEN_UP, need.why, need.basis, home.now
    if visit is None or visit["state"] != "cancelled":
        return
    row.state, row.why, row.basis, row.changed_at = AHEAD, need.why, need.basis, home.now
    row.planned_for = row.put_on = day
    _plan(home, visit, day, need)


def _withdraw(home: Home, row: FollowUp) -> None:
    """The reason is gone: the visit is cancelled where nobody has begun it."""
    if row.state == GIVEN_UP:
        row.state, row.changed_at = WITHDRAWN, home.now
    visit = home.by_id.get(row.visit_id or "")
    if row.state != AHEAD or visit is None or visit["state"] != "planned":
        return
    row.state, row.changed_at = WITHDRAWN, home.now
    _write(home, visit, "visit.cancel", {"reason": REASON_GONE})


def _write(home: Home, visit: Mapping[str, Any], kind: str, data: Mapping[str, Any]) -> None:
    db.session.flush()
    written = record.write_as_office(
        author=ITSELF, visit_id=visit["id"], base=visit["version"], kind=kind, data=data, now=home.now
    )
    if written.status == "quarantined":
        raise ValueError(f"what plans itself was refused: {written}")
    home.by_id[visit["id"]] = fresh = record.document(visit_id=visit["id"])
    home.visits = [fresh if one["id"] == fresh["id"] else one for one in home.visits]
