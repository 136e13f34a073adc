"""Every job that is declared is played at the door: from its order through each of its points to its signed sheet.

What is played is read from the catalogue, so a job that is added is tested by being there. What only a gas company's jobs owe
stands in test_jobs_gas.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from tests.fieldsvc.jobs_played import ENTRIES, LISTS, play, title_of
from tests.fieldsvc.papers import Json, papers_of, pdf_of, work
from tests.fieldsvc.phone import Phone

OWN = [one for one in ENTRIES.visit_types if one.active and one.checklist == one.id]
JOBS = [one for one in OWN if one.trade != "gas"]


def test_there_are_jobs_of_every_trade() -> None:
    assert {job.id.split(".")[0] for job in OWN} >= {"gas", "water", "drain", "heat", "power"}


def test_every_job_leads_from_its_order_to_its_sheet(
    app: Flask,
    plan: Callable[..., Json],
    phone_of: Callable[[str], Phone],
    client_as: Callable[[str], Any],
) -> None:
    visits = [(job, plan(type=job.id)["id"]) for job in JOBS]
    phone, office = phone_of("inspector"), client_as("office")
    for job, visit in visits:
        assert phone.visits[visit]["checklist"] == job.id
        play(phone, visit)
    work(app)
    for job, visit in visits:
        [sheet] = papers_of(office, visit, "sheet")
        assert (sheet["status"], sheet["number"][:2]) == ("ready", "GD"), job.id
        assert title_of(pdf_of(office, sheet)).startswith((job.sheet or {})["zh-Hans"]), job.id
        assert papers_of(office, visit, "inspection") == [], job.id
        page = office.get(f"/office/visits/{visit}").text
        assert all(item.name["zh-Hans"] in page for item in LISTS[job.id].items), job.id
        assert "<b>made</b>" not in page, job.id


def test_an_inspection_owes_no_sheet(
    app: Flask, plan: Callable[..., Json], phone_of: Callable[[str], Phone], client_as: Callable[[str], Any]
) -> None:
    visit = plan(type="gas.inspection")["id"]
    phone = phone_of("inspector")
    phone.sync()
    phone.op(visit, "check.set", item="pipe", point="PIPE-C1", result="pass")
    phone.op(visit, "visit.close", outcome="completed")
    phone.sync()
    work(app)
    office = client_as("office")
    assert papers_of(office, visit, "sheet") == []
    assert len(papers_of(office, visit, "inspection")) == 1
