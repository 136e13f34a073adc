"""One store with an object of every kind that an address can name, for the matrix of who may what.

Each technician has a visit of their own with everything that a visit can have; what is said of one home is said nowhere else,
so that a word of it in an answer tells whose data came through. Invariant: `snapshot` and `restore` put the store back as it
was, so that no cell of the matrix sees what another did.
"""

from __future__ import annotations

import io
import json
import re
import shutil
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select

from fieldsvc import clock, create_app, installation
from fieldsvc.billing import work as billing_work
from fieldsvc.billing.models import BillingPeriod
from fieldsvc.calls.models import Task
from fieldsvc.customers import service as customers
from fieldsvc.customers.models import Correction
from fieldsvc.db import db, transaction
from fieldsvc.doubts import service as doubts
from fieldsvc.hazards.models import Hazard
from fieldsvc.identity import service as identity
from fieldsvc.notices.models import Notice, Serving
from fieldsvc.planning.models import Campaign
from fieldsvc.policy import workdays
from fieldsvc.policy.models import SettingChange
from fieldsvc.printing import service as printing
from fieldsvc.readings.models import Reading, Review
from tests.fieldsvc.conftest import PASSWORD, Browser, settings_for, wanted
from tests.fieldsvc.imports import HOMES, home, text_of
from tests.fieldsvc.lifeboats import lifeboat, worked
from tests.fieldsvc.papers import hazard, picture, record_visit, work
from tests.fieldsvc.phone import Phone
from tests.fieldsvc.show_visits import inspect, look

Json = dict[str, Any]
Params = dict[str, str]

USERS = {"technician": "inspector", "colleague": "colleague", "revoked": "leaver", "office": "office", "admin": "admin"}
NAMES = {"inspector": "甲", "colleague": "乙", "leaver": "丙"}
"""The mark that stands in every word said of the home of each technician."""

UNKNOWN = "00000000-0000-4000-8000-00000000beef"


@dataclass
class World:
    """The application, a browser for each role, and what addresses can name: `objects[kind][whose]` fills an address."""

    app: Flask
    data: Path
    browsers: dict[str, Browser] = field(default_factory=dict)
    phones: dict[str, Phone] = field(default_factory=dict)
    visits: dict[str, Json] = field(default_factory=dict)
    objects: dict[str, dict[str, Params]] = field(default_factory=dict)

    def snapshot(self) -> None:
        """Remember the store as it is."""
        with self.app.app_context():
            db.engine.dispose()
        shutil.copytree(self.data, self.data.with_name("as-made"))

    def restore(self) -> None:
        """Put the store back as it was remembered; sessions stay with the browsers."""
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        for name in ("fieldsvc.db", "fieldsvc.db-wal", "fieldsvc.db-shm", "fieldsvc.db-journal"):
            (self.data / name).unlink(missing_ok=True)
            kept = self.data.with_name("as-made") / name
            if kept.exists():
                shutil.copyfile(kept, self.data / name)

    def secrets_of(self, username: str) -> list[str]:
        """What only those may read who may read this technician's visit."""
        customer, mark = self.visits[username]["customer"], NAMES[username]
        return [f"住户{mark}", customer["phone"], customer["address"], customer["account"], f"密语{mark}", f"M-{mark}"]


def build(made: Path, folder: Path) -> World:
    """Copy a fresh installation and let everything happen in it once."""
    data = folder / "data"
    shutil.copytree(made, data)
    world = World(create_app(settings_for(data)), data)
    world.app.test_client_class = Browser
    with world.app.app_context(), transaction():
        name, role = "周离", "technician"
        identity.add_user(
            username="leaver", password=PASSWORD, name=name, roles=[role], locale="zh-Hans", now=clock.now()
        )
    for role, username in USERS.items():
        world.browsers[role] = _logged_in(world.app, username)
    world.browsers["anonymous"] = world.app.test_client()  # type: ignore[assignment]
    for username, role in (("inspector", "technician"), ("colleague", "colleague"), ("leaver", "revoked")):
        _day_of(world, username, world.browsers[role])
    _what_the_office_does(world)
    _name_everything(world)
    world.snapshot()
    return world


