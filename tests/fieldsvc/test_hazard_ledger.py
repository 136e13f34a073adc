"""A hazard's whole life through real doors: phones push, papers are issued, the office follows, a re-inspection closes it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from fieldsvc import clock, installation
from fieldsvc.db import db, transaction
from fieldsvc.hazards import service as ledger
from fieldsvc.hazards.models import Hazard, HazardEvent
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.edits import attempt
from tests.fieldsvc.papers import Clients, PhoneOf, Plan, hazard, picture, record_visit, work
from tests.fieldsvc.phone import Phone

Json = dict[str, Any]

HOME = {"account": "A-ledger", "name": "田𠮷平"}
SHUT = {"code": "APPL-02", "item": "appliance", "level": 1, "stop_gas": "now_all"}


@pytest.fixture
def office(client_as: Clients) -> Browser:
    return client_as("office")


def today(app: Flask) -> str:
    with app.app_context():
        return installation.today().isoformat()


def find(app: Flask, plan: Plan, phone: Phone, **changes: Any) -> Json:
    """A visit that finds a hazard, signed and closed, its papers issued; gives {visit, hazard}."""
    visit = plan(**HOME)["id"]
    phone.sync()
    (found,) = record_visit(phone, visit, hazards=[hazard(**changes)])
    phone.sync()
    work(app)
    return {"visit": visit, "hazard": found["hazard"]}


def stands(app: Flask, hazard_id: str) -> Hazard:
    with app.app_context():
        row = ledger.get(hazard_id=hazard_id)
        assert row is not None
        db.session.expunge(row)
        return row


def events(app: Flask, hazard_id: str) -> list[str]:
    with app.app_context():
        rows = db.session.scalars(select(HazardEvent).where(HazardEvent.hazard_id == hazard_id))
        return sorted(one.event for one in rows)


def write(office: Browser, hazard_id: str, event: str, **fields: Any) -> str:
    """Fill in the form for an event on the hazard's page; gives the page that follows."""
    page, action = f"/office/hazards/{hazard_id}", f"/office/hazards/{hazard_id}/follow"
    shown = office.get(page).text
    start = shown.index(f'name="event" value="{event}"', shown.index('class="record"'))
    form = shown[shown.rindex("<form", 0, start) : shown.index("</form>", start)]
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form))
    answer = office.post(action, data={**hidden, **fields})
    assert answer.status_code == 303, answer.text
    return str(office.get(page).text)


def follow(office: Browser, found: Json, event: str, **data: Any) -> Any:
    """Write an event past the page's own refusals, as any program with the office's rights could."""
    return attempt(office, found["visit"], "hazard.follow", hazard=found["hazard"], event=event, **data)


def look_again(plan: Plan, phone: Phone, found: Json, result: str, *, photo: bool = False) -> str:
    """A re-inspection that says whether it is put right; gives the visit."""
    visit = plan(type="gas.reinspection", **HOME)["id"]
    phone.sync()
    return look(phone, visit, found, result, photo=photo)


def look(phone: Phone, visit: str, found: Json, result: str, *, photo: bool = False) -> str:
    phone.op(visit, "visit.start")
    if photo:
        taken = {"purpose": "hazard", "ref": found["hazard"], "taken_at": clock.rfc3339(clock.now())}
        phone.op(visit, "photo.add", sha256=phone.upload(picture("green"), "image/jpeg"), **taken)
    phone.op(visit, "hazard.verify", hazard=found["hazard"], result=result)
    phone.op(visit, "visit.close", outcome="completed")
    assert {one["status"] for one in phone.sync()["results"]} <= {"applied", "conflict"}
    return visit


