"""Keeping the tallies in step with the record, however late or out of order anything arrives.

Goes along the versions of the visits, as a phone's cursor does: what changed since the last look is taken out of the tallies as
it was last counted, and put in as it stands now. So the tallies depend on what the visits are, never on how they became so.
Costs the writers nothing. When the rules, the zone or the duty change, everything is forgotten and counted anew. Never commits
but through `db.transaction`, a batch at a time, read before it stands in line to write, so that nobody waits long.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, cast

from sqlalchemy import CursorResult, delete, select, text, tuple_

from fieldsvc import installation
from fieldsvc.db import Rows, db, transaction
from fieldsvc.duty import service as duty
from fieldsvc.hazards import service as hazards
from fieldsvc.jobs import service as jobs
from fieldsvc.jsontext import dumps, loads
from fieldsvc.policy import service as policy
from fieldsvc.record import service as record
from fieldsvc.reports import facts
from fieldsvc.reports.facts import HazardFacts, Part, VisitFacts
from fieldsvc.reports.models import CountedHazard, CountedVisit, FirstInspection, Head, Tally
from fieldsvc.reports.spans import period_of

Json = dict[str, Any]

JOB = "reports.work"
BATCH = 200
STEP_SECONDS = 4.0
FORGOTTEN_AT_ONCE = 2000
FORGETTING: Json = {"forgetting": True}
"""Stands where the rules do, while what was counted by others is being forgotten."""

_ADD = text(
    "INSERT INTO tallies (measure, grain, day, key, part, count) VALUES (:measure, :grain, :day, :key, :part, :count)"
    " ON CONFLICT (measure, grain, day, key, part) DO UPDATE SET count = tallies.count + excluded.count"
)
_NEW_VISITS = Rows(CountedVisit.__table__, columns=("id", "customer_id", "category", "inspected_on", "facts"))
_NEW_HAZARDS = Rows(CountedHazard.__table__, columns=("id", "facts"))
_NEW_FIRSTS = Rows(FirstInspection.__table__, columns=("customer_id", "category", "begins_on", "first_on"))


class Counted(NamedTuple):
    """A visit as it is counted."""

    id: str
    customer_id: str
    category: str
    inspected_on: date | None
    facts: str

    def parts(self) -> Counter[Part]:
        """What it adds to the tallies."""
        return facts.parts_of_visit(VisitFacts(*loads(self.facts)))


def rules_in_force() -> Json:
    """What decides how things are counted; tallies made by others are made anew."""
    return {
        "rules": facts.RULES,
        "zone": str(installation.zone()),
        "months": duty.months(),
        "business": policy.value("planning", "business_tags"),
    }


def work_due() -> None:
    """Bring the tallies up to date for a few seconds; wake again where there is more."""
    if not catch_up(seconds=STEP_SECONDS):
        jobs.wake(JOB)


def catch_up(*, seconds: float = math.inf) -> bool:
    """Bring the tallies up to date, a step at a time; False when the time was over before."""
    until = time.monotonic() + seconds
    while step():
        if time.monotonic() > until:
            return False
        jobs.give_way()
    return True


def step() -> bool:
    """Count some visits; False when there was nothing to do. Reads them without the write lock, in a session of its own: what
    a session remembers of the rules may have been changed by others."""
    db.session.remove()
    if not is_behind():
        return False
    batch = _read(BATCH)
    with transaction():
        _take_in(batch)
    return True


def is_behind() -> bool:
    """Whether something was written since the last count."""
    head = _head()
    return head is None or head.rules != rules_in_force() or record.latest_version() > head.version


def count_batch(*, limit: int = BATCH) -> int:
    """Count the next visits that changed; gives how many, or how many rows were forgotten. In the caller's transaction."""
    return _take_in(_read(limit))


def count_all_anew() -> None:
    """Forget every tally, and count everything again."""
    with transaction():
        _forget_from_now_on(_head())
    catch_up()


def _head() -> Head | None:
    return db.session.scalar(select(Head).execution_options(populate_existing=True))


