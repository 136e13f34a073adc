"""Who signs: the key that papers are signed with, loaded once and kept, and what is known of its certificate.

Decides from where the key comes (the installation's own files, a PKCS#12 file, a token behind PKCS#11) and when it is loaded
anew: when its files change, so that a renewed certificate needs no restart. A certificate is kept for good before its key signs
anything, because what it signed must be judged long after it has been replaced. Secrets come from the environment or a file;
neither the database nor a message ever holds one.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from fieldsvc import authority, clock
from fieldsvc.notices import certificates
from fieldsvc.notices.desk import desk
from fieldsvc.settings import Signing

if TYPE_CHECKING:
    from pyhanko.sign.signers import Signer

WARN_DAYS = 60


class NoSigner(RuntimeError):
    """Nothing can be signed just now; the message says why, without any secret."""


@dataclass(frozen=True)
class Holder:
    """A key ready to sign, and its certificate."""

    signer: Signer
    certificate: x509.Certificate

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the certificate, as hex."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def is_demonstration(self) -> bool:
        """Whether anybody could have made this certificate."""
        return authority.is_demonstration(self.certificate)

    def describe(self) -> str:
        """The certificate in one line, as papers print it."""
        names = _values(self.certificate.subject, NameOID.COMMON_NAME)
        issuer = _values(self.certificate.issuer, NameOID.ORGANIZATION_NAME)
        return f"{names} · {issuer} · SHA-256 {self.fingerprint[:16]}"


@dataclass(frozen=True)
class Standing:
    """How long the certificate lasts: `expires`, and whether that is so near that somebody must act."""

    expires: datetime
    subject: str
    kept: int

    @property
    def days(self) -> int:
        """Whole days that are left; negative when it is over."""
        return (self.expires - clock.now()).days

    @property
    def near(self) -> bool:
        """Whether it ends within 60 days, or has ended."""
        return self.expires - clock.now() <= timedelta(days=WARN_DAYS)


def present() -> Holder:
    """The signer papers are signed with now. Raises NoSigner when its key cannot be had, or when it has expired."""
    held = _loaded()
    if not held.certificate.not_valid_before_utc <= clock.now() < held.certificate.not_valid_after_utc:
        raise NoSigner(f"the signing certificate is valid until {held.certificate.not_valid_after_utc:%Y-%m-%d} only")
    return held


def standing() -> Standing:
    """How long the certificate lasts. Raises NoSigner."""
    certificate = _loaded().certificate
    return Standing(
        certificate.not_valid_after_utc,
        _values(certificate.subject, NameOID.COMMON_NAME),
        len(certificates.kept(desk().keys)),
    )


def is_demonstration() -> bool:
    """Whether papers are signed with a certificate that anybody could have made; not known counts as no."""
    try:
        return _loaded().is_demonstration
    except NoSigner:
        return False


def forget() -> None:
    """Load the key anew next time: a token that was taken out has ended its session."""
    _load.cache_clear()


def _loaded() -> Holder:
    keys, signing = desk().keys, desk().signing
    with _one_at_a_time:
        try:
            held = _load(keys, signing, _age(keys, signing))
            certificates.keep(keys, held.certificate)
            return held
        except NoSigner:
            raise
        except (OSError, ValueError, TypeError) as error:
            raise NoSigner(f"the signing key cannot be read ({type(error).__name__})") from error


_one_at_a_time = threading.Lock()


def _age(keys: Path, signing: Signing) -> int:
    """Another number whenever the files of the key have changed."""
    files = list(authority.signer_files(keys)) if not signing.key else []
    if signing.key.startswith("pkcs12:"):
        files.append(Path(signing.key.removeprefix("pkcs12:")))
    files += [signing.secret_file] if signing.secret_file else []
    return hash(tuple((file.stat().st_mtime_ns, file.stat().st_ino) for file in files))


@lru_cache(maxsize=4)
def _load(keys: Path, signing: Signing, _age: int) -> Holder:
    return load(keys, signing)


def load(keys: Path, signing: Signing) -> Holder:
    """The key that these settings name, loaded anew. Raises NoSigner; OSError, ValueError for files that cannot be read."""
    if signing.key.startswith("pkcs12:"):
        signer = _from_file(Path(signing.key.removeprefix("pkcs12:")), _secret(signing))
    elif signing.key.startswith("pkcs11:"):
        signer = _from_token(signing.key, _secret(signing))
    else:
        signer = _own(keys)
    if signer.signing_cert is None:
        raise NoSigner("the signing key has no certificate beside it")
    chain = certificates.trusted(keys)
    signer.cert_registry.register_multiple(_asn1(one) for one in chain)
    return Holder(signer, x509.load_der_x509_certificate(signer.signing_cert.dump()))


def _own(keys: Path) -> Signer:
    from pyhanko.sign.signers import SimpleSigner

    certificate, key = authority.signer_files(keys)
    signer: Signer | None = SimpleSigner.load(str(key), str(certificate))  # type: ignore[no-untyped-call]
    if signer is None:
        raise NoSigner(f"the signing key in {keys} cannot be read")
    return _matching(signer)


def _from_file(file: Path, secret: str) -> Signer:
    from pyhanko.sign.signers import SimpleSigner

    try:
        signer = SimpleSigner.load_pkcs12_data(file.read_bytes(), other_certs=(), passphrase=secret.encode() or None)
    except FileNotFoundError as error:
        raise NoSigner(f"there is no file {file}") from error
    except ValueError as error:
        raise NoSigner(f"{file.name} cannot be opened: it is damaged, or its passphrase is another one") from error
    return _matching(signer)


def _matching(signer: Any) -> Signer:
    """A pair caught in the middle of being renewed would sign what nobody can verify."""
    from cryptography.hazmat.primitives.serialization import PublicFormat, load_der_private_key

    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    key = load_der_private_key(signer.signing_key.dump(), password=None).public_key().public_bytes(*form)
    certificate = x509.load_der_x509_certificate(signer.signing_cert.dump()).public_key().public_bytes(*form)
    if key != certificate:
        raise NoSigner("the signing key and its certificate do not belong together")
    held: Signer = signer
    return held


def _from_token(address: str, secret: str) -> Signer:
    """A key that never leaves its token: the address is `pkcs11:token=…;object=…?module-path=…` (RFC 7512)."""
    from pkcs11.exceptions import PKCS11Error
    from pyhanko.config.pkcs11 import TokenCriteria
    from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session

    parts = urlsplit(address)
    named = {key: unquote(value) for key, _, value in (one.partition("=") for one in parts.path.split(";"))}
    module = parse_qs(parts.query)["module-path"][0]
    try:
        session = open_pkcs11_session(
            module, token_criteria=TokenCriteria(label=named.get("token")), user_pin=secret or None
        )
        label = named.get("object")
        signer = PKCS11Signer(session, cert_label=label, key_label=label, other_certs_to_pull=())
        if signer.signing_cert.public_key.algorithm == "ec":
            # Many tokens sign a digest with such a key and cannot digest themselves.
            signer = PKCS11Signer(
                session, cert_label=label, key_label=label, other_certs_to_pull=(), use_raw_mechanism=True
            )
            _ = signer.signing_cert
    except PKCS11Error as error:
        raise NoSigner(f"the token does not give its key: {type(error).__name__} {error}".strip()) from error
    except RuntimeError as error:
        raise NoSigner(f"the token's module {module} cannot be loaded") from error
    held: Signer = signer
    return held


def _secret(signing: Signing) -> str:
    if signing.secret_file is None:
        return signing.secret
    lines = signing.secret_file.read_text(encoding="utf-8").splitlines()
    return lines[0] if lines else ""


def _asn1(certificate: x509.Certificate) -> Any:
    from asn1crypto import x509 as asn1  # type: ignore[import-untyped]

    return asn1.Certificate.load(certificates.der(certificate))


def _values(name: x509.Name, kind: x509.ObjectIdentifier) -> str:
    return ", ".join(str(one.value) for one in name.get_attributes_for_oid(kind))
