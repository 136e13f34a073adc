"""The tallies say what a recount of the record says, in whatever order things arrive."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from fieldsvc import clock, installation
from fieldsvc import db as database_module
from fieldsvc.db import db, transaction
from fieldsvc.identity import service as identity
from fieldsvc.record import service as record
from fieldsvc.reports import counting
from fieldsvc.reports import service as reports
from fieldsvc.reports.models import CountedHazard, CountedVisit, FirstInspection, Tally
from sync.chain import entry

Json = dict[str, Any]

HAZARD = {
    "code": "HOSE-02", "item": "hose", "level": 2, "position": "after_appliance_valve", "solutions": [0],
    "due": "2099-12-01", "stop_gas": "none",
}  # fmt: skip


def held(measure: str, grain: str = "d") -> dict[tuple[date, str, str], int]:
    rows = db.session.scalars(select(Tally).where(Tally.measure == measure, Tally.grain == grain, Tally.count != 0))
    return {(row.day, row.key, row.part): row.count for row in rows}


def test_an_empty_store_has_no_figures_and_is_not_behind(app: Flask) -> None:
    with app.app_context():
        reports.catch_up()
        assert (reports.lag(), reports.differences()) == ((0, False), [])
        span = reports.span_of("year", date(2026, 3, 1))
        assert reports.amounts(measures=["type", "found"], span=span) == {"type": {}, "found": {}}


@pytest.mark.both_databases
def test_a_planned_visit_counts_and_is_counted_anew_as_it_goes_on(
    app: Flask, plan: Callable[..., Json], phone_of: Callable[[str], Any]
) -> None:
    visit = plan(type="gas.booked")
    with app.app_context():
        reports.catch_up()
        day = installation.today()
        assert held("type") == {(day, "gas.booked", "planned"): 1}
        assert held("booked") == {(day, "", ""): 1}
    phone = phone_of("inspector")
    phone.op(visit["id"], "visit.start")
    phone.op(visit["id"], "hazard.add", hazard=clock.new_id(), **HAZARD)
    phone.op(visit["id"], "reading.set", meter=visit["meters"][0]["id"], value="1252.3", running=True)
    phone.op(visit["id"], "visit.close", outcome="completed")
    phone.sync()
    with app.app_context():
        assert reports.is_behind()
        reports.catch_up()
        technician = identity.find(username="inspector")
        assert technician is not None
        assert held("type", "m") == {(day.replace(day=1), "gas.booked", "completed"): 1}
        assert held("type") == {(day, "gas.booked", "completed"): 1}
        assert held("booked") == {(day, day.isoformat(), ""): 1}
        assert held("found") == {(day, "hose", "2"): 1}
        assert held("reading") == {(day, "read", technician.id): 1}
        assert list(held("covered")) == [(day, "home", f"{day.year}-01-01")]
        assert reports.differences() == []


class Town:
    """A handful of visits, and two phones that write about them; what they write arrives when the test says."""

    def __init__(self, number: int):
        from fieldsvc.visits import service as visits
        from tests.fieldsvc.conftest import wanted

        self.now = clock.now()
        today = installation.today()
        with transaction():
            orders = [
                wanted(
                    day=today - timedelta(days=40 * n),
                    type=("gas.inspection", "gas.booked", "gas.repair")[n % 3],
                    district=("南明区", "云岩区")[n % 2],
                    account=f"T{n // 2}",
                )
                for n in range(number)
            ]
            self.visits = visits.plan(visits=orders, now=self.now)
        user = identity.find(username="inspector")
        assert user is not None
        self.logs: list[tuple[record.Author, list[Json]]] = []
        for _ in range(2):
            author = record.Author(device=clock.new_id(), id=user.id, name=user.name)
            self.logs.append((author, []))
        self.hazards = [clock.new_id() for _ in self.visits]

    def write(self, phone: int, number: int, what: str, at: datetime) -> None:
        """A phone writes something about a visit in its log."""
        visit = self.visits[number]
        hazard = self.hazards[number]
        kind, data = {
            "start": ("visit.start", {}),
            "find": ("hazard.add", {"hazard": hazard, **HAZARD, "level": 1 + number % 3}),
            "worse": ("hazard.set", {"hazard": hazard, "field": "level", "value": 1}),
            "withdraw": ("hazard.withdraw", {"hazard": hazard, "reason": "看错了"}),
            "verify": ("hazard.verify", {"hazard": self.hazards[number - 1], "result": "fixed"}),
            "read": ("reading.set", {"meter": visit["meters"][0]["id"], "value": "1300", "running": True}),
            "unreadable": ("reading.set", {"meter": visit["meters"][0]["id"], "unreadable": "blocked"}),
            "move": ("customer.correct", {"field": "district", "value": "花溪区"}),
            "done": ("visit.close", {"outcome": "completed"}),
            "nobody": ("visit.close", {"outcome": "no_access", "reason": "not_home"}),
            "danger": ("visit.close", {"outcome": "stopped"}),
        }[what]
        _, log = self.logs[phone]
        log.append(
            {
                "id": clock.new_id(),
                "seq": len(log) + 1,
                "visit": visit["id"],
                "kind": kind,
                "at": clock.rfc3339(at),
                "base": visit["version"],
                "data": data,
            }
        )

    def send(self, phone: int, count: int) -> None:
        """The next entries of a phone arrive."""
        author, log = self.logs[phone]
        with transaction():
            head = record.log_of(device_id=author.device)
            waiting = [entry(op) for op in log[head.acked_seq : head.acked_seq + count]]
            record.write(author=author, log=head, entries=waiting, now=clock.now())


WRITES = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.integers(0, 5),
        st.sampled_from(
            ["start", "find", "worse", "withdraw", "verify", "read", "unreadable", "move", "done", "nobody", "danger"]
        ),
        st.integers(-60 * 24 * 90, 60),
    ),
    max_size=25,
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(writes=WRITES, seed=st.integers(0, 10**6))
def test_the_tallies_equal_a_recount_in_whatever_order_entries_arrive_and_counts_are_made(
    app: Flask, writes: list[tuple[int, int, str, int]], seed: int
) -> None:
    chance = Random(seed)
    with app.app_context():
        town = Town(6)
        for phone, number, what, minutes in writes:
            town.write(phone, number, what, clock.now() + timedelta(minutes=minutes))
        waiting = [phone for phone, *_ in writes]
        chance.shuffle(waiting)
        for phone in waiting:
            town.send(phone, 1)
            if chance.random() < 0.4:
                with transaction():
                    reports.count_batch(limit=chance.randint(1, 4))
        reports.catch_up()
        assert reports.differences() == []
        before = {key: held(key) for key in ("type", "found", "closed", "covered", "reading", "booked", "minutes")}
        reports.count_all_anew()
        assert reports.differences() == []
        assert before == {key: held(key) for key in before}


def test_a_wrong_figure_is_found_and_a_recount_puts_it_right(app: Flask, plan: Callable[..., Json]) -> None:
    plan()
    with app.app_context():
        reports.catch_up()
        with transaction():
            db.session.scalars(select(Tally).where(Tally.measure == "type")).first().count = 7  # type: ignore[union-attr]
        assert len(reports.differences()) == 1
        reports.count_all_anew()
        assert reports.differences() == []


def test_another_zone_moves_what_was_done_at_night_to_its_own_day(app: Flask, plan: Callable[..., Json]) -> None:
    """Half past midnight in Shanghai is still the day before in UTC; the company's zone decides."""
    with app.app_context():
        town = Town(1)
        night = datetime(2026, 3, 1, 0, 30, tzinfo=installation.zone())
        assert night.astimezone(UTC).date() == date(2026, 2, 28)
        town.write(0, 0, "start", night)
        town.write(0, 0, "done", night + timedelta(minutes=20))
        town.send(0, 2)
        reports.catch_up()
        assert db.session.scalar(select(CountedVisit.inspected_on)) == date(2026, 3, 1)
        with transaction():
            installation.keep(name="company", value={**installation.company(), "time_zone": "Europe/London"})
        assert reports.lag().anew
        reports.catch_up()
        assert db.session.scalar(select(CountedVisit.inspected_on)) == date(2026, 2, 28)
        assert reports.differences() == []


