"""The strip for belt printers: what it says, how long it is, who may have it, and that it needs no script."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask

from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.papers import Clients, PhoneOf, Plan, papers_of, record_visit, work


def page_size(page: str) -> tuple[int, int]:
    found = re.search(r"@page \{ size: (\d+)mm (\d+)mm; margin: 0; \}", page)
    assert found, page
    return int(found[1]), int(found[2])


def test_a_card_and_a_payment_slip_come_as_strips_in_both_widths(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients
) -> None:
    phone, office = phone_of("inspector"), client_as("office")
    away = plan(account="S-1", name="欧阳𠮷")["id"]
    phone.op(away, "visit.start")
    phone.op(away, "visit.close", outcome="no_access", next_at="2099-03-04T14:30:00+08:00")
    read = plan(type="gas.reading", account="S-2", name="陈<b>一")
    phone.op(read["id"], "visit.start")
    phone.op(read["id"], "reading.set", meter=read["meters"][0]["id"], value="1255.120", running=True)
    phone.op(read["id"], "visit.close", outcome="completed")
    phone.sync()
    work(app)
    (card,), (slip,) = papers_of(office, away, "no_access"), papers_of(office, read["id"], "payment")
    told: dict[str, tuple[str, ...]] = {
        card["id"]: (card["number"], "S-1", "2099-03-04 14:30", "到访不遇卡", "王小明"),
        slip["id"]: (slip["number"], "S-2", "1255.120", "陈&lt;b&gt;一", read["meters"][0]["serial"]),
    }
    for paper, words in told.items():
        narrow, wide = (client_as("inspector").get(f"/papers/{paper}/receipt?width={width}") for width in (58, 80))
        assert page_size(narrow.text)[0] == 58 and page_size(wide.text)[0] == 80
        assert page_size(narrow.text)[1] > page_size(wide.text)[1], "a narrow strip is a longer one"
        for word in words:
            assert word in narrow.text, word
        assert "<script" not in narrow.text and "<path d=" in narrow.text
        once = re.search(r'<style nonce="([^"]+)"', narrow.text)[1]  # type: ignore[index]
        assert f"'nonce-{once}'" in narrow.headers["Content-Security-Policy"] and once not in wide.text
    assert "欧阳" not in office.get(f"/papers/{card['id']}/receipt").text, "anybody may read a door"
    assert f"/papers/{card['id']}/receipt?width=58" in office.get(f"/office/visits/{away}").text


def test_a_strip_is_for_readers_of_the_visit_once_the_paper_is_ready_and_of_two_kinds_only(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients, browser: Browser
) -> None:
    phone, office = phone_of("inspector"), client_as("office")
    away, hazard = plan()["id"], plan()["id"]
    phone.op(away, "visit.start")
    phone.op(away, "visit.close", outcome="no_access")
    record_visit(phone, hazard, photo=False)
    phone.sync()
    (card,) = papers_of(office, away, "no_access")
    address = f"/papers/{card['id']}/receipt"

    def status(client: Any, path: str) -> int:
        return int(client.get(path).status_code)

    assert status(office, address) == 409
    work(app)
    assert status(office, address) == 200 == status(client_as("inspector"), address)
    assert status(client_as("colleague"), address) == 404
    assert status(browser, address) in (302, 401)
    assert status(office, f"{address}?width=70") == 404
    assert status(office, f"/papers/{papers_of(office, hazard)[0]['id']}/receipt") == 404
