"""Whether a file that somebody brings in is ours, unaltered and current."""

from __future__ import annotations

import hashlib
import io
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask
from pypdf import PdfReader, PdfWriter

from fieldsvc import authority, problems
from fieldsvc.db import transaction
from fieldsvc.notices import service as notices
from fieldsvc.notices.signature import signer, signing, verify
from fieldsvc.notices.signature.verify import Verdict
from fieldsvc.settings import Signing
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.papers import Clients, PhoneOf, Plan, papers_of, pdf_of, record_visit, work
from tests.fieldsvc.signers import blank


@pytest.fixture
def issued(app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients) -> tuple[str, bytes]:
    """A visit and the file of its hazard notice."""
    visit, phone = plan()["id"], phone_of("inspector")
    record_visit(phone, visit, photo=False)
    phone.sync()
    work(app)
    office: Browser = client_as("office")
    (notice,) = papers_of(office, visit)
    return visit, pdf_of(office, notice)


def judge(app: Flask, pdf: bytes) -> Verdict:
    with app.app_context():
        return notices.verify(pdf)


def test_the_file_as_issued_is_genuine_and_current(app: Flask, issued: tuple[str, bytes]) -> None:
    verdict = judge(app, issued[1])
    assert (verdict.genuine, verdict.current, verdict.reason, verdict.revision) == (True, True, "current", 1)
    assert verdict.number and verdict.number in str(verdict)


def test_a_file_changed_by_one_byte_is_not_genuine(app: Flask, issued: tuple[str, bytes]) -> None:
    for place in (len(issued[1]) // 3, len(issued[1]) // 2):
        changed = bytearray(issued[1])
        changed[place] ^= 1
        assert judge(app, bytes(changed)).genuine is False


def test_a_page_added_after_signing_is_found_out(app: Flask, issued: tuple[str, bytes]) -> None:
    writer = PdfWriter(io.BytesIO(issued[1]), incremental=True)
    writer.add_blank_page()
    out = io.BytesIO()
    writer.write(out)
    verdict = judge(app, out.getvalue())
    assert (verdict.genuine, verdict.reason) == (False, "altered")


def test_a_copy_without_its_signature_is_not_ours(app: Flask, issued: tuple[str, bytes]) -> None:
    writer = PdfWriter()
    for page in PdfReader(io.BytesIO(issued[1])).pages:
        writer.add_page(page)
    for page in writer.pages:
        page.pop("/Annots", None)
    out = io.BytesIO()
    writer.write(out)
    assert judge(app, out.getvalue()).reason == "unsigned"


def test_the_same_paper_signed_by_somebody_else_is_refused(
    app: Flask, issued: tuple[str, bytes], tmp_path: Path
) -> None:
    authority.create(tmp_path / "other", company="华安燃气")
    with app.app_context():
        forged = signing.sign(blank(), by=signer.load(tmp_path / "other", Signing()), place="贵阳", reason="伪造")
    assert judge(app, forged.pdf).reason == "wrong_signer"


def test_a_file_signed_by_us_that_we_never_issued_is_not_in_the_register(app: Flask, issued: tuple[str, bytes]) -> None:
    with app.app_context():
        stray = signing.sign(blank(), by=signer.present(), place="贵阳", reason="试签")
    assert judge(app, stray.pdf).reason == "not_ours"


def test_an_older_revision_is_genuine_but_not_current(
    app: Flask, issued: tuple[str, bytes], client_as: Clients, phone_of: PhoneOf
) -> None:
    visit, first = issued
    office = client_as("office")
    document = office.get(f"/api/v1/visits/{visit}").json
    document = document.get("visit", document)
    (hazard,) = document["hazards"]
    change = {
        "base": document["version"],
        "kind": "hazard.set",
        "data": {"hazard": hazard, "field": "level", "value": 1},
    }
    assert office.post(f"/api/v1/visits/{visit}/ops", json=change).status_code == 200
    assert judge(app, first).current, "a revision that is only promised replaces nothing yet"
    work(app)
    verdict = judge(app, first)
    assert (verdict.genuine, verdict.current, verdict.reason) == (True, False, "superseded")
    assert verdict.replaced_by == papers_of(office, visit)[-1]["id"]


@pytest.mark.parametrize("content", [b"", b"hello", b"%PDF-1.7\nnothing else", b"%PDF-1.7\n" + b"<<" * 50_000])
def test_rubbish_is_answered_and_never_an_error(app: Flask, content: bytes) -> None:
    verdict = judge(app, content)
    assert (verdict.genuine, verdict.reason) == (False, "unreadable")


def test_who_brings_a_file_while_all_seats_are_taken_is_sent_away_and_our_papers_need_no_seat(
    app: Flask, issued: tuple[str, bytes]
) -> None:
    answers: list[str] = []

    def bring(pdf: bytes) -> None:
        try:
            answers.append(judge(app, pdf).reason)
        except problems.TooMany as problem:
            answers.append(problem.code)

    with ExitStack() as seats:
        for _ in range(verify.AT_ONCE):
            seats.enter_context(verify._seats)
        for pdf in (issued[1], blank()):
            visitor = threading.Thread(target=bring, args=[pdf], daemon=True)
            visitor.start()
            visitor.join(60)
        assert answers == ["current", "busy"]
    bring(blank())
    assert answers[-1] == "unsigned"


def test_a_paper_stays_genuine_when_the_signing_certificate_is_renewed(app: Flask, issued: tuple[str, bytes]) -> None:
    keys = app.extensions["fieldsvc.settings"].keys
    authority.renew_signer(keys, company="华安燃气")
    assert judge(app, issued[1]).reason == "current"


def test_the_register_knows_a_file_by_its_digest(app: Flask, issued: tuple[str, bytes]) -> None:
    with app.app_context():
        (paper,) = [one for one in notices.of_visit(visit_id=issued[0]) if one.kind == "hazard"]
        assert paper.sha256 == hashlib.sha256(issued[1]).hexdigest() and paper.size == len(issued[1])
        with transaction():
            notices.note_printed(notice_ids=[paper.id], now=paper.promised_at)
        assert paper.printed_count == 1
