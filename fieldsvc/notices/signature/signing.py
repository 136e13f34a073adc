"""The electronic signature of a paper: certifying, no change allowed afterwards (DocMDP P1), PAdES B-B, B-T or B-LTA.

Decides how a PDF is signed, and what becomes of a paper whose time nobody confirms: it waits, or goes out as B-B where the
settings say so; either way that is told. What may be signed is decided by those who call it. The seal that is seen on the page
is drawn before (see seal); here only its field is filled. Nothing leaves whose time stamp was not looked at.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from asn1crypto import x509 as asn1  # type: ignore[import-untyped]
from pkcs11.exceptions import PKCS11Error
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter, enumerate_sig_fields
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.signers.pdf_signer import (
    DSSContentSettings,
    SigDSSPlacementPreference,
    TimestampDSSContentSettings,
)
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko.stamp.noop import NoOpStampStyle
from pyhanko_certvalidator import ValidationContext

from fieldsvc import clock
from fieldsvc.notices.desk import desk
from fieldsvc.notices.signature import certificates, examine, timestamps
from fieldsvc.notices.signature.seal import FIELD
from fieldsvc.notices.signature.signer import Holder, NoSigner, forget
from fieldsvc.notices.signature.timestamps import Authority, NoTimestamp
from fieldsvc.settings import Signing

STAMP_FIELD = "Archive"
ROOM = 3072
ROOM_FOR_TIME = 12_288
LEAST_ROOM = 4096
"""Bytes kept free for the signature, without its certificates: for the signed words, and for what an authority answers."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Signed:
    """A signed file and how far its signature goes: b-b, b-t or b-lta."""

    pdf: bytes
    level: str


class _Writer(IncrementalPdfFileWriter):
    """Adds the signature and nothing else: what the file says of itself was said in the form that archives want."""

    def _update_meta(self) -> None:
        """Leave the metadata as they are."""


def sign(pdf: bytes, *, by: Holder, place: str, reason: str) -> Signed:
    """Sign a PDF. Raises NoSigner when the key fails, NoTimestamp when a paper has to wait for its time to be confirmed."""
    signing = desk().signing
    if signing.level == "b-b":
        return Signed(_sign(pdf, by, "b-b", signing, place, reason), "b-b")
    try:
        signed = _sign(pdf, by, signing.level, signing, place, reason)
        _look_at_time(signed, by)
        return Signed(signed, signing.level)
    except (NoTimestamp, TimestampRequestError) as error:
        said = f"the time-stamp authority {timestamps.shown(signing.timestamp_url)}: {error}"
        if signing.without_timestamp == "wait":
            raise NoTimestamp(said) from error
        log.warning("signed as b-b and not as %s, as the settings say: %s", signing.level, said)
        return Signed(_sign(pdf, by, "b-b", signing, place, reason), "b-b")


def _sign(pdf: bytes, by: Holder, level: str, signing: Signing, place: str, reason: str) -> bytes:
    lasting = level == "b-lta"
    metadata = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        location=place,
        reason=reason,
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        use_pades_lta=lasting,
        embed_validation_info=lasting,
        timestamp_field_name=STAMP_FIELD,
        # Everything before the archive's stamp, so that it covers the whole file and nothing may follow it.
        dss_settings=DSSContentSettings(
            include_vri=False,
            placement=SigDSSPlacementPreference.TOGETHER_WITH_NEXT_TS,
            next_ts_settings=TimestampDSSContentSettings(include_vri=False, update_before_ts=True),
        ),
        validation_context=_context(by) if lasting else None,
    )
    writer = _Writer(BytesIO(pdf))
    drawn = any(name == FIELD for name, _, _ in enumerate_sig_fields(writer))
    signer = PdfSigner(
        metadata,
        by.signer,
        timestamper=None if level == "b-b" else Authority(signing.timestamp_url),
        stamp_style=NoOpStampStyle(),
        new_field_spec=None if drawn else SigFieldSpec(FIELD),
    )
    try:
        signed: BytesIO = signer.sign_pdf(writer, existing_fields_only=drawn, bytes_reserved=_reserved(by, level))
    except (SigningError, PKCS11Error) as error:
        forget()
        raise NoSigner(f"the signing key failed: {type(error).__name__} {error}"[:300].strip()) from error
    return signed.getvalue()


def _reserved(by: Holder, level: str) -> int:
    """How many hex digits the file keeps free. What is not used stays in it as zeros, so it is measured by the chain."""
    chain = {one.dump() for one in (by.signer.signing_cert, *by.signer.cert_registry) if one}
    room = max(LEAST_ROOM, ROOM + sum(map(len, chain)))
    return 2 * (room if level == "b-b" else room + ROOM_FOR_TIME)


def _look_at_time(signed: bytes, by: Holder) -> None:
    """A stamp that does not hold, or leads to nobody we trust, is no stamp."""
    (found, *_) = examine.signatures(signed, trusted=_roots(), moment=clock.now())
    if not found.sound or found.by != by.fingerprint:
        raise NoTimestamp("the file does not verify with the stamp it gave")
    if found.stamped_at is None:
        raise NoTimestamp(
            "its time stamp is not valid, or its root certificate does not lie in the folder keys/trusted"
        )


def _roots() -> list[bytes]:
    return [certificates.der(one) for one in certificates.trusted(desk().keys)]


def _context(by: Holder) -> Any:
    """What a signature is to be verified with for good travels in the file; our own root publishes no list of the revoked."""
    return ValidationContext(
        trust_roots=[asn1.Certificate.load(one) for one in _roots()],
        other_certs=list(by.signer.cert_registry),
        allow_fetching=bool(desk().signing.key),
        revocation_mode="soft-fail",
    )
