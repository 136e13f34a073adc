"""The work behind a promise: render, sign, keep, say that it is ready.

Decides the order (visits that came in just now before a backlog, hazard notices first, then oldest first), the pauses
after a failure, and when to give up and call a person. Every step may be cut off and repeated: a claim runs out by itself, a
file is written whole under a name of its own, and only the last transaction makes it the paper. A claim counts as an attempt
before the work begins, so that a paper which brings the process down is given up in the end too; waiting for a key or a time
stamp is taken back and never counts. Invariant: one bad paper holds up nobody.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, select

from fieldsvc import clock, installation, jsontext, measures, problems
from fieldsvc.blobs import service as blobs
from fieldsvc.db import db, transaction
from fieldsvc.hazards import service as hazards
from fieldsvc.jobs import service as jobs
from fieldsvc.notices import desk, promise
from fieldsvc.notices.contents.kinds import KINDS
from fieldsvc.notices.making.press import PressFailed, press
from fieldsvc.notices.models import FAILED, PENDING, READY, Notice
from fieldsvc.record import service as record

log = logging.getLogger(__name__)

JOB = "notices.work"
CLAIM = timedelta(seconds=45)
LATER = timedelta(minutes=10)
"""When a paper is tried again that waits for its signature or its time stamp: nothing is wrong with the paper itself."""
PAUSES: Sequence[timedelta] = [timedelta(seconds=s) for s in (5, 30, 120, 600, 3600)]
MAX_ATTEMPTS = len(PAUSES) + 1
FRESH = timedelta(minutes=30)
"""So long after its promise somebody may still stand at the door and wait for a paper: it goes before what waits longer anyway,
such as the papers of a demonstration's past or of a day when nothing could be signed."""
_waits: dict[str, int] = {}
"""How often in a row a paper has waited, in this process: only its pauses hang on that."""
_RANK = case({name: place for place, name in enumerate(KINDS)}, value=Notice.kind, else_=len(KINDS))


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
        _waits.pop(claim.id, None)
    except Exception as error:
        if waits := _only_waits(error):
            log.warning("notice %s, attempt %s: %s", claim.number, claim.attempt, error)
        else:
            log.exception("notice %s, attempt %s", claim.number, claim.attempt)
        _put_off(claim, _in_words(error), waits=waits)
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
    backlog = case((Notice.promised_at > now - FRESH, 0), else_=1)
    order = (backlog, _RANK, Notice.promised_at, Notice.id)
    query = _due(now).where(Notice.attempts < MAX_ATTEMPTS).order_by(*order).limit(1)
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
    from fieldsvc.notices.signature import signer, signing

    holder = signer.present()
    paper = db.session.get_one(Notice, claim.id)
    if reason := promise.withheld(paper):
        raise promise.Withheld(reason)
    document = record.document(visit_id=paper.visit_id)
    frozen = promise.freeze(paper, document)
    images = [*frozen["facts"]["photos"], *_signed_images(frozen)]
    pictures = {sha256: content for sha256 in images if (content := _picture(sha256)) is not None} | _seal()
    plain = press.make(
        frozen,
        pictures,
        address=f"{desk.desk().public_url}/n/{frozen['lookup']}",
        demonstration=holder.is_demonstration,
        certificate=holder.describe(),
    )
    signed = signing.sign(plain, by=holder, place=frozen["company"]["name"]["zh-Hans"], reason=f"签发 {claim.number}")
    sha256 = hashlib.sha256(signed.pdf).hexdigest()
    name = f"{claim.id}-{sha256[:16]}.pdf"
    desk.keep(name, signed.pdf)
    issued = {"file": name, "sha256": sha256, "size": len(signed.pdf), "signer": holder.fingerprint}
    if _issue(claim, frozen, {**issued, "signature_level": signed.level}):
        desk.drop_others(claim.id, but=name)


def _signed_images(frozen: Mapping[str, Any]) -> list[str]:
    return [one["image"] for one in frozen["facts"]["signatures"].values() if one.get("image")]


