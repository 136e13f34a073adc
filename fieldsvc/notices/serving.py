"""The way of a paper that needs ink: printed, handed over or posted, signed by hand, and back as a scan.

Decides what has to be said of a handing over, which file is taken as the signed paper, and when such a paper counts as served:
with a day, a way, the two who brought it, and the scan. An electronic signature never counts: our own file, signed as it is,
is refused as a scan. A scan is judged and on the disk before anybody's turn to write begins. Invariant: a row is added for each
handing over and keeps its first scan; nothing that a row names is deleted.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from fieldsvc import clock, installation, problems
from fieldsvc.blobs import service as blobs
from fieldsvc.db import db
from fieldsvc.notices import desk
from fieldsvc.notices.contents.kinds import KINDS
from fieldsvc.notices.making import leaves
from fieldsvc.notices.models import READY, Notice, Serving

WAYS = ("hand", "posted", "mail")
LARGEST = 20 * 1024 * 1024
DAY_AT_THE_LATEST = timedelta(hours=24)
PDF = "application/pdf"
_ENDINGS = {PDF: "pdf", "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/heic": "heic"}


@dataclass(frozen=True)
class Scan:
    """A signed paper's picture, judged and kept under this name, which no other scan has."""

    name: str
    type: str
    sha256: str


def is_by_hand(paper: Notice) -> bool:
    """Say whether a paper takes effect on paper only."""
    return paper.kind in KINDS and KINDS[paper.kind].by_hand


def serve_by(paper: Notice) -> datetime:
    """When it has to be in the customer's hands: a day after the danger was met at once (notice.md section 6)."""
    return paper.promised_at + DAY_AT_THE_LATEST


def issued_on(paper: Notice) -> date:
    """The day that the paper bears: nobody can have handed it over before."""
    return date.fromisoformat(paper.issued_on)


def of_papers(papers: Sequence[Notice]) -> dict[str, list[Serving]]:
    """The handings over of some papers, latest last."""
    found: dict[str, list[Serving]] = {paper.id: [] for paper in papers if is_by_hand(paper)}
    if found:
        query = select(Serving).where(Serving.notice_id.in_(found)).order_by(Serving.recorded_at, Serving.id)
        for row in db.session.scalars(query):
            found[row.notice_id].append(row)
    return found


def standing(paper: Notice, servings: Sequence[Serving]) -> str:
    """How the paper stands on its way: to_make, to_print, to_serve, to_scan or served."""
    if paper.status != READY:
        return "to_make"
    if servings:
        return "served" if servings[-1].file else "to_scan"
    return "to_serve" if paper.printed_count else "to_print"


def count_unserved() -> int:
    """How many issued papers that need ink have no kept scan; an older revision is not asked for."""
    by_hand = [name for name, kind in KINDS.items() if kind.by_hand]
    done = select(Serving.id).where(Serving.notice_id == Notice.id, Serving.file.is_not(None)).exists()
    newer = aliased(Notice)
    replaced = select(newer.id).where(newer.replaces_id == Notice.id, newer.status == READY).exists()
    waiting = select(func.count()).select_from(Notice).where(Notice.kind.in_(by_hand), Notice.status == READY)
    return db.session.scalar(waiting.where(~done, ~replaced)) or 0


