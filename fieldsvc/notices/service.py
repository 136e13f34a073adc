"""Papers, as other capabilities use them: follow the record, do the work, find, fetch, verify. Knows no HTTP.

Invariant: a paper is promised in the transaction of the ops that caused it, so a crash can delay it and never lose it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select
from sqlalchemy.orm import aliased

from fieldsvc import clock, installation, problems
from fieldsvc.db import after_commit, db
from fieldsvc.jobs import service as jobs
from fieldsvc.notices import desk, failed, later_slips, promise, serving, slips
from fieldsvc.notices.contents.kinds import KINDS
from fieldsvc.notices.contents.wording import appointment, day, masked_phone
from fieldsvc.notices.desk import Desk
from fieldsvc.notices.finding import WAYS, counts, find, queue
from fieldsvc.notices.models import FAILED, PENDING, READY, VOID, Notice, Serving
from fieldsvc.notices.serving import count_unserved
from fieldsvc.notices.signature import signer
from fieldsvc.notices.signature.verify import Verdict, verify
from fieldsvc.notices.work import JOB, make_next, work_due
from fieldsvc.record import service as record
from fieldsvc.record.service import Change

__all__ = [
    "KINDS", "WAYS", "Desk", "Notice", "Serving", "Verdict", "appointment", "by_ids", "count_unserved", "counts", "day",
    "describe", "failed", "files_in", "find", "follow", "get", "is_demonstration", "is_intact", "levels", "make_next",
    "masked_phone", "note_printed", "of_visit", "pdf", "pdf_headers", "printing_face", "public_address", "queue",
    "replaced", "replaced_by", "retry", "serving", "show_seal", "signer_standing", "slips",
    "snapshot", "standing", "unprintable", "use_desk", "verify", "view", "withdraws",
    "work_due",
]  # fmt: skip

Json = dict[str, Any]

use_desk = desk.use


def follow(changes: Sequence[Change]) -> None:
    """Keep what the visits owe in step with them: promise, refresh, hold, and wake the work."""
    owing = [change for change in changes if change.document["state"] == "closed" or change.notices]
    if not owing:
        return
    papers = promise.of_visits([change.visit_id for change in owing])
    take_number = promise.numbering([change.document for change in owing], papers=papers, now=owing[0].now)
    due, made = False, list[promise.Paper]()
    for change in owing:
        former = papers[change.visit_id]
        standing = _bring_in_step(change, former, take_number)
        made += standing[len(former) :]
        change.notices = promise.listed(standing)
        due = due or any(_is_due(paper, change.now) for paper in standing)
    promise.keep(made)
    if later_slips.renew(owing) or due:
        after_commit(lambda: jobs.wake(JOB))


def _is_due(paper: promise.Paper, now: datetime) -> bool:
    return paper.status == PENDING and not paper.held and paper.next_try_at <= now


def _bring_in_step(change: Change, papers: list[Notice], take_number: promise.TakeNumber) -> Sequence[promise.Paper]:
    document, closed = change.document, change.document["state"] == "closed"
    if closed and change.ops:
        return promise.bring_up_to_date(document, papers=papers, take_number=take_number, now=change.now)
    for paper in papers:
        if paper.status == PENDING:
            paper.held = not closed
            promise.wait_for(paper, document, now=change.now)
    return papers


def is_demonstration() -> bool:
    """Say whether papers are signed with the demonstration certificate."""
    return signer.is_demonstration()


def signer_standing(*, load: bool = False) -> signer.Standing | None:
    """How long the signing certificate lasts; None when its key could not be had. Only `load` asks a token for it now."""
    try:
        return signer.standing(load=load)
    except signer.NoSigner:
        return None


def show_seal(image: bytes | None) -> None:
    """Show an image as the company's seal on papers from now on; None for the drawn one. Raises BadPicture."""
    from fieldsvc.notices.making import pictures

    kept = {"jpeg": base64.b64encode(pictures.seal(image)).decode()} if image is not None else None
    installation.keep(name="seal", value=kept)


