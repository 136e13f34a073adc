"""What the office writes in a visit, with all of it before its eyes."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def attempt(office: Any, visit: str, kind: str, **data: Any) -> Any:
    """Send one entry of the office; gives the answer, whatever it is."""
    base = office.get(f"/api/v1/visits/{visit}").json["version"]
    return office.post(f"/api/v1/visits/{visit}/ops", json={"base": base, "kind": kind, "data": data})


def edit(office: Any, visit: str, kind: str, **data: Any) -> Json:
    """Have an entry of the office taken; gives what the server says of it, with the visit as it is now."""
    answer = attempt(office, visit, kind, **data)
    assert answer.status_code == 200, answer.text
    return dict(answer.json)