class _Batch(NamedTuple):
    """What comes after a head, as it was read: it may be taken in as long as the head is the same."""

    rules: Json
    version: int
    visits: list[Counted]
    hazards: set[str]
    upto: int


def _read(limit: int) -> _Batch:
    head, rules = _head(), rules_in_force()
    version = head.version if head is not None else 0
    if head is None or head.rules != rules:
        return _Batch(rules, version, [], set(), version)
    changed = record.changed_since(version=version, limit=limit)
    documents = {row.id: loads(row.document) for row in changed}
    spoken = {name for one in documents.values() for name in (*one["hazards"], *one["verifications"])}
    visits = [as_counted(row, documents[row.id]) for row in changed]
    return _Batch(rules, version, visits, spoken, changed[-1].version if changed else version)


def _take_in(batch: _Batch) -> int:
    """Count what was read, unless somebody else has: then it is read anew. A visit that changed meanwhile comes again."""
    head = _head()
    if head is None or head.rules != batch.rules:
        return _begin_anew(head)
    if head.version != batch.version or not batch.visits:
        return 0
    _count_visits(batch.visits)
    _count_hazards(batch.hazards)
    head.version = batch.upto
    db.session.flush()
    return len(batch.visits)


def _begin_anew(head: Head | None) -> int:
    """Forget some of what was counted by other rules; the rules of this moment hold once nothing is left. Gives how many rows
    went, and the head for one."""
    installation.forget_all()  # by what this session read before it stood in line, two workers would undo each other's work
    rules = rules_in_force()
    if head is not None and head.rules == rules:
        return 0
    if head is None or head.rules != FORGETTING:
        head = _forget_from_now_on(head)
    gone = 0
    for table in (Tally, CountedVisit, CountedHazard, FirstInspection):
        key = tuple(table.__table__.primary_key)
        some = select(*key).order_by(*key).limit(FORGOTTEN_AT_ONCE - gone)
        which = delete(table).where(tuple_(*key).in_(some)).execution_options(synchronize_session=False)
        gone += cast(CursorResult[Any], db.session.execute(which)).rowcount
        if gone >= FORGOTTEN_AT_ONCE:
            return gone
    head.rules = rules
    db.session.flush()
    return gone + 1


def _forget_from_now_on(head: Head | None) -> Head:
    head = head or Head(id=1)
    head.version, head.rules = 0, dict(FORGETTING)
    db.session.add(head)
    db.session.flush()
    return head


def as_counted(row: record.Standing, document: Mapping[str, Any]) -> Counted:
    """A visit as it is counted from now on."""
    zone = installation.zone()
    told = facts.of_visit(
        document, planned_on=row.planned_on, created_at=row.created_at, changed_at=row.changed_at, zone=zone
    )
    inspected_on = facts.inspected_on(document, changed_at=row.changed_at, zone=zone)
    return Counted(row.id, row.customer_id, category(document), inspected_on, dumps(list(told)))


def category(document: Mapping[str, Any]) -> str:
    """Whether a visit was at a home or at a business: what its customer was marked as when it was planned."""
    marks = set(policy.value("planning", "business_tags").split())
    return duty.BUSINESS if marks & set(document["customer"].get("tags") or ()) else duty.HOME


def _count_visits(now: Sequence[Counted]) -> None:
    columns = [getattr(CountedVisit, name) for name in Counted._fields]
    query = select(*columns).where(CountedVisit.id.in_([one.id for one in now]))
    former = {row[0]: Counted(*row) for row in db.session.execute(query)}
    moved = [one for one in now if former.get(one.id) != one]
    deltas: Counter[Part] = Counter()
    for one in moved:
        deltas.update(one.parts())
        if one.id in former:
            deltas.subtract(former[one.id].parts())
    _replace(CountedVisit, [one.id for one in moved if one.id in former])
    _NEW_VISITS.write([one._asdict() for one in moved])
    _add(deltas)
    turned = [(one, former.get(one.id)) for one in moved]
    _reckon_first_inspections({one.customer_id for one, before in turned if _duty(one) != _duty(before)})


