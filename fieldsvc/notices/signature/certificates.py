"""Certificates without their keys: those that ever signed papers here, and the roots that are trusted.

Both are folders beside the keys: `signers` is filled by the program and never emptied, because what a certificate signed must be
judged long after it was replaced; `trusted` is filled by hand. A file beside them names the certificate whose key was loaded
last, so that pages can tell of it without that key. Decides nothing about who may sign.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from fieldsvc import authority

KEPT, TRUSTED, PRESENT = "signers", "trusted", "present-signer"


def keep(keys: Path, certificate: x509.Certificate) -> None:
    """Keep a certificate that signs papers, for as long as the installation lives; safe to repeat."""
    file = keys / KEPT / f"{certificate.fingerprint(hashes.SHA256()).hex()}.pem"
    if not file.is_file():
        file.parent.mkdir(mode=0o700, exist_ok=True)
        part = file.with_name(f"{file.name}.{os.getpid()}.part")
        part.write_bytes(certificate.public_bytes(Encoding.PEM))
        part.replace(file)


def note_present(keys: Path, certificate: x509.Certificate, *, key: str) -> None:
    """Write down which certificate belongs to the key at an address; safe to repeat."""
    file, said = keys / PRESENT, f"{_address(key)} {certificate.fingerprint(hashes.SHA256()).hex()}\n"
    if not file.is_file() or file.read_text(encoding="ascii") != said:
        part = file.with_name(f"{file.name}.{os.getpid()}.part")
        part.write_text(said, encoding="ascii")
        part.replace(file)


def present(keys: Path, *, key: str) -> x509.Certificate | None:
    """The certificate that belonged to the key at an address when it was loaded last; None when it never was."""
    file = keys / PRESENT
    address, _, fingerprint = (
        file.read_text(encoding="ascii").strip().partition(" ") if file.is_file() else ("", "", "")
    )
    if address != _address(key):
        return None
    return x509.load_pem_x509_certificate((keys / KEPT / f"{fingerprint}.pem").read_bytes())


def _address(key: str) -> str:
    # What follows the question mark may hold a PIN.
    return hashlib.sha256(key.partition("?")[0].encode()).hexdigest()


def kept(keys: Path) -> list[x509.Certificate]:
    """Every certificate that ever signed papers here."""
    return _read(keys / KEPT)


def trusted(keys: Path) -> list[x509.Certificate]:
    """The roots that signatures and time stamps may lead to: our own, and what lies in the folder `trusted`."""
    return [x509.load_pem_x509_certificate(authority.root_pem(keys)), *_read(keys / TRUSTED)]


def between(leaf: x509.Certificate, offered: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """Those of the certificates offered that lie between a leaf and its root, and neither of the two."""
    found: list[x509.Certificate] = []
    below = leaf
    while above := next((one for one in offered if one.subject == below.issuer and one not in (leaf, *found)), None):
        if above.issuer == above.subject:
            break
        found.append(above)
        below = above
    return found


def der(certificate: x509.Certificate) -> bytes:
    """A certificate's bytes."""
    return certificate.public_bytes(Encoding.DER)


def _read(folder: Path) -> list[x509.Certificate]:
    files = sorted(folder.glob("*.pem")) if folder.is_dir() else []
    return [one for file in files for one in x509.load_pem_x509_certificates(file.read_bytes())]
