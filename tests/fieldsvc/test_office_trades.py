"""The visit page of a job of another trade: what its kind asks is shown, in words, and nothing of gas."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.jobs_played import play
from tests.fieldsvc.papers import Json
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
