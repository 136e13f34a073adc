"""What a company decides about its own work: declared values, and what it changed."""

from __future__ import annotations

import pytest
from flask import Flask

from fieldsvc import installation
from fieldsvc.db import transaction
from fieldsvc.policy import service as policy
from fieldsvc.policy.fields import allowed


def test_every_declared_default_is_a_value_that_its_declaration_allows() -> None:
    for section in policy.declared().values():
        for field in section["fields"]:
            assert allowed(field, field["default"]), (section["id"], field["id"])
            assert set(field["name"]) == {"zh-Hans", "zh-Hant", "en"}


def test_what_a_company_changed_is_in_force_and_what_no_longer_fits_falls_back(app: Flask) -> None:
    with app.app_context():
        assert policy.value("duty", "residential_months") == 12
        with transaction():
            installation.keep(name="policy.duty", value={"residential_months": 6, "business_months": 999})
        assert policy.section("duty") == {"residential_months": 6, "business_months": 3}
        with pytest.raises(KeyError):
            policy.value("duty", "no_such")