def _duty(one: Counted | None) -> tuple[str, date] | None:
    return (one.category, one.inspected_on) if one and one.inspected_on else None


def _count_hazards(spoken: Collection[str]) -> None:
    """Count what the visits found, and what they say of hazards that others found."""
    if not spoken:
        return
    zone = installation.zone()
    now = {one["id"]: facts.of_hazard(one, zone=zone) for one in hazards.by_ids(ids=spoken)}
    query = select(CountedHazard.id, CountedHazard.facts).where(CountedHazard.id.in_(sorted(spoken)))
    former = {hazard_id: HazardFacts(*loads(kept)) for hazard_id, kept in db.session.execute(query)}
    moved = {hazard_id: one for hazard_id, one in now.items() if former.get(hazard_id) != one}
    deltas: Counter[Part] = Counter()
    for hazard_id, one in moved.items():
        deltas.update(facts.parts_of_hazard(one))
        if hazard_id in former:
            deltas.subtract(facts.parts_of_hazard(former[hazard_id]))
    _replace(CountedHazard, [hazard_id for hazard_id in moved if hazard_id in former])
    _NEW_HAZARDS.write([{"id": hazard_id, "facts": dumps(list(one))} for hazard_id, one in moved.items()])
    _add(deltas)


def _replace(table: Any, ids: Collection[str]) -> None:
    if ids:
        db.session.execute(delete(table).where(table.id.in_(sorted(ids))))


def first_inspections(counted: Iterable[tuple[str, str, date]]) -> dict[tuple[str, str, date], date]:
    """From (customer, category, day of an inspection) the first day in each period of the customer's duty."""
    months = duty.months()
    first: dict[tuple[str, str, date], date] = {}
    for customer_id, kind, day in counted:
        begins_on, _ = period_of(day, months[kind])
        key = customer_id, kind, begins_on
        first[key] = min(day, first.get(key, day))
    return first


def _reckon_first_inspections(customer_ids: Collection[str]) -> None:
    if not customer_ids:
        return
    whose = sorted(customer_ids)
    columns = (CountedVisit.customer_id, CountedVisit.category, CountedVisit.inspected_on)
    query = select(*columns).where(CountedVisit.customer_id.in_(whose), CountedVisit.inspected_on.is_not(None))
    now = first_inspections(
        (customer_id, category, day) for customer_id, category, day in db.session.execute(query) if day
    )
    kept = (FirstInspection.customer_id, FirstInspection.category, FirstInspection.begins_on, FirstInspection.first_on)
    held = db.session.execute(select(*kept).where(FirstInspection.customer_id.in_(whose)))
    former = {(customer_id, category, begins_on): first_on for customer_id, category, begins_on, first_on in held}
    deltas: Counter[Part] = Counter(covered_parts(now))
    deltas.subtract(covered_parts(former))
    db.session.execute(delete(FirstInspection).where(FirstInspection.customer_id.in_(whose)))
    names = ("customer_id", "category", "begins_on", "first_on")
    _NEW_FIRSTS.write([dict(zip(names, (*key, day), strict=True)) for key, day in now.items()])
    _add(deltas)


def covered_parts(first: Mapping[tuple[str, str, date], date]) -> Counter[Part]:
    """First inspections as parts of the tallies: `covered`, on their day, by category and the period's first day."""
    return Counter(("covered", day, category, begins_on.isoformat()) for (_, category, begins_on), day in first.items())


def _add(deltas: Mapping[Part, int]) -> None:
    grained: Counter[tuple[str, str, date, str, str]] = Counter()
    for (measure, day, key, part), count in deltas.items():
        grained[measure, "d", day, key, part] += count
        grained[measure, "m", day.replace(day=1), key, part] += count
    names = ("measure", "grain", "day", "key", "part")
    rows = [dict(zip(names, one, strict=True)) | {"count": count} for one, count in sorted(grained.items()) if count]
    if rows:
        db.session.execute(_ADD, rows)
