"""Is this file a paper of ours, as we issued it, and still the current one?

Decides by two independent things: the signature inside the file, and the digest of the bytes we issued. Genuine needs both;
current needs that no newer revision was issued. Never raises for a hostile file: whatever cannot be read is not genuine. A file
that the register does not know is read in a process of its own, which may use so much memory and time and no more; it is only
asked which kind of stranger it is. The words are for a person at a counter; the code is for programs.
"""

from __future__ import annotations

import hashlib
import json
import logging
import subprocess
import threading
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import hashes
from flask_babel import gettext as _
from sqlalchemy import select

from fieldsvc import problems
from fieldsvc.db import db
from fieldsvc.notices.desk import desk
from fieldsvc.notices.making import confine
from fieldsvc.notices.models import READY, Notice
from fieldsvc.notices.signature import certificates
from fieldsvc.notices.signature.examine import Signature, signatures

LARGEST = 30 * 1024 * 1024
MEMORY, SECONDS = 512 * 1024 * 1024, 20
AT_ONCE, PATIENCE = 2, 1.0
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Verdict:
    """What is known of a file. `genuine`: issued by us, unaltered; `current`: and not replaced since."""

    genuine: bool
    current: bool
    reason: str
    words: str
    notice_id: str | None = None
    number: str | None = None
    revision: int | None = None
    replaced_by: str | None = None
    stamped_at: str | None = None

    def __str__(self) -> str:
        known = f"{self.number} r{self.revision}: " if self.number else ""
        return f"{known}{self.words} [{self.reason}]"


def verify(pdf: bytes) -> Verdict:
    """Judge a file. Reasons: current, withdrawn, superseded, altered, wrong_signer, unsigned, not_ours, unreadable.

    Raises TooMany `busy` while other strangers' files are looked at.
    """
    if not pdf.startswith(b"%PDF-") or len(pdf) > LARGEST:
        return _no("unreadable", _("This is not a PDF that can be read."))
    paper = db.session.scalar(
        select(Notice).where(Notice.sha256 == hashlib.sha256(pdf).hexdigest(), Notice.status == READY)
    )
    try:
        signed = _examine_apart(pdf) if paper is None else signatures(pdf, trusted=_roots(), moment=paper.ready_at)
    except problems.TooMany:
        raise
    except Exception:  # a parser meeting a hostile file may raise anything; that is an answer, not a fault of ours
        log.info("a file brought for checking could not be read", exc_info=True)
        return _no("unreadable", _("This file is damaged and cannot be read."))
    if paper is None:
        return _stranger(signed)
    sound = [one for one in signed if one.sound and one.by == paper.signer]
    if not sound:
        return _no("altered", _("The signature in this file is not valid."))
    return _standing(paper, sound[0].stamped_at)


def _standing(paper: Notice, stamped_at: str | None) -> Verdict:
    newer = db.session.scalar(
        select(Notice)
        .where(Notice.number == paper.number, Notice.revision > paper.revision, Notice.status == READY)
        .order_by(Notice.revision.desc())
        .limit(1)
    )
    known: dict[str, Any] = {
        "notice_id": paper.id, "number": paper.number, "revision": paper.revision, "stamped_at": stamped_at,
    }  # fmt: skip
    if newer is None and _withdraws(paper):
        return Verdict(True, True, "withdrawn", _("Genuine: it withdraws the paper of this number."), **known)
    if newer is None:
        return Verdict(True, True, "current", _("Genuine and current."), **known)
    words = _(
        "Genuine, but replaced by revision %(revision)s of %(date)s.",
        revision=newer.revision,
        date=newer.issued_on,
    )
    return Verdict(True, False, "superseded", words, replaced_by=newer.id, **known)


def _withdraws(paper: Notice) -> bool:
    return bool(json.loads(paper.snapshot or "{}").get("facts", {}).get("cancelled"))


def _stranger(signed: list[Signature]) -> Verdict:
    """A file whose bytes we never issued: say which kind of stranger it is."""
    if not signed:
        return _no("unsigned", _("This file carries no signature of ours."))
    ours = [one for one in signed if one.by in _our_signers()]
    if not ours:
        return _no("wrong_signer", _("This file was signed by somebody else."))
    if all(one.sound for one in signed) and not any(_is_issued(one.claims) for one in ours):
        return _no("not_ours", _("Our register does not know this file."))
    return _no("altered", _("This file was changed after it was signed."))


def _is_issued(claims: str) -> bool:
    """Whether a paper was issued under the number that the file bears: then this one is a changed copy of it."""
    number = claims.split()[-1] if claims.split() else ""
    return bool(db.session.scalar(select(Notice.id).where(Notice.number == number, Notice.status == READY).limit(1)))


def _no(reason: str, words: str) -> Verdict:
    return Verdict(False, False, reason, words)


def _our_signers() -> set[str]:
    kept = {one.fingerprint(hashes.SHA256()).hex() for one in certificates.kept(desk().keys)}
    return kept | {signer for signer in db.session.scalars(select(Notice.signer).distinct()) if signer}


def _roots() -> list[bytes]:
    return [certificates.der(one) for one in certificates.trusted(desk().keys)]


_seats = threading.BoundedSemaphore(AT_ONCE)
"""So many strangers' files are looked at together; who finds no seat is sent away, and holds up no thread of the server."""


def _examine_apart(pdf: bytes) -> list[Signature]:
    """Read a file in a process of its own. Raises TooMany, or whatever becomes of that."""
    if not _seats.acquire(timeout=PATIENCE):
        raise problems.TooMany("other files are being looked at; try again in a minute", code="busy")
    try:
        return _examine_now(pdf)
    finally:
        _seats.release()


def _examine_now(pdf: bytes) -> list[Signature]:
    asked = {"memory": MEMORY, "seconds": SECONDS, "moment": None, "trusted": [one.hex() for one in _roots()]}
    done = subprocess.run(
        confine.command("fieldsvc.notices.signature.examine"),
        input=json.dumps(asked).encode() + b"\n" + pdf,
        env=confine.environment(),
        capture_output=True,
        timeout=2 * SECONDS,
        check=True,
    )
    return [Signature(**one) for one in json.loads(done.stdout)]
