"""How far a paper's signature goes: the time that an authority confirms, and what happens when it does not."""

from __future__ import annotations

import io
import logging
from typing import Any

import pytest
from flask import Flask
from pyhanko.pdf_utils.reader import PdfFileReader
from sqlalchemy import select

from fieldsvc.db import db, transaction
from fieldsvc.notices import service as notices
from fieldsvc.notices.signature import signer, signing
from fieldsvc.notices.signature.timestamps import NoTimestamp
from fieldsvc.notices.work import MAX_ATTEMPTS
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.papers import Clients, pdf_of, work
from tests.fieldsvc.signers import (
    TimeAuthority,
    blank,
    paper,
    sign_with,
    trust,
    verdict,
)


@pytest.mark.parametrize("level", ["b-t", "b-lta"])
def test_an_authority_confirms_the_time(
    level: str, app: Flask, owed: str, client_as: Clients, stamping: TimeAuthority
) -> None:
    trust(app, stamping.root)
    sign_with(app, timestamp_url=stamping.url, level=level)
    work(app)
    listed, row = paper(app, client_as("office"), owed)
    assert (row.status, row.signature_level, row.error) == ("ready", level, None)
    pdf = pdf_of(client_as("office"), listed)
    found = verdict(app, pdf)
    assert (found.reason, found.genuine) == ("current", True) and found.stamped_at is not None
    reader = PdfFileReader(io.BytesIO(pdf))
    kinds = [str(one.sig_object["/Type"]) for one in reader.embedded_signatures]
    assert kinds == (["/Sig", "/DocTimeStamp"] if level == "b-lta" else ["/Sig"])
    assert ("/DSS" in reader.root) == (level == "b-lta")
    if level == "b-lta":
        assert not verdict(app, pdf.replace(b"/DSS", b"/DSX")).genuine


@pytest.mark.parametrize("mood", ["silent", "nonsense", "unknown"])
def test_without_a_time_stamp_a_paper_waits_and_says_why_until_the_authority_is_back(
    mood: str, app: Flask, owed: str, client_as: Clients, stamping: TimeAuthority, later: Any, caplog: Any
) -> None:
    stamping.mood = "answers" if mood == "unknown" else mood  # unknown: its root is not among those we trust
    sign_with(app, timestamp_url=stamping.url, level="b-t")
    work(app)
    if mood == "silent":
        with app.app_context(), transaction():
            db.session.scalars(select(notices.Notice)).one().attempts = MAX_ATTEMPTS - 1
        later(minutes=15)
        work(app)  # the last attempt of a paper that is ill; this one is not
    later(minutes=15)
    _, row = paper(app, client_as("office"), owed)
    assert (
        row.status == "pending"
        and row.error
        and "time-stamp authority" in row.error
        and stamping.url.rstrip("/") in row.error
    )
    assert {"silent": "503", "nonsense": "", "unknown": "keys/trusted"}[mood] in row.error
    stamping.mood = "answers"
    trust(app, stamping.root)
    sign_with(app, timestamp_url=stamping.url, level="b-t")
    work(app)
    _, row = paper(app, client_as("office"), owed)
    assert (row.status, row.signature_level, row.error) == ("ready", "b-t", None)


def test_a_paper_goes_out_without_time_only_when_the_settings_say_so_and_that_is_told(
    app: Flask, owed: str, client_as: Clients, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    sign_with(app, timestamp_url="http://127.0.0.1:9/", level="b-t", without_timestamp="b-b")
    with caplog.at_level(logging.WARNING):
        work(app)
    _, row = paper(app, client_as("office"), owed)
    assert (row.status, row.signature_level) == ("ready", "b-b")
    assert any("signed as b-b and not as b-t" in record.getMessage() for record in caplog.records)
    assert 'fieldsvc_signatures{level="b-b"} 1.0' in browser.get("/metrics").text


def test_a_silent_authority_is_not_asked_again_by_every_paper(app: Flask, owed: str, stamping: TimeAuthority) -> None:
    stamping.mood = "silent"
    sign_with(app, timestamp_url=stamping.url, level="b-t")
    with app.app_context():
        for _ in range(4):
            with pytest.raises(NoTimestamp):
                signing.sign(blank(), by=signer.present(), place="贵阳", reason="试签")
    assert stamping.asked == 1


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/hidden?key=hidden", "http://hidden:hidden@127.0.0.1:9/"])
def test_a_key_inside_the_authority_s_address_is_told_to_nobody(
    address: str, app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with app.app_context(), caplog.at_level(logging.WARNING):
        sign_with(app, timestamp_url=address, level="b-t")
        with pytest.raises(NoTimestamp, match=r"authority http://127\.0\.0\.1:9: it did not answer") as error:
            signing.sign(blank(), by=signer.present(), place="贵阳", reason="试签")
        sign_with(app, timestamp_url=address, level="b-t", without_timestamp="b-b")
        assert signing.sign(blank(), by=signer.present(), place="贵阳", reason="试签").level == "b-b"
    assert "http://127.0.0.1:9: " in caplog.text and "hidden" not in caplog.text + str(error.value)
