"""Slips and exchange sheets of later readings, when an earlier one was corrected or came late.

They are made anew, because they begin where it ended. Decides that a slip is reckoned anew when the figure that it begins from,
or the use that follows from it, is another one by now; prices that have changed since are no reason. The next revision cancels
the old one by number (domain: notice.md section 0), and together the slips charge what went through the meter, once. Invariant:
what one slip gives back the next one charges.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from fieldsvc.db import db
from fieldsvc.notices import promise
from fieldsvc.notices.contents.kinds import KINDS as PAPERS
from fieldsvc.notices.models import READY, Notice
from fieldsvc.readings import service as readings
from fieldsvc.record import service as record
from fieldsvc.record.service import Change

Json = dict[str, Any]

KINDS = {"reading.set", "reading.review"}
"""What may change from which figure a later slip begins."""


RECKON = ("payment", "exchange")
"""The papers that print what was used."""


def renew(changes: Sequence[Change]) -> bool:
    """Promise new revisions of the slips that begin at readings which have changed; says whether there are any."""
    touched = [one.visit_id for one in changes if any(op["kind"] in KINDS for op in one.ops)]
    later = readings.visits_after(visit_ids=touched) if touched else set()
    later -= {one.visit_id for one in changes}
    if not later:
        return False
    now, made = changes[0].now, 0
    documents = record.documents(ids=later)
    for visit_id, papers in promise.of_visits(sorted(later)).items():
        document = documents[visit_id]
        anew = [promise.again(document, former, now=now) for former in _outdated(document, papers)]
        if anew:
            promise.keep(anew)
            db.session.flush()
            record.set_notices(visit_id=visit_id, notices=promise.listed([*papers, *anew]), now=now)
        made += len(anew)
    return made > 0


def _outdated(document: Json, papers: Sequence[Notice]) -> Iterator[Notice]:
    """The issued papers of a visit that reckoned with other figures; one that is still to be made asks for them when it is."""
    for kind in RECKON:
        former = next((paper for paper in reversed(papers) if paper.kind == kind), None)
        if former is None or former.status != READY or not PAPERS[kind].owed(document):
            continue
        printed = json.loads(former.snapshot or "{}").get("facts", {}).get(kind)
        if printed and _figures(printed) != _figures(PAPERS[kind].facts(promise.source(document))[kind]):
            yield former


def _figures(slip: Json) -> list[tuple[str, Any, Any]]:
    return [(line["serial"], (line["last"] or {}).get("value"), line["used"]) for line in slip["lines"]]
