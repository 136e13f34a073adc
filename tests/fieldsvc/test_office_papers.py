"""Papers in the office: open, print, what printing leaves behind, and checking a PDF that somebody brings in."""

import re
from io import BytesIO

import pytest

from tests.fieldsvc.papers import papers_of, pdf_of, record_visit, work


@pytest.fixture
def issued(app, plan, phone_of, client_as):
    """A visit whose hazard notice is signed and ready; gives (visit id, notice)."""
    visit = plan(name="田𠮷平")
    phone = phone_of("inspector")
    record_visit(phone, visit["id"])
    phone.sync()
    work(app)
    return visit["id"], papers_of(client_as("office"), visit["id"])[0]


def verdict(office, content):
    token = re.search(r'name="csrf_token" value="([^"]+)"', office.get("/office/verify").text)[1]
    given = {"csrf_token": token, "file": (BytesIO(content), "brought.pdf")}
    return office.post("/office/verify", data=given).text


def test_printing_opens_the_signed_file_and_is_remembered(client_as, issued):
    visit_id, notice = issued
    office, page = client_as("office"), f"/office/visits/{visit_id}"
    assert "打印：隐患整改通知单" in office.get(page).text
    answer = office.submit(page, f"/office/notices/{notice['id']}/print")
    assert (answer.status_code, answer.location) == (303, f"/api/v1/notices/{notice['id']}.pdf")
    assert office.get(answer.location).mimetype == "application/pdf"
    assert "打印于" in office.get(page).text
    assert office.get(f"/api/v1/notices/{notice['id']}").json["printed_count"] == 1


def test_a_paper_that_is_not_ready_is_not_printed(client_as, plan, phone_of):
    visit_id = plan()["id"]
    phone = phone_of("inspector")
    record_visit(phone, visit_id)
    phone.sync()
    office = client_as("office")
    notice = papers_of(office, visit_id)[0]
    token = re.search(r'name="csrf_token" value="([^"]+)"', office.get("/office").text)[1]
    assert office.post(f"/office/notices/{notice['id']}/print", data={"csrf_token": token}).status_code == 409
    assert office.get(f"/api/v1/notices/{notice['id']}").json["printed_count"] == 0


def test_our_own_paper_is_called_genuine_and_leads_to_its_visit(client_as, issued):
    visit_id, notice = issued
    office = client_as("office")
    page = verdict(office, pdf_of(office, notice))
    assert 'class="verdict good"' in page
    assert f"/office/visits/{visit_id}" in page and notice["number"] in page


def test_a_paper_that_was_altered_is_called_that(client_as, issued):
    office = client_as("office")
    content = bytearray(pdf_of(office, issued[1]))
    content[len(content) // 2] ^= 1
    assert 'class="verdict wrong"' in verdict(office, bytes(content))


def test_the_visit_page_leads_to_what_the_qr_code_opens(client_as, browser, issued):
    page = client_as("office").get(f"/office/visits/{issued[0]}").text
    public = re.search(r'href="(/n/[^"]+)"', page)[1]
    assert browser.get(public).status_code == 200