def test_a_phone_whose_clock_is_ahead_puts_nothing_into_the_future(app: Flask) -> None:
    with app.app_context():
        town = Town(1)
        town.write(0, 0, "done", clock.now() + timedelta(days=400))
        town.send(0, 1)
        reports.catch_up()
        day = db.session.scalar(select(CountedVisit.inspected_on))
        assert day is not None
        assert day <= installation.today()


def move_to_london() -> None:
    with transaction():
        installation.keep(name="company", value={**installation.company(), "time_zone": "Europe/London"})


@pytest.mark.both_databases
def test_what_is_counted_anew_is_forgotten_a_few_rows_at_a_time(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "FORGOTTEN_AT_ONCE", 3, raising=False)
    tables = (Tally, CountedVisit, CountedHazard, FirstInspection)

    def rows() -> int:
        return sum(db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)

    with app.app_context():
        town = Town(6)
        town.write(0, 0, "find", clock.now())
        town.write(0, 0, "done", clock.now())
        town.send(0, 2)
        reports.catch_up()
        move_to_london()
        before, seen = rows(), []
        while reports.lag().anew:
            with transaction():
                reports.count_batch()
            seen.append(before - rows())
            before = rows()
        assert len(seen) > 3 and max(seen) <= 3
        reports.catch_up()
        assert reports.differences() == []


