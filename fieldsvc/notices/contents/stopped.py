"""Stopping and restoring a supply by a job: the two papers in ink of every trade, as its lists declare them.

What `supply` is to hazards of gas, this is to an order: arrears, planned work, a breach, danger. Decides when they are owed:
a job whose list has an item `stop_supply` or `restore_supply` (fieldsvc/catalog/data/jobs) was completed and everything in that
item passed. Prints what was said in that item, point by point, in the words of the trade; adds no figure. The law on electronic
signatures leaves these papers out, so they go the way of `serving`. Invariant: a visit that is corrected so that a paper is
not owed any more withdraws it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from fieldsvc.notices.contents import essence, sheet, snapshot
from fieldsvc.notices.contents.source import Source
from fieldsvc.notices.contents.wording import Text, fill, moment, wording

Json = dict[str, Any]
Document = Mapping[str, Any]
STOP, RESTORE = "stop_supply", "restore_supply"
_FILLED = {STOP: ("title", "body", "return", "heard"), RESTORE: ("title", "body")}
_SPOKEN = ("result", "value", "note", "at")


def owed(paper: str) -> Callable[[Document], bool]:
    """Whether a visit owes the paper that bears the name of an item of its list."""
    return partial(sheet.has_passed, item=paper)


def spoken(paper: str) -> Callable[[Document], str]:
    """What the item says."""

    def digest(document: Document) -> str:
        if not sheet.has_passed(document, item=paper):
            return essence.of_cancelled(document)
        points = document["checks"][paper]
        said = {point: [one.get(part) for part in _SPOKEN] for point, one in points.items()}
        return essence.of_parts(document, said, document["start"] and document["start"]["at"])

    return digest


def facts(paper: str) -> Callable[[Source], Json]:
    """What the item says, and when it was done, and the notice that a restoration ends."""

    def gather(source: Source) -> Json:
        if not sheet.has_passed(source.document, item=paper):
            return snapshot.cancelled(source)
        trade = source.catalogue.visit_type(source.document["type"]).trade
        items = sheet.facts(source)["items"]
        own = next(item for item in items if item["id"] == paper)
        stamped = [point["stamped_at"] for item in items for point in item["points"] if "stamped_at" in point]
        return {
            **snapshot.bare(source),
            paper: {
                "by": source.came(),
                "trade": trade,
                "points": own["points"],
                "at": min(stamped, default=""),
                "notice": source.archive.latest_number(STOP, trade) if paper == RESTORE else "",
            },
        }

    return gather


def view(paper: str) -> Callable[[Mapping[str, Any], ZoneInfo], Json]:
    """The paper in the words of its trade; a moment that was stamped stands where a choice would."""

    def say(frozen: Mapping[str, Any], zone: ZoneInfo) -> Json:
        told, company = frozen["facts"][paper], frozen["company"]
        words: Json = {**wording()["stop_gas"], **wording()[paper]}
        supply = wording()["supplies"][told["trade"]]
        hotline = company["hotline"]
        places = {**supply, "hotline": hotline, "complaint": company["complaint_phone"] or hotline}
        points = [
            {
                **point,
                "mark": snapshot.RESULT_MARKS[point["result"]],
                "when": moment(point["stamped_at"], zone) if "stamped_at" in point else "",
            }
            for point in told["points"]
        ]
        filled: Mapping[str, Text] = {name: fill(words[name], **places) for name in _FILLED[paper]}
        return {
            "words": {**wording()["labels"], **wording()["sheet"]["labels"]},
            "kind": {**words, **filled},
            "told": {**told, "points": points, "at": moment(told["at"], zone) if told["at"] else ""},
        }

    return say
