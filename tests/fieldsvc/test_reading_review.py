"""The office's list of readings that need eyes: what comes into it, what is done about it, in whatever order it arrives."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from fieldsvc import clock, installation
from fieldsvc.db import db, transaction
from fieldsvc.policy import workdays
from fieldsvc.readings.models import Reading, Review
from fieldsvc.record import service as record
from fieldsvc.record.models import Visit
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.papers import picture
from tests.fieldsvc.phone import Phone

pytestmark = pytest.mark.both_databases

Json = dict[str, Any]
Plan = Callable[..., Json]
Phones = Callable[[str], Phone]
Clients = Callable[[str], Browser]
HOSTILE = "<script>alert(1)</script>𠮷\u202e" + "长" * 160


def take(phone: Phone, visit: Json, value: str | None, **more: Any) -> str:
    """Read the visit's meter and send it; gives the reading's id."""
    told = {"value": value, "running": True} if value is not None else {}
    photo = {"photo": phone.upload(picture("gray", (300 + len(phone.log), 200)), "image/jpeg")} if value else {}
    phone.op(visit["id"], "reading.set", meter=visit["meters"][0]["id"], **{**told, **photo, **more})
    phone.sync()
    return visit["id"]  # type: ignore[no-any-return]


def of_visit(app: Flask, visit_id: str) -> tuple[Reading, Review | None]:
    with app.app_context():
        reading = db.session.scalars(select(Reading).where(Reading.visit_id == visit_id)).one()
        return reading, db.session.get(Review, reading.id)


def page_of(app: Flask, visit_id: str) -> str:
    return f"/office/readings/{of_visit(app, visit_id)[0].id}"


def count_visits(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Visit)) or 0


def test_a_reading_below_the_last_needs_eyes_and_one_as_usual_does_not(
    app: Flask, plan: Plan, phone_of: Phones, client_as: Clients
) -> None:
    phone = phone_of("inspector")
    below = take(phone, plan(name="周德芬"), "1230.000")
    usual = take(phone, plan(name="张堃"), "1250.000")
    assert of_visit(app, below)[1] is not None
    reading, review = of_visit(app, usual)
    assert (reading.marks, reading.used, review) == ("", 16, None)
    page = client_as("office").get("/office/readings").text
    assert "周德芬" in page and "张堃" not in page and "1230.000" in page
    assert re.search(r'href="/office/readings"[^>]*>.*?<b class="count">1</b>', page, re.DOTALL)


@pytest.mark.parametrize(
    ("value", "more", "marks"),
    [
        ("9999.000", {}, "impossible"),
        ("1234.567", {}, "zero"),
        ("1240.000", {"running": False}, "stopped"),
        (None, {"unreadable": "blocked"}, "unreadable"),
        ("0018.000", {"exchange": {"serial": "M9", "final": "01250.000", "initial": "00003.000"}}, "exchanged"),
        ("1240.000", {"photo": None}, "no_photo"),
    ],
)
def test_each_reason_to_look_is_said_with_what_was_used(
    app: Flask, plan: Plan, phone_of: Phones, client_as: Clients, value: str | None, more: Json, marks: str
) -> None:
    visit = take(phone_of("inspector"), plan(), value, **more)
    reading, review = of_visit(app, visit)
    assert review is not None
    assert (review.marks, review.state) == (marks, "open")
    page = client_as("office").get(page_of(app, visit))
    assert page.status_code == 200
    if marks == "exchanged":
        assert reading.used == 31, "16 of the old meter and 15 of the new one, by whole digits"


def test_accepting_leads_to_the_next_and_leaves_its_trace(
    app: Flask, plan: Plan, phone_of: Phones, client_as: Clients
) -> None:
    phone, office = phone_of("inspector"), client_as("office")
    first, second = (take(phone, plan(name=name), "1230.000") for name in ("甲", "乙"))
    here, there = page_of(app, first), page_of(app, second)
    answer = office.submit(here, here, verdict="accepted", note="照片无误")
    assert (answer.status_code, answer.location) == (303, there)
    _, review = of_visit(app, first)
    assert review is not None
    assert (review.state, review.by_name, review.note) == ("accepted", "陈静", "照片无误")
    assert office.submit(there, there, verdict="accepted").location == "/office/readings"
    assert "甲" not in office.get("/office/readings").text
    history = office.get(f"/api/v1/visits/{first}/ops").json["ops"]
    assert [one["op"]["kind"] for one in history] == ["reading.set", "reading.review"]
    assert "照片无误" in office.get(f"/office/visits/{first}").text


def test_sending_somebody_again_plans_one_visit_however_often_it_is_pressed(
    app: Flask, plan: Plan, phone_of: Phones, client_as: Clients
) -> None:
    phone, office = phone_of("inspector"), client_as("office")
    visit = plan()
    here = page_of(app, take(phone, visit, "9999.000"))
    for _ in range(3):
        office.submit(here, here, verdict="again")
    assert count_visits(app) == 2
    reading, review = of_visit(app, visit["id"])
    assert review is not None and review.again_visit_id is not None
    assert reading.doubted
    with app.app_context():
        planned = record.document(visit_id=review.again_visit_id)
        day = workdays.add_working_days(installation.today(), 2).isoformat()
    assert (planned["type"], planned["planned"]["date"], planned["assignee"]["name"]) == ("gas.reading", day, "王小明")
    assert planned["customer"]["id"] == visit["customer"]["id"]
    assert planned["meters"][0]["last"]["value"] == "1234.567", "not the figure that nobody believes"


def test_two_verdicts_at_once_plan_one_visit(app: Flask, plan: Plan, phone_of: Phones, client_as: Clients) -> None:
    phone, office, admin = phone_of("inspector"), client_as("office"), client_as("admin")
    here = page_of(app, take(phone, plan(), "9999.000"))
    office.submit(here, here, verdict="again")
    admin.submit(here, here, verdict="again", note="我也不信")
    assert count_visits(app) == 2


def test_the_figure_that_replaces_a_doubted_one_is_compared_with_the_one_before(
    app: Flask, plan: Plan, phone_of: Phones, client_as: Clients
) -> None:
    phone, office, visit = phone_of("inspector"), client_as("office"), plan()
    here = page_of(app, take(phone, visit, "9999.000"))
    office.submit(here, here, verdict="again")
    phone.sync()
    (again,) = (one for one in phone.visits.values() if one["id"] != visit["id"])
    take(phone, again, "1250.000")
    reading, review = of_visit(app, again["id"])
    assert (reading.marks, reading.used, review) == ("", 16, None)


def test_a_corrected_figure_is_judged_anew_and_keeps_its_time_and_its_photo(
    app: Flask, plan: Plan, phone_of: Phones, client_as: Clients, later: Any
) -> None:
    phone, office = phone_of("inspector"), client_as("office")
    visit = take(phone, plan(), "1230.000")
    here, before = page_of(app, visit), of_visit(app, visit)[0]
    later(hours=5)
    answer = office.submit(here, f"{here}/figure", value="1250.000", why="照片上是 1250")
    assert (answer.status_code, answer.location) == (303, here)
    after, review = of_visit(app, visit)
    assert review is not None
    assert (after.value, after.marks, review.state) == ("1250.000", "", "clear")
    assert (after.read_at, after.photo) == (before.read_at, before.photo)
    assert office.get(here).status_code == 200


@pytest.mark.parametrize(
    "fields", [{"value": "123456.0", "why": "x"}, {"value": "١٢", "why": "x"}, {"value": "1250", "why": " "}]
)
def test_a_correction_that_no_dial_can_show_or_without_a_reason_is_refused(
    app: Flask, plan: Plan, phone_of: Phones, client_as: Clients, fields: dict[str, str]
) -> None:
    visit = take(phone_of("inspector"), plan(), "1230.000")
    here = page_of(app, visit)
    client_as("office").submit(here, f"{here}/figure", **fields)
    assert of_visit(app, visit)[0].value == "1230.000"


def test_what_was_accepted_is_looked_at_again_when_the_figure_changes(
    app: Flask, plan: Plan, phone_of: Phones, client_as: Clients
) -> None:
    phone, office, visit = phone_of("inspector"), client_as("office"), plan()
    here = page_of(app, take(phone, visit, "1230.000"))
    office.submit(here, here, verdict="accepted")
    phone.sync()
    take(phone, visit, "1229.000")
    review = of_visit(app, visit["id"])[1]
    assert review is not None and review.state == "open"


def test_a_reading_that_arrives_late_has_the_later_one_judged_anew(app: Flask, plan: Plan, phone_of: Phones) -> None:
    phone, slow = phone_of("inspector"), phone_of("inspector")
    first = plan()
    second = plan(account=first["customer"]["account"], meters=[])
    slow.sync()
    slow.op(first["id"], "reading.set", meter=first["meters"][0]["id"], value="1260.000", running=True)
    slow.log[-1]["at"] = clock.rfc3339(clock.now() - timedelta(days=2))
    take(phone, second, "1250.000")
    assert (of_visit(app, second["id"])[0].used, of_visit(app, second["id"])[1]) == (16, None)
    slow.sync()
    reading, review = of_visit(app, second["id"])
    assert review is not None
    assert (reading.marks, reading.used, review.state) == ("below_last", None, "open")


def test_a_verdict_about_another_figure_changes_nothing(
    app: Flask, plan: Plan, phone_of: Phones, client_as: Clients
) -> None:
    phone, office, visit = phone_of("inspector"), client_as("office"), plan()
    here = page_of(app, take(phone, visit, "1230.000"))
    old = office.get(here).text
    phone.sync()
    take(phone, visit, "1229.000")
    hidden = dict(
        re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', old[old.index('class="say-so"') :])
    )
    office.post(here, data={**hidden, "verdict": "accepted"})
    review = of_visit(app, visit["id"])[1]
    assert review is not None and review.state == "open"


def test_of_two_verdicts_the_later_one_counts_whichever_arrives_first(app: Flask, plan: Plan, phone_of: Phones) -> None:
    phone, visit = phone_of("inspector"), plan()
    take(phone, visit, "1230.000")
    author = record.Author(device=clock.new_id(), id=clock.new_id(), name="甲", office=True)
    data = {"meter": visit["meters"][0]["id"], "figure": "1230.000"}
    now = clock.now()
    for verdict, at in (("accepted", now), ("again", now - timedelta(hours=1))):
        with app.app_context(), transaction():
            record.write_as_office(
                author=author,
                visit_id=visit["id"],
                base=0,
                kind="reading.review",
                data={**data, "verdict": verdict},
                now=at,
            )
    reading, review = of_visit(app, visit["id"])
    assert review is not None
    assert (review.state, reading.doubted, count_visits(app)) == ("accepted", False, 1)


def test_a_phone_cannot_accept_its_own_reading(app: Flask, plan: Plan, phone_of: Phones) -> None:
    phone, visit = phone_of("inspector"), plan()
    take(phone, visit, "1230.000")
    phone.op(visit["id"], "reading.review", meter=visit["meters"][0]["id"], verdict="accepted")
    assert phone.sync()["results"][0]["code"] == "invalid_data"
    review = of_visit(app, visit["id"])[1]
    assert review is not None and review.state == "open"


def test_the_list_is_filtered_by_reason_district_and_state(
    app: Flask, plan: Plan, phone_of: Phones, client_as: Clients
) -> None:
    phone, office = phone_of("inspector"), client_as("office")
    take(phone, plan(name="低", district="云岩区"), "1230.000")
    take(phone, plan(name="零", district="南明区"), "1234.567")

    def names(query: str) -> list[str]:
        page = office.get(f"/office/readings?{query}").text
        return [name for name in ("低", "零") if f">{name}</span>" in page]

    assert names("") == ["低", "零"]
    assert names("mark=zero") == ["零"]
    assert names("district=云岩区") == ["低"]
    assert names("state=accepted") == []
    here = re.search(r"/office/readings/[0-9a-f-]{36}\?mark=zero", office.get("/office/readings?mark=zero").text)
    assert here is not None
    assert (
        "mark=zero"
        in office.submit(here.group(0), here.group(0).split("?")[0], verdict="accepted", mark="zero").location
    )


def test_hostile_names_and_notes_are_text_everywhere(
    app: Flask, plan: Plan, phone_of: Phones, client_as: Clients
) -> None:
    office = client_as("office")
    visit = take(phone_of("inspector"), plan(name=HOSTILE), "1230.000", note=HOSTILE)
    for page in ("/office/readings", page_of(app, visit)):
        text = office.get(page).text
        assert "<script>alert" not in text and "&lt;script&gt;alert" in text
    assert "&lt;script" not in office.get("/office/readings?as=csv").text


@pytest.mark.parametrize("page", ["", "/progress", "/missing", "/billing", "/slips"])
def test_an_empty_store_is_said_in_words_and_a_technician_is_not_let_in(client_as: Clients, page: str) -> None:
    assert client_as("office").get(f"/office/readings{page}").status_code == 200
    assert client_as("inspector").get(f"/office/readings{page}").status_code == 403


def test_a_reading_that_nobody_had_to_look_at_has_no_page(app: Flask, client_as: Clients) -> None:
    assert client_as("office").get(f"/office/readings/{clock.new_id()}").status_code == 404
    assert client_as("office").post(f"/office/readings/{clock.new_id()}", data={}).status_code == 400


def test_a_thousand_readings_cost_as_many_queries_as_two(
    app: Flask, plan: Plan, phone_of: Phones, client_as: Clients, count_queries: Any
) -> None:
    phone, office = phone_of("inspector"), client_as("office")
    visits = [take(phone, plan(), "1230.000") for _ in range(2)]
    pages = ("/office/readings", page_of(app, visits[0]))

    def cost() -> list[int]:
        found = []
        for page in pages:
            office.get(page)
            with count_queries() as said:
                assert office.get(page).status_code == 200
            found.append(len(said))
        return found

    before = cost()
    with app.app_context(), transaction():
        kept, seen = db.session.get(Reading, of_visit(app, visits[0])[0].id), of_visit(app, visits[0])[1]
        assert kept is not None and seen is not None
        rows = [
            {c.key: getattr(kept, c.key) for c in Reading.__table__.columns}
            | {"id": clock.new_id(), "meter_id": clock.new_id(), "read_at": kept.read_at + timedelta(seconds=n)}
            for n in range(1000)
        ]
        db.session.execute(Reading.__table__.insert(), rows)
        reviews = [
            {c.key: getattr(seen, c.key) for c in Review.__table__.columns}
            | {"reading_id": row["id"], "meter_id": row["meter_id"], "read_at": row["read_at"]}
            for row in rows
        ]
        db.session.execute(Review.__table__.insert(), reviews)
    assert cost() == before
    assert "1002" in office.get("/office/readings").text


def test_history_that_an_import_brings_late_is_judged_and_needs_nobody(
    app: Flask, plan: Plan, phone_of: Phones
) -> None:
    from fieldsvc.readings import service as readings

    visit = plan()
    take(phone_of("inspector"), visit, "1250.000")
    between = clock.now() - timedelta(days=3)
    with app.app_context(), transaction():
        readings.note(meter_id=visit["meters"][0]["id"], value="1249.000", read_at=between)
    assert of_visit(app, visit["id"])[0].used == 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Review)) == 0


def test_readings_from_before_the_judge_are_judged_when_they_are_touched(
    app: Flask, plan: Plan, phone_of: Phones
) -> None:
    phone, visit = phone_of("inspector"), plan()
    take(phone, visit, "1250.000")
    with app.app_context(), transaction():
        db.session.execute(update(Reading).values(marks=None, used=None, op_id=None))
    take(phone, visit, "1251.000")
    reading = of_visit(app, visit["id"])[0]
    assert (reading.marks, reading.used) == ("", 17)
    assert isinstance(reading.read_at, datetime)
