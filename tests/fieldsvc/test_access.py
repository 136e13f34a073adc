"""Who may what: every route, by every role, about what is theirs, another's and nobody's, asked of the real application.

What is right stands in `access.yaml`. The store is made once; nothing is asked twice.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.fieldsvc import access_cells as cells
from tests.fieldsvc.access_world import NAMES, World, token_of
from tests.fieldsvc.phone import Phone

Told = dict[cells.Cell, tuple[dict[str, Any], cells.Answer]]


def test_every_route_stands_in_the_table_and_nothing_else_does(world: World) -> None:
    known, declared = cells.routes_of(world.app), set(cells.declared())
    assert known - declared == set(), "write these into tests/fieldsvc/access.yaml: who may come in?"
    assert declared - known == set(), "these are no routes any more"


def test_every_cell_is_answered_as_the_table_says(told: Told) -> None:
    wrong = [
        f"{cell}: {answer.status}, not {sorted(cells.expected(cell, row))}"
        for cell, (row, answer) in told.items()
        if answer.status not in cells.expected(cell, row)
    ]
    assert wrong == []
    assert len(told) >= 1400


def test_the_table_and_the_rule_at_the_route_say_the_same(world: World) -> None:
    views = {
        (method, rule.rule): world.app.view_functions[rule.endpoint]
        for rule in world.app.url_map.iter_rules()
        for method in rule.methods or ()
    }
    means = {"public": ("public",), "staff": ("any",), "reader": ("any",), "own": ("any",)}
    wrong = [
        f"{method} {rule}: {views[(method, rule)].access}, the table says {row['who']}"  # type: ignore[attr-defined]
        for (method, rule), row in cells.declared().items()
        if rule != "/static/<path:filename>" and views[(method, rule)].access != means.get(row["who"], (row["who"],))  # type: ignore[attr-defined]
    ]
    assert wrong == []


def test_no_answer_carries_a_word_of_somebody_else_s_home(world: World, told: Told) -> None:
    wrong = [f"{cell}: {found}" for cell, (_, answer) in told.items() if (found := cells.leaks(world, cell, answer))]
    assert wrong == []
    shown = {word for cell, (_, answer) in told.items() if cell.role == "office" for word in _said(world, answer)}
    assert len(shown) == len(NAMES), "the words that must not come out do stand in what the office sees"


def _said(world: World, answer: cells.Answer) -> set[str]:
    return {name for name in NAMES if world.secrets_of(name)[0].encode() in answer.body}


def test_a_technician_reads_of_their_own_what_the_office_reads_and_nothing_about_who_else_is_there(
    world: World, told: Told
) -> None:
    own = cells.Cell("GET", "/api/v1/visits/<visit_id>", "technician", "own")
    assert told[own][1].body == told[cells.Cell(own.method, own.rule, "office", "own")][1].body
    other, nobody = (
        told[cells.Cell(own.method, own.rule, "technician", whose)][1].body for whose in ("other", "unknown")
    )
    assert other == nobody, "whether a visit exists is nobody's business who may not read it"


@pytest.mark.parametrize("role", ["technician", "office", "admin"])
def test_a_form_of_another_site_changes_nothing(world: World, role: str) -> None:
    wrong = []
    for (method, rule), row in cells.declared().items():
        if method in cells.SAFE or row["who"] not in ("office", "admin"):
            continue
        cell = cells.Cell(method, rule, role, "own")
        answer = world.browsers[role].open(
            cells.address(world, cell, row), method=method, headers={"X-Fieldsvc": ""}, data={"csrf_token": "x"}
        )
        if answer.status_code not in (400, 403):
            wrong.append(f"{cell}: {answer.status_code}")
    assert wrong == []


def test_methods_that_no_route_has_are_refused(world: World) -> None:
    declared = cells.declared()
    wrong = []
    for rule in {rule for _, rule in declared}:
        for method in cells.METHODS:
            if (method, rule) in declared:
                continue
            cell = cells.Cell(method, rule, "admin", "own")
            row = next(row for (_, one), row in declared.items() if one == rule)
            body = {"csrf_token": token_of(world, "admin")}
            sends: dict[str, Any] = {"json": {}} if rule.startswith("/api/") else {"data": body}
            answer = world.browsers["admin"].open(cells.address(world, cell, row), method=method, **sends)
            if answer.status_code not in (404, 405):
                wrong.append(f"{cell}: {answer.status_code}")
            answer.close()
    assert wrong == []


SEARCHED = (
    "/office/visits?q={}",
    "/office/hazards?q={}",
    "/office/readings?q={}",
    "/office/visits?q={}&as=csv",
    "/office/hazards?as=csv",
    "/office/readings?as=xlsx",
    "/office/people?as=csv",
    "/office/reports/technicians?as=csv",
)


@pytest.mark.parametrize("role", ["anonymous", "technician", "revoked"])
def test_neither_search_nor_export_is_open_to_whoever_does_not_work_in_the_office(world: World, role: str) -> None:
    name = world.visits["colleague"]["customer"]["name"]
    for address in SEARCHED:
        answer = world.browsers[role].get(address.format(name))
        assert answer.status_code == (302 if role == "anonymous" else 403), address
        assert name not in answer.text


def test_a_sync_gives_a_technician_their_own_visits_and_a_revoked_phone_none(world: World) -> None:
    phone = world.phones["inspector"]
    phone.cursor = None
    pulled = {visit["id"] for visit in phone.sync()["visits"]}
    mine = {visit["id"] for who, visit in world.visits.items() if not who.startswith(("colleague", "leaver"))}
    assert pulled == mine
    phone.op(world.visits["colleague"]["id"], "note.add", text="nicht meins")
    [result] = phone.sync()["results"]
    assert (result["status"], result.get("visit")) == ("quarantined", None)
    told = world.phones["leaver"].send()
    assert told.status_code == 403 and "visits" not in told.json


def test_whoever_holds_a_lost_phone_makes_no_other_phone_of_it_without_the_password(world: World) -> None:
    with pytest.raises(AssertionError, match="device_revoked"):
        Phone(world.browsers["revoked"], "neu")
