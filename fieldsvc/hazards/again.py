"""A hazard seen again: what other visits say of it, and whether its finder's withdrawal counts beside that.

Decides which verification of several visits counts, and that a withdrawn hazard which another visit found not put right is
not withdrawn. Invariants: the order in which visits arrive does not matter to that; only the office withdraws what another
visit says is there, naming the verification it has seen (`seen` of `hazard.withdraw`), and nothing that arrived after it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from fieldsvc.hazards.models import Hazard, HazardEvent
from fieldsvc.record import service as record
from fieldsvc.record.service import Change

Json = dict[str, Any]
Events = Sequence[HazardEvent]


def verify(row: Hazard, verification: Mapping[str, Any], *, visit_id: str, now: datetime) -> None:
    """Take what a visit says of a hazard. One that was made earlier and arrives later opens the hazard, and never closes it."""
    here, fixed = row.verified_in == visit_id, verification["result"] == "fixed"
    at = min(datetime.fromisoformat(verification["at"]), now)
    if fixed and not here and row.verified_at is not None and at < row.verified_at:
        return
    row.verified_in, row.verified_at = visit_id, at
    row.verified_op, row.verified_by = verification["op"], verification["by"]["id"]
    row.fixed_at = (row.fixed_at or now) if fixed else None


def weigh(
    rows: Iterable[Hazard],
    said: Mapping[str, Events],
    *,
    new: Collection[str],
    changes: Sequence[Change],
    now: datetime,
) -> None:
    """Take what was said of new hazards before they came, and decide of every withdrawal whether it counts.

    `said`: the events of each hazard from its own home.
    """
    asked = [(row, _others(row, said[row.id])) for row in rows]
    asked = [(row, others) for row, others in asked if others and (row.id in new or _is_taken_back(row, said[row.id]))]
    here = {change.visit_id: change.document for change in changes}
    wanted = {visit_id for row, others in asked for visit_id in (row.visit_id, *others)}
    documents = {**record.documents(ids=wanted - set(here)), **here}
    for row, others in asked:
        if row.id in new:
            looks = [(documents[one]["verifications"].get(row.id), one) for one in others if one in documents]
            for look, visit_id in sorted(((look, one) for look, one in looks if look), key=_oldest_first):
                verify(row, look, visit_id=visit_id, now=now)
        found = documents.get(row.visit_id, {}).get("hazards", {}).get(row.id)
        if found and found["withdrawn"]:
            row.state = _state(row, found["withdrawn"], said[row.id], documents)


def _others(row: Hazard, events: Events) -> set[str]:
    """The other visits that said whether it is put right."""
    return {one.visit_id for one in events if one.event in ("fixed", "not_fixed") and one.visit_id != row.visit_id}


def _is_taken_back(row: Hazard, events: Events) -> bool:
    return row.state == "withdrawn" or any(one.event == "withdrawn" and one.visit_id == row.visit_id for one in events)


def _oldest_first(look: tuple[Json, str]) -> tuple[datetime, bool, str]:
    said, visit_id = look
    return datetime.fromisoformat(said["at"]), said["result"] == "not_fixed", visit_id


def _state(row: Hazard, withdrawal: Mapping[str, Any], events: Events, documents: Mapping[str, Json]) -> str:
    kept = {one.id: one for one in events}
    by = kept.get(withdrawal["op"])
    seen = kept.get(by.seen or "") if by else None
    for visit_id in _others(row, events):
        look = documents.get(visit_id, {}).get("verifications", {}).get(row.id)
        if look is None or look["result"] == "fixed":
            continue
        arrived = kept.get(look["op"])
        if seen is None or arrived is None or arrived.kept_at > seen.kept_at:
            return "open" if row.closed_at is None else "closed"
    return "withdrawn"
