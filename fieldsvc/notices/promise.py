"""What a visit owes, and the promise of it, in the transaction of the ops.

Decides when a paper is owed, when a new revision is, and what has changed between two. Renders nothing. Invariants: a paper
that was issued is never touched (the next revision replaces it); one still pending is frozen only when it is made, so that the
latest revision always prints what the record says. Why the essence and not the whole document: new words in the catalogue
must not reissue every paper.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select

from fieldsvc import clock, installation, numbers
from fieldsvc.catalog import service as catalog
from fieldsvc.db import Rows, among, db
from fieldsvc.identity import service as identity
from fieldsvc.notices.archive import HomeArchive
from fieldsvc.notices.contents import snapshot
from fieldsvc.notices.contents.kinds import KINDS, Kind
from fieldsvc.notices.contents.source import Source
from fieldsvc.notices.contents.wording import Text, day, paper_languages, wording
from fieldsvc.notices.desk import desk
from fieldsvc.notices.making.paper import change_words
from fieldsvc.notices.models import FAILED, PENDING, READY, VOID, Notice
from fieldsvc.record import service as record

Json = dict[str, Any]
_KEEP = Rows(Notice.__table__, columns=Notice.__table__.columns.keys())
_OF_VISITS = select(Notice).where(among(Notice.visit_id, "visits")).order_by(Notice.kind, Notice.revision)


PRINTED_OF_COMPANY = ("name", "address", "hotline", "complaint_phone", "licence")
_NOTHING = dict.fromkeys(_KEEP.columns)

Paper = Notice | SimpleNamespace
"""A paper; a new one, until it is stored, has a Notice's columns without an object's book-keeping in the session."""


def of_visit(visit_id: str) -> list[Notice]:
    """A visit's papers, by kind and revision."""
    return list(
        db.session.scalars(select(Notice).where(Notice.visit_id == visit_id).order_by(Notice.kind, Notice.revision))
    )


def of_visits(visit_ids: Sequence[str]) -> dict[str, list[Notice]]:
    """The papers of several visits, each by kind and revision."""
    papers: dict[str, list[Notice]] = {visit_id: [] for visit_id in visit_ids}
    for paper in db.session.scalars(_OF_VISITS, {"visits": list(visit_ids)}):
        papers[paper.visit_id].append(paper)
    return papers


TakeNumber = Callable[[str], str]
"""Gives the next number of a kind of paper."""


def numbering(
    documents: Sequence[Mapping[str, Any]], *, papers: Mapping[str, Sequence[Notice]], now: datetime
) -> TakeNumber:
    """Reserve at once the numbers that these visits may need, and give them out one by one.

    Numbers that are not needed in the end are gaps; they are never given to another paper.
    """
    heads: dict[str, Iterator[str]] = {}

    def take(kind: str) -> str:
        if kind not in heads:
            heads[kind] = _numbers(kind, now, sum(1 for document in documents if _is_first(kind, document)))
        return next(heads[kind])

    def _is_first(kind: str, document: Mapping[str, Any]) -> bool:
        known = any(paper.kind == kind for paper in papers[document["id"]])
        return not known and document["state"] == "closed" and KINDS[kind].owed(document)

    return take


def bring_up_to_date(
    document: Mapping[str, Any], *, papers: Sequence[Notice], take_number: TakeNumber, now: datetime
) -> list[Paper]:
    """Promise, renew, refresh or void what a closed visit owes.

    Gives its papers as they stand then, the new ones last; those the caller gives to `keep`.
    """
    standing, said = list[Paper](papers), _Spoken(document)
    for kind in KINDS.values():
        former = next((paper for paper in reversed(papers) if paper.kind == kind.name), None)
        owed = kind.owed(document)
        if former is None:
            if owed:
                number, essence = take_number(kind.name), said.by(kind)
                standing.append(_promise(document, kind.name, number=number, former=None, essence=essence, now=now))
        elif former.status == READY:
            essence = said.by(kind) if owed or not kind.outlives else former.essence
            if essence != former.essence:
                number = former.number
                standing.append(_promise(document, kind.name, number=number, former=former, essence=essence, now=now))
        elif owed or former.replaces_id:
            essence = said.by(kind)
            if former.held or former.status != PENDING or former.essence != essence:
                _fill(former, document, essence=essence, now=now)
            else:
                wait_for(former, document, now=now)
        else:
            former.status = VOID
    return standing


class _Spoken:
    """What each kind of paper says of a visit, as a digest; kinds that speak alike share one."""

    def __init__(self, document: Mapping[str, Any]):
        self._document, self._known = document, dict[Callable[..., str], str]()

    def by(self, kind: Kind) -> str:
        """The essence of a paper of this kind."""
        if kind.spoken not in self._known:
            self._known[kind.spoken] = kind.spoken(self._document)
        return self._known[kind.spoken]


def keep(papers: Sequence[Paper]) -> None:
    """Store new papers."""
    _KEEP.write([vars(paper) for paper in papers])


def wait_for(paper: Paper, document: Mapping[str, Any], *, now: datetime) -> None:
    """Make a pending paper due: at once when its pictures are there, else when the wait is over."""
    waits = now < paper.waits_until and not KINDS[paper.kind].pictures(document).isdisjoint(document["missing_blobs"])
    paper.next_try_at = paper.waits_until if waits else now


