"""The re-inspection record: what an earlier notice asked for, line by line, before and after, and what became of it.

Decides which hazards stand on it (those of other visits that this one verified), which pictures show them before and after,
which check points speak of them, and the result as a whole. Who reviews a level 1 line is not in the record and not printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from fieldsvc.notices.contents import essence, sheet, snapshot
from fieldsvc.notices.contents.source import Source
from fieldsvc.notices.contents.wording import Text, day, fill, label, same, wording

Json = dict[str, Any]
PICTURES_A_LINE = 4


def owed(document: Mapping[str, Any]) -> bool:
    """A visit that went to see whether a hazard is put right owes a record of it."""
    return bool(document["verifications"]) and document["outcome"]["outcome"] in ("completed", "stopped")


def spoken(document: Mapping[str, Any]) -> str:
    """What was verified, the pictures of it, the new hazards and the signatures."""
    verified = {key: [one["result"], one.get("note")] for key, one in document["verifications"].items()}
    new = sorted(one["id"] for one in snapshot.live_hazards(document))
    return essence.of_parts(document, verified, sorted(_after(document)), new, essence.signed(document))


def pictures(document: Mapping[str, Any]) -> set[str]:
    """The pictures this visit took of the hazards, and the signatures."""
    signed = {one["image"] for one in document["signatures"].values() if one.get("image")}
    return signed | set(_after(document))


def _after(document: Mapping[str, Any], hazard: str | None = None) -> dict[str, Json]:
    """Pictures taken now of a verified hazard, or of any; one without a word on what it shows is the only hazard's."""
    lone = next(iter(document["verifications"])) if len(document["verifications"]) == 1 else None
    shown = {}
    for sha, photo in document["photos"].items():
        ref = photo.get("ref") or (lone if photo["purpose"] == "hazard" else None)
        known = ref in document["verifications"] if hazard is None else ref == hazard
        if known and not photo.get("removed"):
            shown[sha] = photo
    return dict(sorted(shown.items(), key=lambda one: (one[1]["taken_at"], one[0])))


def _before(earlier: Mapping[str, Any], hazard: str) -> dict[str, Json]:
    found, _ = snapshot.photos(earlier, {one["id"] for one in snapshot.live_hazards(earlier)})
    return {sha: one for sha, one in found.items() if one["hazard"] == hazard}


def facts(source: Source) -> Json:
    """Every verified hazard with the notice that named it."""
    document = source.document
    found = source.archive.found_before(document["verifications"])
    taken: dict[str, Json] = {}
    lines = []
    for number, (key, known) in enumerate(found.items(), start=1):
        before, after = _before(known["visit"], key), _after(document, key)
        for shown in (before, after):
            taken |= dict(list(shown.items())[:PICTURES_A_LINE])
        lines.append(_line(source, number, known, list(before), list(after)))
    return {
        **snapshot.bare(source),
        "photos": snapshot.taken(taken),
        "signatures": snapshot.signatures(source, *document["signatures"]),
        "general_basis": source.catalogue.printable_basis(None),
        "reinspection": {"lines": lines, "new": len(snapshot.live_hazards(document))},
    }


def _line(source: Source, number: int, known: Mapping[str, Any], before: list[str], after: list[str]) -> Json:
    entry, earlier = known["entry"], known["visit"]
    verified = source.document["verifications"][entry["id"]]
    return {
        "id": entry["id"],
        "line": number,
        **named(source, entry),
        "notice": known["notice"],
        "found_on": snapshot.day_of(earlier["outcome"]["at"], source.zone) if earlier["outcome"] else "",
        "times": known["times"],
        "result": verified["result"],
        "note": verified.get("note") or "",
        "points": _points(source, entry["code"]),
        "before": before[:PICTURES_A_LINE],
        "after": after[:PICTURES_A_LINE],
    }


def named(source: Source, entry: Mapping[str, Any]) -> Json:
    """A hazard of the ledger in the catalogue's words."""
    try:
        name: Text = dict(source.catalogue.hazard(entry["code"]).name)
    except KeyError:
        name = same(entry["name"] or entry["code"] or "")
    return {
        "name": name,
        "code": entry["code"] or "",
        "level": entry["level"],
        "item": snapshot.item_name(entry["item"], source.catalogue),
        "due": entry["due"],
    }


def _points(source: Source, code: str | None) -> list[Json]:
    """The check points that the catalogue ties to a hazard, where this visit judged them; of a job what its instruments said."""
    given = source.document["checks"]
    items = source.catalogue.checklist(source.document["checklist"]).items
    if sheet.is_job(source.document):
        wanted = tuple(point.id for item in items for point in item.points if point.measure)
    else:
        try:
            wanted = source.catalogue.hazard(code or "").checks
        except KeyError:
            return []
    return [
        snapshot.judged(point, given[item.id][point.id], source.catalogue)
        for item in items
        for point in item.points
        if point.id in wanted and point.id in given.get(item.id, {})
    ]


def view(frozen: Mapping[str, Any], _zone: ZoneInfo) -> Json:
    """The record in words."""
    words, record = wording()["reinspection"], frozen["facts"]["reinspection"]
    fixed = [line for line in record["lines"] if line["result"] == "fixed"]
    whole = "passed" if len(fixed) == len(record["lines"]) else "partly" if fixed else "failed"
    verdicts = [words[whole]] + ([fill(words["new"], n=record["new"])] if record["new"] else [])
    return {
        "reinspection": {
            "lines": [_line_words(line, frozen) for line in record["lines"]],
            "verdicts": verdicts,
            "next": None if whole == "passed" else label("reinspect_after", hotline=frozen["company"]["hotline"]),
        }
    }


def _line_words(line: Mapping[str, Any], frozen: Mapping[str, Any]) -> Json:
    words = wording()
    fixed = line["result"] == "fixed"
    return {
        **line,
        "number": f"{frozen['number']}-{line['line']}",
        "level_word": words["levels"][str(line["level"])],
        "result": words["labels"]["closed_line" if fixed else "open_line"],
        "fixed": fixed,
        "found_on": line["found_on"] and day(line["found_on"]),
        "due": fill(words["labels"]["due_before"], date=day(line["due"])),
        "times": fill(words["reinspection"]["times"], n=line["times"]),
        "points": [{**point, "mark": snapshot.RESULT_MARKS[point["result"]]} for point in line["points"]],
    }