@pytest.mark.both_databases
def test_a_danger_to_life_from_the_door_to_the_closing_of_the_ledger(
    app: Flask, plan: Plan, phone_of: PhoneOf, office: Browser
) -> None:
    finder, second = phone_of("inspector"), phone_of("colleague")
    found = find(app, plan, finder, **SHUT)
    page = f"/office/hazards/{found['hazard']}"
    for anywhere in ("/office", "/office/visits", page):
        assert f'href="{page}"' in office.get(anywhere).text.split('class="alerts"')[1].split("</section>")[0]
    write(office, found["hazard"], "taken_up")
    assert 'class="alerts"' not in office.get("/office").text

    assert stands(app, found["hazard"]).stage == "notified"
    shown = office.get(page).text
    assert "隐患整改通知单" in shown and "停气通知书" in shown and "公司复检" in shown
    write(office, found["hazard"], "in_work", on=today(app), note="蓝焰燃具维修部")
    shown = write(office, found["hazard"], "reported_done", on=today(app), note="用户来电")
    assert "蓝焰燃具维修部" in shown and stands(app, found["hazard"]).stage == "reported_done"

    for wrong in ("9999-12-31", "2020-01-01", "tomorrow"):
        assert office.submit(page, f"{page}/reinspect", on=wrong, technician="colleague").status_code == 422
    planned = office.submit(page, f"{page}/reinspect", on=today(app), technician="colleague")
    assert planned.status_code == 303
    second.sync()
    (visit,) = [one for one in second.visits.values() if one["type"] == "gas.reinspection"]
    look(second, visit["id"], found, "fixed", photo=True)
    assert (stands(app, found["hazard"]).state, stands(app, found["hazard"]).stage) == ("open", "checked")
    work(app)
    assert stands(app, found["hazard"]).gas == "restored"
    shown = office.get(page).text
    assert "整改前" in shown or "Before" in shown
    assert shown.count("/api/v1/blobs/") >= 4, "a picture before and one after, each in its link"

    shown = write(office, found["hazard"], "reviewed", note="照片与记录一致")
    row = stands(app, found["hazard"])
    assert (row.state, row.stage) == ("closed", "closed") and row.closed_at is not None
    kept = [
        "closed", "fixed", "found", "gas_restored", "in_work", "reported_done", "reviewed", "taken_up", "written",
    ]  # fmt: skip
    assert events(app, found["hazard"]) == kept
    assert page in office.get("/office/hazards?state=closed").text and page not in office.get("/office/hazards").text


def test_a_danger_is_never_hidden_by_what_contradicts_or_arrives_late(
    app: Flask, plan: Plan, phone_of: PhoneOf, office: Browser
) -> None:
    finder, second, blind = phone_of("inspector"), phone_of("colleague"), phone_of("colleague")
    found = find(app, plan, finder, **SHUT)
    write(office, found["hazard"], "taken_up")
    visit = plan(type="gas.reinspection", assignee="colleague", **HOME)["id"]
    second.sync(), blind.sync()
    look(second, visit, found, "fixed")
    work(app)
    write(office, found["hazard"], "reviewed")
    assert stands(app, found["hazard"]).state == "closed"

    blind.op(visit, "hazard.verify", hazard=found["hazard"], result="not_fixed", note="仍在漏气")
    blind.sync()
    row = stands(app, found["hazard"])
    assert (row.state, row.stage, row.gas) == ("open", "notified", "unsafe")
    shown = office.get("/office").text
    assert 'class="alerts"' in shown, "what was taken up before that look is to be taken up again"
    page = office.get(f"/office/hazards/{found['hazard']}").text
    assert 'role="alert"' in page and "仍在漏气" in page
    late = follow(office, found, "reviewed", seen=clock.new_id())
    assert late.status_code == 200 and stands(app, found["hazard"]).state == "open"
    assert "opened" in events(app, found["hazard"])


def test_gas_given_back_by_the_desk_while_another_hazard_keeps_it_off_is_refused(
    app: Flask, plan: Plan, phone_of: PhoneOf, office: Browser
) -> None:
    phone = phone_of("inspector")
    visit = plan(**HOME)["id"]
    one, other = hazard(**SHUT), hazard(code="PIPE-01", item="pipe", level=1, stop_gas="now_all")
    record_visit(phone, visit, hazards=[one, other], photo=False)
    phone.sync()
    look_again(plan, phone, {"hazard": one["hazard"]}, "fixed")
    page = f"/office/hazards/{one['hazard']}"
    assert "该户其他隐患仍需停气" in office.get(page).text
    token = office.get(page).text.split('name="csrf_token" value="')[1].split('"')[0]
    given = {"csrf_token": token, "event": "restored", "note": "张三"}
    office.post(f"{page}/follow", data=given)
    assert "该户其他隐患仍需停气" in office.get(page).text
    assert stands(app, one["hazard"]).gas == "off"
    look_again(plan, phone, {"hazard": other["hazard"]}, "fixed")
    write(office, one["hazard"], "restored", on=today(app), note="张三、李四，气密合格")
    assert stands(app, one["hazard"]).gas == "restored"