def note(
    *,
    paper: Notice,
    way: str,
    served_on: date,
    served_by: str,
    received_by: str,
    tracking: str,
    author: str,
    now: datetime,
) -> Serving:
    """Write down a handing over. In the caller's transaction. Raises Invalid, Conflict for a paper that needs no ink."""
    if not is_by_hand(paper) or paper.status != READY:
        raise problems.Conflict("only an issued paper that needs ink is served by hand", code="not_by_hand")
    names = [one.strip() for one in served_by.replace("，", ",").replace("、", ",").split(",") if one.strip()]
    wrong = {
        "way": way not in WAYS,
        "served_on": not issued_on(paper) <= served_on <= now.astimezone(installation.zone()).date(),
        "served_by": len({_compared(name) for name in names}) < 2,
        "received_by": way == "hand" and not received_by.strip(),
        "tracking": way == "mail" and not tracking.strip(),
    }
    if any(wrong.values()):
        errors = {name: ["needed"] for name, bad in wrong.items() if bad}
        raise problems.Invalid("this is not enough to prove that the paper was served", errors=errors)
    row = Serving(
        id=clock.new_id(),
        notice_id=paper.id,
        way=way,
        served_on=served_on,
        served_by="、".join(names)[:200],
        received_by=received_by.strip()[:200],
        tracking=tracking.strip()[:60],
        recorded_at=now,
        recorded_by=author[:200],
    )
    db.session.add(row)
    db.session.flush()
    return row


def last_served(*, visit_ids: Collection[str], kind: str) -> tuple[str, date] | None:
    """The number of the paper of a kind that was handed over last, of those that some visits owe, and the day; None for none."""
    query = select(Notice.number, Serving.served_on).join(Serving, Serving.notice_id == Notice.id)
    query = query.where(Notice.visit_id.in_(visit_ids), Notice.kind == kind)
    row = db.session.execute(query.order_by(Serving.served_on.desc(), Serving.recorded_at.desc())).first()
    return (row[0], row[1]) if row else None


def get(*, serving_id: str) -> Serving:
    """A handing over. Raises NotFound."""
    row = db.session.get(Serving, serving_id)
    if row is None:
        raise problems.NotFound("there is no such handing over")
    return row


@contextmanager
def taken_in(*, paper: Notice, content: bytes) -> Iterator[Scan]:
    """Judge and store a scan, around the transaction that attaches it; one that no row names afterwards is removed.

    Raises Invalid, TooLarge.
    """
    if len(content) > LARGEST:
        raise problems.TooLarge("a scan may have 20 MiB at most")
    kind = _kind(content)
    digest = hashlib.sha256(content).hexdigest()
    kept = Scan(f"scan-{clock.new_id()}-{digest[:16]}.{_ENDINGS[kind]}", kind, digest)
    try:
        desk.keep(kept.name, content)
        _refuse_our_own(paper, content)  # after the slow work, so that no reading transaction is open during it
        yield kept
    finally:
        # Asked, because a commit may have reached the database although its answer did not reach us.
        if db.session.scalar(select(Serving.id).where(Serving.file == kept.name)) is None:
            desk.drop_others(kept.name, but="")


def attach(*, serving: Serving, scan: Scan, now: datetime) -> None:
    """Put a scan to its handing over. In the caller's transaction. Raises Conflict for a second one."""
    db.session.refresh(serving, with_for_update=True)
    if serving.file is not None:
        raise problems.Conflict("a scan is kept already; note a new handing over instead", code="scanned")
    serving.file, serving.file_type, serving.file_sha256, serving.attached_at = scan.name, scan.type, scan.sha256, now


def scan(serving: Serving) -> bytes:
    """The scan of a handing over. Raises NotFound while there is none."""
    if serving.file is None:
        raise problems.NotFound("no scan is kept")
    return desk.read(serving.file)


def _compared(name: str) -> str:
    """A name so that the same one written otherwise is the same."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _kind(content: bytes) -> str:
    if not content.startswith(b"%PDF-"):
        return blobs.type_of(content=content)
    if not leaves.count(content):
        raise problems.Invalid("this PDF cannot be read, or has no page", code="not_a_scan")
    return PDF


def _refuse_our_own(paper: Notice, content: bytes) -> None:
    issued = db.session.scalars(select(Notice).where(Notice.number == paper.number, Notice.status == READY))
    for one in issued:
        if one.file and content.startswith(desk.read(one.file)):
            raise problems.Invalid("this is our electronic file, not the paper that was signed", code="not_a_scan")
