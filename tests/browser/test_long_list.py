"""A long list is drawn as far as it has been looked at, and a reload comes back to the place."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Installation
from tests.browser.technician import Technician

MANY = 150
TO_THE_END = """() => {
  const last = [...document.querySelectorAll(".visit-row")].at(-1);
  last.scrollIntoView({ block: "end" });
}"""


@pytest.fixture
def many_visits(chromium: Browser, installation: Installation) -> None:
    """Planned for today by the office, all at one address."""
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()
    orders = [
        {
            "type": "gas.inspection",
            "customer": {
                "account": f"9900{place:05d}", "name": "长单", "phone": f"139085{place:05d}", "district": "南明区",
                "address": "长街 1 号", "building": "9", "unit": "1", "room": f"{place:04d}",
            },
            "meters": [{"serial": f"LONG{place:06d}", "kind": "diaphragm", "digits": 5, "decimals": 3}],
            "planned": {"date": today, "from": "20:00", "to": "21:00"},
            "assignee": "inspector",
        }
        for place in range(MANY)
    ]  # fmt: skip
    context = chromium.new_context(base_url=installation.url, extra_http_headers={"X-Fieldsvc": "1"})
    answers = [
        context.request.post("/api/v1/login", data={"username": "office", "password": "demo"}),
        context.request.post("/api/v1/visits", data={"visits": orders}),
    ]
    context.close()
    assert all(answer.ok for answer in answers)


@pytest.mark.usefixtures("many_visits")
def test_a_long_list_grows_as_it_is_looked_at_and_a_reload_finds_the_place(phone: Page) -> None:
    technician = Technician(phone)
    technician.log_in()
    rows = phone.locator(".visit-row")
    last = phone.get_by_text(f"9-1-{MANY - 1:04d}")
    expect(rows.first).to_be_visible()
    assert rows.count() < MANY / 2

    phone.wait_for_function(
        f"() => {{ ({TO_THE_END})(); return document.querySelectorAll('.visit-row').length >= {MANY}; }}"
    )
    expect(rows.last.locator("svg")).to_have_count(0)  # a drawing in each row makes scrolling stumble
    expect(phone.get_by_role("list").last.get_by_role("listitem").last).to_contain_text(f"9-1-{MANY - 1:04d}")
    last.scroll_into_view_if_needed()
    phone.wait_for_function("() => history.state.scroll > 5000 && Math.abs(history.state.scroll - scrollY) < 1")
    phone.reload()
    expect(last).to_be_in_viewport()

    last.click()
    expect(phone.get_by_role("navigation", name="到访步骤")).to_be_visible()
    phone.go_back()
    expect(last).to_be_in_viewport()
    phone.get_by_label("搜索到访").fill("LONG000149")
    expect(rows).to_have_count(1)