def test_a_date_is_put_off_once_for_a_reason_and_the_paper_keeps_its_own(
    app: Flask, plan: Plan, phone_of: PhoneOf, office: Browser
) -> None:
    found = find(app, plan, phone_of("inspector"))
    paper = stands(app, found["hazard"]).paper_due_on
    later = (paper + timedelta(days=5)).isoformat()
    write(office, found["hazard"], "extended", due=later, note="配件未到")
    row = stands(app, found["hazard"])
    assert (row.due_on.isoformat(), row.paper_due_on) == (later, paper)
    again = plan(type="gas.reinspection", **HOME)
    assert [one["due"] for one in again["previous"]["open_hazards"]] == [later], "the door goes by the new date"
    document = office.get(f"/api/v1/visits/{found['visit']}").json
    assert document["hazards"][found["hazard"]]["due"] == paper.isoformat()
    assert [one["revision"] for one in document["notices"] if one["kind"] == "hazard"] == [1]
    assert "已经延期" in office.get(f"/office/hazards/{found['hazard']}").text
    assert (
        follow(office, found, "extended", due=(paper + timedelta(days=8)).isoformat(), note="再延").status_code == 200
    )
    assert stands(app, found["hazard"]).due_on.isoformat() == later


def test_an_extension_without_a_reason_and_an_event_that_there_is_not_are_refused(
    app: Flask, plan: Plan, phone_of: PhoneOf, office: Browser
) -> None:
    found = find(app, plan, phone_of("inspector"))
    assert follow(office, found, "extended", due="2027-01-01").status_code == 422
    assert follow(office, found, "forgotten").status_code == 422
    assert follow(office, found, "closed").status_code == 422, "nothing closes but what the rules say"


def test_a_technician_s_phone_cannot_follow_a_hazard_and_a_release_of_it_counts_once(
    app: Flask, plan: Plan, phone_of: PhoneOf, office: Browser
) -> None:
    phone = phone_of("inspector")
    found = find(app, plan, phone)
    phone.op(found["visit"], "hazard.follow", hazard=found["hazard"], event="reported_done")
    (result,) = phone.sync()["results"]
    assert result["status"] == "quarantined"
    assert stands(app, found["hazard"]).stage == "notified"


def test_an_event_that_comes_before_its_hazard_counts_when_the_hazard_is_there(
    app: Flask, plan: Plan, phone_of: PhoneOf, office: Browser
) -> None:
    visit = plan(**HOME)["id"]
    phone = phone_of("inspector")
    known = hazard()
    found = {"visit": visit, "hazard": known["hazard"]}
    assert follow(office, found, "told", note="电话告知").status_code == 200
    phone.op(visit, "hazard.add", **known)
    phone.sync()
    assert stands(app, known["hazard"]).stage == "told"


def test_an_event_written_at_another_home_s_visit_changes_nothing(
    app: Flask, plan: Plan, phone_of: PhoneOf, office: Browser
) -> None:
    found = find(app, plan, phone_of("inspector"))
    elsewhere = plan(name="别家")["id"]
    assert follow(office, {**found, "visit": elsewhere}, "reported_done").status_code == 200
    assert stands(app, found["hazard"]).stage == "notified"
    assert (
        "报完成" not in office.get(f"/office/hazards/{found['hazard']}").text.split('class="life"')[1].split("</ol>")[0]
    )