def seal() -> str | None:
    """The company's seal as papers show it, a JPEG in base64; None for the drawn one."""
    kept = installation.fact("seal")
    return str(kept["jpeg"]) if kept else None


def levels() -> Mapping[str, int]:
    """How many issued papers are signed how far: b-b, b-t, b-lta."""
    query = select(Notice.signature_level, func.count()).where(Notice.status == READY).group_by(Notice.signature_level)
    return {level or "b-b": count for level, count in db.session.execute(query)}


def files_in(connection: Connection) -> dict[str, str]:
    """The digests of all issued papers and of their scans by file name, in the copy of the store that a connection leads to."""
    issued = select(Notice.file, Notice.sha256).where(Notice.status == READY, Notice.file.is_not(None))
    scans = select(Serving.file, Serving.file_sha256).where(Serving.file.is_not(None))
    return {name: digest or "" for query in (issued, scans) for name, digest in connection.execute(query) if name}


def unprintable(text: str) -> set[str]:
    """The characters of a text that no installed font can print. Raises LookupError without the printing family."""
    from fieldsvc.notices.making import glyphs  # here, because reading fonts takes a library that no server needs

    return glyphs.unprintable(text)


def get(*, notice_id: str) -> Notice:
    """A paper. Raises NotFound."""
    paper = db.session.get(Notice, notice_id)
    if paper is None or paper.status == VOID:
        raise problems.NotFound("there is no such notice")
    return paper


def of_visit(*, visit_id: str) -> list[Notice]:
    """A visit's papers, by kind and revision; void ones left out."""
    return [paper for paper in promise.of_visit(visit_id) if paper.status != VOID]


def replaced_by(paper: Notice) -> Notice | None:
    """The revision that replaces a paper, if any, issued or still pending."""
    return db.session.scalar(select(Notice).where(Notice.replaces_id == paper.id, Notice.status != VOID))


def replaced(*, ids: Sequence[str]) -> set[str]:
    """Which of these papers a newer revision replaces, issued or still pending."""
    query = select(Notice.replaces_id).where(Notice.replaces_id.in_(ids), Notice.status != VOID)
    return {one for one in db.session.scalars(query) if one is not None}


def describe(paper: Notice) -> Json:
    """A paper as the API tells of it."""
    newer = replaced_by(paper)
    return {
        "id": paper.id,
        "visit": paper.visit_id,
        "kind": paper.kind,
        "number": paper.number,
        "revision": paper.revision,
        "status": paper.status,
        "replaces": paper.replaces_id,
        "replaced_by": newer.id if newer else None,
        "promised_at": clock.rfc3339(paper.promised_at),
        "waits_until": clock.rfc3339(paper.waits_until),
        "ready_at": clock.rfc3339(paper.ready_at) if paper.ready_at else None,
        "record_sha256": paper.record_sha256,
        "sha256": paper.sha256,
        "size": paper.size,
        "error": paper.error,
        "printed_count": paper.printed_count,
    }


def pdf(paper: Notice) -> bytes:
    """The signed file of a paper. Raises Conflict `not_ready` while there is none, NotFound if the file is gone."""
    if paper.status != READY or paper.file is None:
        raise problems.Conflict("this notice is still being prepared", code="not_ready", notice_status=paper.status)
    try:
        return desk.read(paper.file)
    except FileNotFoundError as error:
        raise problems.NotFound("the file of this notice is missing from the store") from error


def is_intact(paper: Notice) -> bool:
    """Say whether the file on disk is, byte for byte, the one that was issued."""
    if paper.status != READY:
        return False
    content = pdf(paper)
    # The digest first: what is not ours any more would be looked at apart, for which there may be no seat.
    return hashlib.sha256(content).hexdigest() == paper.sha256 and verify(content).genuine


