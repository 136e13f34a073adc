"""Certificates without their keys: those that ever signed papers here, and the roots that are trusted.

Both are folders beside the keys: `signers` is filled by the program and never emptied, because what a certificate signed must be
judged long after it was replaced; `trusted` is filled by hand. Decides nothing about who may sign.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from fieldsvc import authority

KEPT, TRUSTED = "signers", "trusted"


def keep(keys: Path, certificate: x509.Certificate) -> None:
    """Keep a certificate that signs papers, for as long as the installation lives; safe to repeat."""
    file = keys / KEPT / f"{certificate.fingerprint(hashes.SHA256()).hex()}.pem"
    if not file.is_file():
        file.parent.mkdir(mode=0o700, exist_ok=True)
        part = file.with_name(f"{file.name}.{os.getpid()}.part")
        part.write_bytes(certificate.public_bytes(Encoding.PEM))
        part.replace(file)


def kept(keys: Path) -> list[x509.Certificate]:
    """Every certificate that ever signed papers here."""
    return _read(keys / KEPT)


def trusted(keys: Path) -> list[x509.Certificate]:
    """The roots that signatures and time stamps may lead to: our own, and what lies in the folder `trusted`."""
    return [x509.load_pem_x509_certificate(authority.root_pem(keys)), *_read(keys / TRUSTED)]


def der(certificate: x509.Certificate) -> bytes:
    """A certificate's bytes."""
    return certificate.public_bytes(Encoding.DER)


def _read(folder: Path) -> list[x509.Certificate]:
    files = sorted(folder.glob("*.pem")) if folder.is_dir() else []
    return [one for file in files for one in x509.load_pem_x509_certificates(file.read_bytes())]
