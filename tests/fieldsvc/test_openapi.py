"""The description of the API says every route, and what the server gives is what it says."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from flask import Flask

from fieldsvc import authority, clock
from fieldsvc.openapi import service
from tests.fieldsvc.conftest import PASSWORD, Browser
from tests.fieldsvc.described import Described
from tests.fieldsvc.papers import PhoneOf, Plan, hazard, picture, record_visit, work

As = Callable[[str], Browser]
Json = dict[str, Any]


def test_every_route_of_the_api_is_described_and_nothing_else(app: Flask) -> None:
    described = set(Described(app).operations())
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/")]
    there = {
        (method, rule.rule.replace("<", "{").replace(">", "}"))
        for rule in rules
        for method in set(rule.methods or ()) - {"OPTIONS"} - ({"HEAD"} if "GET" in (rule.methods or ()) else set())
    }
    assert described == there and len(there) >= 21


def test_it_is_a_document_of_openapi_3_1_that_says_who_may_come_in(app: Flask, client_as: As) -> None:
    office = client_as("office")
    answer = office.get("/api/v1/openapi.json")
    document: Json = answer.json
    schemathesis.openapi.from_dict(document).validate()
    assert document["openapi"].startswith("3.1.") and not any(
        name[-1].isdigit() for name in document["components"]["schemas"]
    )
    says = {name: said["security"] for name, said in Described(app).operations().items()}
    assert says[("POST", "/api/v1/login")] == [] and says[("GET", "/api/v1/me")] == [{"session": []}]
    assert says[("POST", "/api/v1/users")] == [{"session": ["admin"]}]
    assert office.get("/api/v1/openapi.json", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert client_as("inspector").get("/api/v1/openapi.json").status_code == 403


def test_a_route_that_says_nothing_of_itself_is_an_error(app: Flask) -> None:
    views = dict(app.view_functions)
    views["sync_api.sync"] = lambda: ""
    with pytest.raises(LookupError, match=r"/api/v1/sync does not say"):
        service.description(rules=app.url_map.iter_rules(), views=views)


def _enrol(client: Browser, app: Flask) -> list[Any]:
    jwk = authority.public_jwk(authority.receipt_key(app.extensions["fieldsvc.settings"].keys))
    given = {"id": clock.new_id(), "name": "neu", "public_key": jwk}
    wrong = {**given, "public_key": {"kty": "EC"}}
    return [client.post("/api/v1/devices", json=one) for one in (given, given, wrong)]


def _upload(client: Browser) -> list[Any]:
    content = picture("teal")
    sha256 = hashlib.sha256(content).hexdigest()
    named = base64.b64encode(sha256.encode()).decode()
    head = {"Upload-Length": str(len(content)), "Upload-Metadata": f"sha256 {named}"}
    octets = {"Content-Type": "application/offset+octet-stream"}
    address = f"/api/v1/blobs/{sha256}"
    return [
        client.post("/api/v1/blobs", headers=head),
        client.patch(address, headers={"Upload-Offset": "3", **octets}, data=b"x"),
        client.patch(address, headers={"Upload-Offset": "0", **octets}, data=content),
        client.head(address),
        client.head("/api/v1/blobs/" + "0" * 64),
    ]


def _a_day(app: Flask, plan: Plan, phone_of: PhoneOf, client_as: As) -> list[Any]:
    """Call every route of the API so that it gives what it can give."""
    phone, office, admin, anybody = phone_of("inspector"), client_as("office"), client_as("admin"), app.test_client()
    visit = plan()
    phone.sync()
    photo = phone.upload(picture("navy", (320, 200)), "image/jpeg")
    phone.op(visit["id"], "photo.add", sha256=photo, purpose="meter", taken_at=clock.rfc3339(clock.now()))
    phone.op(visit["id"], "customer.correct", field="phone", value="13911111111")
    phone.op(visit["id"], "note.add", text="狗")
    phone.op(visit["id"], "no.such", text="later")
    record_visit(phone, visit["id"], hazards=[hazard(), hazard(code=None, name="别的", level=1, stop_gas="now_all")])
    phone.cursor = None
    pushed = phone.send()
    phone.acked, phone.cursor = pushed.json["acked_seq"], pushed.json["cursor"]
    work(app)
    edit = {"base": 0, "kind": "check.set", "data": {"item": "hose", "point": "HOSE-C2", "result": "pass"}}
    address = f"/api/v1/visits/{visit['id']}"
    edited = office.post(f"{address}/ops", json=edit)
    office.post(f"{address}/ops", json={"base": 0, "kind": "slip.order", "data": {}})
    read = office.get(address)
    held = office.get("/api/v1/quarantine")
    op_id = held.json["quarantine"][0]["op"]["id"]
    paper = read.json["notices"][0]["id"]
    catalogue = phone.client.get("/api/v1/catalog")
    user = {"username": "neu", "password": "a long enough password", "name": "新人", "roles": ["technician"]}
    again = visit | {"assignee": "inspector"}
    described = office.get("/api/v1/openapi.json")
    return [
        anybody.post("/api/v1/login", json={"username": "office", "password": PASSWORD}, headers={"X-Fieldsvc": "1"}),
        anybody.post("/api/v1/login", json={"username": "office", "password": "no"}, headers={"X-Fieldsvc": "1"}),
        anybody.post("/api/v1/login", json={}),
        app.test_client().get("/api/v1/me"),
        phone.client.get("/api/v1/me"),
        admin.post("/api/v1/users", json=user),
        office.post("/api/v1/users", json=user),
        office.post("/api/v1/visits", json={"visits": [{**again, "planned": {"date": "2026-12-01"}}]}),
        office.post("/api/v1/visits", json={"visits": [{}]}),
        *_enrol(client_as("colleague"), app),
        pushed,
        phone.client.post("/api/v1/sync", json={"protocol": 1, "device": phone.id, "cursor": "x"}),
        phone.client.post("/api/v1/sync", json={"protocol": 2}),
        *_upload(phone.client),
        office.get(f"/api/v1/blobs/{photo}"),
        office.get("/api/v1/blobs/x"),
        read,
        client_as("colleague").get(address),
        edited,
        office.post(f"{address}/ops", json={"base": 0, "kind": "no.such", "data": {}}),
        office.get(f"{address}/ops"),
        held,
        office.post(f"/api/v1/quarantine/{op_id}", json={"action": "dismiss", "reason": "test"}),
        office.get(f"/api/v1/notices/{paper}"),
        office.get(f"/api/v1/notices/{paper}.pdf"),
        catalogue,
        phone.client.get("/api/v1/catalog", headers={"If-None-Match": catalogue.headers["ETag"]}),
        described,
        office.get("/api/v1/openapi.json", headers={"If-None-Match": described.headers["ETag"]}),
        office.post(f"/api/v1/devices/{phone.id}/revoke", json={"reason": "lost"}),
        phone.send(),
        anybody.post("/api/v1/logout", headers={"X-Fieldsvc": "1"}),
    ]


def test_every_answer_that_is_described_is_given_and_has_the_shape_that_is_described(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: As
) -> None:
    described = Described(app)
    answers = _a_day(app, plan, phone_of, client_as)
    assert [found for answer in answers if (found := described.wrong(answer))] == []
    promised = {
        (method, path, int(status))
        for (method, path), said in described.operations().items()
        for status in said["responses"]
        if int(status) < 400
    }
    assert promised - described.seen == set(), "described, and no answer of this test shows it"
    assert len([one for one in described.seen if one[2] >= 400]) >= 10


def test_an_answer_that_says_more_or_less_than_is_described_is_found(app: Flask, plan: Plan, client_as: As) -> None:
    described, office = Described(app), client_as("office")
    answer = office.get(f"/api/v1/visits/{plan()['id']}")
    assert described.wrong(answer) == ""
    whole = json.loads(answer.data)
    for spoilt in ({**whole, "new": 1}, {**whole, "state": "open"}, {k: v for k, v in whole.items() if k != "number"}):
        answer.data = json.dumps(spoilt)
        assert described.wrong(answer) != "", spoilt
