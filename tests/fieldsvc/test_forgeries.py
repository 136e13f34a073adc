"""Nothing that is made out of an issued paper passes for one: neither chance nor the published attacks on signed PDFs."""

from __future__ import annotations

import io
import logging
import zlib
from collections import Counter
from collections.abc import Iterator

import pytest
from flask import Flask

from fieldsvc.notices import service as notices
from fieldsvc.notices.signature import examine, verify
from tests.fieldsvc.forgeries import attacks, random_changes, revised, stream
from tests.fieldsvc.papers import Clients, PhoneOf, Plan, papers_of, pdf_of, record_visit, work

BY_DIGEST_ONLY = {"padding of the signature", "digits of the signature in the other case"}
"""What a signature alone cannot show: no signature covers the room that is left for itself."""


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The library tells at length what is wrong with a forged file."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def issued(app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients) -> bytes:
    visit, phone = plan()["id"], phone_of("inspector")
    record_visit(phone, visit, photo=False)
    phone.sync()
    work(app)
    return pdf_of(client_as("office"), papers_of(client_as("office"), visit)[0])


def sound(pdf: bytes) -> bool:
    """What the signature alone says."""
    try:
        return any(one.sound for one in examine.signatures(pdf, trusted=[], moment=None))
    except Exception:  # a parser may raise anything at such a file
        return False


def test_no_published_attack_is_accepted(app: Flask, issued: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "_examine_apart", lambda pdf: examine.signatures(pdf, trusted=[], moment=None))
    passed, reasons = set(), {}
    assert sound(issued)
    for name, forge in attacks().items():
        forged = forge(issued)
        assert forged != issued, name
        if sound(forged):
            passed.add(name)
        with app.app_context():
            verdict = notices.verify(forged)
        assert not verdict.genuine and not verdict.current, name
        reasons[name] = verdict.reason
    assert passed == BY_DIGEST_ONLY, "the signature sees every attack but these; the digest sees all"
    assert set(reasons.values()) <= {"altered", "unreadable", "unsigned"}
    assert all(reasons[name] == "altered" for name in BY_DIGEST_ONLY)
    assert all(reason == "altered" for name, reason in reasons.items() if name.startswith(("incremental", "certified")))


def test_no_random_change_is_accepted(app: Flask, issued: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A share of the ten thousand that bench/notices.py makes."""
    monkeypatch.setattr(verify, "_examine_apart", lambda pdf: examine.signatures(pdf, trusted=[], moment=None))
    seen: Counter[str] = Counter()
    with app.app_context():
        for kind, forged in random_changes(issued, count=180, seed=20261122):
            verdict = notices.verify(forged)
            assert not verdict.genuine and not verdict.current, kind
            seen[kind] += 1
        assert notices.verify(issued).genuine
    assert len(seen) == 9 and sum(seen.values()) == 180


def test_a_file_that_eats_memory_or_time_ends_its_own_process_only(
    app: Flask, issued: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "SECONDS", 10)
    bomb = zlib.compress(b"\0" * 200_000_000, 9)
    nested = zlib.compress(bomb, 9)
    huge = stream(nested, b"/Type/ObjStm/N 1/First 4/Filter[/FlateDecode/FlateDecode]")
    deep = (
        b"%PDF-1.7\n1 0 obj" + b"[" * 200_000 + b"]" * 200_000 + b"endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF"
    )
    with app.app_context():
        for hostile in (revised(issued, {5: huge}), deep):
            assert not notices.verify(hostile).genuine
        verdict = notices.verify(issued)
    assert verdict.genuine


def test_a_strangers_file_is_read_by_a_process_that_knows_no_secret(
    app: Flask, issued: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fieldsvc.notices.making import confine

    monkeypatch.setenv("FIELDSVC_SIGNING_SECRET", "a passphrase")
    assert not [name for name in confine.environment() if name.startswith("FIELDSVC")]
    with app.app_context():
        assert notices.verify(attacks()["incremental saving: page replaced"](issued)).reason == "altered"
        assert notices.verify(b"%PDF-1.7\n" + io.BytesIO(b"x" * 100).read()).reason == "unreadable"
