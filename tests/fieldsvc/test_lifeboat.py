"""Lifeboats: what a phone could not send comes in by a file, once, and nothing that is not this phone's does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from fieldsvc import authority, clock
from fieldsvc.db import db, transaction
from fieldsvc.identity import service as identity
from fieldsvc.lifeboat import intake, sealed, service
from fieldsvc.problems import Problem
from fieldsvc.record import service as record
from fieldsvc.record.models import Op
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.lifeboats import lifeboat, lifeboat_key, listed, log, seal, stored, stretch, worked
from tests.fieldsvc.phone import Phone
from tests.fieldsvc.test_blobs import picture

pytestmark = pytest.mark.both_databases

Json = dict[str, Any]
Plan = Callable[..., Json]
Phones = Callable[[str], Phone]
Clients = Callable[[str], Browser]


def taken_in(app: Flask, content: bytes) -> service.Landing:
    with app.app_context():
        keys = app.extensions["fieldsvc.settings"].keys
        row = intake.take_in(file=BytesIO(content), keys=keys, by_id=None, by_name="")
        return service.landing_of(row)


def refused(app: Flask, content: bytes) -> str:
    """The code with which a file is refused; sees that nothing at all was stored."""
    before = stored(app)
    with pytest.raises(Problem) as caught:
        taken_in(app, content)
    assert stored(app) == before
    return caught.value.code


def counts(phone: service.Phone) -> tuple[int, int, int, str]:
    return phone.taken, phone.held, len(phone.quarantined), phone.refused


def photographed(phone: Phone, visit: str, content: bytes) -> str:
    """Write the entry that names a photo; gives its digest."""
    sha256 = hashlib.sha256(content).hexdigest()
    phone.op(visit, "photo.add", sha256=sha256, purpose="door", taken_at=clock.rfc3339(clock.now()))
    return sha256


def history(office: Browser, visit: str) -> list[str]:
    """The ids of the entries that the server holds of a visit."""
    return [row["op"]["id"] for row in office.get(f"/api/v1/visits/{visit}/ops").json["ops"]]


def test_what_a_phone_could_not_send_comes_in_by_its_file_and_the_phone_learns_of_it(
    app: Flask, plan: Plan, phone_of: Phones, client_as: Clients
) -> None:
    visit, phone, photo = plan()["id"], phone_of("inspector"), picture(colour="teal")
    ids = worked(phone, visit)
    sha256 = photographed(phone, visit, photo)
    landing = taken_in(app, lifeboat(phone, photos=[photo]))
    assert [counts(one) for one in landing.phones] == [(4, 0, 0, "")]
    assert (landing.phones[0].user, landing.photos.taken) == ("王小明", 1)
    answer = phone.send({**phone.request(), "files": [sha256]}).json
    assert [result["status"] for result in answer["results"]] == ["duplicate"] * 4
    assert (answer["receipt"]["acked_seq"], answer["receipt"]["files"]) == (4, [sha256])
    phone.sync()
    document = phone.visits[visit]
    assert [note["id"] for note in document["notes"]] == ids
    assert document["missing_blobs"] == []
    assert history(client_as("office"), visit) == [entry["id"] for entry in phone.log]


def test_a_lifeboat_taken_in_twice_changes_nothing_the_second_time(app: Flask, plan: Plan, phone_of: Phones) -> None:
    visit, phone, photo = plan()["id"], phone_of("inspector"), picture(colour="olive")
    worked(phone, visit)
    photographed(phone, visit, photo)
    content = lifeboat(phone, photos=[photo])
    taken_in(app, content)
    ops, blobs, boats = stored(app)
    again = taken_in(app, content)
    assert stored(app) == (ops, blobs, boats + 1)
    assert counts(again.phones[0]) == (0, 4, 0, "")
    assert (again.photos.taken, again.photos.held) == (0, 1)


@pytest.mark.parametrize("sent", [1, 3, 5])
def test_the_phone_may_send_some_or_all_and_write_more_before_its_file_arrives(
    sent: int, app: Flask, plan: Plan, phone_of: Phones, client_as: Clients
) -> None:
    visit, phone, photo = plan()["id"], phone_of("inspector"), picture(colour="plum")
    worked(phone, visit, 2)
    photographed(phone, visit, photo)
    content = lifeboat(phone, photos=[photo])
    worked(phone, visit, 2)
    assert phone.send(phone.request(last=sent)).status_code == 200
    if sent > 2:
        phone.upload(photo, "image/jpeg")
    landing = taken_in(app, content)
    assert counts(landing.phones[0]) == (max(0, 3 - sent), min(3, sent), 0, "")
    assert landing.photos.taken + landing.photos.held == 1
    assert phone.sync()["acked_seq"] == 5
    assert sorted(history(client_as("office"), visit)) == sorted(entry["id"] for entry in phone.log)
    with app.app_context():
        assert record.audit().intact


def test_a_phone_that_was_only_short_of_its_photos_proves_itself_without_entries(
    app: Flask, plan: Plan, phone_of: Phones
) -> None:
    visit, phone, photo = plan()["id"], phone_of("inspector"), picture(colour="gold")
    photographed(phone, visit, photo)
    phone.sync()
    landing = taken_in(app, lifeboat(phone, photos=[photo]))
    assert (counts(landing.phones[0]), landing.photos.taken) == ((0, 0, 0, ""), 1)
    phone.sync()
    assert phone.visits[visit]["missing_blobs"] == []


def test_a_long_log_comes_in_stretches(app: Flask, plan: Plan, phone_of: Phones) -> None:
    visit, phone = plan()["id"], phone_of("inspector")
    worked(phone, visit, 5)
    boat = lifeboat(phone, log(phone, stretch(phone, 0, 2), stretch(phone, 2, 4), stretch(phone, 4, 5)))
    assert counts(taken_in(app, boat).phones[0]) == (5, 0, 0, "")
    assert phone.sync()["acked_seq"] == 5


def test_the_entries_of_a_revoked_phone_wait_for_a_person_and_say_why(
    app: Flask, plan: Plan, phone_of: Phones, client_as: Clients
) -> None:
    visit, phone = plan()["id"], phone_of("inspector")
    worked(phone, visit, 1)
    office = client_as("office")
    assert office.post(f"/api/v1/devices/{phone.id}/revoke", json={"reason": "lost"}).status_code == 200
    landing = taken_in(app, lifeboat(phone))
    assert counts(landing.phones[0]) == (0, 0, 1, "")
    assert landing.phones[0].quarantined[0]["code"] == "device_revoked"
    assert len(office.get("/api/v1/quarantine").json["quarantine"]) == 1


def test_a_file_does_not_say_that_its_phone_was_heard_from(app: Flask, plan: Plan, phone_of: Phones) -> None:
    phone = phone_of("inspector")
    worked(phone, plan()["id"])
    with app.app_context(), transaction():
        device = identity.device(device_id=phone.id)
        assert device is not None
        heard_at = device.last_seen_at = device.enrolled_at - timedelta(days=3)
    taken_in(app, lifeboat(phone))
    with app.app_context():
        device = identity.device(device_id=phone.id)
        assert device is not None and device.last_seen_at == heard_at


def _forge(phone: Phone) -> Json:
    told = stretch(phone)
    told["ops"][0] = {**told["ops"][0], "data": {"text": "never written"}}
    return told


def _borrowed_signature(phone: Phone) -> Json:
    return {**stretch(phone), "proof": {**stretch(phone)["proof"], "sig": stretch(phone, 0, 1)["proof"]["sig"]}}


def _other_place(phone: Phone) -> Json:
    return {**stretch(phone), "before": "0" * 64}


def _gap(phone: Phone) -> Json:
    return stretch(phone, 2)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (_forge, "bad_proof"),
        (_borrowed_signature, "bad_proof"),
        (_other_place, "sequence_reused"),
        (_gap, "sequence_gap"),
    ],
)
def test_of_entries_that_do_not_fit_their_phone_nothing_is_stored(
    spoil: Callable[[Phone], Json], code: str, app: Flask, plan: Plan, phone_of: Phones
) -> None:
    visit, phone, photo = plan()["id"], phone_of("inspector"), picture(colour="tan")
    worked(phone, visit)
    before = stored(app)
    landing = taken_in(app, lifeboat(phone, log(phone, spoil(phone)), photos=[photo]))
    assert (counts(landing.phones[0]), landing.photos.taken) == ((0, 0, 0, code), 0)
    assert stored(app)[:2] == before[:2]


def test_a_bad_second_stretch_takes_the_first_one_back(app: Flask, plan: Plan, phone_of: Phones) -> None:
    phone = phone_of("inspector")
    worked(phone, plan()["id"])
    bad = {**stretch(phone, 1, 3), "proof": stretch(phone, 0, 1)["proof"]}
    landing = taken_in(app, lifeboat(phone, log(phone, stretch(phone, 0, 1), bad)))
    assert (counts(landing.phones[0]), stored(app)[0]) == ((0, 0, 0, "bad_proof"), 0)


def test_a_phone_that_was_never_enrolled_is_refused_and_does_not_hold_up_another(
    app: Flask, plan: Plan, phone_of: Phones
) -> None:
    visit, phone, stranger = plan()["id"], phone_of("inspector"), phone_of("inspector")
    worked(phone, visit)
    worked(stranger, visit)
    unknown = {**log(stranger), "device": clock.new_id()}
    landing = taken_in(app, lifeboat(phone, unknown, log(phone)))
    assert [counts(one) for one in landing.phones] == [(0, 0, 0, "unknown_device"), (3, 0, 0, "")]


def test_nobody_writes_for_the_office_by_a_lifeboat(
    app: Flask, plan: Plan, phone_of: Phones, client_as: Clients
) -> None:
    visit, phone = plan()["id"], phone_of("inspector")
    client_as("office").post(f"/api/v1/visits/{visit}/ops", json={"base": 0, "kind": "note.add", "data": {"text": "x"}})
    worked(phone, visit)
    with app.app_context():
        office_device = db.session.scalars(select(Op.device_id)).first()
    landing = taken_in(app, lifeboat(phone, {**log(phone), "device": str(office_device)}))
    assert counts(landing.phones[0]) == (0, 0, 0, "unknown_device")


def test_a_photo_that_is_none_or_was_lost_is_named_and_the_others_come_in(
    app: Flask, plan: Plan, phone_of: Phones
) -> None:
    visit, phone, photo, broken = plan()["id"], phone_of("inspector"), picture(colour="red"), b"no picture"
    worked(phone, visit)
    key, listing = lifeboat_key(phone), listed(log(phone), photos=[broken, photo, b"lost"])
    landing = taken_in(app, seal(key, [json.dumps(listing).encode(), broken, photo, b""]))
    assert landing.photos == service.Photos(
        taken=1, refused=[listing["files"][0]["sha256"]], lost=[listing["files"][2]["sha256"]]
    )


def test_a_file_of_another_installation_is_refused_in_words(
    app: Flask, plan: Plan, phone_of: Phones, tmp_path: Path
) -> None:
    phone = phone_of("inspector")
    worked(phone, plan()["id"])
    authority.create(tmp_path / "keys", company="another")
    other = authority.public_jwk(authority.lifeboat_key(tmp_path / "keys"))
    assert refused(app, lifeboat(phone, key=other)) == "lifeboat_foreign"
    pretending = {**other, "kid": lifeboat_key(phone)["kid"]}
    assert refused(app, lifeboat(phone, key=pretending)) == "lifeboat_altered"


def test_a_file_that_was_cut_lengthened_or_changed_anywhere_is_refused(
    app: Flask, plan: Plan, phone_of: Phones
) -> None:
    visit, phone, photos = plan()["id"], phone_of("inspector"), [picture(colour="navy"), picture(colour="pink")]
    worked(phone, visit)
    content = lifeboat(phone, photos=photos)
    head = content.index(b"\n", 20) + 1
    ends = [head]
    while ends[-1] < len(content):
        ends.append(ends[-1] + 4 + int.from_bytes(content[ends[-1] : ends[-1] + 4], "big"))
    for cut in (*ends[:-1], 5, 25, head + 3, ends[1] - 1, len(content) - 1):
        assert refused(app, content[:cut]) in {"lifeboat_altered", "not_a_lifeboat"}
    first, second, third = (content[a:b] for a, b in pairwise(ends))
    assert refused(app, content[:head] + first + third + second) == "lifeboat_altered"
    assert refused(app, content[:head] + first + third) == "lifeboat_altered"
    assert refused(app, content + second) == "lifeboat_altered"
    for place in (22, 60, head - 2, head + 2, head + 40, ends[2] + 30, len(content) - 3):
        changed = bytes([*content[:place], content[place] ^ 1, *content[place + 1 :]])
        assert refused(app, changed).startswith("lifeboat_")


def test_what_opens_and_is_not_what_a_phone_writes_is_refused(app: Flask, plan: Plan, phone_of: Phones) -> None:
    visit, phone, photo = plan()["id"], phone_of("inspector"), picture()
    worked(phone, visit)
    key, good = lifeboat_key(phone), listed(log(phone), photos=[photo])
    wrong = [
        [b"\xff"],
        [b"[]"],
        [json.dumps({**good, "logs": []}).encode(), photo],
        [json.dumps({**good, "more": 1.5}).encode(), photo],
        [json.dumps(good).encode()],
        [json.dumps(good).encode(), photo, photo],
        [json.dumps(good).encode(), picture(colour="white")],
    ]
    for frames in wrong:
        assert refused(app, seal(key, frames)) == "lifeboat_malformed"
    bad = log(phone, {**stretch(phone), "ops": [{"seq": 1}]})
    assert counts(taken_in(app, lifeboat(phone, bad)).phones[0]) == (0, 0, 0, "invalid")


def test_other_files_and_huge_ones_are_refused(app: Flask, phone_of: Phones, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = phone_of("inspector")
    assert refused(app, b"") == refused(app, picture()) == "not_a_lifeboat"
    assert refused(app, b"fieldsvc-lifeboat/2\n{}\n") == "lifeboat_newer"
    monkeypatch.setattr(sealed, "LARGEST", 1000)
    assert refused(app, lifeboat(phone, photos=[picture(size=(900, 900))])) == "lifeboat_too_large"


def test_an_older_installation_gets_its_key_when_it_is_first_asked_for(app: Flask, phone_of: Phones) -> None:
    keys = app.extensions["fieldsvc.settings"].keys
    (keys / "lifeboat.key").unlink()
    told = lifeboat_key(phone_of("inspector"))
    assert (keys / "lifeboat.key").stat().st_mode & 0o077 == 0
    assert told["kid"] == authority.kid(authority.lifeboat_key(keys))
    assert set(told) == {"kty", "crv", "x", "y", "kid"}