def _promise(
    document: Mapping[str, Any], kind: str, *, number: str, former: Notice | None, essence: str, now: datetime
) -> SimpleNamespace:
    paper = SimpleNamespace(
        **_NOTHING
        | {
            "id": clock.new_id(),
            "visit_id": document["id"],
            "kind": kind,
            "number": number,
            "revision": former.revision + 1 if former else 1,
            "replaces_id": former.id if former else None,
            "printed_count": 0,
        }
    )
    _fill(paper, document, essence=essence, now=now)
    return paper


def _fill(paper: Paper, document: Mapping[str, Any], *, essence: str, now: datetime) -> None:
    paper.essence = essence
    paper.status, paper.held, paper.attempts, paper.error = PENDING, False, 0, None
    paper.promised_at, paper.waits_until = now, now + desk().photo_wait
    wait_for(paper, document, now=now)


def again(document: Mapping[str, Any], former: Notice, *, now: datetime) -> Paper:
    """The next revision of an issued paper, for a reason that lies outside of its visit."""
    return _promise(document, former.kind, number=former.number, former=former, essence=former.essence, now=now)


class Withheld(Exception):
    """A paper must not be issued yet; it says why."""


def withheld(paper: Notice) -> str:
    """Why a paper must not be issued yet, as all records of the home say now; empty when it may be."""
    ask = KINDS[paper.kind].withheld
    return ask(source(record.document(visit_id=paper.visit_id))) if ask else ""


def source(document: Mapping[str, Any]) -> Source:
    """All that a paper may ask of a visit and of its home."""
    return Source(
        document=document,
        catalogue=catalog.of_visit(document),
        company=installation.company(),
        staff=_work_numbers(document),
        archive=HomeArchive(document),
    )


def freeze(paper: Notice, document: Mapping[str, Any]) -> Json:
    """Everything that a paper prints of its visit's document: what it keeps as its snapshot when it is issued."""
    former = db.session.get(Notice, paper.replaces_id) if paper.replaces_id else None
    before = json.loads(former.snapshot) if former and former.snapshot else None
    asked = source(document)
    company = asked.company
    facts = KINDS[paper.kind].facts(asked)
    return {
        "format": snapshot.FORMAT,
        "kind": paper.kind,
        "number": paper.number,
        "revision": paper.revision,
        "replaces": {"revision": former.revision, "issued_at": before["issued_at"]} if former and before else None,
        "changes": list(_changes(before["facts"], facts)) if before and not facts.get("cancelled") else [],
        "issued_at": clock.rfc3339(paper.promised_at),
        "issued_on": paper.issued_on,
        "languages": paper_languages(company, document["customer"]),
        "time_zone": str(installation.zone()),
        "lookup": document["lookup"],
        "company": {name: company.get(name, "") for name in PRINTED_OF_COMPANY},
        "facts": facts,
    }


def _numbers(kind: str, now: datetime, count: int) -> Iterator[str]:
    date = now.astimezone(installation.zone()).strftime("%Y%m%d")
    head = f"{KINDS[kind].prefix}-{installation.company().get('org', 'GY01')}-{date}"
    first = numbers.take(head, count)
    return (f"{head}-{number:05d}" for number in range(first, first + count))


def _work_numbers(document: Mapping[str, Any]) -> dict[str, str]:
    came = document["signatures"].get("technician") or document["outcome"]
    person = identity.person(user_id=came["by"]["id"]) if came else None
    return {person["id"]: person["username"]} if person else {}


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Text]:
    """Say what differs between the papers of two revisions, hazard by hazard, then the rest in one line each."""
    before = {one["id"]: one for one in old["hazards"]}
    after = {one["id"]: one for one in new["hazards"]}
    yield from (change_words("added", what=one["name"]) for key, one in after.items() if key not in before)
    yield from (change_words("removed", what=one["name"]) for key, one in before.items() if key not in after)
    for key in before.keys() & after.keys():
        yield from _hazard_changes(before[key], after[key])
    for kind, parts in {
        "customer": ("customer",),
        "checks": ("items",),
        "photos": ("photos",),
        "signatures": ("signatures",),
    }.items():
        if any(old[part] != new[part] for part in parts):
            yield change_words(kind)
    if any(old.get(part) != new.get(part) for part in ("meters", "visit", "call", *KINDS)):
        yield change_words("other")


def _hazard_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Text]:
    levels = wording()["levels"]
    if old["level"] != new["level"]:
        yield change_words("level", what=new["name"], old=levels[str(old["level"])], new=levels[str(new["level"])])
    if old["due"] != new["due"]:
        yield change_words("due", what=new["name"], old=day(old["due"]), new=day(new["due"]))
    if old["stop_gas"] != new["stop_gas"]:
        yield change_words("stop_gas", what=new["name"])
    if old["verified"] != new["verified"]:
        yield change_words("verified", what=new["name"])
    if any(old[part] != new[part] for part in ("note", "solutions", "position", "code", "responsible")):
        yield change_words("details", what=new["name"])


def listed(papers: Sequence[Paper]) -> list[Json]:
    """Papers as visit documents list them; a void one is not listed."""
    return [
        {"id": one.id, "kind": one.kind, "number": one.number, "revision": one.revision, "status": one.status}
        for one in papers
        if one.status in (PENDING, READY, FAILED)
    ]


def tell_visit(paper: Notice, *, now: datetime) -> None:
    """Put the state of a visit's papers into its document."""
    db.session.flush()
    record.set_notices(visit_id=paper.visit_id, notices=listed(of_visit(paper.visit_id)), now=now)