def _issue(claim: Claim, frozen: Mapping[str, Any], issued: Mapping[str, Any]) -> bool:
    """Make a file the paper; not when the paper has changed or was issued meanwhile."""
    now = clock.now()
    with transaction():
        paper = db.session.get_one(Notice, claim.id, populate_existing=True, with_for_update=True)
        if paper.status != PENDING or paper.held:
            return False
        if _state(paper) != claim.state or promise.withheld(paper):
            paper.next_try_at = now
            return False
        content = jsontext.canonical(frozen)
        paper.snapshot, paper.record_sha256 = content.decode(), hashlib.sha256(content).hexdigest()
        paper.status, paper.ready_at, paper.error = READY, now, None
        for column, value in issued.items():
            setattr(paper, column, value)
        _tell_ledger(paper, frozen["facts"], now)
        promise.tell_visit(paper, now=now)
        measures.document(kind=paper.kind, seconds=(now - paper.promised_at).total_seconds())
    return True


def _tell_ledger(paper: Notice, facts: Mapping[str, Any], now: datetime) -> None:
    """What an issued paper means to the hazards that it names: told in writing, or gas given back."""
    if paper.kind == "hazard":
        named = [one["id"] for one in facts["hazards"]]
        hazards.note_written(hazard_ids=named, number=paper.number, visit_id=paper.visit_id, now=now)
    elif paper.kind == "restoration" and not facts.get("cancelled"):
        looked = {one["id"]: datetime.fromisoformat(one["verified_at"]) for one in facts["restoration"]["lines"]}
        hazards.note_restored(verified_at=looked, number=paper.number, visit_id=paper.visit_id, now=now)


def _only_waits(error: Exception) -> bool:
    """Whether the paper is well and only waits for its signature, its time stamp or its home: tried until it succeeds."""
    from fieldsvc.notices.signature.signer import NoSigner
    from fieldsvc.notices.signature.timestamps import NoTimestamp

    return isinstance(error, NoSigner | NoTimestamp | promise.Withheld)


def _put_off(claim: Claim, reason: str, *, waits: bool = False) -> None:
    now = clock.now()
    with transaction():
        paper = db.session.get_one(Notice, claim.id, populate_existing=True, with_for_update=True)
        if paper.status != PENDING or _state(paper) != claim.state:
            return
        paper.error = reason
        if waits:
            _waits[paper.id] = _waits.get(paper.id, 0) + 1
            paper.attempts = max(paper.attempts - 1, 0)
            paper.next_try_at = now + min(_pause(_waits[paper.id]), LATER)
        elif paper.attempts >= MAX_ATTEMPTS:
            _give_up(paper, reason, now)
        else:
            paper.next_try_at = now + _pause(paper.attempts)


def _pause(attempts: int) -> timedelta:
    return PAUSES[min(attempts, len(PAUSES)) - 1]


def _give_up(paper: Notice, reason: str, now: datetime) -> None:
    paper.status, paper.error = FAILED, reason
    promise.tell_visit(paper, now=now)


def _seal() -> dict[str, bytes]:
    """The company's seal, under the name by which the page knows it; nothing where none was given."""
    kept = installation.fact("seal")
    return {"seal": base64.b64decode(kept["jpeg"])} if kept else {}


def _picture(sha256: str) -> bytes | None:
    if sha256 not in blobs.present({sha256}):
        return None
    try:
        return blobs.read(sha256=sha256)
    except problems.NotFound:
        return None


def _in_words(error: Exception) -> str:
    """What the office is told; the whole story is in the log."""
    if isinstance(error, promise.Withheld):
        return f"not issued: {error}"[:400]
    if _only_waits(error):
        return f"waits for its signature: {error}"[:400]
    if isinstance(error, PressFailed | TimeoutError):
        return f"the document could not be made: {error}"[:400]
    if isinstance(error, FileNotFoundError | PermissionError):
        return f"a file that is needed cannot be read: {error.filename}"[:400]
    if isinstance(error, OSError):
        return f"the disk or the system refused: {error.strerror or error}"[:400]
    return f"the document could not be made ({type(error).__name__}); the server's log says more"
