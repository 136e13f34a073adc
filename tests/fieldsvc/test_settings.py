"""The pages of settings: what a company decides, who changed what, and taking it back."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from fieldsvc import installation
from fieldsvc.policy import changes, workdays
from fieldsvc.policy import service as policy
from tests.fieldsvc.conftest import Browser

DUTY = "/office/settings/duty"
COMPANY = "/office/settings/company"

As = Callable[[str], Browser]


def _duty(months: str, **more: str) -> dict[str, str]:
    return {"f.residential_months": months, "f.business_months": "3", **more}


def test_every_section_has_a_page_with_a_field_for_every_declared_value(client_as: As) -> None:
    listed = client_as("office").get("/office/settings").text
    for section in policy.declared().values():
        address = f"/office/settings/{section['id']}"
        assert f'href="{address}"' in listed
        page = client_as("admin").get(address)
        assert page.status_code == 200
        for field in section["fields"]:
            assert f'name="f.{field["id"]}"' in page.text or f'name="t.{field["id"]}.0"' in page.text


def _as_shown(admin: Browser, address: str) -> dict[str, str]:
    """What a browser sends of a page of settings that nobody touched."""
    shown = admin.get(address).text
    form = next(one for one in re.findall(r"<form\b.*?</form>", shown, re.DOTALL) if f'action="{address}"' in one)
    fields = dict(re.findall(r'<input name="([^"]+)" id="[^"]+" value="([^"]*)"', form))
    fields |= dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    fields |= dict.fromkeys(re.findall(r'type="checkbox" name="([^"]+)"[^>]*? value="1" checked', form), "1")
    for name, inside in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected|<option selected>([^<]*)', inside)
        assert chosen, name
        fields[name] = chosen[1] or chosen[2]
    return fields | dict(re.findall(r'<textarea name="([^"]+)".*?>(.*?)</textarea>', form, re.DOTALL))


def test_what_every_page_shows_can_be_sent_back_unchanged(client_as: As, app: Flask) -> None:
    admin = client_as("admin")
    for section in (*policy.declared(), "company"):
        address = f"/office/settings/{section}"
        answer = admin.post(address, data=_as_shown(admin, address))
        assert answer.status_code == 303, answer.text
    with app.app_context():
        assert changes.history() == []


@pytest.mark.both_databases
def test_a_change_is_in_force_and_kept_with_who_made_it_and_is_taken_back_by_another(client_as: As, app: Flask) -> None:
    admin = client_as("admin")
    assert admin.submit(DUTY, DUTY, **_duty("６")).status_code == 303  # as a Chinese keyboard writes it
    with app.app_context():
        assert policy.value("duty", "residential_months") == 6
        [row] = changes.history(name="policy.duty")
        assert (row.by_name, row.old, row.new) == ("赵主任", {"residential_months": 12}, {"residential_months": 6})
        number = row.id
    page = admin.get(DUTY).text
    assert "赵主任" in page
    assert admin.submit(DUTY, f"{DUTY}/undo/{number}").status_code == 303
    with app.app_context():
        assert policy.value("duty", "residential_months") == 12
        newest = changes.history(name="policy.duty")[0]
        assert (newest.undoes, newest.new) == (number, {"residential_months": 12})
    assert "赵主任" in client_as("office").get("/office/settings/history").text


@pytest.mark.both_databases
def test_a_number_that_no_change_can_have_finds_none(client_as: As, database: str) -> None:
    admin = client_as("admin")
    token = re.findall(r'name="csrf_token" value="([^"]+)"', admin.get(DUTY).text)[0]
    for number in (2**31 - 1, 2**31, 99_999_999_999, 2**63):
        mark = base64.urlsafe_b64encode(f"[{number}]".encode()).decode()
        for asked in (f"before={number}", f"before={mark}", f"after={mark}"):
            assert admin.get(f"/office/settings/history?{asked}").status_code == 200, asked
        undone = admin.post(f"{DUTY}/undo/{number}", data={"csrf_token": token, "seen": "0"})
        assert undone.status_code == 404, number


def test_the_office_reads_settings_and_only_an_administrator_changes_them(client_as: As, app: Flask) -> None:
    office = client_as("office")
    page = office.get(DUTY).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token and " readonly" in page
    answer = office.post(DUTY, data={"csrf_token": token[1], "seen": "0", **_duty("6")})
    assert answer.status_code == 403
    assert client_as("inspector").get(DUTY).status_code == 403
    assert client_as("admin").post(DUTY, data={"seen": "0", **_duty("6")}).status_code == 400  # without the token
    with app.app_context():
        assert policy.value("duty", "residential_months") == 12


@pytest.mark.parametrize("typed", ["0", "61", "-1", "1.5", "", "abc", "9" * 40, "<script>", "𠮷\u202e"])
def test_what_cannot_be_is_told_beside_its_field_and_nothing_that_was_typed_is_lost(
    typed: str, client_as: As, app: Flask
) -> None:
    answer = client_as("admin").submit(DUTY, DUTY, **_duty(typed, **{"f.business_months": "4"}))
    assert answer.status_code == 422
    assert 'id="wrong-f.residential_months"' in answer.text and 'id="wrong-f.business_months"' not in answer.text
    assert 'value="4"' in answer.text and "<script>" not in re.sub(r"<script src=[^>]*>", "", answer.text)
    if typed and typed.isascii() and "<" not in typed:
        assert f'value="{typed}"' in answer.text
    with app.app_context():
        assert changes.history() == []


def test_the_second_of_two_administrators_is_told_and_keeps_what_they_typed(client_as: As, app: Flask) -> None:
    admin = client_as("admin")
    page = admin.get(DUTY).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    assert admin.submit(DUTY, DUTY, **_duty("6")).status_code == 303
    late = {"csrf_token": token[1], "seen": "0", **_duty("9")}
    answer = admin.post(DUTY, data=late)
    assert answer.status_code == 409 and 'value="9"' in answer.text
    with app.app_context():
        assert policy.value("duty", "residential_months") == 6
        seen = changes.newest("policy.duty")
    assert f'name="seen" value="{seen}"' in answer.text
    assert admin.post(DUTY, data={**late, "seen": str(seen)}).status_code == 303
    with app.app_context():
        assert policy.value("duty", "residential_months") == 9


def test_days_of_the_company_s_own_are_rows_that_are_added_and_removed(client_as: As, app: Flask) -> None:
    from datetime import date

    address, admin = "/office/settings/calendar", client_as("admin")
    row = {
        "t.own_days.0": "1",
        "t.own_days.0.day": "2026-11-24",
        "t.own_days.0.is": "rest",
        "t.own_days.0.reason": "停电",
    }
    empty = {"t.own_days.1": "1", "t.own_days.1.day": "", "t.own_days.1.is": "rest", "t.own_days.1.reason": ""}
    more = admin.submit(address, address, **row, more="own_days")
    assert more.status_code == 200 and 'name="t.own_days.5"' in more.text and "停电" in more.text
    wrong = admin.submit(address, address, **{**row, "t.own_days.0.day": "24.11."})
    assert wrong.status_code == 422 and 'id="wrong-t.own_days.0.day"' in wrong.text
    assert admin.submit(address, address, **row, **empty).status_code == 303
    with app.app_context():
        assert policy.value("calendar", "own_days") == [{"day": "2026-11-24", "is": "rest", "reason": "停电"}]
        assert not workdays.is_working_day(date(2026, 11, 24))
    page = admin.get(address).text
    first, last = workdays.known_years()
    assert f"{first}" in page and f"{last}" in page
    assert admin.submit(address, address, **row, **{"t.own_days.0.remove": "1"}).status_code == 303
    with app.app_context():
        assert policy.value("calendar", "own_days") == []


def test_an_untouched_row_of_a_tariff_shows_no_price_and_a_price_of_nought_is_kept_where_it_is_typed(
    client_as: As, app: Flask
) -> None:
    address, admin = "/office/settings/tariffs", client_as("admin")
    untouched = _as_shown(admin, address)
    assert [untouched[f"t.prices.0.{column}"] for column in ("from", "upto", "price")] == ["", "", ""]
    half = admin.post(address, data={**untouched, "t.prices.0.from": "2026-01-01"})
    assert half.status_code == 422 and 'id="wrong-t.prices.0.price"' in half.text
    whole = admin.post(address, data={**untouched, "t.prices.0.from": "2026-01-01", "t.prices.0.price": "0"})
    assert whole.status_code == 303
    with app.app_context():
        kept = [{"kind": "residential", "from": "2026-01-01", "upto": "", "price": "0"}]
        assert policy.value("tariffs", "prices") == kept


def test_the_company_s_names_and_hotline_reach_the_next_catalogue_and_other_facts_stay(
    client_as: As, app: Flask
) -> None:
    admin = client_as("admin")
    with app.app_context():
        before = installation.company()
    form = {
        "f.name_zh_hans": "贵燃 <b>有限</b> 公司", "f.name_zh_hant": "貴燃有限公司", "f.name_en": "Gui Gas",
        "f.hotline": "0851-12345",
        "f.complaint_phone": "0851-54321", "f.licence": "许-1", "f.address": "遵义路 1 号", "f.boundary": "appliance_valve",
        "f.time_zone": "Asia/Urumqi", "f.second_language": "none",
    }  # fmt: skip
    assert admin.submit(COMPANY, COMPANY, **{**form, "f.hotline": " "}).status_code == 422
    assert admin.submit(COMPANY, COMPANY, **form).status_code == 303
    company = admin.get("/api/v1/catalog").json["company"]
    assert company["name"]["zh-Hans"] == form["f.name_zh_hans"] and company["hotline"] == "0851-12345"
    with app.app_context():
        after = installation.company()
        assert after["org"] == before["org"] and after["public_url"] == before["public_url"]
        assert (after["second_language"], after["time_zone"]) == ("none", "Asia/Urumqi")
    assert "<b>有限</b>" not in admin.get(COMPANY).text


def _picture(kind: str, size: tuple[int, int] = (900, 900)) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA" if kind == "PNG" else "RGB", size, "red").save(out, kind)
    return out.getvalue()


def _send_seal(admin: Browser, content: bytes, **more: Any) -> str:
    answer = admin.submit(COMPANY, f"{COMPANY}/seal", seal=(io.BytesIO(content), "seal.png"), **more)
    assert answer.status_code in (303, 422)
    return str(answer.text if answer.status_code == 422 else admin.get(COMPANY).text)


def test_a_seal_is_kept_small_and_shown_and_taken_away_again(client_as: As, app: Flask) -> None:
    admin = client_as("admin")
    _send_seal(admin, _picture("PNG"))
    with app.app_context():
        kept = base64.b64decode(installation.fact("seal")["jpeg"])
        assert Image.open(io.BytesIO(kept)).size == (360, 360)
    assert "data:image/jpeg;base64," in admin.get(COMPANY).text
    answer = admin.submit(COMPANY, f"{COMPANY}/seal", remove="1")
    assert answer.status_code == 303
    with app.app_context():
        assert installation.fact("seal") is None
        assert len(changes.history(name="seal")) == 2


@pytest.mark.parametrize(
    "content", [b"", b"not a picture", _picture("PNG")[:200], _picture("GIF"), b"%!PS-Adobe-3.0 EPSF-3.0\n"]
)
def test_what_is_no_picture_becomes_no_seal(content: bytes, client_as: As, app: Flask) -> None:
    page = _send_seal(client_as("admin"), content)
    assert 'class="said bad"' in page
    with app.app_context():
        assert installation.fact("seal") is None and changes.history(name="seal") == []


def test_the_certificate_s_page_says_whose_it_is_and_until_when(client_as: As) -> None:
    page = client_as("office").get("/office/settings/certificate").text
    assert re.search(r"20\d\d-\d\d-\d\d", page)
