"""Certificates, key files, a token and a time-stamp authority of the tests' own: real ones, made here."""

from __future__ import annotations

import io
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from flask import Flask
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore
from pypdf import PdfWriter

from fieldsvc.notices import desk
from fieldsvc.notices import service as notices
from fieldsvc.notices.signature import timestamps
from fieldsvc.settings import Signing
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.papers import Json, papers_of

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
PASSPHRASE = "a passphrase 密码 of the tests"
SOFTHSM = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so")


@dataclass
class Made:
    """A certificate, its key and who issued it."""

    certificate: x509.Certificate
    key: Key
    issuer: Made | None = None


def certificate(
    name: str,
    *,
    issuer: Made | None = None,
    ca: bool = False,
    stamps: bool = False,
    days: int = 400,
    key: Key | None = None,
) -> Made:
    """Make a root, a signer or a time-stamp authority."""
    if key is None:
        key = rsa.generate_private_key(65537, 2048) if stamps else ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "某燃气")]
    )
    began = datetime.now(UTC) - timedelta(days=1)
    usage = dict.fromkeys(
        ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
         "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False,
    ) | ({"key_cert_sign": True} if ca else {"digital_signature": True, "content_commitment": not stamps})  # fmt: skip
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + timedelta(days=days + 1))
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if stamps:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return Made(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key, issuer)


def pem(made: Made) -> bytes:
    """A certificate as a file holds it."""
    return made.certificate.public_bytes(serialization.Encoding.PEM)


def key_file(made: Made, file: Path, passphrase: str = PASSPHRASE) -> Path:
    """Write a PKCS#12 file with the key, its certificate and those above it."""
    above, issuer = [], made.issuer
    while issuer:
        above.append(issuer.certificate)
        issuer = issuer.issuer
    locked = serialization.BestAvailableEncryption(passphrase.encode())
    file.write_bytes(pkcs12.serialize_key_and_certificates(b"signer", made.key, made.certificate, above, locked))
    return file


@contextmanager
def token(made: Made, folder: Path, pin: str) -> Iterator[str]:
    """A SoftHSM token that holds the key and its certificate; gives the address of the key."""
    import pkcs11
    from pkcs11.util.ec import encode_named_curve_parameters

    folder.mkdir()
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {folder}\nobjectstore.backend = file\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(settings)
    module = next(one for one in SOFTHSM if Path(one).is_file())
    words = ["softhsm2-util", "--init-token", "--free", "--label", "company", "--so-pin", "12345678", "--pin", pin]
    subprocess.run(words, check=True, capture_output=True)
    private = folder / "key.pem"
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    private.write_bytes(made.key.private_bytes(*form))
    words = [
        "softhsm2-util",
        "--import",
        str(private),
        "--token",
        "company",
        "--label",
        "signer",
        "--id",
        "01",
        "--pin",
        pin,
    ]
    subprocess.run(words, check=True, capture_output=True)
    private.unlink()
    assert encode_named_curve_parameters("secp256r1")
    library = pkcs11.lib(module)
    library.reinitialize()
    with library.get_token(token_label="company").open(user_pin=pin, rw=True) as session:
        known = asn1.Certificate.load(made.certificate.public_bytes(serialization.Encoding.DER))
        session.create_object(
            {
                pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
                pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
                pkcs11.Attribute.TOKEN: True,
                pkcs11.Attribute.LABEL: "signer",
                pkcs11.Attribute.ID: b"\x01",
                pkcs11.Attribute.SUBJECT: known.subject.dump(),
                pkcs11.Attribute.VALUE: known.dump(),
            }
        )
    yield f"pkcs11:token=company;object=signer?module-path={module}"


@dataclass
class TimeAuthority:
    """An RFC 3161 authority on this machine. `mood`: answers, silent (503), nonsense."""

    root: Made = field(default_factory=lambda: certificate("time root", ca=True))
    mood: str = "answers"
    asked: int = 0
    url: str = ""

    def __post_init__(self) -> None:
        leaf = certificate("time-stamp authority", issuer=self.root, stamps=True)
        store = SimpleCertificateStore()
        store.register(asn1.Certificate.load(self.root.certificate.public_bytes(serialization.Encoding.DER)))
        form = (serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        self._stamper: Any = DummyTimeStamper(
            asn1.Certificate.load(leaf.certificate.public_bytes(serialization.Encoding.DER)),
            asn1_keys.PrivateKeyInfo.load(leaf.key.private_bytes(*form)),
            certs_to_embed=store,
        )

    def answer(self, body: bytes) -> bytes:
        """What it answers to a request."""
        if self.mood == "nonsense":
            return b"0\x03\x02\x01\x00"
        given: bytes = self._stamper.request_tsa_response(tsp.TimeStampReq.load(body)).dump()
        return given

    @contextmanager
    def serve(self) -> Iterator[TimeAuthority]:
        """Serve it on a free port of 127.0.0.1."""
        authority = self

        class Answers(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                authority.asked += 1
                body = self.rfile.read(int(self.headers["Content-Length"]))
                given = b"" if authority.mood == "silent" else authority.answer(body)
                self.send_response(503 if authority.mood == "silent" else 200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(given)))
                self.end_headers()
                self.wfile.write(given)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.url = f"http://127.0.0.1:{server.server_port}/"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def sign_with(app: Flask, **what: Any) -> None:
    """Have an application sign in another way from now on."""
    timestamps._silent.clear()
    with app.app_context():
        desk.use(app, replace(desk.desk(), signing=Signing(**what)))


def trust(app: Flask, made: Made) -> None:
    """Put a root into the folder of those that are trusted."""
    folder = app.extensions["fieldsvc.settings"].keys / "trusted"
    folder.mkdir(exist_ok=True)
    (folder / f"{made.certificate.serial_number}.pem").write_bytes(pem(made))


def blank() -> bytes:
    """A PDF with an empty page."""
    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def paper(app: Flask, office: Browser, visit: str) -> tuple[Json, notices.Notice]:
    (listed,) = papers_of(office, visit)
    with app.app_context():
        return listed, notices.get(notice_id=listed["id"])


def verdict(app: Flask, pdf: bytes) -> notices.Verdict:
    with app.app_context():
        return notices.verify(pdf)