def test_the_job_counts_for_some_seconds_and_wakes_itself_where_there_is_more(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "STEP_SECONDS", -1, raising=False)
    monkeypatch.setattr(counting, "BATCH", 2)
    woken: list[str] = []
    monkeypatch.setattr("fieldsvc.jobs.service.wake", woken.append)
    with app.app_context():
        Town(6)
        reports.work_due()
        assert woken == ["reports.work"] and reports.is_behind()
        while reports.is_behind():
            reports.work_due()
        assert set(woken) == {"reports.work"}
        woken.clear()
        reports.work_due()
        assert woken == []
        assert reports.differences() == []


@pytest.mark.both_databases
def test_a_worker_that_remembers_older_rules_does_not_undo_what_others_counted(app: Flask) -> None:
    with app.app_context():
        Town(3)
        reports.catch_up()
        assert not reports.is_behind(), "it has read the rules"
        with app.app_context():
            move_to_london()
            reports.catch_up()
        with transaction():
            reports.count_batch()
        with app.app_context():
            assert not reports.lag().anew and not reports.is_behind()
            assert reports.differences() == []


def test_visits_are_read_before_the_count_stands_in_line_to_write(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    locked: list[bool] = []
    real = counting.as_counted

    def look(row: record.Standing, document: Json) -> counting.Counted:
        locked.append(database_module._first_in_line.locked())
        return real(row, document)

    monkeypatch.setattr(counting, "as_counted", look)
    with app.app_context():
        Town(3)
        reports.catch_up()
    assert locked == [False] * 3


def test_a_visit_that_changes_between_reading_and_counting_is_counted_once_more(app: Flask) -> None:
    with app.app_context():
        town = Town(2)
        with transaction():
            reports.count_batch()  # nothing to forget: from now on these rules hold
        read = counting._read(10)
        town.write(0, 0, "done", clock.now())
        town.send(0, 1)
        with transaction():
            assert counting._take_in(read) == 2
        assert reports.is_behind()
        reports.catch_up()
        with transaction():
            assert counting._take_in(read) == 0, "what was counted since is not counted again"
        assert reports.differences() == []
