"""A signature older than what it signed: what came after it, and what the office does about it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fieldsvc.attention import Json, document, inbox
from tests.fieldsvc.papers import record_visit


@pytest.fixture
def stale(client_as: Any, plan: Any, phone_of: Any) -> Json:
    """A closed visit to which a second phone brings a check that the signatures had not seen."""
    visit = plan(name="补签")
    first, second = phone_of("inspector"), phone_of("inspector")
    second.op(visit["id"], "check.set", item="hose", point="HOSE-C2", result="fail", note="签字之后才到")
    record_visit(first, visit["id"], hazards=[])
    first.sync()
    assert inbox(client_as("office")) == []
    second.sync()
    return visit


def test_a_stale_signature_says_what_came_after_it_and_is_accepted_with_a_reason(client_as: Any, stale: Json) -> None:
    office = client_as("office")
    assert len(inbox(office, kind="signature")) == 2
    address = f"/office/attention/signature/{stale['id']}/customer"
    page = office.get(address).text
    assert "签字之后才到" in page and "王芳" in page
    base = str(document(office, stale["id"])["version"])
    office.submit(address, address, action="accept", reason="", base=base)
    assert len(inbox(office, kind="signature")) == 2
    office.submit(address, address, action="accept", reason="客户电话确认", base=base)
    assert len(inbox(office, kind="signature")) == 1
    page = office.get(f"/office/visits/{stale['id']}").text
    assert "客户电话确认" in page


def test_what_comes_after_the_acceptance_makes_the_signature_wait_again(
    client_as: Any, stale: Json, phone_of: Any
) -> None:
    office, address = client_as("office"), f"/office/attention/signature/{stale['id']}/customer"
    third = phone_of("inspector")
    third.visits[stale["id"]]["version"] = 0
    third.op(stale["id"], "check.set", item="pipe", point="PIPE-C1", result="fail", note="更晚才到")
    office.submit(address, address, action="accept", reason="好")
    assert len(inbox(office, kind="signature")) == 1
    third.sync()
    assert len(inbox(office, kind="signature")) == 2
    page = office.get(address).text
    assert "更晚才到" in page and "签字之后才到" not in page


def test_another_signing_is_planned(client_as: Any, stale: Json) -> None:
    office, address = client_as("office"), f"/office/attention/signature/{stale['id']}/customer"
    refused = office.submit(address, address, action="resign", day="2020-01-01", assignee="colleague")
    assert refused.status_code == 422 and "不是过去的日子" in refused.text
    office.submit(address, address, action="resign", day="9999-12-31", assignee="colleague")
    assert len(inbox(office, kind="signature")) == 2  # no day that anybody lives to see
    office.submit(address, address, action="resign", day="2099-01-02", assignee="colleague")
    assert len(inbox(office, kind="signature")) == 1
    assert "李梅" in office.get("/office/visits?day=2099-01-02").text
