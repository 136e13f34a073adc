"""The marks of a visit done for show, in the hands of the office: explained, settled, and told to nobody else."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from fieldsvc import clock
from fieldsvc.db import db, transaction
from fieldsvc.doubts import service as doubts
from fieldsvc.doubts.models import Doubt
from fieldsvc.record.models import Visit
from tests.fieldsvc.attention import Json, document, inbox
from tests.fieldsvc.show_visits import inspect, look


@pytest.fixture
def doubtful(app: Flask, plan: Any, phone_of: Any) -> Json:
    """A visit that was judged in seconds; gives it with the id of its doubt."""
    visit, phone = plan(name="走过场"), phone_of("inspector")
    inspect(phone, visit, pace=3, began=clock.now() - timedelta(hours=5))
    phone.sync()
    look(app)
    return {**visit, "doubt": doubts.doubt_id(visit_id=visit["id"], kind="fast")}


def test_a_doubt_is_explained_and_settled(client_as: Any, doubtful: Json) -> None:
    office = client_as("office")
    assert "七项检查过快" in " ".join(inbox(office, kind="doubt"))
    address = f"/office/attention/doubt/{doubtful['doubt']}"
    assert "18 秒" in office.get(address).text
    office.submit(address, address, verdict="talk", note="")
    assert "18 秒" in " ".join(inbox(office, kind="doubt"))
    office.submit(address, address, verdict="fine", note="现场有人复核")
    assert "七项检查过快" not in " ".join(inbox(office, kind="doubt"))
    page = office.get(address).text
    assert "现场有人复核" in page and "陈静" in page
    assert "现场有人复核" in office.get(f"/office/visits/{doubtful['id']}").text


def test_a_page_left_open_settles_no_doubt_a_second_time(client_as: Any, doubtful: Json, app: Flask) -> None:
    office, address = client_as("office"), f"/office/attention/doubt/{doubtful['doubt']}"
    hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', office.get(address).text)
    sent = {name: [one for key, one in hidden if key == name] for name, _value in hidden}
    client_as("admin").submit(address, address, verdict="fine", note="主任看过")
    for more in ({"verdict": "talk"}, {"verdict": "redo", "day": "2099-03-04", "assignee": "colleague"}):
        answer = office.post(address, data={**sent, "note": "<i>晚到的话", **more})
        assert answer.status_code == 409
        assert "&lt;i&gt;晚到的话" in answer.text and "主任看过" in answer.text
    with app.app_context():
        settled = doubts.get(doubt_id=doubtful["doubt"])
        assert (settled.verdict, settled.note, settled.recheck_id) == ("fine", "主任看过", None)
        assert db.session.query(Visit).filter_by(customer_id=doubtful["customer"]["id"]).count() == 1


def test_only_evidence_that_the_clerk_saw_is_judged(client_as: Any, doubtful: Json, app: Flask) -> None:
    office, address = client_as("office"), f"/office/attention/doubt/{doubtful['doubt']}"
    hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', office.get(address).text)
    sent = {name: [one for key, one in hidden if key == name] for name, _value in hidden}
    with app.app_context(), transaction():
        row = db.session.get_one(Doubt, doubtful["doubt"])
        (old,) = row.evidence
        row.evidence = [old, "came while the page was open"]
    answer = office.post(address, data={**sent, "verdict": "fine", "note": ""})
    assert answer.status_code == 303
    with app.app_context():
        row = db.session.get_one(Doubt, doubtful["doubt"])
        assert row.judged == [old] and row.is_open
    nothing = office.post(address, data={**sent, "evidence": ["made up"], "verdict": "fine", "note": ""})
    assert nothing.status_code == 409


def test_a_note_typed_beside_a_second_check_is_kept(client_as: Any, doubtful: Json, app: Flask) -> None:
    office, address = client_as("office"), f"/office/attention/doubt/{doubtful['doubt']}"
    page = office.get(address).text
    forms = [one for one in re.findall(r"<form\b.*?</form>", page, re.DOTALL) if f'action="{address}"' in one]
    assert len(forms) == 1 and 'name="note"' in forms[0] and 'value="redo"' in forms[0]
    wrong = office.submit(address, address, verdict="redo", day="2001-01-01", assignee="", note="先问<邻居>")
    assert wrong.status_code == 422 and "先问&lt;邻居&gt;" in wrong.text
    office.submit(address, address, verdict="redo", day="2099-03-04", assignee="colleague", note="先问<邻居>")
    with app.app_context():
        assert doubts.get(doubt_id=doubtful["doubt"]).note == "先问<邻居>"


def test_what_was_settled_stays_settled_until_something_new_comes(
    client_as: Any, doubtful: Json, app: Flask, phone_of: Any
) -> None:
    office, address = client_as("office"), f"/office/attention/doubt/{doubtful['doubt']}"
    office.submit(address, address, verdict="fine")
    phone_of("inspector")
    late = phone_of("inspector")
    late.visits[doubtful["id"]]["version"] = 0
    late.op(doubtful["id"], "note.add", text="晚到")
    late.sync()
    look(app)
    with app.app_context():
        assert not doubts.get(doubt_id=doubtful["doubt"]).is_open
        assert doubts.get(doubt_id=doubtful["doubt"]).verdict == "fine"


def test_looking_again_is_planned_for_somebody_else(client_as: Any, doubtful: Json, app: Flask) -> None:
    office, address = client_as("office"), f"/office/attention/doubt/{doubtful['doubt']}"
    page = office.get(address).text
    assert 'value="colleague"' in page and 'value="inspector"' not in page
    office.submit(address, address, verdict="redo", day="2099-03-04", assignee="inspector")
    with app.app_context():
        assert doubts.get(doubt_id=doubtful["doubt"]).is_open
    office.submit(address, address, verdict="redo", day="2099-03-04", assignee="colleague")
    with app.app_context():
        settled = doubts.get(doubt_id=doubtful["doubt"])
    planned = document(office, str(settled.recheck_id))
    assert planned["assignee"]["name"] == "李梅" and planned["customer"]["id"] == doubtful["customer"]["id"]
    assert not settled.is_open and planned["number"] in office.get(address).text


def test_phones_and_the_public_page_hear_nothing_of_a_doubt(
    client_as: Any, doubtful: Json, app: Flask, phone_of: Any, browser: Any
) -> None:
    office, address = client_as("office"), f"/office/attention/doubt/{doubtful['doubt']}"
    office.submit(address, address, verdict="talk", note="个人谈话")
    phone = phone_of("inspector")
    pulled = client_as("inspector").get(f"/api/v1/visits/{doubtful['id']}").text
    public = browser.get(f"/n/{doubtful['lookup']}").text
    for told in (str(phone.visits[doubtful["id"]]), pulled, public):
        assert "个人谈话" not in told and "doubt" not in told
    for path in (address, "/office/attention", f"/api/v1/visits/{doubtful['id']}/ops"):
        assert client_as("inspector").get(path).status_code == 403
