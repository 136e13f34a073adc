"""The installation's own small certificate authority: who signs its documents, and what its https answers with.

Decides the three certificates a fresh installation lives on: the root, the document signer, and the server's.
All of them say DEMONSTRATION in their subject, because anybody can make such a set; a company replaces the
signer with one from a licensed authority. Knows nothing of PDF or HTTP. Invariants: a private key is never
readable by others, and making what is already there changes nothing. Why an authority and not a lone self-
signed certificate: a phone can be told to trust one root.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import ipaddress
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from fieldsvc import clock

MARK = "DEMONSTRATION 演示 - not valid as evidence"
ROOT, SIGNER, SERVER, RECEIPT, LIFEBOAT = "root", "signer", "server", "receipt", "lifeboat"
ROOT_DAYS, SIGNER_DAYS, SERVER_DAYS = 3650, 1825, 390
RENEW_DAYS = 30
DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # id-kp-documentSigning, RFC 9336
NAME_LIMIT = 64


def create(keys: Path, *, company: str) -> None:
    """Make the root and the document signer in `keys` unless they are there; safe to call from several processes."""
    with _alone(keys):
        if not _complete(keys, ROOT):
            root_key = ec.generate_private_key(ec.SECP256R1())
            _keep(keys, ROOT, root_key, _root(root_key, company))
        if not _complete(keys, SIGNER):
            signer_key = ec.generate_private_key(ec.SECP256R1())
            _keep(keys, SIGNER, signer_key, _signer(keys, signer_key, company))
        _make_bare_key(keys, RECEIPT)
        _make_bare_key(keys, LIFEBOAT)


def _make_bare_key(keys: Path, name: str) -> None:
    """A key without a certificate: phones are given its public half when they enrol."""
    if not _key_file(keys, name).is_file():
        key = ec.generate_private_key(ec.SECP256R1())
        write(_key_file(keys, name), _pem(key))


def receipt_key(keys: Path) -> ec.EllipticCurvePrivateKey:
    """The key that signs custody receipts; it has no certificate, phones keep it when they enrol."""
    return _cached_key(_key_file(keys, RECEIPT))


def receipt_kid(keys: Path) -> str:
    """The short name of the receipt key."""
    return kid(receipt_key(keys))


def lifeboat_key(keys: Path) -> ec.EllipticCurvePrivateKey:
    """The key that opens lifeboat files; made when an older installation is first asked for it."""
    if not _key_file(keys, LIFEBOAT).is_file():
        with _alone(keys):
            _make_bare_key(keys, LIFEBOAT)
    return _cached_key(_key_file(keys, LIFEBOAT))


def kid(key: ec.EllipticCurvePrivateKey) -> str:
    """A key's short name: the first 16 hex digits of the SHA-256 of its public part."""
    raw = key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return hashlib.sha256(raw).hexdigest()[:16]


def public_jwk(key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    """A key's public half as a JWK with its `kid`, as phones are given it."""
    point = key.public_key().public_numbers()
    x, y = (base64.urlsafe_b64encode(part.to_bytes(32, "big")).rstrip(b"=").decode() for part in (point.x, point.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": kid(key)}


def tls(keys: Path, hosts: Iterable[str]) -> tuple[Path, Path]:
    """Give certificate and key files for these host names and addresses, made anew when they change or near expiry.

    The certificate file carries the root after the leaf. Raises FileNotFoundError before `create`.
    """
    names = sorted(set(hosts)) or ["localhost"]
    with _alone(keys):
        if not (_complete(keys, SERVER) and _serves(_load(keys, SERVER), names, _load(keys, ROOT))):
            key = ec.generate_private_key(ec.SECP256R1())
            _keep(keys, SERVER, key, _server(keys, key, names), also=root_pem(keys))
    return _certificate_file(keys, SERVER), _key_file(keys, SERVER)


def root_pem(keys: Path) -> bytes:
    """The root certificate as PEM text."""
    return _load(keys, ROOT).public_bytes(serialization.Encoding.PEM)


def root_der(keys: Path) -> bytes:
    """The root certificate as DER bytes, the form phones install."""
    return _load(keys, ROOT).public_bytes(serialization.Encoding.DER)


def root_file(keys: Path) -> Path:
    """The root certificate's file."""
    return _certificate_file(keys, ROOT)


def fingerprint(keys: Path) -> str:
    """The root certificate's SHA-256 as phones show it: pairs of hex digits with colons between."""
    return _load(keys, ROOT).fingerprint(hashes.SHA256()).hex(":").upper()


def signer_files(keys: Path) -> tuple[Path, Path]:
    """The document signer's certificate and key files."""
    return _certificate_file(keys, SIGNER), _key_file(keys, SIGNER)


def signer_certificate(keys: Path) -> x509.Certificate:
    """The document signer's certificate."""
    return _load(keys, SIGNER)


def renew_signer(keys: Path, *, company: str) -> x509.Certificate:
    """Make a new document signer of the same root. What the former one signed stays genuine: notices keep its certificate."""
    with _alone(keys):
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _signer(keys, key, company)
        _keep(keys, SIGNER, key, certificate)
    return certificate


def is_demonstration(certificate: x509.Certificate) -> bool:
    """Say whether a document signer's certificate is one that anybody could have made."""
    units = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    return any(unit.value == MARK for unit in units)


def _subject(common: str, company: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, (company or "fieldsvc")[:NAME_LIMIT]),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, MARK),
            x509.NameAttribute(NameOID.COMMON_NAME, common[:NAME_LIMIT]),
        ]
    )


