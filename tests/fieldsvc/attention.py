"""The inbox as tests read it, and a visit that contradicts itself."""

from __future__ import annotations

import re
from typing import Any

import pytest

from fieldsvc import clock
from tests.fieldsvc.show_visits import jpeg, scene

Json = dict[str, Any]
HOSTILE = "<script>alert(1)</script>𠮷\u202e" + "长" * 120


def rows(page: str) -> list[str]:
    return re.findall(r'<td class="nowrap kind">.*?</tr>', page, flags=re.DOTALL)


def inbox(office: Any, **asked: str) -> list[str]:
    answer = office.get("/office/attention", query_string=asked)
    assert answer.status_code == 200
    return rows(answer.text)


def document(office: Any, visit_id: str) -> Json:
    return dict(office.get(f"/api/v1/visits/{visit_id}").json)


@pytest.fixture(name="torn")
def torn_visit(client_as: Any, plan: Any, phone_of: Any) -> Json:
    """A visit whose check says two things, one with a photo."""
    visit = plan(name="撕裂")
    first, second = phone_of("inspector"), phone_of("inspector")
    for phone, result in ((first, "pass"), (second, "fail")):
        phone.op(visit["id"], "check.set", item="hose", point="HOSE-C2", result=result, note=f"{result} {HOSTILE}")
    sha = second.upload(jpeg(scene("hose")), "image/jpeg")
    taken = clock.rfc3339(clock.now())
    second.op(visit["id"], "photo.add", sha256=sha, purpose="check", ref="hose/HOSE-C2", taken_at=taken)
    first.sync()
    second.sync()
    return {**visit, "photo": sha}
