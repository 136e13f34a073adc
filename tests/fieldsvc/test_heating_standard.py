"""How warm a room has to be is a setting that the phone reads with its catalogue (domain.md 1.8, 7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from fieldsvc import installation
from fieldsvc.catalog.load import load
from fieldsvc.db import transaction
from tests.fieldsvc.conftest import Browser

Json = dict[str, Any]
ROOMS = {"TEMP-C5", "TEMP-C6", "TEMP-C7"}


def told(client: Browser) -> Json:
    found: Json = client.get("/api/v1/catalog").get_json()
    return found


def test_the_phone_is_told_eighteen_degrees_in_every_room_until_the_company_says_otherwise(
    app: Flask, client_as: Callable[[str], Browser]
) -> None:
    inspector = client_as("inspector")
    before = told(inspector)
    assert before["company"]["heating"] == {"room_least": "18", "room_by": "each"}
    with app.app_context(), transaction():
        installation.keep(name="policy.heating", value={"room_least": "20", "room_by": "average"})
    after = told(inspector)
    assert after["company"]["heating"] == {"room_least": "20", "room_by": "average"}
    assert after["version"] != before["version"], "phones fetch it again"


def test_every_temperature_of_a_room_is_judged_by_the_setting(client_as: Callable[[str], Browser]) -> None:
    published = told(client_as("inspector"))
    points = [point for one in published["checklists"] for item in one["items"] for point in item["points"]]
    by_standard = {point["id"]: point for point in points if point.get("standard") == "room_temperature"}
    assert set(by_standard) == ROOMS
    assert all(one["limit"] == {"op": ">=", "value": "18"} for one in by_standard.values()), "for older phones"
    measured = {point.id for one in load().checklists for item in one.items for point in item.points if point.measure}
    assert measured >= ROOMS


def test_the_setting_is_changed_in_settings(app: Flask, client_as: Callable[[str], Browser]) -> None:
    page = client_as("admin").get("/office/settings/heating")
    assert page.status_code == 200
    assert "各房间平均不低于" in page.text and 'value="18"' in page.text
