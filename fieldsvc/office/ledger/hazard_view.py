"""One hazard as the office sees it: its life, its pictures, its papers, what is missing, what comes next and who looks at it.

Decides order, grouping and the next step; what holds and what may be written is decided by `fieldsvc.hazards`. Invariant: a
danger is never told milder than the ledger has it, and what somebody wrote that counts for nothing is shown too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from fieldsvc.catalog.service import catalogue
from fieldsvc.hazards import service as ledger
from fieldsvc.identity import service as identity
from fieldsvc.notices import service as papers
from fieldsvc.office import words
from fieldsvc.office.attention.conflict_view import hazard_part, hazard_value
from fieldsvc.office.ledger import hazard_words
from fieldsvc.office.ledger.hazard_lines import REINSPECTION
from fieldsvc.office.words import _
from fieldsvc.record import service as record

Json = dict[str, Any]
MOST_VISITS = 6
"""So many visits that looked at a hazard are shown with their pictures; its life names them all."""

STEPS = ("found", "told", "notified", "in_work", "reported_done", "checked", "closed")
PAPERS_FOUND, PAPERS_AGAIN = ("hazard", "stop_gas", "refusal"), ("reinspection", "restoration")
DANGERS = ("found", "not_fixed", "opened", "suspended")
GOOD = ("fixed", "closed", "gas_restored", "restored", "reviewed")


@dataclass(frozen=True)
class Moment:
    """One thing that happened. `late`: it reached us a day or more after it was written; `idle`: it counts for nothing."""

    event: str
    title: str
    says: str
    who: str
    at: datetime
    on: date | None
    visit: str
    tone: str
    late: bool
    idle: bool


@dataclass(frozen=True)
class Next:
    """The next step: what, who looks at it, and by when."""

    what: str
    who: str
    by: date | None = None
    urgent: bool = False


@dataclass(frozen=True)
class Look:
    """One visit that looked at the hazard again, with its pictures."""

    visit: Json
    fixed: bool
    note: str
    pictures: list[Json]


@dataclass(frozen=True)
class View:
    """Everything that the page shows."""

    hazard: ledger.Hazard
    title: str
    harm: str
    remedies: list[str]
    who: str
    pays: str
    visit: Json | None
    found: Json
    customer: Json
    life: list[Moment]
    before: list[Json]
    looks: list[Look]
    papers: list[Any]
    waits: Sequence[str]
    possible: list[ledger.Possible]
    planned: list[Json]
    next: Next
    latest_due: date | None
    revisit_on: date | None
    overdue: bool
    alert: bool
    siblings: list[Json]


def view(row: ledger.Hazard, *, user_id: str, today: date) -> View:
    """Read everything of one hazard, in a number of queries that does not grow with its life."""
    events, rules = ledger.events(row), ledger.rules()
    visits = _visits(row, events)
    document = visits.get(row.visit_id)
    found = (document or {}).get("hazards", {}).get(row.id) or {}
    waits = ledger.waits(row, events, rules)
    planned = _planned(row)
    looks = _looks(row, events, visits)
    return View(
        hazard=row,
        title=words.hazard(row.code, row.name),
        **_catalogued(row, found),
        visit=document,
        found=found,
        customer=(document or {}).get("customer", {}),
        life=_life(row, events),
        before=_pictures(document, row, after=False) if document else [],
        looks=looks,
        papers=_papers(row, [look.visit for look in looks]),
        waits=() if row.state != "open" else waits,
        possible=ledger.possible(row, events, rules=rules, user_id=user_id, today=today),
        planned=planned,
        next=_next(row, waits, planned, rules, today),
        latest_due=ledger.latest_extension(row, rules),
        revisit_on=ledger.revisit_on(row, rules),
        overdue=row.state == "open" and row.fixed_at is None and row.due_on < today,
        alert=row.level == 1 and row.state == "open" and row.fixed_at is None and row.taken_up_at is None,
        siblings=[
            one for one in ledger.of_customer(customer_id=row.customer_id, only_open=False) if one["id"] != row.id
        ],
    )


def _catalogued(row: ledger.Hazard, found: Mapping[str, Any]) -> Json:
    try:
        known = catalogue().hazard(row.code or "")
    except KeyError:
        known = None
    told = known.solutions if known else ()
    remedies = [
        words.told(told[one]) if isinstance(one, int) and one < len(told) else str(one)
        for one in found.get("solutions") or ()
    ]
    pays = ""
    if row.responsible:
        pays = {"company": _("The company pays"), "user": _("The customer pays"), "shared": _("By agreement")}.get(
            row.responsible, ""
        )
    return {
        "harm": words.told(known.harm) if known else "",
        "remedies": remedies,
        "who": words.term("responsibles", row.responsible),
        "pays": pays,
    }


def _visits(row: ledger.Hazard, events: Sequence[ledger.HazardEvent]) -> dict[str, Json]:
    """The visit that found it, and the latest of those that looked at it again."""
    again = [one.visit_id for one in events if one.event in ("fixed", "not_fixed")]
    if row.verified_in:
        again.append(row.verified_in)
    latest = list(dict.fromkeys(reversed(again)))[:MOST_VISITS]
    return record.documents(ids={row.visit_id, *latest})


def _planned(row: ledger.Hazard) -> list[Json]:
    people = identity.people()
    open_ones = record.open_visits(customer_ids={row.customer_id}, types=(REINSPECTION,))[row.customer_id]
    return [
        {"id": one.id, "on": one.planned_on, "who": people.get(one.assignee_id or "", ""), "state": one.state}
        for one in open_ones
    ]


def _looks(row: ledger.Hazard, events: Sequence[ledger.HazardEvent], visits: Mapping[str, Json]) -> list[Look]:
    """Every shown visit that says something of it, the one that counts first, then the latest."""
    looks = []
    for document in visits.values():
        own = document["hazards"].get(row.id)
        said = document["verifications"].get(row.id) or (own or {}).get("verified")
        if said:
            fixed = said["result"] == "fixed"
            looks.append(Look(document, fixed, said.get("note") or "", _pictures(document, row, after=True)))
    return sorted(looks, key=lambda one: (one.visit["id"] != row.verified_in, _ended(one.visit)), reverse=False)


def _ended(document: Json) -> float:
    said = document["outcome"] or document["start"]
    return -datetime.fromisoformat(said["at"]).timestamp() if said else 0.0


def _pictures(document: Json, row: ledger.Hazard, *, after: bool) -> list[Json]:
    """The pictures a visit took of a hazard. Where one visit found it and put it right, those after count as after."""
    own = document["hazards"].get(row.id)
    lone = not own and len(document["verifications"]) == 1
    since = datetime.fromisoformat(own["verified"]["at"]) if own and own["verified"] else None
    shown = []
    for sha, photo in document["photos"].items():
        ref = photo.get("ref") or (row.id if lone and photo["purpose"] == "hazard" else None)
        if ref != row.id or photo.get("removed"):
            continue
        later = not own or (since is not None and datetime.fromisoformat(photo["taken_at"]) >= since)
        if later == after:
            shown.append({**photo, "sha256": sha, "caption": words.hazard(row.code, row.name)})
    return sorted(shown, key=lambda one: datetime.fromisoformat(one["taken_at"]))


def _papers(row: ledger.Hazard, looks: Sequence[Json]) -> list[Any]:
    """The papers that tell of it, in the order in which they were promised."""
    told = [one for one in papers.of_visit(visit_id=row.visit_id) if one.kind in PAPERS_FOUND]
    for visit in looks:
        if visit["id"] != row.visit_id:
            told += [one for one in papers.of_visit(visit_id=visit["id"]) if one.kind in PAPERS_AGAIN]
    return sorted(told, key=lambda one: (one.promised_at, one.number, one.revision))


def _life(row: ledger.Hazard, events: Sequence[ledger.HazardEvent]) -> list[Moment]:
    put_off = 0
    told = []
    for one in events:
        idle = False
        if one.event == "extended":
            idle = one.due != row.due_on and put_off == 0 and row.due_on == row.paper_due_on
            put_off += 1
            idle = idle or (one.due is not None and one.due > row.due_on)
        elif one.event == "reviewed":
            idle = one.seen != row.verified_op or one.by_id in (row.found_by, row.verified_by)
        elif one.event == "withdrawn":
            idle = row.state != "withdrawn"
        told.append(
            Moment(
                event=one.event,
                title=hazard_words.event(one.event),
                says=_says(one),
                who=one.by_name,
                at=one.made_at,
                on=one.on_day,
                visit=one.visit_id,
                tone="bad" if one.event in DANGERS else "good" if one.event in GOOD else "",
                late=(one.kept_at - one.made_at).total_seconds() > 24 * 3600,
                idle=idle,
            )
        )
    return told[::-1]


def _says(one: ledger.HazardEvent) -> str:
    parts = []
    if one.event == "found" and one.level:
        parts.append(words.level(one.level))
    if one.due:
        parts.append(_("due %(day)s", day=words.day(one.due)))
    if one.way:
        parts.append(words.serving_way(one.way))
    if one.event == "changed":
        part, value, why = hazard_words.changed(one.note)
        parts += [hazard_part(part), hazard_value(part, int(value) if value.isdigit() else value), why]
    elif one.note:
        parts.append(one.note)
    return " · ".join(part for part in parts if part)


def _next(row: ledger.Hazard, waits: Sequence[str], planned: Sequence[Json], rules: ledger.Rules, today: date) -> Next:
    office = _("The office")
    if row.state != "open":
        return Next(_("Nothing: it stands in the ledger and stays there."), "")
    if row.gas == "unsafe":
        return Next(_("Have the gas shut off again: this is not put right."), office, today, urgent=True)
    if row.fixed_at is not None:
        return _to_close(waits)
    if row.level == 1 and row.taken_up_at is None:
        return Next(_("Take it up: level 1."), _("Whoever sits at the desk now"), today, urgent=True)
    if row.stage in ("found", "told"):
        what = _("Deliver the notice.") if row.noticed_at else _("Have the notice issued: it comes by itself.")
        return Next(what, office, today)
    if row.remind_on is not None and row.remind_on <= today:
        return Next(_("Call the home."), office, row.remind_on, urgent=row.due_on < today)
    if planned:
        return Next(_("Re-inspect."), planned[0]["who"] or _("Nobody yet"), planned[0]["on"])
    revisit = ledger.revisit_on(row, rules)
    if row.stage == "reported_done" or row.due_on < today or (revisit and revisit <= today):
        return Next(_("Plan the re-inspection."), _("The planner"), revisit or row.due_on, urgent=row.due_on < today)
    if row.remind_on is not None and row.remind_on < row.due_on:
        return Next(_("Call the home."), office, row.remind_on)
    who = words.term("responsibles", row.responsible)
    return Next(_("Put it right."), who, row.due_on)


def _to_close(waits: Sequence[str]) -> Next:
    if "review" in waits and len(waits) == 1:
        return Next(_("Review the re-inspection and agree to the closing."), _("Somebody other than the finder"))
    if "notice" in waits:
        return Next(_("Issue the written notice: it comes by itself."), _("The office"))
    if "heard" in waits:
        return Next(_("Deliver the notice and write down how."), _("The office"))
    return Next(_("Review the re-inspection and agree to the closing."), _("Somebody other than the finder"))


def reached(row: ledger.Hazard) -> dict[str, bool]:
    """Which steps of the way lie behind, so that the page can draw it."""
    at = STEPS.index(row.stage) if row.stage in STEPS else -1
    return {name: place < at or row.stage == "closed" for place, name in enumerate(STEPS)}
