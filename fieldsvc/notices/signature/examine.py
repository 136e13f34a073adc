"""What a PDF's signatures say, read without believing anything: by whom, over what, confirmed when.

Decides when a signature is sound: it is the file's first, certifies it and forbids changes; it covers the whole file, or what
comes after it is nothing but the archive's time stamp, which then covers the whole file. Knows no register and no database:
whether the signer is ours is asked elsewhere. Files from strangers are examined in a process of their own (`python -m
fieldsvc.notices.signature.examine`), because a parser given a hostile file may need any time and memory.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from io import BytesIO
from typing import Any

MOST = 8
"""A paper of ours carries two signatures at most; more are not looked at."""


@dataclass(frozen=True)
class Signature:
    """One signature: its certificate's SHA-256, whether it is sound, when that was confirmed, and the title the file bears."""

    by: str
    sound: bool
    stamped_at: str | None = None
    claims: str = ""


def signatures(pdf: bytes, *, trusted: Sequence[bytes], moment: datetime | None) -> list[Signature]:
    """Every signature in the file but time stamps. Raises whatever the parser does at a file that it cannot read.

    Whose certificate it is decides a person's trust by its fingerprint, which is kept for every paper, and not by a chain: so a
    paper stays genuine after its certificate has expired. Time stamps are traced to the `trusted` roots, at the `moment`.
    """
    # Imported here and not above: it takes a third of a second, which every start would pay and few ever need.
    from asn1crypto import x509  # type: ignore[import-untyped]
    from pyhanko.pdf_utils.reader import PdfFileReader

    reader = PdfFileReader(BytesIO(pdf))
    every = reader.embedded_signatures
    if len(every) > MOST:
        return [Signature("", False)]
    stamps, others = [one for one in every if _is_stamp(one)], [one for one in every if not _is_stamp(one)]
    roots = [x509.Certificate.load(one) for one in trusted]
    claims = _title(reader)
    alone = len(others) == 1 and every[0] is others[0] and len(stamps) <= 1
    sealed = alone and (not stamps or _seals(stamps[0], roots, moment))
    judged = [_judge(one, roots, moment, stamped=bool(stamps), sealed=sealed) for one in others if one.signer_cert]
    return [replace(one, claims=claims) for one in judged]


def _title(reader: Any) -> str:
    try:
        return str(reader.trailer["/Info"]["/Title"])[:200]
    except KeyError:
        return ""


def _is_stamp(embedded: Any) -> bool:
    return bool(embedded.sig_object.get("/Type") == "/DocTimeStamp")


def _judge(embedded: Any, roots: list[Any], moment: datetime | None, *, stamped: bool, sealed: bool) -> Signature:
    from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
    from pyhanko.sign.validation.settings import KeyUsageConstraints

    certificate = embedded.signer_cert
    by = hashlib.sha256(certificate.dump()).hexdigest()
    whole = SignatureCoverageLevel.ENTIRE_REVISION if stamped else SignatureCoverageLevel.ENTIRE_FILE
    certifies = embedded.docmdp_level is not None and embedded.docmdp_level.value == 1
    if not (sealed and certifies and embedded.evaluate_signature_coverage() >= whole):
        return Signature(by, False)  # whatever was appended is not looked at: nothing may be
    status: Any = validate_pdf_signature(
        embedded,
        signer_validation_context=_context([certificate], moment),
        ts_validation_context=_context(roots, moment),
        key_usage_settings=KeyUsageConstraints(key_usage={"non_repudiation"}),
    )
    time = status.timestamp_validity
    confirmed = time is not None and time.valid and time.intact and time.trusted
    return Signature(
        by,
        bool(status.intact and status.valid and _holds(status)),
        time.timestamp.isoformat() if confirmed else None,
    )


def _holds(status: Any) -> bool:
    """The library's own verdict, but for a time stamp that we do not trust: a paper without one is still ours."""
    return bool(status.trusted and status.docmdp_ok and status.seed_value_ok)


def _seals(stamp: Any, roots: list[Any], moment: datetime | None) -> bool:
    from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_timestamp

    status: Any = validate_pdf_timestamp(stamp, _context(roots, moment))
    return bool(
        status.coverage == SignatureCoverageLevel.ENTIRE_FILE and status.valid and status.intact and status.trusted
    )


def _context(roots: list[Any], moment: datetime | None) -> Any:
    from pyhanko_certvalidator import ValidationContext

    return ValidationContext(
        trust_roots=roots,
        moment=moment,
        best_signature_time=moment,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )


def main() -> None:
    """Examine the file on standard input, as its first line asks; the answer is one line of JSON."""
    from fieldsvc.notices.making import confine

    asked = json.loads(sys.stdin.buffer.readline())
    confine.limit(memory=asked["memory"], seconds=asked["seconds"])
    pdf = sys.stdin.buffer.read()
    from pyhanko.sign.validation import validate_pdf_signature  # noqa: F401 - before the fence: its modules are files

    confine.fence()
    moment = datetime.fromisoformat(asked["moment"]) if asked["moment"] else None
    found = signatures(pdf, trusted=[bytes.fromhex(one) for one in asked["trusted"]], moment=moment)
    print(json.dumps([asdict(one) for one in found]))


if __name__ == "__main__":
    main()
