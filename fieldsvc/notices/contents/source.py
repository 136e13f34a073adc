"""What a kind of paper may ask when it is made: its visit, the catalogue's words, and what other rooms know.

A kind's own module is pure: it gets a source and gives facts. Everything that needs the database is a question of `Archive`,
asked only by the kinds that print the answer, and only when a paper is made, never while a phone waits for its answer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from fieldsvc.catalog.service import Catalogue

Json = dict[str, Any]


class Archive(Protocol):
    """What papers ask of the past of a home."""

    def calls_in_vain(self) -> Sequence[str]:
        """When nobody opened, in a row up to this visit, oldest first."""

    def attempts(self) -> Sequence[Json]:
        """Earlier visits of the last year that ended at the door, and this one: at, outcome, by."""

    def found_before(self, hazards: Collection[str]) -> Mapping[str, Json]:
        """Hazards that other visits to this home found: ledger entry, visit, notice number, which re-inspection this is."""

    def keeping_gas_off(self) -> Sequence[Json]:
        """What the ledger holds today of hazards in this home that stopped the gas and are not put right."""

    def number_of(self, kind: str, visit_id: str) -> str:
        """The number of a visit's paper of a kind; empty where there is none."""

    def latest_number(self, kind: str, trade: str) -> str:
        """The number of the home's latest paper of a kind by a job of a trade; empty where there is none."""

    def as_read(self, meter: Mapping[str, Any], reading: Mapping[str, Any]) -> Json:
        """A meter under its id on file; `last` is what was last read before this reading."""

    def used(self, meter: Mapping[str, Any], reading: Mapping[str, Any]) -> int | None:
        """Whole cubic metres since the last reading; None where they cannot be told."""

    def bill(self, meter: Mapping[str, Any], reading: Mapping[str, Any], used: int, kind: str) -> Json | None:
        """What the use of a period costs a kind of customer by the prices in force; None where it cannot be told."""

    def kind(self) -> str:
        """What kind of customer lives here, as tariffs have it: residential or commercial."""

    def kept_until(self, taken_at: str) -> str:
        """Until which day a meter that was taken away at an instant is kept, for disputes."""

    def terms(self) -> Json:
        """Until when and how one pays, as far as the company says so: pay_days, ways."""


@dataclass(frozen=True)
class Source:
    """One visit as its papers are made from it. `staff`: work numbers by user id."""

    document: Mapping[str, Any]
    catalogue: Catalogue
    company: Mapping[str, Any]
    staff: Mapping[str, str]
    archive: Archive

    @property
    def zone(self) -> ZoneInfo:
        """The company's time zone."""
        return ZoneInfo(self.company.get("time_zone", "Asia/Shanghai"))

    def came(self) -> Json:
        """Who came: name and work number, of the one who closed the visit."""
        by = self.document["outcome"]["by"]
        return {"name": by["name"], "work_no": self.staff.get(by["id"], "")}
