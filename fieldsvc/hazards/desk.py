"""What the desk may write down of a hazard now, and why it may not write the rest.

Decides refusals only, so that whoever sits at the form learns at once what would count for nothing; `life` holds to the same
rules whatever was written and in whatever order it came. Invariant: refused here is everything that `life` would not count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from fieldsvc import problems
from fieldsvc.db import db
from fieldsvc.hazards import book, life
from fieldsvc.hazards.life import Rules
from fieldsvc.hazards.models import Hazard, HazardEvent

NEED_A_NOTE = ("extended", "suspended", "restored", "noted")


@dataclass(frozen=True)
class Possible:
    """An event of the desk: whether it may be written now; `refused` says why not, empty when it may."""

    event: str
    refused: str = ""


def possible(row: Hazard, events: Sequence[HazardEvent], *, rules: Rules, user_id: str, today: date) -> list[Possible]:
    """Every event that has a meaning for this hazard as it stands, allowed or not."""
    if row.state == "withdrawn":
        return [Possible("noted")]
    offered = [
        *_while_not_fixed(row, events, rules),
        *_of_gas(row, today),
        *_of_review(row, events, rules, user_id),
    ]
    return [*offered, Possible("noted")]


def _while_not_fixed(row: Hazard, events: Sequence[HazardEvent], rules: Rules) -> list[Possible]:
    if row.fixed_at is not None:
        return []
    offered = [Possible("taken_up")] if row.level == 1 and row.taken_up_at is None else []
    if row.stage == "found":
        offered.append(Possible("told"))
    if not row.heard and all(one.event != "notified" for one in events):
        offered.append(Possible("notified", "" if row.noticed_at is not None else "not_issued"))
    if row.stage in ("found", "told", "notified"):
        offered.append(Possible("in_work"))
    if row.stage != "reported_done":
        offered.append(Possible("reported_done"))
    return [*offered, Possible("reminded"), Possible("extended", _no_extension(row, events, rules))]


def _no_extension(row: Hazard, events: Sequence[HazardEvent], rules: Rules) -> str:
    if life.latest_extension(row, rules) is None:
        return "never_put_off"
    put_off = sum(1 for one in events if one.event == "extended")
    return "put_off_already" if put_off >= rules.extensions else ""


def _of_gas(row: Hazard, today: date) -> list[Possible]:
    if row.gas in ("off", "suspended", "unsafe"):
        others = [] if row.fixed_at is None else _others_keep_it_off(row)
        return [Possible("restored", "not_fixed" if row.fixed_at is None else "others_open" if others else "")] + (
            [Possible("suspended")] if row.gas == "unsafe" else []
        )
    if row.fixed_at is not None or row.stop_gas == "none":
        return []
    late = row.due_on < today
    return [Possible("suspended", "" if late or row.stop_gas in life.SHUT else "not_overdue")]


def _others_keep_it_off(row: Hazard) -> list[Hazard]:
    """Other hazards of the home for which the gas is off and that are not put right."""
    query = select(Hazard).where(
        Hazard.customer_id == row.customer_id,
        Hazard.id != row.id,
        Hazard.state == "open",
        Hazard.fixed_at.is_(None),
        Hazard.gas != "",
    )
    return list(db.session.scalars(query))


def _of_review(row: Hazard, events: Sequence[HazardEvent], rules: Rules, user_id: str) -> list[Possible]:
    if row.state != "open" or row.fixed_at is None or "review" not in book.waits(row, events, rules):
        return []
    return [Possible("reviewed", "finder" if user_id in (row.found_by, row.verified_by) else "")]


def check(
    row: Hazard, events: Sequence[HazardEvent], data: Mapping[str, Any], *, rules: Rules, user_id: str, today: date
) -> None:
    """Refuse what would count for nothing. Raises Conflict with the reason as its code, Invalid for what is missing."""
    offered = {one.event: one.refused for one in possible(row, events, rules=rules, user_id=user_id, today=today)}
    event = str(data["event"])
    refused = offered.get(event, "not_now")
    if refused:
        raise problems.Conflict("this cannot be written down of the hazard now", code=refused)
    if _is_blind(row, event, data):
        raise problems.Conflict("the hazard has changed since the form was made", code="changed")
    wrong = {}
    if event in NEED_A_NOTE and not str(data.get("note") or "").strip():
        wrong["note"] = ["needed"]
    if data.get("on") and date.fromisoformat(data["on"]) > today:
        wrong["on"] = ["later than today"]
    if event == "extended":
        latest, due = life.latest_extension(row, rules), data.get("due")
        if latest is None or not due or not max(row.paper_due_on, today) < date.fromisoformat(due) <= latest:
            wrong["due"] = ["between the date and the latest one"]
    if wrong:
        raise problems.Invalid("something is missing, or does not fit", errors=wrong)


def _is_blind(row: Hazard, event: str, data: Mapping[str, Any]) -> bool:
    """Whether the writer had something else before them than what stands now."""
    if event == "taken_up":
        failed = row.verified_op is not None and row.fixed_at is None
        return data.get("level") != row.level or (failed and data.get("seen") != row.verified_op)
    return event == "reviewed" and data.get("seen") != row.verified_op
