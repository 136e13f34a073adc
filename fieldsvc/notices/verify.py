"""Is this file a paper of ours, as we issued it, and still the current one?

Decides by two independent things: the signature inside the file, and the digest of the bytes we issued. Genuine needs both;
current needs that no newer revision was issued. Never raises for a hostile file: whatever cannot be read is not genuine.
The words are for a person at a counter; the code is for programs.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from asn1crypto import x509  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.serialization import Encoding
from flask_babel import gettext as _
from sqlalchemy import select

from fieldsvc import authority
from fieldsvc.db import db
from fieldsvc.notices.desk import desk
from fieldsvc.notices.models import READY, Notice

LARGEST = 30 * 1024 * 1024
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

    def __str__(self) -> str:
        known = f"{self.number} r{self.revision}: " if self.number else ""
        return f"{known}{self.words} [{self.reason}]"


@dataclass(frozen=True)
class _Signed:
    by: str
    sound: bool


def verify(pdf: bytes) -> Verdict:
    """Judge a file. Reasons: current, superseded, altered, wrong_signer, unsigned, not_ours, unreadable."""
    if not pdf.startswith(b"%PDF-") or len(pdf) > LARGEST:
        return _no("unreadable", _("This is not a PDF that can be read."))
    paper = db.session.scalar(
        select(Notice).where(Notice.sha256 == hashlib.sha256(pdf).hexdigest(), Notice.status == READY)
    )
    try:
        signed = _signatures(pdf, paper)
    except Exception:  # a parser meeting a hostile file may raise anything; that is an answer, not a fault of ours
        log.info("a file brought for checking could not be read", exc_info=True)
        return _no("unreadable", _("This file is damaged and cannot be read."))
    if paper is not None:
        if not any(one.sound and one.by == paper.signer for one in signed):
            return _no("altered", _("The signature in this file is not valid."))
        return _standing(paper)
    return _stranger(signed)


def _standing(paper: Notice) -> Verdict:
    newer = db.session.scalar(
        select(Notice)
        .where(Notice.number == paper.number, Notice.revision > paper.revision, Notice.status == READY)
        .order_by(Notice.revision.desc())
        .limit(1)
    )
    known: dict[str, Any] = {"notice_id": paper.id, "number": paper.number, "revision": paper.revision}
    if newer is None:
        return Verdict(True, True, "current", _("Genuine and current."), **known)
    words = _(
        "Genuine, but replaced by revision %(revision)s of %(date)s.",
        revision=newer.revision,
        date=newer.issued_on,
    )
    return Verdict(True, False, "superseded", words, replaced_by=newer.id, **known)


def _stranger(signed: list[_Signed]) -> Verdict:
    """A file whose bytes we never issued: say which kind of stranger it is."""
    if not signed:
        return _no("unsigned", _("This file carries no signature of ours."))
    if not any(one.by in _our_signers() for one in signed):
        return _no("wrong_signer", _("This file was signed by somebody else."))
    if all(one.sound for one in signed):
        return _no("not_ours", _("Our register does not know this file."))
    return _no("altered", _("This file was changed after it was signed."))


def _no(reason: str, words: str) -> Verdict:
    return Verdict(False, False, reason, words)


def _our_signers() -> set[str]:
    present = _fingerprint(authority.signer_certificate(desk().keys).public_bytes(Encoding.DER))
    return {present, *(signer for signer in db.session.scalars(select(Notice.signer).distinct()) if signer)}


def _signatures(pdf: bytes, paper: Notice | None) -> list[_Signed]:
    """Every signature in the file: whose it is, and whether it covers the whole file unchanged.

    Trust does not come from a chain here but from the fingerprint that we kept when we issued, so that a paper stays genuine
    after its certificate has expired.
    """
    # Imported here and not above: it takes a third of a second, which every start would pay and few ever need.
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.settings import KeyUsageConstraints
    from pyhanko_certvalidator import ValidationContext

    reader = PdfFileReader(BytesIO(pdf))
    found = []
    for embedded in reader.embedded_signatures:
        certificate = embedded.signer_cert
        if certificate is None:
            continue
        moment = embedded.self_reported_timestamp if paper is None else paper.ready_at
        context = ValidationContext(
            trust_roots=[x509.Certificate.load(authority.root_der(desk().keys))],
            moment=moment,
            best_signature_time=moment,
            allow_fetching=False,
            revocation_mode="soft-fail",
        )
        status: Any = validate_pdf_signature(
            embedded,
            signer_validation_context=context,
            key_usage_settings=KeyUsageConstraints(key_usage={"non_repudiation"}),
        )
        found.append(
            _Signed(_fingerprint(certificate.dump()), bool(status.intact and status.valid and status.bottom_line))
        )
    return found


def _fingerprint(certificate: bytes) -> str:
    return hashlib.sha256(certificate).hexdigest()
