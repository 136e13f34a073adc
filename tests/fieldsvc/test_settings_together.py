"""Two administrators at one page, and an overlay that a page changes: nobody's work is taken back unseen."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from typing import Any

import yaml
from flask import Flask

from fieldsvc.catalog import service as catalog
from fieldsvc.policy import service as policy
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.test_given_back import form_of, hidden_of

DUTY = "/office/settings/duty"
As = Callable[[str], Browser]

OVERLAY = """\
# 2026年安委会决议第3号
switched_off:
  points: [PIPE-C1] # 由第三方负责
  # 下面这些暂停
  hazards: []
# 结尾的话
"""


def held(admin: Browser, page: str = DUTY) -> dict[str, str]:
    return hidden_of(form_of(admin.get(page).text, page))


def values(app: Flask) -> tuple[Any, Any]:
    with app.app_context():
        return policy.value("duty", "residential_months"), policy.value("duty", "business_months")


def typed(home: str, business: str) -> dict[str, str]:
    return {"f.residential_months": home, "f.business_months": business}


def test_the_second_save_keeps_what_the_first_changed_elsewhere(app: Flask, client_as: As) -> None:
    admin = client_as("admin")
    late = held(admin)
    home, business = values(app)
    assert admin.post(DUTY, data={**held(admin), **typed("6", str(business))}).status_code == 303
    assert admin.post(DUTY, data={**late, **typed(str(home), "2")}).status_code == 303
    assert values(app) == (6, 2)


def test_a_field_that_both_changed_is_told_with_both_values_and_the_rest_comes_along(app: Flask, client_as: As) -> None:
    admin = client_as("admin")
    late = held(admin)
    home, business = values(app)
    assert admin.post(DUTY, data={**held(admin), **typed("6", str(business))}).status_code == 303
    answer = admin.post(DUTY, data={**late, **typed("9", "2")})
    assert answer.status_code == 409 and values(app) == (6, business)
    told = unescape(answer.text)
    assert "赵主任" in told and "6个月" in told and "9个月" in told and 'value="9"' in told and 'value="2"' in told
    assert told.count("刚把这里改成") == 1, "only the field that both changed is marked"
    again = hidden_of(form_of(answer.text, DUTY))
    assert admin.post(DUTY, data={**again, **typed("9", "2")}).status_code == 303
    assert values(app) == (9, 2) and home not in (6, 9)


def test_both_want_the_same_and_nobody_is_told_anything(app: Flask, client_as: As) -> None:
    admin = client_as("admin")
    late = held(admin)
    business = str(values(app)[1])
    for seen in (held(admin), late):
        assert admin.post(DUTY, data={**seen, **typed("6", business)}).status_code == 303
    assert values(app)[0] == 6


def test_switching_by_the_page_keeps_the_comments_of_the_overlay() -> None:
    once = catalog.switched_overlay(OVERLAY, kind="hazards", code="JOINT-05")
    assert yaml.safe_load(once)["switched_off"] == {"points": ["PIPE-C1"], "hazards": ["JOINT-05"]}
    assert [line.split("#")[1] for line in once.splitlines() if "#" in line] == [
        line.split("#")[1] for line in OVERLAY.splitlines() if "#" in line
    ]
    off = catalog.switched_overlay(once, kind="points", code="PIPE-C1")
    assert yaml.safe_load(off)["switched_off"] == {"points": [], "hazards": ["JOINT-05"]}
    for text in ("", "# 只有一句话\n", "points:\nhazards: []\n", "switched_off:\n"):
        made = catalog.switched_overlay(text, kind="points", code="PIPE-C1")
        assert yaml.safe_load(made)["switched_off"]["points"] == ["PIPE-C1"] and ("只有" in made) == ("只有" in text)
