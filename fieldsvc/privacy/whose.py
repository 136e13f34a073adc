"""Whose data a thing holds: its visit and its customer, so that "who looked at this" can be asked of both.

Decides nothing about who may look. Asks each capability through its service, at most two short queries. Invariant: what there
is not belongs to nobody; a look at it is written down all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from fieldsvc import problems
from fieldsvc.calls import service as calls
from fieldsvc.customers import service as customers
from fieldsvc.doubts import service as doubts
from fieldsvc.hazards import service as hazards
from fieldsvc.notices import service as papers
from fieldsvc.readings import service as readings
from fieldsvc.record import service as record


class Whose(NamedTuple):
    """The ids of a visit and of a customer; empty where there is none."""

    visit_id: str = ""
    customer_id: str = ""


def of(whose: str, object_id: str) -> Whose:
    """Whose thing this is."""
    find = _FINDERS.get(whose)
    if find is None or not object_id or "\0" in object_id:
        return Whose()
    try:
        return find(object_id)
    except problems.NotFound:
        return Whose()


def _visit(visit_id: str) -> Whose:
    return Whose(visit_id, record.owner(visit_id=visit_id))


def _photo(sha256: str) -> Whose:
    spoken = record.speaking_of(sha256=sha256)
    return _visit(spoken) if spoken else Whose()


def _hazard(hazard_id: str) -> Whose:
    row = hazards.get(hazard_id=hazard_id)
    return Whose(row.visit_id, row.customer_id) if row else Whose()


def _paper(notice_id: str) -> Whose:
    return _visit(papers.get(notice_id=notice_id).visit_id)


def _serving(serving_id: str) -> Whose:
    return _paper(papers.serving.get(serving_id=serving_id).notice_id)


def _lookup(lookup: str) -> Whose:
    document = record.by_lookup(lookup=lookup)
    return Whose(document["id"], document["customer"]["id"]) if document else Whose()


def _reading(reading_id: str) -> Whose:
    found = readings.review(reading_id=reading_id)
    return Whose(found[0].visit_id or "", found[0].customer_id or "") if found else Whose()


def _complaint(complaint_id: str) -> Whose:
    visit_id = calls.complaints.get(complaint_id=complaint_id).visit_id
    return _visit(visit_id) if visit_id else Whose()


def _correction(correction_id: str) -> Whose:
    found = customers.corrections.some(ids=[correction_id]).get(correction_id)
    return Whose(found.visit_id, found.customer_id) if found else Whose()


def _doubt(doubt_id: str) -> Whose:
    return _visit(doubts.get(doubt_id=doubt_id).visit_id)


_FINDERS: Mapping[str, Callable[[str], Whose]] = {
    "visit": _visit,
    "photo": _photo,
    "hazard": _hazard,
    "paper": _paper,
    "serving": _serving,
    "lookup": _lookup,
    "reading": _reading,
    "complaint": _complaint,
    "correction": _correction,
    "doubt": _doubt,
    "customer": lambda customer_id: Whose("", customer_id),
}
