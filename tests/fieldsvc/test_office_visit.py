"""The page of one visit: everything that was written at the door, and what the office may do with it."""

import io
import re

import pytest
from PIL import Image

from fieldsvc import clock

HOSTILE = '<script>alert("1")</script>'


def picture(colour="navy"):
    made = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(made, "PNG")
    return made.getvalue()


@pytest.fixture
def done(plan, phone_of):
    """A closed visit with a failed hose, its hazard and photo, a reading and both signatures; gives (visit id, phone)."""
    visit = plan(name="王秀兰")
    phone, visit_id = phone_of("inspector"), visit["id"]
    photo, ink = phone.upload(picture()), phone.upload(picture("black"))
    hazard = clock.new_id()
    phone.op(visit_id, "visit.start")
    phone.op(visit_id, "step.tick", step="badge")
    phone.op(visit_id, "customer.correct", field="phone", value="16000009999")
    phone.op(visit_id, "check.set", item="pipe", point="PIPE-C1", result="pass")
    phone.op(visit_id, "check.set", item="hose", point="HOSE-C2", result="fail", note="灶台下方")
    phone.op(
        visit_id,
        "hazard.add",
        hazard=hazard,
        code="HOSE-02",
        item="hose",
        level=2,
        position="after_appliance_valve",
        solutions=[0, "换成金属软管"],
        due="2099-12-01",
        stop_gas="none",
    )
    phone.op(visit_id, "photo.add", sha256=photo, purpose="hazard", ref=hazard, taken_at=clock.rfc3339(clock.now()))
    phone.op(visit_id, "reading.set", meter=visit["meters"][0]["id"], value="1252.300", running=True)
    sign = {"strokes": [[[1, 2, 3]]], "image": ink}
    phone.op(visit_id, "sign", role="customer", name="王秀兰", relation="self", rating=5, **sign)
    phone.op(visit_id, "sign", role="technician", name="王小明", **sign)
    phone.op(visit_id, "visit.close", outcome="completed")
    phone.sync()
    return visit_id, phone


def test_the_record_stands_on_the_page_as_it_was_written(client_as, done):
    visit_id, _ = done
    page = client_as("office").get(f"/office/visits/{visit_id}").text
    for said in (
        "王秀兰",
        "160****9999",
        '<s class="quiet">139****0001</s>',
        "HOSE-C2",
        "灶台下方",
        "换成金属软管",
        "用户负责",
        "1252.300",
        "18 m³",
        "已完成",
        "评分 5 / 5",
    ):
        assert said in page


def test_an_exchanged_meter_is_told_as_data_and_counted_in_two_parts(client_as, plan, phone_of):
    visit = plan()
    phone = phone_of("inspector")
    exchange = {"serial": "N-2026-7", "final": "1250.100", "initial": "3"}
    phone.op(visit["id"], "reading.set", meter=visit["meters"][0]["id"], value="00018", running=True, exchange=exchange)
    phone.sync()
    page = client_as("office").get(f"/office/visits/{visit['id']}").text
    meters = page[page.index('id="meters"') : page.index("</section>", page.index('id="meters"'))]
    for said in ("N-2026-7", "1250.100", "31 m³", "现场的表与档案不符"):
        assert said in meters
    assert "现场表号 N-2026-7" in page[page.index("</section>", page.index('id="meters"')) :]  # the history


def test_photos_and_signatures_are_there_to_be_seen(client_as, done):
    visit_id, _ = done
    office = client_as("office")
    page = office.get(f"/office/visits/{visit_id}").text
    pictures = set(re.findall(r'<img src="(/api/v1/blobs/[0-9a-f]{64})"', page))
    assert len(pictures) == 2
    for address in pictures:
        answer = office.get(address)
        assert (answer.status_code, answer.mimetype) == (200, "image/png")


def test_the_history_says_who_wrote_what_on_which_phone(client_as, done):
    visit_id, phone = done
    page = client_as("office").get(f"/office/visits/{visit_id}").text
    assert "拍照" in page and "发现隐患" in page and "到访结束" in page
    assert re.search(r'D\d\d</a> <span class="quiet">#1</span>', page)
    assert page.count('<tr class="op-') == len(phone.log)
    assert "strokes" not in page


def test_a_missing_picture_is_said_to_be_on_the_phone(client_as, plan, phone_of):
    visit_id = plan()["id"]
    phone = phone_of("inspector")
    phone.op(visit_id, "photo.add", sha256="a" * 64, purpose="door", taken_at=clock.rfc3339(clock.now()))
    phone.sync()
    page = client_as("office").get(f"/office/visits/{visit_id}").text
    assert "还有 1 张图片在手机上" in page
    assert f"/api/v1/blobs/{'a' * 64}" not in page


