"""One inbox of all that needs a person: seven sources, one order, one page.

Decides how the sources are laid together: each gives the heads of what waits (an id, since when), the heads are merged by age,
and only what is on the page is read. Whether something waits is decided by the capability that owns it. Invariant: a page costs
a fixed number of queries, and nothing that waits is left out of the list, its count or its files.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from fieldsvc import clock
from fieldsvc.customers import service as customers
from fieldsvc.doubts import service as doubts
from fieldsvc.found import Mark, Part, Total, numbers
from fieldsvc.identity import service as identity
from fieldsvc.notices import service as papers
from fieldsvc.policy import service as policy
from fieldsvc.record import service as record

Json = dict[str, Any]

KINDS = ("conflict", "quarantine", "signature", "correction", "paper", "phone", "doubt")
MOST = 10_000
"""The list is walked no further; who has more waiting filters by kind and begins with the oldest."""


class Head(NamedTuple):
    """One thing that waits, before it is read. In this order it sorts by age."""

    since: datetime
    kind: str
    id: str
    visit_id: str


@dataclass(frozen=True)
class Item:
    """One thing that waits: what it is of, who looks next (a role), and who has taken it up."""

    kind: str
    id: str
    since: datetime
    visit: Json | None
    thing: Any
    who: str
    taken: doubts.Takes | None


Heads = Callable[[int, bool], Sequence[Head]]


def silent_since() -> datetime:
    """Phones not heard from since then need somebody."""
    return clock.now() - timedelta(days=policy.value("attention", "silent_days"))


def _conflicts(limit: int, newest: bool) -> list[Head]:
    rows = record.waiting.torn(limit=limit, newest=newest)
    return [Head(one.since, "conflict", one.id, one.visit_id) for one in rows]


def _quarantined(limit: int, newest: bool) -> list[Head]:
    rows = record.waiting.held(limit=limit, newest=newest)
    return [Head(one.since, "quarantine", one.id, one.visit_id) for one in rows]


def _signatures(limit: int, newest: bool) -> list[Head]:
    rows = doubts.signatures.waiting(limit=limit, newest=newest)
    return [Head(one.since, "signature", f"{one.visit_id}/{one.role}", one.visit_id) for one in rows]


def _corrections(limit: int, newest: bool) -> list[Head]:
    rows = customers.corrections.heads(limit=limit, newest=newest)
    return [Head(at, "correction", one_id, visit_id) for at, one_id, visit_id in rows]


def _papers(limit: int, newest: bool) -> list[Head]:
    rows = papers.failed.waiting(limit=limit, newest=newest)
    return [Head(one.next_try_at, "paper", one.id, one.visit_id) for one in rows]


def _phones(limit: int, newest: bool) -> list[Head]:
    rows = identity.silent(since=silent_since())
    heads = [Head(one.last_seen_at, "phone", one.id, "") for one in rows]
    return sorted(heads, reverse=newest)[:limit]


def _doubts(limit: int, newest: bool) -> list[Head]:
    rows = doubts.heads(limit=limit, newest=newest)
    return [Head(at, "doubt", one_id, visit_id) for at, one_id, visit_id in rows]


_HEADS: dict[str, Heads] = {
    "conflict": _conflicts,
    "quarantine": _quarantined,
    "signature": _signatures,
    "correction": _corrections,
    "paper": _papers,
    "phone": _phones,
    "doubt": _doubts,
}
_NUMBERS: dict[str, Callable[[int], Any]] = {
    "conflict": lambda most: record.waiting.number_torn(most=most),
    "quarantine": lambda most: record.waiting.number_held(most=most),
    "signature": lambda most: doubts.signatures.number(most=most),
    "correction": lambda most: customers.corrections.number_waiting(most=most),
    "paper": lambda most: papers.failed.number(most=most),
    "phone": lambda _most: identity.number_silent(since=silent_since()),
    "doubt": lambda most: doubts.number(most=most),
}


def counts(most: int = MOST, kinds: Sequence[str] = KINDS) -> dict[str, int]:
    """How much waits of each kind, counted up to `most`, by one statement."""
    return numbers({kind: _NUMBERS[kind](most) for kind in kinds})


@dataclass(frozen=True)
class Inbox:
    """What waits of some kinds, for the lists of the office; with `mine`, only what this person has taken up."""

    kinds: Sequence[str] = KINDS
    mine: str = ""

    @property
    def usual(self) -> str:
        """What waits longest comes first."""
        return "since"

    @property
    def orders(self) -> Mapping[str, Any]:
        """By age only: seven kinds have nothing else in common."""
        return {"since": ()}

    def part(
        self, *, order: str = "", limit: int, offset: int = 0, after: Mark | None = None, before: Mark | None = None
    ) -> Part[Item]:
        """Some items, from an offset."""
        heads = self._heads(order.startswith("-"), upto=offset + limit + 1)
        return Part(read(heads[offset : offset + limit]), more=len(heads) > offset + limit)

    def count(self, most: int = MOST) -> Total:
        """How many there are, counted no further than `most`."""
        if self.mine:
            return Total(len(self._heads(False, upto=most)))
        number = sum(self._counts.values())
        return Total(min(number, most), number <= most)

    def each(self, *, order: str = "", at_once: int = 500) -> Iterator[list[Item]]:
        """All of them, some at a time."""
        heads = self._heads(order.startswith("-"), upto=MOST)
        for first in range(0, len(heads), at_once):
            yield read(heads[first : first + at_once])

    def unwritten(self, order: str, written: Sequence[Any]) -> Mark | None:
        """Items are found by their place."""
        return None

    @cached_property
    def _counts(self) -> dict[str, int]:
        return counts(MOST + 1, self.kinds)

    def _heads(self, newest: bool, *, upto: int) -> list[Head]:
        taken = doubts.taken_by(user_id=self.mine) if self.mine else None
        wanted = MOST if taken is not None else upto
        sources = [_HEADS[kind](wanted, newest) for kind, waiting in self._counts.items() if waiting]
        merged = heapq.merge(*sources, key=lambda head: head.since, reverse=newest)
        heads = [head for head in merged if taken is None or (head.kind, head.id) in taken]
        return heads[:upto]


def read(heads: Sequence[Head]) -> list[Item]:
    """Items from their heads, in a fixed number of queries; what was settled meanwhile is left out."""
    things = {kind: _read[kind]([head.id for head in heads if head.kind == kind]) for kind in KINDS}
    visits = record.documents(ids={head.visit_id for head in heads if head.visit_id})
    taken = doubts.taken(items=[(head.kind, head.id) for head in heads])
    who = policy.section("attention")
    return [
        Item(
            kind=head.kind,
            id=head.id,
            since=head.since,
            visit=visits.get(head.visit_id),
            thing=things[head.kind].get(head.id),
            who=str(who[head.kind]),
            taken=taken.get((head.kind, head.id)),
        )
        for head in heads
        if head.id in things[head.kind]
    ]


def _read_signatures(ids: Collection[str]) -> dict[str, Any]:
    rows = doubts.signatures.some(visit_ids={one.partition("/")[0] for one in ids})
    return {f"{one.visit_id}/{one.role}": one for one in rows}


def _read_phones(ids: Collection[str]) -> dict[str, Any]:
    phones = identity.devices(ids=list(ids)) if ids else []
    begun = record.waiting.count_begun(user_ids=[one.user_id for one in phones])
    people = identity.people() if phones else {}
    return {
        one.id: {"device": one, "user": people.get(one.user_id, ""), "begun": begun.get(one.user_id, 0)}
        for one in phones
    }


_read: dict[str, Callable[[Collection[str]], Mapping[str, Any]]] = {
    "conflict": dict.fromkeys,
    "quarantine": lambda ids: record.waiting.entries(ids=ids),
    "signature": _read_signatures,
    "correction": lambda ids: customers.corrections.some(ids=ids),
    "paper": lambda ids: papers.by_ids(ids=list(ids)) if ids else {},
    "phone": _read_phones,
    "doubt": lambda ids: doubts.some(ids=ids),
}


def looks_next(kind: str) -> str:
    """The role that looks at things of a kind, unless somebody has taken one up."""
    return str(policy.value("attention", kind))
