"""What the office decides about a planned visit: its day, its window, its place in the route, whose it is, and cancelling it.

Every decision is an op. Decides what may still be moved: a visit that is not closed; only one that nobody has begun can be
cancelled. Never commits. Invariant: a move says the whole plan of the visit, so that nothing of the old one is left beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from fieldsvc import problems
from fieldsvc.identity import service as identity
from fieldsvc.office import service as office
from fieldsvc.record import service as record
from fieldsvc.record.service import Author

Json = dict[str, Any]

STEP = 10
"""Between two places in a route, so that a later one fits in between."""
MOST_AT_ONCE = 500
AT_ONCE = 20
"""Visits moved in one transaction; phones that send meanwhile wait for so long."""


@dataclass
class Outcome:
    """What became of many moves: how many visits changed, and which could not be moved any more, with why."""

    changed: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Count what became of some more."""
        self.changed += other.changed
        self.refused += other.refused


def move(
    *, author: Author, visit: Mapping[str, Any], now: datetime, day: date | None = None, window: tuple[str, str] | None = None,
    order: int | None = None, keep_order: bool = False,
) -> bool:  # fmt: skip
    """Give a visit another day, window (texts, empty for none) or place; what is not given stays. Says whether anything changed.

    Another day forgets the place in the old day's route. Raises Conflict for a visit that is closed or was cancelled.
    """
    _movable(visit)
    held = visit["planned"] or {"date": "", "from": None, "to": None}
    begins, ends = window if window is not None else (held.get("from") or "", held.get("to") or "")
    wanted: Json = {"date": day.isoformat() if day else held["date"], "from": begins or None, "to": ends or None}
    if order is None and keep_order and wanted["date"] == held["date"]:
        order = held.get("order")
    if order is not None:
        wanted["order"] = order
    if wanted == {name: held.get(name) for name in ("date", "from", "to")} | (
        {"order": held["order"]} if held.get("order") is not None else {}
    ):
        return False
    _plan(author, visit, wanted, now)
    return True


def _plan(author: Author, visit: Mapping[str, Any], wanted: Mapping[str, Any], now: datetime) -> None:
    data = {name: value for name, value in wanted.items() if value is not None}
    office.edit(author=author, visit_id=visit["id"], base=visit["version"], kind="visit.plan", data=data, now=now)


def _movable(visit: Mapping[str, Any]) -> None:
    if visit["state"] == "closed":
        raise problems.Conflict("this visit is closed", code="visit_is_closed")
    if visit["state"] == "cancelled":
        raise problems.Conflict("this visit was cancelled", code="visit_is_cancelled")


def assign(*, author: Author, visit: Mapping[str, Any], username: str, now: datetime) -> bool:
    """Give a visit to a technician. Says whether anything changed."""
    _movable(visit)
    person = identity.find_technician(username)
    if person is None:
        raise problems.Invalid("there is no such technician", errors={"technician": ["unknown"]})
    if visit["assignee"] and visit["assignee"]["id"] == person["id"]:
        return False
    data = {"assignee": username}
    office.edit(author=author, visit_id=visit["id"], base=visit["version"], kind="visit.assign", data=data, now=now)
    return True


def cancel(*, author: Author, visit: Mapping[str, Any], reason: str, base: int, now: datetime) -> None:
    """Cancel a visit that nobody has begun, having seen it as it was at `base`. Raises Conflict when somebody has."""
    _movable(visit)
    if visit["state"] != "planned":
        raise problems.Conflict("this visit was begun", code="visit_is_begun")
    office.edit(author=author, visit_id=visit["id"], base=base, kind="visit.cancel", data={"reason": reason}, now=now)


def revive(
    *, author: Author, visit: Mapping[str, Any], day: date, window: tuple[str, str] = ("", ""), now: datetime
) -> None:
    """Bring a cancelled visit back on a day. Raises Conflict for one that was not cancelled."""
    if visit["state"] != "cancelled":
        raise problems.Conflict("this visit was not cancelled", code="visit_not_cancelled")
    _plan(author, visit, {"date": day.isoformat(), "from": window[0] or None, "to": window[1] or None}, now)


def many(
    *, author: Author, ids: Sequence[str], now: datetime, day: date | None = None, username: str = "", reason: str = ""
) -> Outcome:
    """Move, assign or (with a reason and nothing else) cancel many visits; those that cannot be are named, the others are."""
    outcome = Outcome()
    documents = record.documents(ids=ids[:MOST_AT_ONCE])
    for visit_id in ids[:MOST_AT_ONCE]:
        visit = documents.get(visit_id)
        if visit is None:
            continue
        try:
            changed = False
            if reason:
                cancel(author=author, visit=visit, reason=reason, base=visit["version"], now=now)
                changed = True
            if day is not None and move(author=author, visit=visit, day=day, now=now, keep_order=True):
                changed, visit = True, record.document(visit_id=visit_id)
            if username and assign(author=author, visit=visit, username=username, now=now):
                changed = True
            outcome.changed += changed
        except problems.Conflict as problem:
            outcome.refused.append((visit_id, problem.code))
    return outcome


def arrange(
    *, author: Author, ids: Sequence[str], day: date, now: datetime, moved: str, person: str = "", username: str = ""
) -> Outcome:
    """Put the day of a person (an id; nobody's, where it is empty) into this order, as somebody saw it on a board.

    One visit, `moved`, comes to it from wherever it is, and to the technician with this name. Every other one that is not there
    any more was moved by somebody else meanwhile: it is left as it is and named.
    """
    outcome, listed = Outcome(), []
    documents = record.documents(ids=ids[:MOST_AT_ONCE])
    for visit in (documents[visit_id] for visit_id in ids[:MOST_AT_ONCE] if visit_id in documents):
        if visit["id"] == moved or _stands(visit, day, person):
            listed.append(visit)
        else:
            outcome.refused.append((visit["id"], "changed_meanwhile"))
    for visit, order in zip(listed, places(listed, day=day), strict=True):
        try:
            changed = visit["state"] != "closed" and move(author=author, visit=visit, day=day, order=order, now=now)
            if username and visit["id"] == moved and visit["state"] != "closed":
                changed = (
                    assign(author=author, visit=record.document(visit_id=visit["id"]), username=username, now=now)
                    or changed
                )
            outcome.changed += changed
        except problems.Conflict as problem:
            outcome.refused.append((visit["id"], problem.code))
    return outcome


def _stands(visit: Mapping[str, Any], day: date, person: str) -> bool:
    """Whether a visit stands on this day with this person."""
    held, assignee = visit["planned"], visit["assignee"]
    return bool(held) and held["date"] == day.isoformat() and (assignee["id"] if assignee else "") == person


def places(listed: Iterable[Mapping[str, Any]], *, day: date) -> list[int]:
    """The places of visits in the order given: those they have where these rise already, so that few entries are written."""
    visits = list(listed)
    held = [
        one["planned"].get("order") if one["planned"] and one["planned"]["date"] == day.isoformat() else None
        for one in visits
    ]
    found: list[int] = []
    for at, place in enumerate(held):
        before = found[-1] if found else 0
        after = [one for one in held[at + 1 :] if one is not None]
        fits = place is not None and place > before and not any(one <= place for one in after[:1])
        found.append(place if fits and place is not None else _between(before, held[at + 1 : at + 2]))
    return found


def _between(before: int, after: Sequence[int | None]) -> int:
    """A place after `before`, and before the next one that keeps its own where there is room."""
    nearest = after[0] if after else None
    if nearest is not None and nearest - before > 1:
        return before + max(1, min(STEP, (nearest - before) // 2))
    return before + STEP