def test_contradicting_values_stand_side_by_side_and_the_worse_one_counts(client_as, done, phone_of):
    visit_id, _ = done
    office = client_as("office")
    first, second = phone_of("inspector"), phone_of("inspector")
    first.op(visit_id, "check.set", item="hose", point="HOSE-C2", result="pass", note="甲看过")
    second.op(visit_id, "check.set", item="hose", point="HOSE-C2", result="fail", note="乙看过")
    reopen(office, visit_id)
    first.log[0]["base"] = second.log[0]["base"] = version_of(office, visit_id)
    first.sync()
    second.sync()
    for page in (f"/office/visits/{visit_id}", f"/office/attention/conflict/{visit_id}"):
        shown = office.get(page).text
        table = re.search(r'<div class="conflict">.*?</div>', shown, flags=re.DOTALL)[0]
        counts = re.findall(r'<td class="counts">([^<]*)</td>', table)
        assert "甲看过" in table
        assert counts == ["不合格", "乙看过"]
    assert 'tone-warn"' in office.get("/office/visits").text


def version_of(office, visit_id):
    return office.get(f"/api/v1/visits/{visit_id}").json["version"]


def reopen(office, visit_id):
    answer = office.submit(f"/office/visits/{visit_id}", f"/office/visits/{visit_id}/reopen", reason="客户来电")
    assert answer.status_code == 303


def test_the_office_opens_a_closed_visit_again_and_the_history_says_why(client_as, done):
    visit_id, _ = done
    office = client_as("office")
    reopen(office, visit_id)
    assert office.get(f"/api/v1/visits/{visit_id}").json["state"] == "started"
    page = office.get(f"/office/visits/{visit_id}").text
    assert "重新打开" in page and "客户来电" in page
    assert "陈静" in page


def test_a_visit_is_given_to_another_technician(client_as, plan):
    visit = plan()
    office = client_as("office")
    page = f"/office/visits/{visit['id']}"
    answer = office.submit(page, f"{page}/assign", assignee="colleague")
    assert answer.status_code == 303
    assert "已派给 李梅" in office.get(page).text
    assert office.get(f"/api/v1/visits/{visit['id']}").json["assignee"]["name"] == "李梅"


@pytest.mark.parametrize("assignee", ["", "office", "nobody"])
def test_a_visit_is_given_to_technicians_only(client_as, plan, assignee):
    visit = plan()
    office = client_as("office")
    page = f"/office/visits/{visit['id']}"
    assert "请选择安检员" in office.submit(page, f"{page}/assign", assignee=assignee).text
    assert office.get(f"/api/v1/visits/{visit['id']}").json["assignee"]["name"] == "王小明"


def test_a_note_of_the_office_reaches_the_technician(client_as, plan, phone_of):
    visit = plan()
    page = f"/office/visits/{visit['id']}"
    client_as("office").submit(page, f"{page}/note", text="门铃坏了")
    assert phone_of("inspector").visits[visit["id"]]["notes"][0]["text"] == "门铃坏了"


def test_whatever_people_typed_ends_as_text(client_as, plan, phone_of):
    visit = plan(name=HOSTILE, address=HOSTILE, room=HOSTILE[:40])
    visit_id, office = visit["id"], client_as("office")
    phone = phone_of("inspector")
    phone.op(visit_id, "check.set", item="hose", point=HOSTILE[1:7], result="fail", note=HOSTILE, value=HOSTILE)
    phone.op(
        visit_id,
        "hazard.add",
        hazard=clock.new_id(),
        code=None,
        name=HOSTILE,
        item="hose",
        level=1,
        position="meter",
        note=HOSTILE,
        solutions=[HOSTILE],
        due="2099-12-01",
        stop_gas="none",
    )
    phone.op(visit_id, "note.add", text=HOSTILE)
    phone.op(visit_id, "sign.refuse", role="customer", reason=HOSTILE, witness=HOSTILE)
    phone.op(visit_id, "visit.close", outcome="refused", reason=HOSTILE)
    phone.op(visit_id, HOSTILE, what=HOSTILE)
    phone.sync()
    for page in (
        f"/office/visits/{visit_id}",
        "/office",
        "/office/visits",
        "/office/hazards",
        "/office/attention",
        "/office/quarantine",
    ):
        shown = office.get(page)
        assert shown.status_code == 200
        assert "alert(" in shown.text
        assert "<script>alert" not in shown.text


def test_a_visit_of_words_that_the_catalogue_does_not_know_is_still_shown(client_as, plan, phone_of):
    visit_id = plan(type="gas.of_tomorrow")["id"]
    phone = phone_of("inspector")
    phone.op(visit_id, "check.set", item="robot", point="R-1", result="na", value="7")
    phone.op(visit_id, "reading.set", meter=clock.new_id(), unreadable="eaten by a dog")
    phone.op(visit_id, "step.tick", step="dance")
    phone.op(visit_id, "visit.close", outcome="no_access", reason="lift stuck", next_at="2099-01-01")
    phone.sync()
    page = client_as("office").get(f"/office/visits/{visit_id}").text
    assert "robot" in page and "R-1" in page and "lift stuck" in page and "dance" in page
