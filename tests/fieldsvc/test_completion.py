"""How far a reading round has come: whose turn it is, who is missing, and why."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from flask import Flask

from fieldsvc.billing import service as billing
from tests.fieldsvc.billing import (
    Clients,
    Phones,
    Plan,
    home,
    on_a_day_in_november,  # noqa: F401 - a fixture
)

pytestmark = pytest.mark.both_databases


def test_completion_counts_whose_turn_it_is_and_names_who_is_missing_with_the_reason(
    app: Flask, plan: Plan, phone_of: Phones, client_as: Clients, november: datetime
) -> None:
    phone, office = phone_of("inspector"), client_as("office")
    home(app, plan, "001", ("00100.000", "2026-11-03"), district="云岩区", name="已抄")
    home(app, plan, "002", ("00100.000", "2026-10-20"), district="云岩区", name="未到期")
    home(app, plan, "003", ("00100.000", "2026-08-20"), district="云岩区", name="没安排", type="gas.booked")
    shut, blocked = (
        home(app, plan, account, ("00100.000", "2026-08-20"), district="南明区", name=name, type="gas.reading")
        for account, name in (("004", "没人"), ("005", "挡住"))
    )
    phone.sync()
    phone.op(shut["id"], "visit.close", outcome="no_access", reason="not_home")
    phone.op(blocked["id"], "reading.set", meter=blocked["meters"][0]["id"], unreadable="blocked")
    phone.op(blocked["id"], "visit.close", outcome="completed")
    phone.sync()
    with app.app_context():
        period = billing.periods.of(date(2026, 11, 22))
        rates = {rate.name: (rate.due, rate.read, rate.missing) for rate in billing.completion.by_district(period)}
    assert rates == {"云岩区": (2, 1, 1), "南明区": (2, 0, 2)}
    page = office.get("/office/readings/progress").text
    assert "50.0 %" in page and "王小明" in page
    missing = office.get("/office/readings/missing").text
    assert all(word in missing for word in ("没安排", "没人", "挡住", "无人应门", "表位封闭"))
    assert "已抄" not in missing and "未到期" not in missing
    assert "没安排" not in office.get("/office/readings/missing?district=南明区").text
    assert "没人" in office.get("/office/readings/missing?as=csv").data.decode("utf-8-sig")


def test_a_page_over_many_meters_costs_as_many_queries_as_one_over_few(
    app: Flask, plan: Plan, client_as: Clients, november: datetime, count_queries: Any
) -> None:
    office = client_as("office")
    pages = ["/office/readings/progress", "/office/readings/missing", "/office/readings/billing"]

    def cost() -> list[int]:
        found = []
        for page in pages:
            office.get(page)
            with count_queries() as said:
                office.get(page)
            found.append(len(said))
        return found

    home(app, plan, "001", ("00100.000", "2026-08-20"), type="gas.reading")
    before = cost()
    for number in range(2, 9):
        home(app, plan, f"00{number}", ("00100.000", "2026-08-20"), type="gas.reading")
    assert cost() == before
