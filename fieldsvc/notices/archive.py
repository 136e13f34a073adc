"""The past of a home, as its papers ask for it when they are made (see `source.Archive`).

Reads the record, the hazard ledger, the readings and the papers; writes nothing. Each question is one or two queries, and is
asked only by the kinds of paper that print the answer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from fieldsvc import installation
from fieldsvc.db import db
from fieldsvc.duty import service as duty
from fieldsvc.hazards import service as hazards
from fieldsvc.notices.contents.snapshot import GAS_STOPPED
from fieldsvc.notices.models import VOID, Notice
from fieldsvc.policy import service as policy
from fieldsvc.readings import service as readings
from fieldsvc.record import service as record

Json = dict[str, Any]
A_YEAR = timedelta(days=366)
AT_THE_DOOR = ("no_access", "refused")


class HomeArchive:
    """What is known of the home of one visit, up to that visit."""

    def __init__(self, document: Mapping[str, Any]):
        self._document = document
        self._home = document["customer"]["id"]
        self._until = document["outcome"]["at"]

    def calls_in_vain(self) -> Sequence[str]:
        """When nobody opened, in a row up to this visit, oldest first."""
        return record.called_in_vain(customer_id=self._home, until=self._until)

    def attempts(self) -> Sequence[Json]:
        """Visits of the last year that ended at the door, this one with them, oldest first: at, outcome, by."""
        until = datetime.fromisoformat(self._until)
        ended = [one["outcome"] for one in self._visits().values() if one["state"] == "closed"]
        found = [
            {"at": one["at"], "outcome": one["outcome"], "by": one["by"]["name"]}
            for one in ended
            if one["outcome"] in AT_THE_DOOR and until - A_YEAR < datetime.fromisoformat(one["at"]) <= until
        ]
        return sorted(found, key=lambda one: datetime.fromisoformat(one["at"]))

    def found_before(self, wanted: Collection[str]) -> Mapping[str, Json]:
        """Hazards that other visits to this home found, by id, most dangerous first."""
        ledger = [
            one
            for one in hazards.of_customer(customer_id=self._home, only_open=False)
            if one["id"] in wanted and one["visit"] != self._document["id"]
        ]
        visits = self._visits()
        numbers = self._numbers("hazard")
        return {
            one["id"]: {
                "entry": one,
                "visit": visits[one["visit"]],
                "notice": numbers.get(one["visit"], ""),
                "times": self._times(one["id"], visits),
            }
            for one in ledger
            if one["visit"] in visits
        }

    def keeping_gas_off(self) -> Sequence[Json]:
        """What the ledger holds today of hazards in this home that stopped the gas and are not put right."""
        return [
            one
            for one in hazards.of_customer(customer_id=self._home)
            if one["stop_gas"] in GAS_STOPPED and not one["fixed"]
        ]

    def number_of(self, kind: str, visit_id: str) -> str:
        """The number of a visit's paper of a kind; empty where there is none."""
        return self._numbers(kind).get(visit_id, "")

    def latest_number(self, kind: str, trade: str) -> str:
        """The number of the home's latest paper of a kind, up to this visit, by a job of a trade; empty where there is none."""
        numbers, visits = self._numbers(kind), self._visits()
        until = datetime.fromisoformat(self._until)
        closed = {
            id_: datetime.fromisoformat(visits[id_]["outcome"]["at"])
            for id_ in numbers
            if visits[id_]["type"].startswith(f"{trade}.") and visits[id_]["state"] == "closed"
        }
        earlier = [id_ for id_, at in closed.items() if at <= until and id_ != self._document["id"]]
        return numbers[max(earlier, key=lambda id_: closed[id_])] if earlier else ""

    def as_read(self, meter: Mapping[str, Any], reading: Mapping[str, Any]) -> Json:
        """A meter under its id on file; `last` is what was last read before this reading."""
        return readings.as_read(meter=meter, reading=reading, visit_id=self._document["id"])

    def used(self, meter: Mapping[str, Any], reading: Mapping[str, Any]) -> int | None:
        """Whole cubic metres since the last reading; None where they cannot be told."""
        return readings.consumption(meter=meter, reading=reading)

    def bill(self, meter: Mapping[str, Any], reading: Mapping[str, Any], used: int, kind: str) -> Json | None:
        """What the use of a period costs a kind of customer by the prices in force; None where it cannot be told."""
        prices, zone = readings.tariffs.in_force(), installation.zone()
        return readings.bill(meter=meter, reading=reading, used=used, kind=kind, tariffs=prices, zone=zone)

    def kind(self) -> str:
        """What kind of customer lives here, as tariffs have it: residential or commercial."""
        row = duty.of_customers(ids=[self._home]).get(self._home)
        return "commercial" if row is not None and row.kind == duty.BUSINESS else "residential"

    def kept_until(self, taken_at: str) -> str:
        """Until which day a meter that was taken away at an instant is kept, for disputes."""
        taken = datetime.fromisoformat(taken_at).astimezone(installation.zone()).date()
        return (taken + timedelta(days=policy.value("readings", "removed_days"))).isoformat()

    def terms(self) -> Json:
        """Until when and how one pays, as far as the company says so: pay_days, ways."""
        return readings.tariffs.terms()

    def _visits(self) -> dict[str, Json]:
        return record.documents(ids=record.ids_of_customer(customer_id=self._home))

    def _numbers(self, kind: str) -> dict[str, str]:
        ids = record.ids_of_customer(customer_id=self._home)
        query = select(Notice.visit_id, Notice.number)
        rows = db.session.execute(query.where(Notice.visit_id.in_(ids), Notice.kind == kind, Notice.status != VOID))
        return dict(rows.all())

    def _times(self, hazard: str, visits: Mapping[str, Json]) -> int:
        """Which re-inspection of a hazard this is, counted from one."""
        until = datetime.fromisoformat(self._until)
        return sum(
            1
            for one in visits.values()
            if one["state"] == "closed"
            and hazard in one["verifications"]
            and datetime.fromisoformat(one["outcome"]["at"]) <= until
        )
