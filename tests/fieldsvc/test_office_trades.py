"""The visit page of a job of another trade: what its kind asks is shown, in words, and nothing of gas."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from flask import Flask
from pypdf import PdfReader

from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.jobs_played import play
from tests.fieldsvc.papers import Json, papers_of, pdf_of, work
from tests.fieldsvc.phone import Phone

Plan = Callable[..., Json]
PhoneOf = Callable[[str], Phone]
As = Callable[[str], Browser]
AT_ONCE: Json = {
    "PCUT-C1": {"result": "pass_note", "value": "danger"},
    "PCUT-C2": None,
    "PCUT-C10": {"result": "pass", "note": "进户线绝缘烧毁"},
}


def test_a_power_cut_shows_its_own_script_no_safety_talk_and_its_choices_in_words(
    plan: Plan, phone_of: PhoneOf, client_as: As
) -> None:
    visit = plan(type="power.cut")["id"]
    phone = phone_of("inspector")
    play(phone, visit, but=AT_ONCE)
    page = client_as("office").get(f"/office/visits/{visit}").text
    told = page[page.index('id="talk-title"') :]
    told = told[: told.index("</section>")]
    assert "安全讲解" not in told and "燃气" not in told and "用气" not in told
    assert len(re.findall("陪同", told)) == 1
    history = page[page.index('id="history"') :]
    assert "危及人身或设备安全，立即停电" in history
    assert "· danger" not in history


def test_an_inspection_of_gas_keeps_its_script_and_its_talk(plan: Plan, phone_of: PhoneOf, client_as: As) -> None:
    visit = plan()["id"]
    phone_of("inspector")
    page = client_as("office").get(f"/office/visits/{visit}").text
    told = page[page.index('id="talk-title"') :]
    told = told[: told.index("</section>")]
    assert "安全讲解" in told and "先测燃气浓度" in told
    assert len(re.findall("陪同", told)) == 1


@pytest.mark.parametrize(
    ("kind", "in_office"), [("power.fault", "作业人员"), ("gas.repair", "作业人员"), ("gas.inspection", "安检员")]
)
def test_whoever_did_a_job_is_called_no_inspector_beside_the_signature_and_in_the_history(
    plan: Plan, phone_of: PhoneOf, client_as: As, kind: str, in_office: str
) -> None:
    visit = plan(type=kind)["id"]
    play(phone_of("inspector"), visit)
    page = client_as("office").get(f"/office/visits/{visit}").text
    signed = page[page.index('id="signatures"') :]
    signed = signed[: signed.index("</section>")]
    assert f'<span class="strong">{in_office}</span>' in signed
    assert f'title="{in_office}"' in signed
    assert f"{in_office} · 王小明" in page[page.index('id="history"') :]


@pytest.mark.parametrize(
    ("kind", "named"), [("power.fault", "作业人员"), ("gas.repair", "作业人员"), ("gas.inspection", "检查人员")]
)
def test_a_paper_that_jobs_and_inspections_share_calls_the_technician_what_he_was(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: As, kind: str, named: str
) -> None:
    visit, phone, office = plan(type=kind)["id"], phone_of("inspector"), client_as("office")
    phone.op(visit, "visit.close", outcome="refused", reason="no_time")
    phone.sync()
    work(app)
    [record] = papers_of(office, visit, "refusal")
    pages = PdfReader(io.BytesIO(pdf_of(office, record))).pages
    said = "".join("".join(page.extract_text().split()) for page in pages)
    assert {word for word in ("作业人员", "检查人员") if word in said} == {named}
