"""What needs a person, and people: quarantine, phones, staff."""

import re

import pytest


@pytest.fixture
def waiting(plan, phone_of):
    """An entry in quarantine, because the visit had been given away; gives (visit, op)."""
    visit = plan(name="王秀兰", assignee="colleague")
    phone = phone_of("inspector")
    op = phone.op(visit["id"], "note.add", text="我在门口")
    told = phone.sync()
    assert told["results"][0]["code"] == "not_assigned"
    return visit, op


def test_an_entry_in_quarantine_is_shown_with_its_reason(client_as, waiting):
    page = client_as("office").get("/office/quarantine").text
    assert "我在门口" in page and "这次到访属于另一位安检员" in page and "王秀兰" in page
    assert re.search(r'<b class="count urgent">1</b>', page)


def test_a_released_entry_counts_and_its_reason_is_kept(client_as, waiting):
    visit, op = waiting
    office = client_as("office")
    office.submit("/office/quarantine", f"/office/quarantine/{op['id']}", action="release", reason="他替班")
    assert "没有需要人工处理的事" in office.get("/office/quarantine").text
    assert office.get(f"/api/v1/visits/{visit['id']}").json["notes"][0]["text"] == "我在门口"
    history = office.get(f"/api/v1/visits/{visit['id']}/ops").json["ops"]
    assert history[0]["settled"]["reason"] == "他替班"


def test_a_dismissed_entry_stays_in_the_history(client_as, waiting):
    visit, op = waiting
    office = client_as("office")
    office.submit("/office/quarantine", f"/office/quarantine/{op['id']}", action="dismiss", reason="走错门")
    assert office.get(f"/api/v1/visits/{visit['id']}").json["notes"] == []
    page = office.get(f"/office/visits/{visit['id']}").text
    assert "我在门口" in page and "已驳回" in page


def test_without_a_reason_nothing_is_settled(client_as, waiting):
    _, op = waiting
    office = client_as("office")
    page = office.submit("/office/quarantine", f"/office/quarantine/{op['id']}", action="release", reason=" ").text
    assert "请写明理由" in page and "我在门口" in page


def test_an_entry_that_nobody_can_apply_says_so(client_as, plan, phone_of):
    visit, office = plan(), client_as("office")
    phone = phone_of("inspector")
    op = phone.op(visit["id"], "kind.of.tomorrow", what="ever")
    phone.sync()
    page = office.submit("/office/quarantine", f"/office/quarantine/{op['id']}", action="release", reason="试试").text
    assert "这个条目无法生效" in page and "kind.of.tomorrow" in page


def test_a_lost_phone_is_revoked_with_a_reason(client_as, phone_of):
    phone, office = phone_of("inspector"), client_as("office")
    office.submit("/office/people", f"/office/devices/{phone.id}/revoke", reason="丢在出租车上")
    page = office.get("/office/people").text
    assert "已停用" in page and "丢在出租车上" in page
    answer = client_as("inspector").post(
        "/api/v1/sync", json={"protocol": 1, "device": phone.id, "cursor": None, "ops": []}
    )
    assert answer.json["code"] == "device_revoked"


NEW = {"username": "newcomer", "name": "新同事", "password": "long enough", "locale": "zh-Hans", "roles": "technician"}


def test_an_administrator_adds_a_member_of_staff_who_first_chooses_a_password_of_their_own(client_as, browser):
    admin = client_as("admin")
    assert admin.submit("/office/people", "/office/people", **NEW).status_code == 303
    page = admin.get("/office/people").text
    assert "新同事" in page and "long enough" not in page
    answer = browser.post("/api/v1/login", json={"username": "newcomer", "password": "long enough"})
    assert answer.json["code"] == "password_owed"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"username": "office"}, "该用户名已被使用"),
        ({"username": "两个字"}, "只能用字母"),
        ({"password": "short"}, "至少 8 个字符"),
        ({"name": " "}, "请填写姓名"),
        ({"roles": []}, "请至少选择一个角色"),
        ({"roles": "king"}, "请至少选择一个角色"),
    ],
)
def test_what_is_wrong_with_a_new_member_of_staff_is_said_at_its_field(client_as, wrong, said):
    answer = client_as("admin").submit("/office/people", "/office/people", **{**NEW, **wrong})
    assert answer.status_code == 422
    assert said in answer.text


def test_the_office_sees_staff_but_does_not_add_any(client_as):
    office = client_as("office")
    page = office.get("/office/people").text
    assert "王小明" in page and "添加人员" not in page
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    assert office.post("/office/people", data={**NEW, "csrf_token": token}).status_code == 403
