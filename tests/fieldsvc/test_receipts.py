"""Custody receipts and the audit of the log: what the server says it holds can be proved, and altering it shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, update

from fieldsvc.db import db, transaction
from fieldsvc.record import service as record
from fieldsvc.record.models import Log, Op
from fieldsvc.sync_api import receipt
from tests.fieldsvc.phone import Phone
from tests.fieldsvc.test_blobs import picture
from tests.fieldsvc.test_command import fieldsvc

pytestmark = pytest.mark.both_databases

Json = dict[str, Any]
Plan = Callable[..., Json]
Phones = Callable[[str], Phone]


def verdict(app: Flask, given: Any) -> receipt.Verdict:
    with app.app_context():
        return receipt.verify(given, keys=app.extensions["fieldsvc.settings"].keys)


def written(phone: Phone, visit: str, count: int = 3) -> Json:
    """Write some notes, sync, and give the answer."""
    for number in range(count):
        phone.op(visit, "note.add", text=f"note {number} 𠮷")
    return phone.sync()


def test_every_answer_carries_a_receipt_of_the_log_and_of_the_files_asked_about(
    app: Flask, plan: Plan, phone_of: Phones
) -> None:
    visit, phone = plan()["id"], phone_of("inspector")
    held, unknown = phone.upload(picture(colour="brown"), "image/jpeg"), "0" * 64
    written(phone, visit)
    given = phone.send({**phone.request(), "files": [held, unknown]}).json["receipt"]
    assert (given["device"], given["acked_seq"], given["files"]) == (phone.id, 3, [held])
    assert given["chain"] == phone._proof(3)["chain"]
    assert verdict(app, given).holds


@pytest.mark.parametrize("member", ["device", "acked_seq", "chain", "files", "at", "epoch", "sig"])
def test_an_altered_receipt_is_not_the_servers(member: str, app: Flask, plan: Plan, phone_of: Phones) -> None:
    given = written(phone_of("inspector"), plan()["id"])["receipt"]
    altered = {"acked_seq": 9, "files": ["f" * 64]}.get(member, "A" + str(given[member])[1:] + "x")
    assert not verdict(app, {**given, member: altered}).holds
    assert not verdict(app, [given]).holds
    assert not verdict(app, {key: value for key, value in given.items() if key != member}).holds


def test_a_store_that_lost_what_it_promised_is_found_out_by_the_receipt(
    app: Flask, plan: Plan, phone_of: Phones
) -> None:
    phone = phone_of("inspector")
    given = written(phone, plan()["id"])["receipt"]
    with app.app_context(), transaction():
        db.session.execute(delete(Op).where(Op.device_id == phone.id, Op.seq == 3))
    told = verdict(app, given)
    assert not told.holds
    assert "no longer holds entry 3" in told.why


def test_the_receipts_key_is_given_when_a_phone_enrols(app: Flask, phone_of: Phones) -> None:
    with app.app_context():
        key = receipt.public_jwk(app.extensions["fieldsvc.settings"].keys)
    assert phone_of("inspector").send().json["receipt"]["key"] == key["kid"]


def test_an_untouched_log_is_intact(app: Flask, plan: Plan, phone_of: Phones) -> None:
    visit = plan()["id"]
    for _ in range(2):
        written(phone_of("inspector"), visit)
    with app.app_context():
        found = record.audit()
    assert found.intact, found.findings
    assert (found.devices, found.entries) == (2, 6)


TAMPERING = {
    "an altered body": update(Op).where(Op.seq == 2).values(body=Op.body + " "),
    "a thinned-out log": delete(Op).where(Op.seq == 2),
    "a cut-off end": delete(Op).where(Op.seq == 3),
    "a changed digest": update(Op).where(Op.seq == 2).values(digest="0" * 64),
    "a changed link": update(Op).where(Op.seq == 2).values(chain="0" * 64),
    "a head put back": update(Log).values(acked_seq=2),
    "two entries exchanged": update(Op).where(Op.seq == 2).values(body=Op.body.concat("")).values(seq=99),
}


@pytest.mark.parametrize("name", list(TAMPERING))
def test_whatever_is_done_to_the_log_the_audit_names_the_device(
    name: str, app: Flask, plan: Plan, phone_of: Phones
) -> None:
    phone = phone_of("inspector")
    written(phone, plan()["id"])
    with app.app_context():
        with transaction():
            db.session.execute(TAMPERING[name])
        found = record.audit()
    assert not found.intact
    assert phone.id in found.findings[0]


def test_the_command_checks_receipts_and_the_log(app: Flask, plan: Plan, phone_of: Phones, tmp_path: Any) -> None:
    settings = app.extensions["fieldsvc.settings"]
    data, env = str(settings.data), {"FIELDSVC_DATABASE_URL": settings.database_url}
    given = written(phone_of("inspector"), plan()["id"])["receipt"]
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(given))
    bad.write_text(json.dumps({**given, "acked_seq": 4}))
    assert fieldsvc("verify-receipt", str(good), "--data", data, **env).returncode == 0
    assert fieldsvc("verify-receipt", str(bad), "--data", data, **env).returncode == 1
    walked = fieldsvc("audit", "--data", data, **env)
    assert (walked.returncode, walked.stdout.strip()[-6:]) == (0, "intact"), walked.stdout
