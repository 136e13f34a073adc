"""What the capabilities keep beside a town's visits: who is due, the tallies, reviews, calls, corrections, doubts, phones.

Their followers would have written it, an entry at a time; here it is made from the same visits in one go, and what a visit counts
as is asked of `fieldsvc.reports` itself. Invariant: the tallies of visits and hazards are those that a count of the store gives,
but for the copied visits' own clock (`created_at` is the day's).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from fieldsvc.duty import service as duty
from fieldsvc.duty.models import NEVER
from fieldsvc.jsontext import loads
from fieldsvc.reports import counting, facts
from fieldsvc.reports.facts import HazardFacts, Part, VisitFacts
from fieldsvc.reports.spans import period_of

if TYPE_CHECKING:
    from bench.homes import Home
    from bench.stock import Writer

Row = tuple[Any, ...]
Cells = Mapping[str, Any]

TABLES = ("duty", "reading_reviews", "follow_ups", "calls", "call_closings", "complaints", "corrections", "doubts")
COLUMNS = {
    "duty": "customer_id kind district address building walk last_on last_visit_id open_on open_visit_id",
    "reading_reviews": "reading_id visit_id meter_id customer_id read_at marks state",
    "follow_ups": "id kind customer_id cause state why basis planned_for put_on made_at changed_at",
    "calls": "visit_id reason week due_on state attempts score made_at",
    "call_closings": "visit_id week drawn",
    "complaints": "id number received_at week way name phone address about owner_id due_on state closed_on",
    "corrections": "op_id customer_id visit_id field old new by_id by_name made_at settled_at settled_by verdict reason",
    "doubts": "id visit_id customer_id user_id kind is_open evidence judged facts found_at note settled_at settled_by",
    "duty_counts": "district kind last_on is_open count",
    "tallies": "measure grain day key part count",
    "tally_head": "id version rules",
    "devices": "id user_id code name public_key enrolled_at last_seen_at",
}
TAGS = {duty.HOME: "[]", duty.BUSINESS: '["商户"]'}
FAST = json.dumps({"pieces": [{"items": 7, "seconds": 40, "least": 180}], "more": 0})


def kind_of(n: int) -> str:
    """Whether the n-th home is one; every thirtieth is a business."""
    return duty.BUSINESS if n % 30 == 29 else duty.HOME


class Kept:
    """Gathers what stands beside the visits as they are made, oldest first."""

    def __init__(self, *, today: date, zone: ZoneInfo, months: Mapping[str, int], rules: Any, chance: Random):
        self._today, self._zone, self._months, self._rules, self._chance = today, zone, months, rules, chance
        self._rows: dict[str, list[Row]] = {name: [] for name in TABLES}
        self._tallies: Counter[Part] = Counter()
        self._covered: set[tuple[int, date]] = set()
        self._last: dict[int, tuple[str, str]] = {}
        self._open: dict[int, tuple[str, str]] = {}
        self._memory: dict[tuple[int, str, date], tuple[VisitFacts, date | None]] = {}

    @classmethod
    def of_store(cls, *, today: date, chance: Random) -> Kept:
        """As the store in whose application context this is called has its zone and rules."""
        rules = counting.rules_in_force()
        return cls(today=today, zone=ZoneInfo(rules["zone"]), months=rules["months"], rules=rules, chance=chance)

    def visit(
        self, n: int, home: int, of: Home, writer: Writer, kind: tuple[int, str], day: date, back: int,
        rows: Mapping[str, Sequence[Cells]],
    ) -> None:  # fmt: skip
        """Take one visit up: its rows as they go into the store, by table. `kind`: which pattern, and its fate."""
        (cells,) = rows["visits"]
        visit, fate = cells["id"], kind[1]
        told, inspected_on = self._told(kind, day, cells)
        told = told._replace(technician=writer.user_id, district=of.district)
        self._tallies.update(facts.parts_of_visit(told))
        for one in rows["hazards"]:
            self._hazard(one, day, writer)
        if not cells["outcome"]:
            self._open.setdefault(home, (day.isoformat(), visit))
            return
        if inspected_on:
            self._inspected(home, inspected_on, visit)
        monday = (day - timedelta(days=day.weekday())).isoformat()
        self._add("call_closings", visit, monday, 0 if back > 10 else None)
        self._now_and_then(n, of, writer, visit, day, back, monday, fate)
        if n % 60 == 7:
            self._reviews(rows["readings"], of, back)

    def _told(self, kind: tuple[int, str], day: date, cells: Cells) -> tuple[VisitFacts, date | None]:
        key = (*kind, day)
        if key not in self._memory:
            if len(self._memory) > 1000:
                self._memory.clear()
            document, (made, changed) = (
                loads(cells["document"]),
                map(_instant, (cells["created_at"], cells["changed_at"])),
            )
            told = facts.of_visit(document, planned_on=day, created_at=made, changed_at=changed, zone=self._zone)
            on = facts.inspected_on(document, changed_at=changed, zone=self._zone)
            self._memory[key] = told, on
        return self._memory[key]

    def _hazard(self, cells: Cells, day: date, writer: Writer) -> None:
        closed = str(cells["closed_at"])[:10] if cells["state"] == "closed" else ""
        told = HazardFacts(day.isoformat(), closed, cells["item"], cells["level"], writer.user_id)
        self._tallies.update(facts.parts_of_hazard(told))

    def _inspected(self, home: int, on: date, visit: str) -> None:
        self._last[home] = (on.isoformat(), visit)
        begins_on, _ = period_of(on, self._months[kind_of(home)])
        if (home, begins_on) not in self._covered:
            self._covered.add((home, begins_on))
            self._tallies["covered", on, kind_of(home), begins_on.isoformat()] += 1

    def _now_and_then(
        self, n: int, of: Home, writer: Writer, visit: str, day: date, back: int, monday: str, fate: str
    ) -> None:
        """What comes of few visits. Of everything, something still waits."""
        on, moment, later = day.isoformat(), f"{day} 06:00:00", (day + timedelta(days=7)).isoformat()
        if fate == "no_access":
            state = "ahead" if back < 15 else "kept"
            why = '[{"kind":"no_access","calls":1}]'
            self._add("follow_ups", self._id(), "repeat", of.id, visit, state, why, on, later, later, moment, moment)
        if n % 33 == 5 or fate in ("refused", "stopped"):
            reason = fate if fate in ("refused", "stopped") else "sample"
            due, score = back < 12, None if back < 12 else 3 + n % 3
            self._add(
                "calls", visit, reason, monday, later, "due" if due else "reached", 0 if due else 1, score, moment
            )
        if n % 2003 == 5:
            shut = back > 9
            self._add(
                "complaints", self._id(), f"TS-{n:07d}", moment, monday, "phone", of.name, of.phone, of.address, "迟到",
                writer.user_id, later, "closed" if shut else "open", later if shut else None,
            )  # fmt: skip
        if n % 97 == 11:
            settled = (moment, "王小明", "approved") if back > 4 else (None, "", None)
            self._add(
                "corrections", self._id(), of.id, visit, "phone", of.phone, f"138{n % 10**8:08d}", writer.user_id,
                writer.username, moment, *settled, "",
            )  # fmt: skip
        if n % 151 == 13:
            shut = back > 8
            self._add(
                "doubts", self._id(), visit, of.id, writer.user_id, "fast", not shut, '["fast"]', "[]", FAST, moment, "",
                moment if shut else None, "王小明" if shut else "",
            )  # fmt: skip

    def _reviews(self, rows: Sequence[Cells], of: Home, back: int) -> None:
        for one in rows:
            state = "open" if back < 20 else "accepted"
            self._add(
                "reading_reviews", one["id"], one["visit_id"], one["meter_id"], of.id, one["read_at"], "high", state
            )

    def _add(self, table: str, *cells: Any) -> None:
        self._rows[table].append(cells)

    def _id(self) -> str:
        text = f"{self._chance.getrandbits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-7{text[13:16]}-8{text[17:20]}-{text[20:]}"

    def gathered(self) -> Iterator[tuple[str, Sequence[str], list[Row]]]:
        """Give what was gathered since the last time, as (table, columns, rows)."""
        for name, rows in self._rows.items():
            if rows:
                yield name, COLUMNS[name].split(), rows
                self._rows[name] = []

    def at_the_end(
        self, homes: Sequence[Home], writers: Sequence[Writer], version: int
    ) -> Iterator[tuple[str, Sequence[str], list[Row]]]:
        """Give what follows from all visits together."""
        none = (None, None)
        due = [
            (one.id, kind_of(n), one.district, one.address, one.building, duty.walk(one), *self._last.get(n, none),
             *self._open.get(n, none))
            for n, one in enumerate(homes)
        ]  # fmt: skip
        yield "duty", COLUMNS["duty"].split(), due
        alike = Counter((row[2], row[1], row[6] or NEVER.isoformat(), row[9] is not None) for row in due)
        yield "duty_counts", COLUMNS["duty_counts"].split(), [(*one, count) for one, count in sorted(alike.items())]
        yield "tallies", COLUMNS["tallies"].split(), self._grained()
        yield "tally_head", COLUMNS["tally_head"].split(), [(1, version, json.dumps(self._rules))]
        now, silent = datetime.now(UTC), timedelta(days=9)
        phones = [
            (self._id(), one.user_id, f"D{n:03d}", "Phone", "{}", str(now)[:19], str(now - silent * (n % 20 == 0))[:19])
            for n, one in enumerate(writers)
        ]
        yield "devices", COLUMNS["devices"].split(), phones

    def _grained(self) -> list[Row]:
        grained: Counter[Row] = Counter()
        for (measure, day, key, part), count in self._tallies.items():
            grained[measure, "d", day.isoformat(), key, part] += count
            grained[measure, "m", day.replace(day=1).isoformat(), key, part] += count
        return [(*one, count) for one, count in sorted(grained.items())]


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
