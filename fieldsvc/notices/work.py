"""The work behind a promise: render, sign, keep, say that it is ready.

Decides the order (hazard notices first, then oldest first), the pauses after a failure, and when to give up and
call a person. Every step may be cut off and repeated: a claim runs out by itself, a file is written whole under a
name of its own, and only the last transaction makes it the paper. A claim counts as an attempt before the work
begins, so that a paper which brings the process down is given up in the end too. Invariant: one bad paper holds up
nobody.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select

from fieldsvc import authority, clock, jsontext, problems
from fieldsvc.blobs import service as blobs
from fieldsvc.db import db, transaction
from fieldsvc.jobs import service as jobs
from fieldsvc.notices import desk, promise, snapshot
from fieldsvc.notices.models import FAILED, PENDING, READY, Notice
from fieldsvc.notices.press import PressFailed, press
from fieldsvc.record import service as record

log = logging.getLogger(__name__)

JOB = "notices.work"
CLAIM = timedelta(seconds=45)
PAUSES: Sequence[timedelta] = [timedelta(seconds=s) for s in (5, 30, 120, 600, 3600)]
MAX_ATTEMPTS = len(PAUSES) + 1


@dataclass(frozen=True)
class Claim:
    """A paper that this worker may try now. `state` is another one as soon as the paper has to print something else."""

    id: str
    number: str
    attempt: int
    state: tuple[str, datetime]


def work_due() -> None:
    """Make the next paper that is due, and wake again for the one after it, so that a stop never waits for many."""
    if make_next():
        jobs.wake(JOB)


def make_next() -> bool:
    """Make one paper that is due; say whether there was one. A failing paper is tried again later, six times in all."""
    _give_up_what_ends_the_program()
    claim = _claim(clock.now())
    if claim is None:
        return False
    try:
        _make(claim)
    except Exception as error:
        log.exception("notice %s, attempt %s", claim.number, claim.attempt)
        _put_off(claim, _in_words(error))
    return True


def _due(now: datetime) -> Select[Notice]:
    return select(Notice).where(Notice.status == PENDING, Notice.held.is_(False), Notice.next_try_at <= now)


def _give_up_what_ends_the_program() -> None:
    now = clock.now()
    spent = _due(now).where(Notice.attempts >= MAX_ATTEMPTS)
    if db.session.scalar(spent.limit(1)) is None:
        return
    with transaction():
        for paper in db.session.scalars(spent.with_for_update(skip_locked=True)):
            _give_up(paper, "making it ended the program each time", now)


def _claim(now: datetime) -> Claim | None:
    query = (
        _due(now).where(Notice.attempts < MAX_ATTEMPTS).order_by(Notice.kind, Notice.promised_at, Notice.id).limit(1)
    )
    if db.session.scalar(query) is None:
        return None  # looked at without the write lock: there is nothing to do most of the time
    with transaction():
        paper = db.session.scalar(query.with_for_update(skip_locked=True))
        if paper is None:
            return None
        paper.attempts += 1
        paper.next_try_at = now + CLAIM
        return Claim(paper.id, paper.number, paper.attempts, _state(paper))


def _state(paper: Notice) -> tuple[str, datetime]:
    return paper.essence, paper.promised_at


def _make(claim: Claim) -> None:
    # Imported here and not above: it takes a third of a second, which every start of a server would pay.
    from fieldsvc.notices import signing

    keys = desk.desk().keys
    paper = db.session.get_one(Notice, claim.id)
    document = record.document(visit_id=paper.visit_id)
    frozen = promise.freeze(paper, document)
    images = snapshot.pictures(document, kind=paper.kind)
    pictures = {sha256: content for sha256 in images if (content := _picture(sha256)) is not None}
    plain = press.make(
        frozen,
        pictures,
        address=f"{desk.desk().public_url}/n/{frozen['lookup']}",
        demonstration=authority.is_demonstration(keys),
        certificate=signing.describe(keys),
    )
    signed = signing.sign(plain, keys=keys, place=frozen["company"]["name"]["zh-Hans"], reason=f"签发 {claim.number}")
    sha256 = hashlib.sha256(signed).hexdigest()
    name = f"{claim.id}-{sha256[:16]}.pdf"
    desk.keep(name, signed)
    if _issue(claim, frozen, name=name, sha256=sha256, size=len(signed), signer=signing.fingerprint(keys)):
        desk.drop_others(claim.id, but=name)


def _issue(claim: Claim, frozen: Mapping[str, Any], *, name: str, sha256: str, size: int, signer: str) -> bool:
    """Make a file the paper; not when the paper has changed or was issued meanwhile."""
    now = clock.now()
    with transaction():
        paper = db.session.get_one(Notice, claim.id, populate_existing=True, with_for_update=True)
        if paper.status != PENDING or paper.held:
            return False
        if _state(paper) != claim.state:
            paper.next_try_at = now
            return False
        content = jsontext.canonical(frozen)
        paper.snapshot, paper.record_sha256 = content.decode(), hashlib.sha256(content).hexdigest()
        paper.status, paper.ready_at, paper.error = READY, now, None
        paper.file, paper.sha256, paper.size, paper.signer = name, sha256, size, signer
        promise.tell_visit(paper, now=now)
    return True


def _put_off(claim: Claim, reason: str) -> None:
    now = clock.now()
    with transaction():
        paper = db.session.get_one(Notice, claim.id, populate_existing=True, with_for_update=True)
        if paper.status != PENDING or _state(paper) != claim.state:
            return
        paper.error = reason
        if paper.attempts >= MAX_ATTEMPTS:
            _give_up(paper, reason, now)
        else:
            paper.next_try_at = now + PAUSES[paper.attempts - 1]


def _give_up(paper: Notice, reason: str, now: datetime) -> None:
    paper.status, paper.error = FAILED, reason
    promise.tell_visit(paper, now=now)


def _picture(sha256: str) -> bytes | None:
    if sha256 not in blobs.present({sha256}):
        return None
    try:
        return blobs.read(sha256=sha256)
    except problems.NotFound:
        return None


def _in_words(error: Exception) -> str:
    """What the office is told; the whole story is in the log."""
    if isinstance(error, PressFailed | TimeoutError):
        return f"the document could not be made: {error}"[:400]
    if isinstance(error, FileNotFoundError | PermissionError):
        return f"a file that is needed cannot be read: {error.filename}"[:400]
    if isinstance(error, OSError):
        return f"the disk or the system refused: {error.strerror or error}"[:400]
    return f"the document could not be made ({type(error).__name__}); the server's log says more"