def _root(key: ec.EllipticCurvePrivateKey, company: str) -> x509.Certificate:
    name = _subject("fieldsvc root DEMONSTRATION 演示", company)
    return _build(
        subject=name,
        issuer=name,
        public_key=key.public_key(),
        days=ROOT_DAYS,
        usage=_usage("key_cert_sign", "crl_sign"),
        extra=[(x509.BasicConstraints(ca=True, path_length=0), True)],
        issuer_key=key,
    )


def _signer(keys: Path, key: ec.EllipticCurvePrivateKey, company: str) -> x509.Certificate:
    root = _load(keys, ROOT)
    return _build(
        subject=_subject("document signer DEMONSTRATION 演示", company),
        issuer=root.subject,
        public_key=key.public_key(),
        days=SIGNER_DAYS,
        usage=_usage("digital_signature", "content_commitment"),
        extra=[
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION, DOCUMENT_SIGNING]), False),
        ],
        issuer_key=_load_key(keys, ROOT),
    )


def _server(keys: Path, key: ec.EllipticCurvePrivateKey, names: list[str]) -> x509.Certificate:
    root = _load(keys, ROOT)
    return _build(
        subject=_subject(names[0], "fieldsvc"),
        issuer=root.subject,
        public_key=key.public_key(),
        days=SERVER_DAYS,
        usage=_usage("digital_signature"),
        extra=[
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
            (x509.SubjectAlternativeName([_general_name(name) for name in names]), False),
        ],
        issuer_key=_load_key(keys, ROOT),
    )


def _build(
    *,
    subject: x509.Name,
    issuer: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    days: int,
    usage: x509.KeyUsage,
    extra: list[tuple[x509.ExtensionType, bool]],
    issuer_key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    began = clock.now() - timedelta(hours=1)  # phones whose clock is a little slow must accept it at once
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + timedelta(days=days))
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    for extension, critical in extra:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(issuer_key, hashes.SHA256())


def _usage(*wanted: str) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: name in wanted for name in names})


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _serves(certificate: x509.Certificate, names: list[str], root: x509.Certificate) -> bool:
    held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    lives: datetime = certificate.not_valid_after_utc - timedelta(days=RENEW_DAYS)
    return set(held) == {_general_name(name) for name in names} and clock.now() < lives and _issued(root, certificate)


def _issued(root: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(root)
    except (InvalidSignature, TypeError, ValueError):
        return False
    return True


@contextmanager
def _alone(keys: Path) -> Iterator[None]:
    keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (keys / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _certificate_file(keys: Path, name: str) -> Path:
    return keys / f"{name}.pem"


def _key_file(keys: Path, name: str) -> Path:
    return keys / f"{name}.key"


def _complete(keys: Path, name: str) -> bool:
    return _certificate_file(keys, name).is_file() and _key_file(keys, name).is_file()


def _load(keys: Path, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(_certificate_file(keys, name).read_bytes())


def _load_key(keys: Path, name: str) -> ec.EllipticCurvePrivateKey:
    return _read_key(_key_file(keys, name))


def _read_key(file: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{file} does not hold an elliptic-curve key")
    return key


@lru_cache(maxsize=8)
def _cached_key(file: Path) -> ec.EllipticCurvePrivateKey:
    return _read_key(file)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _keep(
    keys: Path, name: str, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate, *, also: bytes = b""
) -> None:
    """Write the key first: a certificate on disk means that its key is there too."""
    write(_key_file(keys, name), _pem(key))
    write(_certificate_file(keys, name), certificate.public_bytes(serialization.Encoding.PEM) + also)


def write(path: Path, content: bytes) -> None:
    """Write a key's file whole, for its owner's eyes only."""
    part = path.with_suffix(f"{path.suffix}.{os.getpid()}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
