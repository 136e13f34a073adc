"""The electronic signature of a paper: PAdES baseline B-B, certifying, no change allowed afterwards.

Decides how a PDF is signed, with the key kept loaded. What may be signed is decided by those who call it. The field is
invisible: the paper itself says who issued it, and a reader shows the signature in its own panel.
"""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner

from fieldsvc import authority

FIELD = "Issuer"
RESERVED = 8192


def sign(pdf: bytes, *, keys: Path, place: str, reason: str) -> bytes:
    """Sign a PDF. Raises OSError when the keys cannot be read."""
    metadata = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        location=place,
        reason=reason,
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    signer = PdfSigner(metadata, _loaded(keys, _age(keys)), new_field_spec=SigFieldSpec(FIELD))
    signed: BytesIO = signer.sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)), bytes_reserved=RESERVED)
    return signed.getvalue()


def fingerprint(keys: Path) -> str:
    """The SHA-256 of the certificate that signs, as hex."""
    return authority.signer_certificate(keys).fingerprint(hashes.SHA256()).hex()


def describe(keys: Path) -> str:
    """The signing certificate in one line, as papers print it."""
    certificate = authority.signer_certificate(keys)
    names = [str(one.value) for one in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    return f"{', '.join(names)} · {_issuer(certificate)} · SHA-256 {fingerprint(keys)[:16]}"


def _issuer(certificate: x509.Certificate) -> str:
    return ", ".join(str(one.value) for one in certificate.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME))


def _age(keys: Path) -> int:
    return sum(file.stat().st_mtime_ns for file in authority.signer_files(keys))


@lru_cache(maxsize=4)
def _loaded(keys: Path, age: int) -> SimpleSigner:
    certificate, key = authority.signer_files(keys)
    signer: SimpleSigner | None = SimpleSigner.load(  # type: ignore[no-untyped-call]
        str(key), str(certificate), ca_chain_files=(str(authority.root_file(keys)),)
    )
    if signer is None:
        raise OSError(f"the signing key in {keys} cannot be read")
    return signer