def _logged_in(app: Flask, username: str) -> Browser:
    browser = app.test_client()
    answer = browser.post("/api/v1/login", json={"username": username, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    assert isinstance(browser, Browser)
    return browser


def token_of(world: World, role: str) -> str:
    """The word that this browser's forms carry."""
    with world.browsers[role].session_transaction() as session:
        session.setdefault("csrf_token", "0" * 40)
        said: str = session["csrf_token"]
    signer = URLSafeTimedSerializer(world.app.config["SECRET_KEY"], salt="wtf-csrf-token")
    return str(signer.dumps(said))


def planned(world: World, username: str, mark: str, second: str = "") -> Json:
    """Plan a visit whose every word bears this mark."""
    last = {"value": "1234.567", "at": "2026-10-20"}
    with world.app.app_context():
        order = wanted(
            name=f"住户{mark}\u202e",
            phone=f"1380000000{ord(mark) % 10}",
            account=f"户号{mark}{second}",
            address=f"{mark}家路 1 号",
            assignee=username,
            meters=[{"serial": f"M-{mark}{second}", "kind": "diaphragm", "digits": 5, "decimals": 3, "last": last}],
        )
    answer = world.browsers["office"].post("/api/v1/visits", json={"visits": [order]})
    assert answer.status_code == 201, answer.text
    visit: Json = answer.json["visits"][0]
    return visit


def _day_of(world: World, username: str, browser: Browser) -> None:
    mark = NAMES[username]
    visit = world.visits[username] = planned(world, username, mark)
    phone = world.phones[username] = Phone(browser)
    phone.sync()
    photo = phone.upload(picture("navy", (800 + ord(mark) % 97, 600)), "image/jpeg")
    taken = clock.rfc3339(clock.now())
    phone.op(visit["id"], "photo.add", sha256=photo, purpose="meter", taken_at=taken)
    phone.op(visit["id"], "note.add", text=f"密语{mark}")
    phone.op(visit["id"], "customer.correct", field="phone", value=f"1391111111{ord(mark) % 10}")
    phone.op(visit["id"], "reading.set", meter=visit["meters"][0]["id"], value="9", running=True, photo=photo)
    if username == "inspector":
        phone.op(visit["id"], "check.set", item="hose", point="HOSE-C2", result="pass")
    stops = {"code": "APPL-02", "item": "appliance", "level": 1, "stop_gas": "now_all"} if mark == "甲" else {}
    found = [hazard(note=f"密语{mark}", **stops)]
    record_visit(phone, visit["id"], hazards=found, name=f"住户{mark}", photo=False)
    closed = world.visits[f"{username}'s card"] = planned(world, username, mark, "二")
    phone.op(closed["id"], "visit.close", outcome="no_access", reason="not_home")
    phone.sync()
    if username == "inspector":
        _second_phone(world, browser, visit)
    world.objects.setdefault("photo", {})[username] = {"sha256": photo}


def _second_phone(world: World, browser: Browser, visit: Json) -> None:
    """Brings what contradicts the first, after the signatures, and an entry that has to wait for a person."""
    phone = Phone(browser, "第二台")
    phone.visits[visit["id"]] = visit
    phone.op(visit["id"], "check.set", item="hose", point="HOSE-C2", result="fail", note="密语甲")
    phone.op(visit["id"], "call.add", answers={}, reached=True, score=5)
    assert [one["status"] for one in phone.sync()["results"]][1] == "quarantined"
    again = planned(world, "inspector", "丁")
    inspect(phone, again, pace=3, began=clock.now() - timedelta(hours=5))
    phone.sync()
    world.visits["doubtful"] = again
    phone.op(visit["id"], "sign", role="witness", name="见证", strokes=[], image=phone.upload(picture("gray")))
    look(world.app)


def _what_the_office_does(world: World) -> None:
    work(world.app)
    office, admin = world.browsers["office"], world.browsers["admin"]
    for username in ("inspector", "colleague"):
        boat = Phone(world.browsers["technician" if username == "inspector" else "colleague"], "救生艇")
        worked(boat, world.visits[username]["id"])
        token = token_of(world, "office")
        file = (io.BytesIO(lifeboat(boat)), "D01.lifeboat")
        answer = office.post("/office/lifeboat", data={"csrf_token": token, "file": file})
        assert answer.status_code == 303, answer.text
        world.objects.setdefault("lifeboat", {})[username] = {"lifeboat_id": answer.location.rsplit("/", 1)[1]}
    revoked = office.post(f"/api/v1/devices/{world.phones['leaver'].id}/revoke", json={"reason": "lost"})
    assert revoked.status_code == 200, revoked.text
    _calls_and_complaints(world, office)
    _papers_by_hand(world, office)
    _files(world, office)
    duty = "/office/settings/duty"
    changed = admin.submit(duty, duty, **{"f.residential_months": "6", "f.business_months": "3"})
    assert changed.status_code == 303, changed.text


def _calls_and_complaints(world: World, office: Browser) -> None:
    ids = _users(world.app)
    visit = world.visits["inspector"]["id"]
    page = f"/office/calls/{visit}"
    with world.app.app_context():
        due = str(workdays.add_working_days(installation.today(), 3))
    said = {"q.came": "yes", "score": "2", "what": "再去一次", "owner": ids["admin"], "due": due}
    called = office.submit(page, page, **said)
    assert called.status_code == 303, called.text
    new = "/office/complaints/new"
    told = {"name": "投诉人", "phone": "139", "address": "路", "way": "phone", "about": "慢", "owner": ids["office"]}
    made = office.submit(new, "/office/complaints", **told)
    assert made.status_code == 303, made.text
    world.objects["complaint"] = {"own": {"complaint_id": made.location.rsplit("/", 1)[1]}}
    page, past = "/office/suspensions", "2026-01-01T10:00"
    cut = office.submit(page, page, place="遵义路", told_at=past, begins_at=past)
    assert cut.status_code == 303, cut.text
    row = re.search(r"/office/suspensions/([^/]+)/restored", office.get(page).text)
    assert row is not None
    world.objects["suspension"] = {"own": {"suspension_id": row.group(1)}}


def _papers_by_hand(world: World, office: Browser) -> None:
    with world.app.app_context():
        every = db.session.scalars(select(Notice)).all()
        papers = {row.visit_id: row.id for row in every if row.kind == "hazard"}
        cards = {row.visit_id: row.id for row in every if row.kind == "no_access"}
        stop = next(row.id for row in every if row.kind == "stop_gas")
    for username in NAMES:
        world.objects.setdefault("notice", {})[username] = {"notice_id": papers[world.visits[username]["id"]]}
        card = cards[world.visits[f"{username}'s card"]["id"]]
        world.objects.setdefault("card", {})[username] = {"notice_id": card}
    assert (
        office.post(f"/office/notices/{stop}/print", data={"csrf_token": token_of(world, "office")}).status_code < 400
    )
    with world.app.app_context():
        today = installation.today().isoformat()
    scan = (io.BytesIO(picture("white")), "scan.jpg")
    said = {"way": "hand", "served_on": today, "served_by": "王小明，李梅", "received_by": "王芳", "scan": scan}
    address = f"/office/notices/{stop}/serve"
    served = office.post(address, data={**said, "csrf_token": token_of(world, "office")})
    assert served.status_code == 303, served.text
    choice = {"asked": "1", "kind": "", "day": "", "technician": "", "district": "", "building": "", "order": "route"}
    ordered = office.submit("/office/print?asked=1&order=route", "/office/print", **choice)
    assert ordered.status_code == 303, ordered.text
    world.objects["run"] = {"own": {"run_id": ordered.location.rsplit("/", 1)[1]}}


def _files(world: World, office: Browser) -> None:
    for name, kind, content in (("档案.csv", "customers", text_of(HOMES, home(1), home(2, 户号=""))),):
        given = (io.BytesIO(content.encode()), name)
        answer = office.submit("/office/imports", "/office/imports", kind=kind, file=given)
        assert answer.status_code == 303, answer.text
        world.objects["import"] = {"own": {"import_id": answer.location.rsplit("/", 1)[1].split("#")[0]}}
    with world.app.app_context(), transaction():
        home_due = {
            "account": "C1",
            "name": "待检",
            "district": "云岩区",
            "address": "路",
            "building": "1",
            "room": "1",
        }
        customers.save_many(given=[{**home_due, "meters": []}], now=clock.now())
    with world.app.app_context():
        month = (installation.today().replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    closed = office.submit("/office/readings/billing", "/office/readings/billing", period=month)
    assert closed.status_code == 303, closed.text
    with world.app.app_context():
        while billing_work.step():
            pass
        while printing.step():
            pass
    days = _working_days(world.app)
    asked = {"place": json.dumps(["云岩区", None, None]), "until": days[-1], "first": days[0], "last": days[-1]}
    asked |= {"per_day": "4", "who": ["inspector"]}  # type: ignore[dict-item]
    seen = office.submit("/office/plan/campaigns/new", "/office/plan/campaigns", do="preview", **asked)
    previewed = re.search(r'name="previewed" value="([^"]+)"', seen.text)
    assert previewed, seen.text
    begun = office.submit(
        "/office/plan/campaigns/new", "/office/plan/campaigns", do="go", previewed=previewed[1], **asked
    )
    assert begun.status_code == 303, begun.text


def _working_days(app: Flask) -> list[str]:
    with app.app_context():
        return [str(workdays.add_working_days(installation.today(), number)) for number in (1, 2, 3)]


def _users(app: Flask) -> dict[str, str]:
    with app.app_context():
        return {user.username: user.id for user in identity.staff()}


def _name_everything(world: World) -> None:
    """Fill `objects` with what is in the store, by whose it is."""
    of_visit = {visit["id"]: username for username, visit in world.visits.items()}
    add = world.objects.setdefault
    for username in NAMES:
        visit = world.visits[username]
        add("visit", {})[username] = {"visit_id": visit["id"]}
        add("customer", {})[username] = {"customer_id": visit["customer"]["id"]}
        add("lookup", {})[username] = {"lookup": visit["lookup"]}
        add("device", {})[username] = {"device_id": world.phones[username].id}
    for username, user_id in _users(world.app).items():
        add("user", {})[username] = {"user_id": user_id}
    add("passkey", {})["own"] = {"passkey_id": UNKNOWN}
    add("erasure", {})["own"] = {"erasure_id": UNKNOWN}
    torn = world.visits["inspector"]["id"]
    add("conflict", {})["own"] = {"visit_id": torn}
    add("signature", {})["own"] = {"visit_id": torn, "role": "customer"}
    with world.app.app_context():
        for row in db.session.scalars(select(Hazard)):
            add("hazard", {})[of_visit[row.visit_id]] = {"hazard_id": row.id}
        for read in db.session.scalars(select(Reading).join(Review, Review.reading_id == Reading.id)):
            add("reading", {})[of_visit[str(read.visit_id)]] = {"reading_id": read.id}
        for change in db.session.scalars(select(Correction)):
            add("correction", {})[of_visit[change.visit_id]] = {"correction_id": change.op_id}
        one = db.session.scalars
        add("serving", {})["own"] = {"serving_id": one(select(Serving.id)).one()}
        add("campaign", {})["own"] = {"campaign_id": one(select(Campaign.id)).one()}
        add("change", {})["own"] = {"section_id": "duty", "change_id": str(one(select(SettingChange.id)).one())}
        task = one(select(Task)).one()
        add("task", {})["own"] = {"visit_id": task.visit_id, "task_id": task.id}
        add("period", {})["own"] = {"period_id": one(select(BillingPeriod.id)).one()}
    held = world.browsers["office"].get("/api/v1/quarantine").json["quarantine"]
    add("held", {})["own"] = {"op_id": held[0]["op"]["id"]}
    doubtful = world.visits["doubtful"]["id"]
    add("doubt", {})["own"] = {"doubt_id": doubts.doubt_id(visit_id=doubtful, kind="fast")}