def test_homes_are_called_on_their_day_and_ticked_off_together(
    app: Flask, plan: Plan, phone_of: PhoneOf, office: Browser, later: Callable[..., None]
) -> None:
    phone = phone_of("inspector")
    visit = plan(**HOME)["id"]
    due = (clock.now() + timedelta(days=30)).date().isoformat()
    one, other = hazard(due=due), hazard(code="HOSE-03", due=due)
    record_visit(phone, visit, hazards=[one, other], photo=False)
    phone.sync()
    assert "今天没有需要致电的住户" in office.get("/office/hazards/calls").text
    later(days=15)
    shown = office.get("/office/hazards/calls").text
    assert shown.count('class="card call"') == 1 and "139****0001" in shown
    assert "1 户今天需要致电" in office.get("/office/hazards").text
    hidden = {"csrf_token": shown.split('name="csrf_token" value="')[1].split('"')[0], "base": "0"}
    ticked = {**hidden, "hazard": [one["hazard"], other["hazard"]], "note": "答应本周更换"}
    nothing = office.post("/office/hazards/calls", data={**hidden, "note": "x"})
    told = office.get(nothing.headers["Location"]).text
    assert "已致电并记录" not in told and "said bad" in told
    assert office.post("/office/hazards/calls", data=ticked).status_code == 303
    assert "今天没有需要致电的住户" in office.get("/office/hazards/calls").text
    assert events(app, other["hazard"]).count("reminded") == 1
    assert "答应本周更换" in office.get(f"/office/hazards/{other['hazard']}").text


def test_what_the_company_changes_is_in_force_the_next_day(app: Flask, plan: Plan, phone_of: PhoneOf) -> None:
    found = find(app, plan, phone_of("inspector"))
    before = stands(app, found["hazard"]).remind_on
    with app.app_context(), transaction():
        installation.keep(name="policy.ledger", value={"level2_reminders": [4]})
    with app.app_context():
        ledger.daily.work_due()
    after = stands(app, found["hazard"]).remind_on
    assert before is not None and after is not None and after < before


@pytest.mark.both_databases
def test_the_list_is_filtered_sorted_linked_to_and_taken_away(
    app: Flask, plan: Plan, phone_of: PhoneOf, office: Browser
) -> None:
    phone = phone_of("inspector")
    found = find(app, plan, phone)
    visit = plan(name="<b>别家</b>", district="云岩区")["id"]
    record_visit(phone, visit, hazards=[hazard(due="2020-01-01", name="=1+1", code=None)], photo=False)
    phone.sync()
    mine, hose = f"/office/hazards/{found['hazard']}", "/office/hazards?"

    def shows(query: str) -> bool:
        return mine in office.get(hose + query).text

    assert shows("") and shows("district=南明区&level=2&item=hose&responsible=user&state=notified")
    assert not shows("district=云岩区") and not shows("level=1") and not shows("overdue=1") and not shows("state=found")
    assert not shows("found_to=2020-01-01") and shows(f"found_from={today(app)}&found_to={today(app)}")
    assert not shows(f"state=closed&closed_from={today(app)}")
    assert not shows("technician=nobody") or shows("")
    assert "&lt;b&gt;别家&lt;/b&gt;" in office.get(hose + "overdue=1").text
    order = [office.get(hose + f"sort={sort}").text.index(mine) for sort in ("due", "-due")]
    assert order[0] > order[1]
    rows = list(csv.reader(io.StringIO(office.get(hose + "as=csv&sort=due").text.lstrip("\ufeff"))))
    assert rows[0][:3] == ["level", "hazard", "code"] and len(rows) == 4
    assert rows[2][1] == "'=1+1" and rows[3][2] == "HOSE-02"


def test_who_may_not_and_who_comes_without_a_token_writes_nothing(
    app: Flask, plan: Plan, phone_of: PhoneOf, office: Browser, client_as: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = find(app, plan, phone_of("inspector"))
    page = f"/office/hazards/{found['hazard']}"
    assert client_as("inspector").get(page).status_code == 403
    assert office.get(f"/office/hazards/{clock.new_id()}").status_code == 404
    kept = events(app, found["hazard"])
    assert office.post(f"{page}/follow", data={"event": "reported_done"}).status_code == 400
    assert events(app, found["hazard"]) == kept


def test_a_page_of_a_hazard_costs_the_same_however_long_its_life(
    app: Flask, plan: Plan, phone_of: PhoneOf, office: Browser, count_queries: Any
) -> None:
    found = find(app, plan, phone_of("inspector"))
    page = f"/office/hazards/{found['hazard']}"

    def cost() -> int:
        with count_queries() as said:
            assert office.get(page).status_code == 200
        return len(said)

    few = cost()
    for number in range(30):
        assert follow(office, found, "noted", note=f"第 {number} 次").status_code == 200
    assert cost() == few
