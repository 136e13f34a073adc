"""Who signs: the key that papers are signed with, loaded once and kept, and what is known of its certificate.

Decides from where the key comes (the installation's own files, a PKCS#12 file, a token behind PKCS#11) and when it is loaded
anew: when its files change, so that a renewed certificate needs no restart. A failure is remembered: a PIN that was wrong is not
said to the token again until it changes, because a few wrong ones lock it. A certificate is kept for good before its key signs
anything, because what it signed must be judged long after it has been replaced. Secrets come from the environment or a file;
neither the database nor a message ever holds one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from fieldsvc import authority, clock
from fieldsvc.notices.desk import desk
from fieldsvc.notices.signature import certificates
from fieldsvc.settings import Signing

if TYPE_CHECKING:
    from pyhanko.sign.signers import Signer

WARN_DAYS = 60
TRIED_AGAIN = timedelta(minutes=2)
"""How long a key that could not be loaded is left alone, unless its files or settings change."""
WRONG_PIN = ("PinIncorrect", "PinInvalid", "PinLenRange", "PinExpired")


class NoSigner(RuntimeError):
    """Nothing can be signed just now; the message says why, without any secret."""


class WrongSecret(NoSigner):
    """The PIN or passphrase is another one: to say it again would lock the token."""


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


def standing(*, load: bool = True) -> Standing:
    """How long the certificate lasts. `load` tries the key; else it is told from what is known already. Raises NoSigner."""
    certificate = _loaded().certificate if load else _known()
    return Standing(
        certificate.not_valid_after_utc,
        _values(certificate.subject, NameOID.COMMON_NAME),
        len(certificates.kept(desk().keys)),
    )


def is_demonstration() -> bool:
    """Whether papers are signed with a certificate that anybody could have made; not known counts as no."""
    try:
        return authority.is_demonstration(_known())
    except NoSigner:
        return False


def forget() -> None:
    """Load the key anew next time: a token that was taken out has ended its session."""
    _last.clear()


_Source = tuple[Path, Signing, int]


@dataclass(frozen=True)
class _Tried:
    """How loading went: from which files and settings, when, and what came of it."""

    source: _Source
    at: datetime
    found: Holder | NoSigner

    def lasts(self) -> bool:
        """Whether there is no need, or no leave, to try again."""
        again = timedelta(0) <= clock.now() - self.at < TRIED_AGAIN
        return again if type(self.found) is NoSigner else True

    def holder(self) -> Holder:
        """The key. Raises NoSigner, with the words of the time when it was tried."""
        if isinstance(self.found, NoSigner):
            raise type(self.found)(str(self.found))
        return self.found


_last: list[_Tried] = []
_one_at_a_time = threading.Lock()


def _loaded() -> Holder:
    with _one_at_a_time:
        source = _source()
        tried = _last_of(source)
        if tried is None or not tried.lasts():
            _last[:] = [tried := _Tried(source, clock.now(), _try(source))]
        held = tried.holder()
        with _told():
            certificates.keep(source[0], held.certificate)
            if source[1].key:
                certificates.note_present(source[0], held.certificate, key=source[1].key)
        return held


def _known() -> x509.Certificate:
    """The certificate, without asking a token: any visitor may call for this, and a token that hangs must hold up no page."""
    keys, signing = desk().keys, desk().signing
    if not signing.key:
        return _loaded().certificate
    if tried := _last_of(_source()):
        return tried.holder().certificate
    with _told():
        kept = certificates.present(keys, key=signing.key)
    if kept is None:
        raise NoSigner("the signing key was not loaded yet")
    return kept


def _source() -> _Source:
    keys, signing = desk().keys, desk().signing
    with _told():
        return keys, signing, _age(keys, signing)


def _last_of(source: _Source) -> _Tried | None:
    return next((one for one in tuple(_last) if one.source == source), None)


def _try(source: _Source) -> Holder | NoSigner:
    try:
        with _told():
            return load(source[0], source[1])
    except NoSigner as error:
        return error.with_traceback(None)


@contextmanager
def _told() -> Iterator[None]:
    """Whatever files do ends in NoSigner."""
    try:
        yield
    except (OSError, ValueError, TypeError) as error:
        raise NoSigner(f"the signing key cannot be read ({type(error).__name__})") from error


def _age(keys: Path, signing: Signing) -> int:
    """Another number whenever the files of the key have changed."""
    files = list(authority.signer_files(keys)) if not signing.key else []
    if signing.key.startswith("pkcs12:"):
        files.append(Path(signing.key.removeprefix("pkcs12:")))
    files += [signing.secret_file] if signing.secret_file else []
    return hash(tuple((file.stat().st_mtime_ns, file.stat().st_ino) for file in files))


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
    signer.embed_roots = False  # whoever verifies has the root, or has no reason to trust ours
    certificate = x509.load_der_x509_certificate(signer.signing_cert.dump())
    offered = [
        *(x509.load_der_x509_certificate(one.dump()) for one in signer.cert_registry),
        *certificates.trusted(keys),
    ]
    signer.cert_registry.register_multiple(_asn1(one) for one in certificates.between(certificate, offered))
    return Holder(signer, certificate)


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
        raise WrongSecret(f"{file.name} cannot be opened: it is damaged, or its passphrase is another one") from error
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
        said = f"the token does not give its key: {type(error).__name__} {error}".strip()
        raise (WrongSecret if type(error).__name__ in WRONG_PIN else NoSigner)(said) from error
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
