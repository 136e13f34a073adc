"""Sending somebody again to a meter whose reading the office did not believe.

Follows the record behind the readings. Decides who goes when: after some working days, the same technician unless the company
says otherwise. Invariant: a doubted reading plans one visit, however often and in whatever order it is doubted; what several
meters of one visit want is one visit.
"""

from __future__ import annotations

from collections.abc import Sequence

from fieldsvc import installation
from fieldsvc.identity import service as identity
from fieldsvc.policy import service as policy
from fieldsvc.policy import workdays
from fieldsvc.readings import service as readings
from fieldsvc.record.service import Change
from fieldsvc.visits.service import plan

ROUND = "gas.reading"


def follow(changes: Sequence[Change]) -> None:
    """Plan the visits that verdicts ask for."""
    doubted = {
        change.visit_id: change
        for change in changes
        if any(op["kind"] == "reading.review" and op["data"]["verdict"] == "again" for op in change.ops)
    }
    if not doubted:
        return
    wanted: dict[str, list[str]] = {}
    for review in readings.to_read_again(visit_ids=doubted):
        wanted.setdefault(review.visit_id, []).append(review.reading_id)
    for visit_id, reading_ids in sorted(wanted.items()):
        (visit,) = plan(visits=[_order(doubted[visit_id])], now=doubted[visit_id].now)
        readings.again_planned(reading_ids=reading_ids, visit_id=visit["id"])


def _order(change: Change) -> dict[str, object]:
    rules = policy.section("readings")
    today = change.now.astimezone(installation.zone()).date()
    day = workdays.add_working_days(today, rules["again_days"])
    return {
        "type": ROUND,
        "customer": {"account": change.document["customer"]["account"] or change.customer_id},
        "planned": {"date": day.isoformat(), "from": None, "to": None},
        "assignee": _technician(change) if rules["again_to_same"] else None,
    }


def _technician(change: Change) -> str | None:
    """The username of whose visit it was, as long as they are a technician."""
    assignee = change.document["assignee"]
    user = identity.member(user_id=assignee["id"]) if assignee else None
    return user.username if user is not None and identity.find_technician(user.username) is not None else None