def pdf_headers(paper: Notice) -> dict[str, str]:
    """The headers with which a paper is sent: shown in the browser, saved under its number and revision, never shared."""
    return {
        "Content-Type": "application/pdf",
        "Content-Disposition": f'inline; filename="{paper.number}-r{paper.revision}.pdf"',
        "Cache-Control": "private, no-store",
        "ETag": f'"{paper.sha256}"',
    }


def snapshot(paper: Notice) -> Json:
    """What a paper prints: frozen when it was issued, what the record says now while it is not."""
    if paper.snapshot is None:
        return promise.freeze(paper, record.document(visit_id=paper.visit_id))
    return dict(json.loads(paper.snapshot))


def withdraws(paper: Notice) -> bool:
    """Whether a paper takes back what it replaces and asks for nothing itself."""
    if paper.status != READY or paper.revision == 1:
        return False
    facts = snapshot(paper)["facts"]
    return bool(facts.get("cancelled")) or (paper.kind == "hazard" and not facts["hazards"])


def note_printed(*, notice_ids: Sequence[str], now: datetime) -> Mapping[str, int]:
    """Remember that papers were printed; gives how often each was by now. In the caller's transaction."""
    # Read anew: what the caller saw of a paper before its turn to write may be one printing behind.
    printed = by_ids(ids=notice_ids, anew=True)
    for paper in printed.values():
        paper.printed_count += 1
        paper.printed_at = now
    return {notice_id: paper.printed_count for notice_id, paper in printed.items()}


def by_ids(*, ids: Sequence[str], anew: bool = False) -> dict[str, Notice]:
    """Some papers, by id; unknown ids are left out. `anew`: as they are now, whatever was read of them before."""
    query = select(Notice).where(Notice.id.in_(ids)).execution_options(populate_existing=anew)
    return {paper.id: paper for paper in db.session.scalars(query)}


def standing(
    *, kind: str = "", day: date | None = None, fresh: bool = False, limit: int, after: Notice | None = None
) -> list[Notice]:
    """The papers that count today, newest first: no void one, none that a newer revision replaces.

    `day`: the date that they bear; `after`: the last one of the page before.
    """
    newer = aliased(Notice)
    replaced = select(newer.id).where(newer.replaces_id == Notice.id, newer.status != VOID)
    query = select(Notice).where(Notice.status != VOID, ~replaced.exists())
    if kind:
        query = query.where(Notice.kind == kind)
    if fresh:
        query = query.where(Notice.printed_count == 0)
    if day:
        start = datetime.combine(day, time(), installation.zone())
        query = query.where(Notice.promised_at >= start, Notice.promised_at < start + timedelta(days=1))
    if after:
        same = and_(Notice.promised_at == after.promised_at, Notice.id > after.id)
        query = query.where(or_(Notice.promised_at < after.promised_at, same))
    return list(db.session.scalars(query.order_by(Notice.promised_at.desc(), Notice.id).limit(limit)))


def view(paper: Notice) -> Json:
    """What a paper says, in words for a page: what its PDF is made of."""
    from fieldsvc.notices.making import paper as pages

    return pages.compose(snapshot(paper), missing=(), demonstration=is_demonstration(), certificate="")


def public_address(paper: Notice) -> str:
    """What the code of a paper opens."""
    return f"{desk.desk().public_url}/n/{snapshot(paper)['lookup']}"


def printing_face() -> tuple[str, int]:
    """The file of the bold printing face and its place in it. Raises LookupError when it is not installed."""
    from fieldsvc.notices.making import glyphs

    return glyphs.bold_face()


def retry(*, notice_id: str, now: datetime) -> Notice:
    """Try a failed paper again. In the caller's transaction. Raises Conflict for one that did not fail."""
    paper = get(notice_id=notice_id)
    if paper.status != FAILED:
        raise problems.Conflict("only a notice that failed is tried again", code="not_failed")
    paper.status, paper.attempts, paper.error, paper.next_try_at = PENDING, 0, None, now
    db.session.flush()
    promise.tell_visit(paper, now=now)
    after_commit(lambda: jobs.wake(JOB))
    return paper
