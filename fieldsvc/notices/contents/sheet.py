"""The sheet of a job: what was done at a visit that is not an inspection, point by point, under the name its kind gives it.

Decides when it is owed and what it prints. The household signs it on the phone, so it is an electronic paper like a report.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from fieldsvc.notices.contents import charged, essence, exchange, snapshot
from fieldsvc.notices.contents.source import Source
from fieldsvc.notices.contents.wording import moment, wording

Json = dict[str, Any]
PASSED = ("pass", "pass_note")


def is_job(document: Mapping[str, Any]) -> bool:
    """Say whether a visit was gone through by a list that is its kind's own (fieldsvc/catalog/data/jobs)."""
    return bool(document["checklist"] == document["type"])


def owed(document: Mapping[str, Any]) -> bool:
    """A job at which something was done owes its sheet."""
    return is_job(document) and document["outcome"]["outcome"] in ("completed", "stopped") and bool(document["checks"])


def has_passed(document: Mapping[str, Any], item: str) -> bool:
    """Say whether a job was completed and everything that was answered in an item of its list passed."""
    answered = document["checks"].get(item, {}).values()
    return (
        is_job(document)
        and document["outcome"]["outcome"] == "completed"
        and any(one["result"] in PASSED for one in answered)
        and all(one["result"] in (*PASSED, "na") for one in answered)
    )


def pictures(document: Mapping[str, Any]) -> set[str]:
    """The images that a visit's papers share, and the dials of new meters."""
    dials = {one.get("photo") for one in document["readings"].values() if one.get("exchange")}
    return essence.pictures(document) | {sha for sha in dials if sha}


def facts(source: Source) -> Json:
    """What was done, each point with what was said, measured or stamped."""
    catalogue, document = source.catalogue, source.document
    kind = catalogue.visit_type(document["type"])
    named = kind.sheet or kind.name
    gathered = snapshot.facts(source, with_points=True)
    kinds = {point.id: point.kind for item in catalogue.checklist(document["checklist"]).items for point in item.points}
    for item in gathered["items"]:
        for point in item["points"]:
            if kinds.get(point["id"]) == "stamp":
                point["stamped_at"] = document["checks"][item["id"]][point["id"]]["at"]
    labels = wording()["sheet"]["labels"]
    signs = [{"role": one.role, "name": dict(one.name) if one.name else labels.get(one.role)} for one in kind.signs]
    exchanged = exchange.lines(source, kept=kind.meter == "exchange")
    dials = {line["dial"]: {"taken_at": line["at"], "purpose": "meter"} for line in exchanged if line["dial"]}
    return {
        **gathered,
        "photos": {**gathered["photos"], **dials},
        "sheet": {"name": dict(named)},
        "signs": signs,
        "charged": charged.facts(document),
        "exchanged": exchanged,
    }


def view(frozen: Mapping[str, Any], zone: ZoneInfo) -> Json:
    """The sheet under its own name; moments in the company's zone."""
    stamped = {
        point["id"]: moment(point["stamped_at"], zone)
        for item in frozen["facts"]["items"]
        for point in item["points"]
        if "stamped_at" in point
    }
    words, said = wording()["sheet"], frozen["facts"]
    return {
        "words": {**wording()["labels"], **words["labels"]},
        "every": {**wording()["every"], "privacy": words["privacy"]},
        "kind": {**words, "title": said["sheet"]["name"]},
        "outcome": words[said["visit"]["outcome"]],
        "stamped": stamped,
        "charged": charged.view(said.get("charged")),
        "exchanged": exchange.told(said.get("exchanged") or [], zone),
    }
