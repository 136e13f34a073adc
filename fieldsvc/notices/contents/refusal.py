"""The refusal record: what shows that we came, explained, and were refused (domain: notice.md section 5).

Two things are refused: the inspection (the door stays shut) and the signature (the inspection is done). The record gathers the
evidence that the visit really holds: reason, times, place, staff, witness, pictures, earlier attempts; what is missing of the
set is said, not hidden. How the customer's copy was delivered is not in the record and not printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from fieldsvc.notices.contents import essence, snapshot
from fieldsvc.notices.contents.source import Source
from fieldsvc.notices.contents.wording import fill, moment, same, wording

Json = dict[str, Any]
PURPOSES = ("refusal", "door", "hazard")
WANTED_PICTURES = 2


def owed(document: Mapping[str, Any]) -> bool:
    """Whoever lets nobody in, or does not sign, gives rise to a record."""
    signed = document["signatures"].get("customer")
    return document["outcome"]["outcome"] == "refused" or bool(signed and signed.get("refused"))


def spoken(document: Mapping[str, Any]) -> str:
    """How it ended, the pictures, the place and the signatures."""
    ended = [document["outcome"].get(part) for part in ("outcome", "reason")]
    return essence.of_parts(document, ended, document["start"], sorted(_shown(document)), essence.signed(document))


def pictures(document: Mapping[str, Any]) -> set[str]:
    """The pictures of the door, the refusal and the hazards, and the signatures."""
    signed = {one["image"] for one in document["signatures"].values() if one.get("image")}
    return signed | set(_shown(document))


def _shown(document: Mapping[str, Any]) -> dict[str, Json]:
    kept = {
        sha: one for sha, one in document["photos"].items() if one["purpose"] in PURPOSES and not one.get("removed")
    }
    ordered = sorted(kept.items(), key=lambda one: (PURPOSES.index(one[1]["purpose"]), one[1]["taken_at"], one[0]))
    return dict(ordered[: snapshot.MAX_PHOTOS])


def facts(source: Source) -> Json:
    """The evidence of one refusal."""
    document = source.document
    signed = document["signatures"].get("customer") or {}
    of_signature = bool(signed.get("refused"))
    outcome = document["outcome"]
    vocabulary = "refusal_reasons" if of_signature else "entry_refusal_reasons"
    said = signed if of_signature else outcome
    start = document["start"]
    return {
        **snapshot.bare(source),
        "photos": snapshot.taken(_shown(document)),
        "signatures": snapshot.signatures(source, *document["signatures"]),
        "general_basis": source.catalogue.printable_basis(None),
        "refusal": {
            "of": "signature" if of_signature else "inspection",
            "reason": snapshot.same_or(source.catalogue, vocabulary, said.get("reason")),
            "at": said["at"],
            "arrived": start["at"] if start else None,
            "place": _place(start),
            "by": source.came(),
            "witness": signed.get("witness") or "",
            "attempts": [dict(one) for one in source.archive.attempts()],
            "notice": source.archive.number_of("hazard", document["id"]),
            "hazards": len(snapshot.live_hazards(document)),
        },
    }


def _place(start: Mapping[str, Any] | None) -> str:
    location = (start or {}).get("location")
    if not location:
        return ""
    north, east = (f"{location[part] / 1_000_000:.5f}" for part in ("lat", "lon"))
    return f"{north}, {east} (±{location['accuracy']} m)"


def view(frozen: Mapping[str, Any], zone: ZoneInfo) -> Json:
    """The record in words."""
    words, every = wording()["refusal"], wording()
    record, facts = frozen["facts"]["refusal"], frozen["facts"]
    witness = facts["signatures"].get("witness", {}).get("name") or record["witness"]
    return {
        "refusal": {
            **record,
            "what": words[record["of"]],
            "body": words[f"{record['of']}_body"],
            "at": moment(record["at"], zone),
            "arrived": record["arrived"] and moment(record["arrived"], zone),
            "witness": same(witness) if witness else every["labels"]["no_witness"],
            "attempts": [
                {**one, "at": moment(one["at"], zone), "outcome": every["outcomes"][one["outcome"]]}
                for one in record["attempts"]
            ],
            "evidence": _evidence(frozen, witness),
            "another_day": fill(words["another_day"], hotline=frozen["company"]["hotline"]),
        }
    }


def _evidence(frozen: Mapping[str, Any], witness: str) -> list[Json]:
    """The set that a refusal needs, and what of it there is."""
    words, facts = wording()["refusal"], frozen["facts"]
    record, count = facts["refusal"], len(facts["photos"])
    rows = (
        ("pictures", count >= WANTED_PICTURES, fill(words["count"], n=count)),
        ("when", bool(record["arrived"]), None),
        ("where", bool(record["place"]), None),
        ("who", bool(record["by"]["work_no"]), None),
        ("why", bool(record["reason"]["zh-Hans"]), None),
        ("seen_by", bool(witness), None),
    )
    return [
        {"name": words[name], "there": there, "word": words["there" if there else "missing"], "more": more}
        for name, there, more in rows
    ]
