"""The kinds of paper there are: each is one declared thing.

A kind says its number's prefix, when a closed visit owes it, what it freezes of the record, which images it waits for, what of
the record makes a new revision, and what its page adds to what all pages show. Its words stand in wording.yaml and its page in
templates/notices, both under its name. Adding a kind is a line here and those three. The order is the order in which papers
are made: what keeps people safe first. Invariant: `owed`, `spoken` and `pictures` ask the document only, because they run in
every sync; what needs the database is asked through the source when the paper is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from fieldsvc.notices.contents import (
    call,
    essence,
    exchange,
    gas_on,
    payment,
    refusal,
    reinspection,
    sheet,
    snapshot,
    stopped,
    supply,
)
from fieldsvc.notices.contents.source import Source

Json = dict[str, Any]
Document = Mapping[str, Any]


def _nothing_more(_frozen: Mapping[str, Any], _zone: ZoneInfo) -> Json:
    return {}


def _no_pictures(_document: Document) -> set[str]:
    return set()


@dataclass(frozen=True)
class Kind:
    """One kind of paper.

    `prefix` begins its numbers (domain: notice.md section 8). `outlives` its cause: no revision when it is not owed any more,
    because it has done its work by then. `by_hand`: on paper only, with a signature in ink; the electronic one is not enough.
    `withheld`: why it must not be issued yet, asked of the ledger of today when it is made; empty when it may be.
    """

    name: str
    prefix: str
    owed: Callable[[Document], bool]
    facts: Callable[[Source], Json]
    view: Callable[[Mapping[str, Any], ZoneInfo], Json] = _nothing_more
    spoken: Callable[[Document], str] = essence.of_visit
    pictures: Callable[[Document], set[str]] = _no_pictures
    outlives: bool = False
    by_hand: bool = False
    withheld: Callable[[Source], str] | None = None


def owes_hazard_notice(document: Document) -> bool:
    """A visit with live hazards owes a notice, however it ended."""
    return bool(snapshot.live_hazards(document))


def owes_inspection_report(document: Document) -> bool:
    """An inspection at which something was checked owes a report of it."""
    return (
        not sheet.is_job(document)
        and document["outcome"]["outcome"] in ("completed", "stopped")
        and bool(document["checks"])
    )


def _hazard_facts(source: Source) -> Json:
    return snapshot.facts(source, with_points=False)


def _inspection_facts(source: Source) -> Json:
    return snapshot.facts(source, with_points=True)


def _of_job(name: str, prefix: str) -> Kind:
    """A paper in ink that an item of its own name in a job's list declares."""
    return Kind(
        name, prefix, stopped.owed(name), stopped.facts(name),
        view=stopped.view(name), spoken=stopped.spoken(name), by_hand=True,
    )  # fmt: skip


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "stop_gas", "TQ", supply.owes_stop_notice, supply.stop_facts,
            view=supply.stop_view, spoken=supply.stop_spoken, by_hand=True,
        ),
        _of_job(stopped.STOP, "TG"),
        Kind("hazard", "YH", owes_hazard_notice, _hazard_facts, pictures=essence.pictures),
        Kind(
            "refusal", "JQ", refusal.owed, refusal.facts,
            view=refusal.view, pictures=refusal.pictures, spoken=refusal.spoken, outlives=True,
        ),
        Kind(
            "reinspection", "FJ", reinspection.owed, reinspection.facts,
            view=reinspection.view, pictures=reinspection.pictures, spoken=reinspection.spoken, outlives=True,
        ),
        Kind(
            "restoration", "HF", supply.owes_restoration, supply.restoration_facts,
            view=supply.restoration_view, spoken=supply.restoration_spoken, by_hand=True,
            withheld=supply.restoration_withheld,
        ),
        _of_job(stopped.RESTORE, "HG"),
        Kind("inspection", "AJ", owes_inspection_report, _inspection_facts, pictures=essence.pictures),
        Kind("sheet", "GD", sheet.owed, sheet.facts, view=sheet.view, pictures=sheet.pictures),
        Kind(
            "gas_on", "TZ", gas_on.owed, gas_on.facts,
            view=gas_on.view, pictures=gas_on.pictures, spoken=gas_on.spoken, withheld=gas_on.withheld,
        ),
        Kind(
            "payment", "JF", payment.owed, payment.facts,
            view=payment.view, pictures=payment.pictures, spoken=payment.spoken,
        ),
        Kind(
            "exchange", "HB", exchange.owed, exchange.facts,
            view=exchange.view, pictures=exchange.pictures, spoken=exchange.spoken,
        ),
        Kind("no_access", "ZY", call.owed, call.facts, view=call.view, outlives=True),
    )
}  # fmt: skip
