"""Papers issued by a real server: `fieldsvc run`, a phone that sends a visit with its photos, and a look every few moments.

Clocks how long it is from the sync answer that promises a paper until the paper is ready; its photos have arrived before, because
sending them is the network's time. The look goes into the store, past the server: jobs give way to requests, and a server that
is asked a hundred times a second is no idle one. What is left, a store full of papers and one of them as plain HTML, is what
those who make papers are then given. Invariant: a time counts only for a paper whose signed file was fetched.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from sqlalchemy import Connection, create_engine, text

from bench import paperwork
from bench.ours import Installation, Technician
from bench.wire import Refused
from fieldsvc import assets, clock, create_app, installation
from fieldsvc.db import db, transaction
from fieldsvc.notices import service as notices
from fieldsvc.notices.making import pictures, render
from fieldsvc.notices.models import PENDING, READY
from fieldsvc.visits import service as visits

Json = dict[str, Any]
LOOK_EVERY_SECONDS = 0.01
PATIENCE_SECONDS = 120.0
_STATUS = text("SELECT status FROM notices WHERE id = :paper")


@dataclass
class Issued:
    """What a server has issued: how long each paper took from the sync answer, and which papers they are."""

    ready: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    papers: list[str] = field(default_factory=list)


def issue(folder: Path, count: int, *, say: Callable[[str], None], warm_up: int = 1) -> Issued:
    """Have a new installation in `folder` issue papers, one visit after the other; the first ones warm up and do not count."""
    made = Installation.make(folder / "ours")
    _plan(made, count + warm_up)
    issued = Issued()
    engine = create_engine(made.database_url)
    with made.serve() as server, engine.connect() as store:
        phone = Technician.log_in(server.port, made.first)
        planned = phone.take_in(phone.send(phone.phone.request([])))["visits"]
        for place, visit in enumerate(planned):
            took, paper, size = _one(phone, store, visit, folder, place)
            issued.papers.append(paper)
            if place >= warm_up:
                issued.ready.append(took)
                issued.sizes.append(size)
        say(f"{count} papers issued by a server")
    engine.dispose()
    (made.data / "papers.json").write_text(json.dumps(issued.papers))
    _lay_out(made, issued.papers[0], folder)
    return issued


def _plan(made: Installation, count: int) -> None:
    app = create_app(made.settings())
    with app.app_context():
        today = installation.today()
        with transaction():
            orders = [paperwork.order(place, assignee=made.first, today=today) for place in range(count)]
            visits.plan(visits=orders, now=clock.now())
        db.session.remove()
        db.engine.dispose()


def _one(phone: Technician, store: Connection, visit: Json, folder: Path, place: int) -> tuple[float, str, int]:
    """Send one visit; gives the ms from the answer to ready, the paper's id and the size of its file."""
    photographed, signed = paperwork.photos(folder, f"issued/{place}"), paperwork.signatures(str(place))
    for content in (*photographed, *signed):
        _upload(phone, content, "image/jpeg" if content in photographed else "image/png")
    written = phone.phone.log_of(
        visit, paperwork.entries(visit, photographed, signed), now=datetime.now(UTC) - timedelta(minutes=10)
    )
    body = phone.phone.request(written, cursor=phone.cursor)
    told = phone.take_in(phone.send(body))
    answered = time.perf_counter()
    (changed,) = [one for one in told["visits"] if one["id"] == visit["id"]]
    (paper,) = [one["id"] for one in changed["notices"] if one["kind"] == "hazard"]
    _wait(store, paper)
    took = (time.perf_counter() - answered) * 1000
    status, content = phone.connection.send("GET", f"/api/v1/notices/{paper}.pdf")
    if status != 200 or not content.startswith(b"%PDF-"):
        raise Refused(f"the paper that is ready was not given: {status}")
    for other in changed["notices"]:
        _wait(store, other["id"])  # the next one begins on an idle server
    return took, paper, len(content)


def _wait(store: Connection, paper: str) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        told = store.scalar(_STATUS, {"paper": paper})
        store.rollback()  # the next look is to see what was written since
        if told == READY:
            return
        if told != PENDING:
            break
        time.sleep(LOOK_EVERY_SECONDS)
    raise Refused(f"a paper did not become ready: {told}")


def _upload(phone: Technician, content: bytes, kind: str) -> None:
    sha256 = paperwork.digest(content)
    words = ",".join(
        f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in (("sha256", sha256), ("type", kind))
    )
    usual = dict(phone.connection.headers)
    for method, path, body, headers in (
        ("POST", "/api/v1/blobs", None, {"Upload-Length": str(len(content)), "Upload-Metadata": words}),
        (
            "PATCH", f"/api/v1/blobs/{sha256}", content,
            {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"},
        ),
    ):  # fmt: skip
        phone.connection.headers = {**usual, **headers}
        status, given = phone.connection.send(method, path, body)
        phone.connection.headers = usual
        if status not in (201, 204):
            raise Refused(f"{method} {path}: {status} {given[:300]!r}")


def _lay_out(made: Installation, paper: str, folder: Path) -> None:
    """The same page for the others: HTML, style sheet, pictures, and a key for the naive one."""
    app = create_app(made.settings())
    with app.app_context():
        frozen = notices.snapshot(notices.get(notice_id=paper))
        certificate = (
            "document signer DEMONSTRATION 演示 · Zhucheng Demonstration Gas Co., Ltd. · SHA-256 2696831eee60d172"
        )
        html = render.page(frozen, missing=set(), demonstration=True, certificate=certificate)
        db.session.remove()
        db.engine.dispose()
    signed = [one["image"] for one in frozen["facts"]["signatures"].values()]
    for kind, names in (("photo", list(frozen["facts"]["photos"])), ("signature", signed)):
        for number, sha256 in enumerate(names):
            html = html.replace(f"asset:{kind}/{sha256}", f"asset:{kind}/{number}")
    (folder / "page.html").write_text(html)
    (folder / "page.css").write_text((assets.TEMPLATES / "notices" / "notices.css").read_text())
    (folder / "notice.typ").write_text((Path(__file__).parent / "peers" / "notice.typ").read_text())
    (folder / "qr.png").write_bytes(pictures.code(f"http://127.0.0.1/n/{frozen['lookup']}"))
    (folder / "signature").mkdir()
    for number, content in enumerate(paperwork.signatures("others")):
        (folder / "signature" / f"{number}.png").write_bytes(content)
    _make_key(folder)


def _make_key(folder: Path) -> None:
    """RSA of 2048 bits, what one gets who does not choose."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "naive")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    (folder / "naive.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "naive.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
